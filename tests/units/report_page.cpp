// Pages: is what users wrote harmless in them, and do pictures hold the numbers?
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/report/page.h"
#include "sim/report/page_agreement.h"
#include "sim/report/page_files.h"
#include "sim/report/page_live.h"
#include "sim/report/page_run.h"
#include "tests/units/report_sample.h"

using namespace partita;
using namespace partita::test;
using nlohmann::json;

namespace {

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

/// a and b on alpha, c on beta: 10 + 10 ms, a hand-over of 1 + 2 ms, 4 ms; 27 ms in all.
struct SampleRun {
  Soc soc = sample_soc();
  Graph graph = sample_graph();
  SampleModel model{soc, 10e-3, 4e-3, 0.1};
  Job job{soc, graph, model, "roofline", false, false, {}, Objective::latency, true, 1};
  Outcome outcome;
  Schedule schedule;
  Timeline timeline;

  SampleRun() {
    outcome.name = "by hand";
    outcome.plan = sample_plan(soc, graph, "AAB");
    outcome.mapping = "AAB";
    schedule = lower(model, graph, outcome.plan);
    timeline = estimate(schedule);
    outcome.value = outcome.latency_s = to_seconds(timeline.makespan_ps);
    outcome.lower_bound = 12e-3;
    outcome.breakdown = breakdown(schedule, timeline);
    outcome.utilisation = utilisation(soc, schedule, timeline);
    outcome.uncertainty = uncertainty(model, graph, outcome.plan);
  }
  PlanStory story(std::vector<CounterSample> samples = {}) const {
    return {job, outcome, schedule, timeline, std::move(samples)};
  }
};

}  // namespace

