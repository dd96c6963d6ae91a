#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "sim/report/trace.h"
#include "tests/units/report_sample.h"

using namespace partita;
using namespace partita::test;
using nlohmann::json;

namespace {

struct Traced {
  Soc soc = sample_soc();
  Graph graph = sample_graph();
  SampleModel model;
  Schedule schedule;
  Timeline timeline;
  std::string text;
  json events;

  Traced(const std::string& letters, int requests, double alpha_s = 10e-3, double beta_s = 4e-3)
      : model(soc, alpha_s, beta_s) {
    const Job job{soc,  graph,   model, "roofline", false, false, {}, Objective::latency,
                  true, requests};
    const Plan plan = sample_plan(soc, graph, letters);
    LowerOptions options;
    options.requests = requests;
    schedule = lower(model, graph, plan, options);
    timeline = estimate(schedule);
    text =
        chrome_trace(job, plan, schedule, timeline, {{0, 2e9, 3.5}, {timeline.makespan_ps, 0, 1}});
    events = json::parse(text)["traceEvents"];
  }
  std::vector<json> with_phase(const std::string& phase) const {
    std::vector<json> found;
    for (const json& event : events)
      if (event["ph"] == phase) found.push_back(event);
    return found;
  }
  json slice(const std::string& name) const {
    for (const json& event : with_phase("X"))
      if (event["name"] == name) return event;
    FAIL("no slice " << name);
    return {};
  }
  std::string track_name(const json& event) const {
    for (const json& meta : with_phase("M"))
      if (meta["name"] == "thread_name" && meta["tid"] == event["tid"]) return meta["args"]["name"];
    return "";
  }
};

}  // namespace

TEST_CASE("Slices are where a hand puts them", "[report]") {
  // a on alpha 0..10, map on alpha 10..11, copy on beta 11..13, b 13..17, c 17..21 ms.
  const Traced t("ABB", 1);
  CHECK(t.timeline.makespan_ps == 21'000'000'000);
  CHECK(t.with_phase("X").size() == 5);
  CHECK(t.slice("a")["ts"] == 0.0);
  CHECK(t.slice("a")["dur"] == 10000.0);
  CHECK(t.slice("b")["ts"] == 13000.0);
  CHECK(t.slice("c")["ts"] == 17000.0);
  CHECK(t.track_name(t.slice("a")) == "alpha");
  CHECK(t.track_name(t.slice("c")) == "beta");
  CHECK(t.track_name(t.slice("map a")) == "alpha → beta");
  CHECK(t.track_name(t.slice("copy a")) == "alpha → beta");
  const json args = t.slice("b")["args"];
  CHECK(args["operator"] == "b");
  CHECK(args["operator_kind"] == "conv");
  CHECK(args["shape"] == "1x8x16x16");
  CHECK(args["bytes"] == 1e6);
  CHECK(args["alone_us"] == 4000.0);
  CHECK(args["cost"] == "measured");
  CHECK(args["mode"].get<std::string>().find("beta") == 0);
}

TEST_CASE("Times keep their picoseconds", "[report]") {
  const Traced t("AAA", 1, 10e-3 + 3e-12);
  CHECK(t.text.find("\"ts\":10000.000003,") != std::string::npos);
  CHECK(t.text.find("\"ts\":20000.000006,") != std::string::npos);
}

TEST_CASE("Times keep their picoseconds beyond 1000 s", "[report]") {
  // Microseconds are doubles: at 1e9 us their spacing is 1.2e-7 us, an eighth of a picosecond.
  const Traced t("AAA", 4, 100 + 7e-12);
  const auto ps = [](const json& us) { return std::llround(us.get<double>() * 1e6); };
  const auto slices = t.with_phase("X");
  REQUIRE(slices.size() == 12);
  CHECK(ps(slices.back()["ts"]) == 1'100'000'000'000'077);  // After 11 of 100.000000000007 s.
  for (std::size_t i = 0; i < slices.size(); ++i) {
    CHECK(ps(slices[i]["ts"]) == t.timeline.start_ps[i]);
    CHECK(ps(slices[i]["dur"]) == t.timeline.finish_ps[i] - t.timeline.start_ps[i]);
  }
}

TEST_CASE("Slices of one track never overlap, and every slice has a named track", "[report]") {
  for (const char* letters : {"ABA", "BAB", "ABB", "AAB"}) {
    const Traced t(letters, 6);
    std::map<int, std::vector<std::pair<double, double>>> tracks;
    for (const json& event : t.with_phase("X")) {
      tracks[event["tid"]].emplace_back(event["ts"], event["dur"]);
      CHECK(!t.track_name(event).empty());
    }
    for (auto& [track, slices] : tracks) {
      std::sort(slices.begin(), slices.end());
      for (std::size_t i = 1; i < slices.size(); ++i)
        CHECK(slices[i - 1].first + slices[i - 1].second <= slices[i].first + 1e-6);
    }
  }
}

TEST_CASE("Every arrow starts in one slice and ends in another, not before", "[report]") {
  const Traced t("ABA", 4);
  std::map<int, json> starts, ends;
  for (const json& event : t.with_phase("s")) CHECK(starts.emplace(event["id"], event).second);
  for (const json& event : t.with_phase("f")) CHECK(ends.emplace(event["id"], event).second);
  // Per request: a to channel, channel to b, b to channel, channel to c.
  CHECK(starts.size() == 16);
  CHECK(ends.size() == starts.size());
  const auto inside = [&](const json& flow) {
    for (const json& slice : t.with_phase("X"))
      if (slice["tid"] == flow["tid"] && slice["ts"] <= flow["ts"] &&
          flow["ts"].get<double>() < slice["ts"].get<double>() + slice["dur"].get<double>())
        return true;
    return false;
  };
  for (const auto& [id, start] : starts) {
    REQUIRE(ends.contains(id));
    CHECK(start["ts"] <= ends[id]["ts"]);
    CHECK(start["tid"] != ends[id]["tid"]);
    CHECK(inside(start));
    CHECK(inside(ends[id]));
  }
}

TEST_CASE("Counters: bandwidth, power and the clock of every domain used", "[report]") {
  const Traced t("ABB", 1);
  std::map<std::string, double> first;
  for (const json& event : t.with_phase("C")) first.emplace(event["name"], event["args"]["value"]);
  CHECK(first.at("memory bandwidth (GB/s)") == 2);
  CHECK(first.at("power (W)") == 3.5);
  CHECK(first.at("clock of alpha (MHz)") == 1000);
  CHECK(first.at("clock of beta (MHz)") == 2000);
}
