// Experiments on living phones: what is refused, and answers recomputed from the runs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::read;
using partita::test::replaced;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace {

constexpr char kWorkload[] = R"(title: two
duration: 1 s
streams:
  a: {model: mobilenet-v2, arrivals: {every: 50 ms}, deadline: 60 ms}
  b: {model: squeezenet, arrivals: {poisson: 20 Hz}}
)";

constexpr char kGone[] = "title: no GPU\noffline: {gpu: 1}\n";
constexpr char kBack[] =
    "title: GPU comes back\noffline: {gpu: [{at: 1.5 s, cores: 1}, {at: 2.5 s, cores: 0}]}\n";
constexpr char kBusy[] = "title: GPU busy\nbackground: {gpu: 75 %}\n";

constexpr char kWho[] = R"(title: "who decides"
findings: [LIVE]
live:
  socs: [kirin-990]
  workloads: [./w.yaml]
  models: [resnet50]
  every: 100 ms
  runtimes: [roofline]
  conditions: [calm, game]
  plans: [heft, single]
  held: [kept]
  schedulers: [sel, fixed-worker]
  duration: 1 s
quick:
  models: [resnet50]
  conditions: [calm]
  duration: 500 ms
)";

constexpr char kChange[] = R"(title: "from calm to changing"
findings: [F6]
live:
  socs: [snapdragon-855]
  models: [squeezenet, mobilenet-v2]
  every: 50 ms
  runtimes: [roofline]
  conditions: [calm, ./gone.yaml, ./back.yaml, ./busy.yaml]
  plans: [single, heft, codl, asymo]
  held: [kept, replanned, foreseen]
  schedulers: [sel]
  without: [dsp]
  duration: 3 s
quick: {}
)";

std::string folder() {
  const std::string made = scratch() + "/study-live";
  std::filesystem::create_directories(made);
  write(made + "/w.yaml", kWorkload);
  write(made + "/gone.yaml", kGone);
  write(made + "/back.yaml", kBack);
  write(made + "/busy.yaml", kBusy);
  return made;
}

json study(const std::string& text, const std::string& options = "") {
  const std::string where = folder();
  write(where + "/e.yaml", text);
  const auto said = run_partita("study e.yaml --json" + options, where);
  INFO(said.err);
  REQUIRE(said.code == 0);
  return json::parse(said.out);
}

const json& cell_of(const json& report, const std::string& workload,
                    const std::string& conditions) {
  for (const json& cell : report["experiments"][0]["cells"])
    if (cell["workload"] == workload && cell["conditions"] == conditions) return cell;
  FAIL("no cell of " << workload << " under " << conditions);
  return report;
}

const json& row_of(const json& cell, const std::string& decider, const std::string& made) {
  for (const json& row : cell["rows"])
    if (row["decider"] == decider && row["made"] == made) return row;
  FAIL("no row of " << decider << ", " << made);
  return cell;
}

double late_share(const json& row) {
  double late = 0, arrived = 0;
  for (const json& s : row["streams"])
    late += s["late"].get<double>(), arrived += s["arrived"].get<double>();
  return late / arrived;
}

/// Geometric mean over streams.
double over(const json& row, const json& than, const char* figure) {
  double product = 1;
  for (std::size_t s = 0; s < row["streams"].size(); ++s)
    product *= row["streams"][s][figure].get<double>() / than["streams"][s][figure].get<double>();
  return std::pow(product, 1.0 / static_cast<double>(row["streams"].size()));
}

double slowdown(const json& row) {
  double product = 1;
  for (const json& s : row["streams"]) product *= s["slowdown"].get<double>();
  return std::pow(product, 1.0 / static_cast<double>(row["streams"].size()));
}

bool answers_all(const json& row) {
  return std::all_of(row["streams"].begin(), row["streams"].end(),
                     [](const json& s) { return s["done"] == s["arrived"]; });
}

double geometric(const std::vector<double>& ratios) {
  double logs = 0;
  for (const double ratio : ratios) logs += std::log(ratio);
  return std::exp(logs / static_cast<double>(ratios.size()));
}

double mean_s(const json& row) {
  return row["streams"][0]["mean_latency_s"];
}

}  // namespace