TEST_CASE("names of users cannot become parts of a page") {
  if (!has_vega()) {
    CHECK_THROWS_AS(Page("a", "b").html(), UnsupportedError);
    return;
  }
  const std::string hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
  Page page(hostile, hostile);
  page.fact(hostile, hostile);
  PageSection section{hostile, hostile};
  section.spec = json{{"name", hostile}}.dump();
  section.spoken = hostile;
  section.tables.push_back({hostile, {{hostile}, {"n", true}}, {{hostile, "1"}}, hostile});
  const std::string without = Page("a", "b").html();
  page.add(section);
  const std::string html = page.html();
  // No tag but the page's own: the specification's element is the one more.
  CHECK(count_of(html, "<script") == count_of(without, "<script") + 1);
  CHECK(count_of(html, "</script") == count_of(without, "</script") + 1);
  CHECK(count_of(html, "<img") == 0);
  CHECK(html.find("alert(1)</script>") == std::string::npos);
  // And it is still there to be read.
  const std::string open = "id=\"spec-1\">";
  const std::size_t from = html.find(open) + open.size();
  CHECK(json::parse(html.substr(from, html.find("</script", from) - from))["name"] == hostile);
  CHECK(html_escape("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(html_escape("\xff") == "\xEF\xBF\xBD");
}

TEST_CASE("a page forbids every request and has a table behind a picture") {
  if (!has_vega()) return;
  Page page("t", "l");
  PageSection section{"h", "l"};
  section.spec = "{}";
  PageTable table{"", {{"name"}, {"value", true}}, {}, "See the CSV."};
  for (std::size_t i = 0; i < kPageRows + 5; ++i)
    table.rows.push_back({"row " + std::to_string(i), "1"});
  section.tables.push_back(table);
  page.add(section);
  const std::string html = page.html();
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(html.find("connect-src") == std::string::npos);
  CHECK(html.find("<th scope=\"col\">name</th><th scope=\"col\" class=\"number\">value</th>") !=
        std::string::npos);
  CHECK(count_of(html, "<th scope=\"row\">row ") == kPageRows);
  CHECK(html.find("The first 400 of 405 rows. See the CSV.") != std::string::npos);
  CHECK(page.html() == html);
}

TEST_CASE("the timeline has every task where and when it ran, and why so long") {
  const SampleRun run;
  const PageSection section = timeline_section(run.story());
  const json spec = json::parse(section.spec);
  const json bars = spec["vconcat"][0]["data"]["values"];
  REQUIRE(bars.size() == run.schedule.tasks.size());
  const auto bar = [&](const std::string& name) {
    for (const json& b : bars)
      if (b["n"] == name) return b;
    FAIL("no bar " << name);
    return json();
  };
  // 10 + 10 ms on alpha, then map (1 ms) and copy (2 ms) for c, then c for 4 ms.
  CHECK(bar("b")["s"].get<double>() == Approx(10));
  CHECK(bar("b")["e"].get<double>() == Approx(20));
  CHECK(bar("map of b for c")["t"] == "alpha → beta");
  CHECK(bar("copy of b for c")["s"].get<double>() == Approx(21));
  CHECK(bar("c")["s"].get<double>() == Approx(23));
  CHECK(bar("c")["e"].get<double>() == Approx(27));
  CHECK(bar("c")["u"] == "beta");
  CHECK(bar("c")["w"] == "computing 4 ms");
  // 1.645 standard deviations of 10 %.
  CHECK(bar("c")["m"] == "measured, ±16.4 % (90 %)");
  CHECK(spec["vconcat"].size() == 1);
  CHECK(json::parse(timeline_section(run.story({{0, 1e9, 2}})).spec)["vconcat"].size() == 3);
}

TEST_CASE("waterfalls end at the latency") {
  const SampleRun run;
  double sum = 0;
  for (const auto& [name, seconds] : waterfall_steps(run.outcome.breakdown)) sum += seconds;
  CHECK(sum == Approx(run.outcome.latency_s));
  const json values = json::parse(waterfall_section(run.story()).spec)["data"]["values"];
  // 24 ms of computing, 3 ms of moving; each step begins where the one before ended.
  REQUIRE(values.size() == 3);
  CHECK(values[0]["e"].get<double>() == Approx(24));
  CHECK(values[1]["part"] == "moving tensors");
  CHECK(values[1]["s"] == values[0]["e"]);
  CHECK(values[1]["e"].get<double>() == Approx(27));
  CHECK(values[2]["e"].get<double>() == Approx(27));
}

TEST_CASE("overheads lead from computing alone to the value") {
  const SampleRun run;
  // 24 ms of computing; map adds 1, dvfs saves half a millisecond, copy adds 2.
  ExplainedPlan plan;
  plan.ideal = 24e-3;
  plan.value = 26.5e-3;
  plan.overheads = {{Overhead::map, 1e-3, 1e-3},
                    {Overhead::dvfs, 0, -0.5e-3},
                    {Overhead::cast, 0, 0},
                    {Overhead::copy, 2e-3, 2e-3}};
  const PageSection section = overheads_section(run.job, plan);
  const json values = json::parse(section.spec)["data"]["values"];
  REQUIRE(values.size() == 5);  // Without cast, which changes nothing.
  CHECK(values[1]["e"].get<double>() == Approx(25));
  CHECK(values[2]["e"].get<double>() == Approx(24.5));
  CHECK(values[2]["text"] == "−500 us");
  CHECK(values[3]["e"].get<double>() == Approx(26.5));
  CHECK(values[4]["e"].get<double>() == Approx(26.5));
  CHECK(section.tables[0].rows.size() == 6);
}

TEST_CASE("the partition is drawn with its hand-overs") {
  const SampleRun run;
  const PageSection section = network_section(run.story());
  const json layers = json::parse(section.spec)["layer"];
  const json marks = layers[1]["data"]["values"];
  REQUIRE(marks.size() == 1);
  CHECK(marks[0]["n"] == "b → c");
  // 1 x 8 x 16 x 16 floats, 1 + 2 ms.
  CHECK(marks[0]["label"] == "8.19 kB, 3 ms");
  const json boxes = layers[2]["data"]["values"];
  REQUIRE(boxes.size() == 4);  // With the input.
  CHECK(boxes[3]["u"] == "beta");
  REQUIRE(section.tables.size() == 2);
  CHECK(section.tables[1].rows ==
        std::vector<std::vector<std::string>>{{"b", "c", "8.19 kB", "3 ms"}});
}

TEST_CASE("a unit keeps its colour from picture to picture") {
  const SampleRun run;
  const auto colour_of = [](const json& scale, const std::string& unit) {
    for (std::size_t i = 0; i < scale["domain"].size(); ++i)
      if (scale["domain"][i] == unit) return scale["range"][i].get<std::string>();
    return std::string();
  };
  const json timeline = json::parse(timeline_section(run.story()).spec),
             busy = json::parse(utilisation_section(run.story()).spec),
             network = json::parse(network_section(run.story()).spec);
  for (const char* unit : {"alpha", "beta"}) {
    const std::string first =
        colour_of(timeline["vconcat"][0]["layer"][0]["encoding"]["color"]["scale"], unit);
    CHECK(first.size() == 7);
    CHECK(colour_of(busy["layer"][0]["encoding"]["color"]["scale"], unit) == first);
    CHECK(colour_of(network["layer"][2]["encoding"]["color"]["scale"], unit) == first);
  }
}

TEST_CASE("thinned samples keep traffic and energy") {
  std::vector<CounterSample> samples;
  double bytes = 0, joules = 0;
  const std::int64_t end = 100'003;
  for (std::int64_t at = 0, i = 0; at < end; at += 7 + i % 13, ++i)
    samples.push_back({at, static_cast<double>(i % 5), static_cast<double>(i % 3)});
  const auto add = [&](const std::vector<CounterSample>& some, double& b, double& j) {
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto length =
          static_cast<double>((i + 1 < some.size() ? some[i + 1].at_ps : end) - some[i].at_ps);
      b += some[i].bandwidth_bytes_per_s * length;
      j += some[i].power_w * length;
    }
  };
  add(samples, bytes, joules);
  const auto few = thinned(samples, end, 100);
  REQUIRE(few.size() == 100);
  double few_bytes = 0, few_joules = 0;
  add(few, few_bytes, few_joules);
  CHECK(few_bytes == Approx(bytes));
  CHECK(few_joules == Approx(joules));
  CHECK(thinned(samples, end, samples.size()).size() == samples.size());
}

TEST_CASE("points that nothing beats") {
  // (1,5) (2,3) (4,1) are the front; (2,4) and (5,1) are beaten, the second (2,3) counts once.
  const std::vector<PagePoint> points{{"a", "", 4, 1}, {"b", "", 2, 4}, {"c", "", 1, 5},
                                      {"d", "", 2, 3}, {"e", "", 5, 1}, {"f", "", 2, 3}};
  CHECK(front_of(points) == std::vector<std::size_t>{2, 3, 0});
}

TEST_CASE("errors are counted where they are") {
  // +5 %, +5 %, -30 %, +200 % (beyond: in the last bin), 0 % (begins a bin).
  const std::vector<AgreementCase> cases{
      {"", "", 100, 105}, {"", "", 10, 10.5}, {"", "", 1, 0.71}, {"", "", 1, 3}, {"", "", 8, 8}};
  // Bins of 0.2 from -0.6: [-0.6,-0.4) [-0.4,-0.2) [-0.2,0) [0,0.2) [0.2,0.4) [0.4,...
  CHECK(error_histogram(cases, 0.2, 0.6) == std::vector<std::size_t>{0, 1, 0, 3, 0, 1});
}

TEST_CASE("runs of one request on a unit are one bar, and queues are counted") {
  const auto span = [](std::int64_t from, std::int64_t to, std::uint32_t request, int unit) {
    return LiveSpan{from, to, 0, request, static_cast<std::uint8_t>(unit), TaskKind::compute, {}};
  };
  const auto merged = merged_spans({span(0, 10, 0, 0), span(5, 9, 0, 1), span(11, 20, 0, 0),
                                    span(20, 30, 1, 0), span(50, 60, 1, 0)},
                                   2);
  REQUIRE(merged.size() == 4);
  CHECK(merged[0].end_ps == 20);  // 10 to 11 is within the gap.
  CHECK(merged[2].request == 1);
  CHECK(merged[3].start_ps == 50);

  std::vector<RequestRecord> requests(3);
  requests[0] = {0, 10, 10, 40, RequestEnd::done, false};
  requests[1] = {0, 20, 40, 60, RequestEnd::done, false};
  requests[2] = {1, 30, 30, 35, RequestEnd::done, false};
  const auto queue = queue_of(requests, 0);
  const std::vector<std::pair<std::int64_t, int>> expected{
      {0, 0}, {10, 1}, {20, 2}, {40, 1}, {60, 0}};
  REQUIRE(queue.size() == expected.size());
  for (std::size_t i = 0; i < queue.size(); ++i)
    CHECK(std::pair(queue[i].at_ps, queue[i].requests) == expected[i]);
}
