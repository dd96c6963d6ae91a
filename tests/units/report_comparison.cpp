#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/report/comparison.h"
#include "tests/units/report_sample.h"

using namespace partita;
using namespace partita::test;

namespace {

struct Ranking {
  Soc soc = sample_soc();
  Graph graph = sample_graph();
  SampleModel model;
  Job job;

  Ranking(double alpha_s, double beta_s, double own_error, Objective objective = Objective::latency)
      : model(soc, alpha_s, beta_s, own_error), job{soc,   graph, model,     "roofline", false,
                                                    false, {},    objective, true,       1} {}

  Outcome outcome(const std::string& name, const std::string& letters, bool single) const {
    Outcome o;
    o.name = name;
    o.plan = sample_plan(soc, graph, letters);
    o.single_unit = single;
    o.mapping = letters;
    const Schedule schedule = lower(model, graph, o.plan);
    const Timeline timeline = estimate(schedule);
    o.latency_s = o.estimate_latency_s = o.period_s = to_seconds(timeline.makespan_ps);
    o.energy_j = timeline.energy_j;
    o.value = o.estimate_value = objective_value(job.objective, timeline);
    o.uncertainty = uncertainty(model, graph, o.plan);
    o.breakdown = breakdown(schedule, timeline);
    o.utilisation = utilisation(soc, schedule, timeline);
    return o;
  }
};

}  // namespace

TEST_CASE("Best first, gain over the best single unit", "[report]") {
  const Ranking r(10e-3, 4e-3, 0.001);
  // All on A 30 ms, all on B 12 ms, A then B 21 ms (10 + 1 + 2 + 4 + 4).
  const Comparison c =
      rank(r.job,
           {r.outcome("all on alpha", "AAA", true), r.outcome("split", "ABB", false),
            r.outcome("all on beta", "BBB", true), r.outcome("dp", "BBB", false)},
           {{"pipeline", "only throughput"}});
  REQUIRE(c.rows.size() == 4);
  CHECK(c.rows[0].outcome.name == "all on beta");
  CHECK(c.rows[0].verdict == Verdict::best);
  CHECK(c.rows[1].outcome.name == "dp");
  CHECK(c.rows[1].verdict == Verdict::same_plan);
  CHECK(c.rows[2].outcome.name == "split");
  CHECK(c.rows[2].verdict == Verdict::worse);
  CHECK(c.rows[2].gain == Approx(12.0 / 21.0));
  CHECK(c.rows[3].gain == Approx(12.0 / 30.0));
  const std::string text = conclusion(r.job, c);
  CHECK(text.find("Splitting does not pay here: all on beta") == 0);
  CHECK(text.find("The same plan came from: dp.") != std::string::npos);
}

TEST_CASE("Differences within the costs' error are too close to call", "[report]") {
  // Three operators each: alpha 10 ms, beta 9.8 ms, 5 % own error each operator. Totals 30 and 29.4
  // ms; sd of the difference: sqrt(3 (0.5^2 + 0.49^2)) = 1.2126 ms; 1.645 sd = 1.99 ms > 0.6 ms.
  const Ranking near(10e-3, 9.8e-3, 0.05);
  const Comparison close =
      rank(near.job, {near.outcome("x", "AAA", true), near.outcome("y", "BBB", true)}, {});
  CHECK(close.rows[1].difference_sd == Approx(1.2126e-3).epsilon(1e-4));
  CHECK(close.rows[1].verdict == Verdict::too_close);
  CHECK(conclusion(near.job, close).find("Too close to call with it: x.") != std::string::npos);
  // Beta 9 ms: difference 3 ms; sd sqrt(3 (0.5^2 + 0.45^2)) = 1.1651 ms, 1.645 sd = 1.92 ms < 3 ms.
  const Ranking far(10e-3, 9e-3, 0.05);
  const Comparison clear =
      rank(far.job, {far.outcome("x", "AAA", true), far.outcome("y", "BBB", true)}, {});
  CHECK(clear.rows[1].verdict == Verdict::worse);
}

TEST_CASE("The error is carried to other objectives in proportion", "[report]") {
  // Independent errors: relative sd of each total is 0.05 / sqrt(3); EDP doubles it.
  const Ranking r(10e-3, 9e-3, 0.05, Objective::edp);
  const Outcome x = r.outcome("x", "AAA", true), y = r.outcome("y", "BBB", true);
  const Comparison c = rank(r.job, {x, y}, {});
  const double relative = 2 * 0.05 / std::sqrt(3.0);
  CHECK(c.rows[1].difference_sd == Approx(relative * std::hypot(x.value, y.value)));
}

TEST_CASE("Text fits 100 columns; JSON and CSV agree with it", "[report]") {
  const Ranking r(10e-3, 4e-3, 0.001);
  const Comparison c =
      rank(r.job, {r.outcome("all on alpha", "AAA", true), r.outcome("split", "ABB", false)},
           {{"pipeline", "only throughput"}});
  const std::string text = comparison_text(r.job, c, {});
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    CHECK(display_width(text.substr(begin, end - begin)) <= 100);
    begin = end + 1;
  }
  CHECK(text.find("21 ms") != std::string::npos);
  CHECK(text.find("1.43x") != std::string::npos);  // 30 / 21
  CHECK(text.find("not applicable: pipeline (only throughput)") != std::string::npos);

  CHECK(text.find("(stopped)") == std::string::npos);
  CHECK(text.find("precision") == std::string::npos);

  const auto json = nlohmann::json::parse(comparison_json(r.job, c));
  CHECK(json["plans"][0]["name"] == "split");
  CHECK(json["plans"][0]["verdict"] == "best");
  CHECK(json["plans"][0]["latency_s"].get<double>() == Approx(21e-3));
  CHECK(json["plans"][0]["breakdown"]["transfer_s"].get<double>() == Approx(3e-3));
  CHECK(json["plans"][0]["utilisation"]["alpha"].get<double>() == Approx(11.0 / 21.0));
  CHECK(json["not_applicable"][0]["name"] == "pipeline");

  const std::string csv = comparison_csv(r.job, c);
  CHECK(csv.find(",split,") != std::string::npos);
  CHECK(csv.find("busy_alpha,busy_beta\n") != std::string::npos);
}

TEST_CASE("A search cut short, unused units and mixed precisions are told", "[report]") {
  Ranking r(10e-3, 4e-3, 0.001);
  const auto count = [](const std::string& text, const std::string& part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  Outcome cut_short = r.outcome("exhaustive", "BBB", false);
  cut_short.status = "stopped";
  const std::string one_unit = comparison_text(r.job, rank(r.job, {cut_short}, {}), {});
  CHECK(count(one_unit, "exhaustive (stopped) ") == 3);  // In every table, not cut.
  CHECK(count(one_unit, "(stopped): ") == 1);
  CHECK(one_unit.find("unit busy              beta\n") != std::string::npos);  // alpha: no column.

  r.soc.units[1].default_precision = Precision::int8;
  const std::string mixed = comparison_text(
      r.job,
      rank(r.job, {r.outcome("all on alpha", "AAA", true), r.outcome("split", "ABB", false)}, {}),
      {});
  CHECK(mixed.find("(fp32 on alpha; int8 on beta)") != std::string::npos);
  CHECK(mixed.find("alpha  beta\n") != std::string::npos);
  const std::string alone =
      comparison_text(r.job, rank(r.job, {r.outcome("all on beta", "BBB", true)}, {}), {});
  CHECK(alone.find("same precision") == std::string::npos);
}