TEST_CASE("an experiment on living phones that does not say what it means is refused") {
  const std::string where = folder();
  const auto bad = [&](const char* text, const std::string& from, const std::string& to,
                       const std::string& says) {
    write(where + "/bad.yaml", replaced(text, from, to));
    check_refused("study bad.yaml", says, where);
  };
  bad(kWho, "[./w.yaml]", "[./v.yaml]", "v.yaml");
  bad(kWho, "[./w.yaml]", "[cameras]", "bad.yaml:5:15: live.workloads[0]");
  bad(kWho, "[calm, game]", "[calm, gamy]", "unknown condition \"gamy\"");
  bad(kWho, "[calm, game]", "[calm, calm]", "\"calm\" is listed twice");
  bad(kWho, "every: 100 ms", "every: 100", "live.every");
  bad(kWho, "every: 100 ms", "every: 0 ms", "must be greater than zero");
  bad(kWho, "  every: 100 ms\n", "", "live: key \"every\" is missing");
  bad(kWho, "fixed-worker]", "fifo]", "unknown scheduler \"fifo\"");
  bad(kWho, "fixed-worker]", "replan]", "replan holds plans");
  bad(kWho, "held: [kept]", "held: [keep]", "unknown way of holding plans \"keep\"");
  bad(kWho, "[heft, single]", "[hefty]", "unknown partitioner \"hefty\"");
  bad(kWho, "conditions: [calm]", "conditions: [game]", "must begin with calm");
  bad(kWho, "  plans: [heft, single]\n  held: [kept]\n  schedulers: [sel, fixed-worker]\n", "",
      "neither plans nor schedulers");
  bad(kWho, "  workloads: [./w.yaml]\n  models: [resnet50]\n  every: 100 ms\n", "",
      "neither workloads nor models");
  bad(kWho, "live:", "keep_plans: true\nlive:", "unknown key \"keep_plans\"");
  bad(kChange, "without: [dsp]", "without: [tpu]", "unknown unit or kind of unit \"tpu\"");
}

TEST_CASE("who decides best, and what networks cost each other, follow from the runs") {
  const json report = study(kWho);
  const json& f = report["answers"][0]["figures"];
  CHECK(report["answers"][0]["finding"] == "LIVE");
  std::map<std::string, int> best;
  double contention = 0, late_of_sel = 0;
  for (const json& cell : report["experiments"][0]["cells"]) {
    REQUIRE(cell["rows"].size() == 4);
    const json* winner = &cell["rows"][0];
    for (const json& row : cell["rows"]) {
      CHECK(row["late_share"].get<double>() == Approx(late_share(row)));
      if (late_share(row) < late_share(*winner) ||
          (late_share(row) == late_share(*winner) && over(row, *winner, "p95_latency_s") < 1))
        winner = &row;
      for (const json& s : row["streams"]) {
        CHECK(s["slowdown"].get<double>() ==
              Approx(s["mean_latency_s"].get<double>() / s["alone_s"].get<double>()));
        CHECK(s["p50_latency_s"] <= s["p95_latency_s"]);
        CHECK(s["p95_latency_s"] <= s["p99_latency_s"]);
      }
    }
    ++best[(*winner)["decider"].get<std::string>() + (*winner)["made"].get<std::string>()];
    late_of_sel += late_share(row_of(cell, "sel", "scheduled")) / 4;
    // Of several networks with nothing else on the phone: one cell.
    if (cell["conditions"] == "calm" && cell["workload"] == "./w.yaml")
      contention = slowdown(*winner);
  }
  CHECK(f["cells"] == 4);
  CHECK(f["deciders"] == 4);
  CHECK(f["deciders_best_somewhere"] == best.size());
  CHECK(f["most_cells_best"] ==
        std::max_element(best.begin(), best.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->second);
  CHECK(f["contention_best"].get<double>() == Approx(contention));
  CHECK(contention > 1);
  CHECK(f["least_late"].get<double>() <= late_of_sel + 1e-12);
}

TEST_CASE("what plans lose on a changing phone follows from the runs") {
  const json report = study(kChange);
  const json& f = report["answers"][0]["figures"];
  CHECK(report["answers"][0]["finding"] == "F6");
  std::vector<double> kept, replanned, foreseen, old_best;
  std::vector<double> all_kept, all_replanned, all_foreseen;
  int plans = 0, unanswered = 0, new_best = 0, cells = 0, pairs = 0, swapped = 0;
  for (const json& cell : report["experiments"][0]["cells"]) {
    if (cell["conditions"] == "calm") continue;
    const json& calm = cell_of(report, cell["workload"], "calm");
    std::vector<std::pair<double, double>> order;  // Before, after.
    for (const std::string name : {"single", "heft", "codl", "asymo"}) {
      const double before = mean_s(row_of(calm, name, "kept"));
      const json &k = row_of(cell, name, "kept"), &r = row_of(cell, name, "replanned"),
                 &v = row_of(cell, name, "foreseen");
      ++plans;
      unanswered += !answers_all(k);
      if (answers_all(k)) kept.push_back(mean_s(k) / before);
      if (answers_all(r)) replanned.push_back(mean_s(r) / before);
      if (answers_all(v)) foreseen.push_back(mean_s(v) / before);
      if (answers_all(k)) order.emplace_back(before, mean_s(k));
      if (!answers_all(k) || !answers_all(r) || !answers_all(v)) continue;
      all_kept.push_back(mean_s(k)), all_replanned.push_back(mean_s(r));
      all_foreseen.push_back(mean_s(v));
    }
    if (order.size() < 2) continue;
    ++cells;
    const auto first = *std::min_element(order.begin(), order.end());
    double now = first.second;
    for (const auto& [before, after] : order) now = std::min(now, after);
    old_best.push_back(first.second / now);
    new_best += first.second / now > 1.01;
    for (std::size_t a = 0; a < order.size(); ++a)
      for (std::size_t b = a + 1; b < order.size(); ++b) {
        const double before = std::log(order[a].first / order[b].first),
                     after = std::log(order[a].second / order[b].second);
        if (std::abs(before) < std::log(1.01)) continue;
        ++pairs;
        swapped += before * after < 0 && std::abs(after) >= std::log(1.01);
      }
  }
  CHECK(f["plans"] == plans);
  CHECK(f["unanswered"] == unanswered);
  REQUIRE(unanswered > 0);
  CHECK(f["kept"].get<double>() == Approx(geometric(kept)));
  CHECK(f["kept_worst"].get<double>() == Approx(*std::max_element(kept.begin(), kept.end())));
  CHECK(f["replanned"].get<double>() == Approx(geometric(replanned)));
  CHECK(f["foreseen"].get<double>() == Approx(geometric(foreseen)));
  const double k = std::log(geometric(all_kept)), r = std::log(geometric(all_replanned)),
               v = std::log(geometric(all_foreseen));
  REQUIRE(k - v > std::log(1.01));
  CHECK(f["won_back"].get<double>() == Approx((k - r) / (k - v)));
  CHECK(f["cells"] == cells);
  CHECK(f["new_best"] == new_best);
  CHECK(f["old_best_over_new"].get<double>() == Approx(geometric(old_best)));
  REQUIRE(pairs > 0);
  CHECK(f["swapped"].get<double>() == Approx(static_cast<double>(swapped) / pairs));
}

TEST_CASE("knowing what comes is planning for it") {
  const json report = study(kChange);
  const json without = study(replaced(replaced(kChange, "without: [dsp]", "without: [dsp, gpu]"),
                                      "conditions: [calm, ./gone.yaml, "
                                      "./back.yaml, ./busy.yaml]",
                                      "conditions: [calm]"));
  for (const std::string model : {"squeezenet", "mobilenet-v2"})
    for (const std::string name : {"single", "heft"}) {
      INFO(model << " " << name);
      const json& calm = cell_of(report, model, "calm");
      const double at_best = mean_s(row_of(calm, name, "kept"));
      // Nothing drifts and nothing comes.
      CHECK(mean_s(row_of(calm, name, "replanned")) == at_best);
      CHECK(mean_s(row_of(calm, name, "foreseen")) == at_best);
      // Without the GPU from the start: the plan is that of a phone without one.
      const double on_cpu = mean_s(row_of(cell_of(without, model, "calm"), name, "kept"));
      const json& gone = cell_of(report, model, "./gone.yaml");
      CHECK(mean_s(row_of(gone, name, "foreseen")) == Approx(on_cpu));
      CHECK_FALSE(answers_all(row_of(gone, name, "kept")));
      // A second without it: 20 requests wait up to a second each if the plan is kept, half a
      // second on average, a third of all.
      const json& back = cell_of(report, model, "./back.yaml");
      CHECK(mean_s(row_of(back, name, "kept")) > 0.15);
      CHECK(mean_s(row_of(back, name, "replanned")) < 0.05);
      CHECK(mean_s(row_of(back, name, "foreseen")) < 0.05);
      // A quarter of the GPU's time is left; another unit may be better then.
      const json& busy = cell_of(report, model, "./busy.yaml");
      CHECK(mean_s(row_of(busy, name, "kept")) > 2 * at_best);
      CHECK(mean_s(row_of(busy, name, "foreseen")) <=
            mean_s(row_of(busy, name, "kept")) * (1 + 1e-9));
    }
}

TEST_CASE("a study of living phones is the same every time, and its reports agree") {
  const json first = study(kWho, " --quick --report e.csv");
  const json again = study(kWho, " --quick --report e.md");
  CHECK(first.dump() == again.dump());
  std::size_t streams = 0;
  for (const json& cell : first["experiments"][0]["cells"])
    for (const json& row : cell["rows"]) streams += row["streams"].size();
  REQUIRE(first["experiments"][0]["cells"].size() == 2);
  CHECK(streams == 4 * (2 + 1));
  const std::string csv = read(folder() + "/e.csv"), markdown = read(folder() + "/e.md");
  CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')) == streams + 1);
  CHECK(csv.substr(0, csv.find('\n')).find(",p95_latency_s,") != std::string::npos);
  CHECK(csv.find("\ne,kirin-990,resnet50,") != std::string::npos);
  for (const json& answer : first["answers"])
    CHECK(markdown.find(answer["answer"].get<std::string>()) != std::string::npos);
}
