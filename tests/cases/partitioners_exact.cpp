// Do exact searches that share little agree, and does a stopped one prove what it says?
#include <catch2/catch.hpp>

#include "partitioners/integer_program.h"
#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

constexpr double kTolerance = 1e-9;

std::vector<int> ascending(std::size_t count) {
  std::vector<int> order(count);
  for (std::size_t k = 0; k < count; ++k) order[k] = static_cast<int>(k);
  return order;
}

/// Blocks of `width` branches, each `depth` long, one after another, as in Inception networks.
std::vector<std::vector<int>> branchy(int blocks, int width, int depth) {
  std::vector<std::vector<int>> reads{{-1}};
  for (int b = 0; b < blocks; ++b) {
    const int root = static_cast<int>(reads.size()) - 1;
    std::vector<int> ends;
    for (int w = 0; w < width; ++w) {
      int last = root;
      for (int d = 0; d < depth; ++d) {
        reads.push_back({last});
        last = static_cast<int>(reads.size()) - 1;
      }
      ends.push_back(last);
    }
    reads.push_back(ends);
  }
  return reads;
}

PartitionResult solve(const std::string& name, PartitionProblem problem, bool any_order) {
  problem.options = {{"any_order", any_order ? 1.0 : 0.0}};
  if (name == "exhaustive") problem.options["max_plans"] = 1e9;
  if (name == "branch-and-bound") problem.options["max_nodes"] = 1e9;
  const PartitionResult result = partition(name, problem);
  REQUIRE(check_plan(problem.belief, problem.graph, result.plan).empty());
  REQUIRE(result.status == PartitionStatus::optimal);
  REQUIRE(result.value == Approx(result.proven_bound).epsilon(kTolerance).margin(0));
  REQUIRE(result.value >= result.unsplit_bound * (1 - 1e-8));
  REQUIRE(result.unsplit_bound >= result.lower_bound * (1 - kTolerance));
  return result;
}

}  // namespace

TEST_CASE("exhaustive, branch and bound and the integer program agree on 500 random graphs") {
  std::mt19937_64 random(4711);
  int reordered = 0, several_units = 0;
  for (int i = 0; i < 500; ++i) {
    const int operators = i % 10 == 0 ? 6 : 3 + i % 3;
    const auto reads = random_reads(operators, random);
    const Graph graph = make_graph(reads, ascending(reads.size()));
    const Soc soc = make_soc({2 + i % 2, 1, i % 7 == 6});
    CostOptions options;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    options.spread_s = i % 5 == 2 ? 1e-4 : 0;
    options.arrival_s = i % 9 == 4 ? 1e-4 : 0;
    const RandomCosts costs(soc, random(), options);
    const Objective objective = i % 4 == 3 ? Objective::energy : Objective::latency;
    const PartitionProblem problem{costs, graph, objective, every_mode(soc)};
    // Where units wake, the integer program keeps the graph's order: then all of them do.
    const bool any_order = options.arrival_s == 0;
    CAPTURE(i, to_string(objective), operators);
    const double least = solve("exhaustive", problem, any_order).value;
    const PartitionResult bounded = solve("branch-and-bound", problem, any_order);
    REQUIRE(bounded.value == Approx(least).epsilon(kTolerance).margin(0));
    reordered += !bounded.plan.order.empty();
    const std::string mapping = mapping_string(soc, graph, bounded.plan);
    several_units += mapping.find_first_not_of(mapping[0]) != std::string::npos;
    if (IntegerProgram::available())
      REQUIRE(solve("milp", problem, any_order).value ==
              Approx(least).epsilon(kTolerance).margin(0));
  }
  CHECK(reordered > 20);
  CHECK(several_units > 200);
}

TEST_CASE("the integer program proves the best of 26 operators on 3 units") {
  if (!IntegerProgram::available()) return;
  const Soc soc = make_soc({3, 1});
  CostOptions options;
  for (const auto& reads : {branchy(0, 0, 0), branchy(5, 2, 2)}) {
    const bool chain = reads.size() == 1;
    const Graph graph = chain ? make_chain(26) : make_graph(reads, ascending(reads.size()));
    CAPTURE(reads.size());
    REQUIRE(graph.size() == 27);  // With the input.
    const RandomCosts costs(soc, 99, options);
    PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc)};
    problem.options["max_nodes"] = 1e6;
    const PartitionResult best = partition("milp", problem);
    REQUIRE(best.status == PartitionStatus::optimal);
    CHECK(best.gap == Approx(0).margin(kTolerance));
    CHECK(best.value == Approx(best.proven_bound).epsilon(kTolerance).margin(0));
    problem.options.clear();
    CHECK(best.value <= partition("heft", problem).value * (1 + kTolerance));
    const double dp = partition("chain-dp", problem).value;
    if (chain) CHECK(best.value == Approx(dp).epsilon(kTolerance).margin(0));
    CHECK(best.value <= dp * (1 + kTolerance));
  }
}

TEST_CASE("a search that is stopped proves a bound below the best and above the general one") {
  const Soc soc = make_soc({3, 1});
  std::mt19937_64 random(5);
  int closer = 0;
  for (int i = 0; i < 40; ++i) {
    const auto reads = random_reads(7, random);
    const Graph graph = make_graph(reads, ascending(reads.size()));
    const RandomCosts costs(soc, random(), {});
    const Objective objective = i % 2 ? Objective::energy : Objective::latency;
    PartitionProblem problem{costs, graph, objective, every_mode(soc)};
    const double best = solve("branch-and-bound", problem, true).value;
    double last = 0;
    for (double nodes : {1.0, 10.0, 100.0}) {
      problem.options = {{"max_nodes", nodes}};
      const PartitionResult cut = partition("branch-and-bound", problem);
      CAPTURE(i, nodes);
      REQUIRE(cut.proven_bound <= best * (1 + kTolerance));
      REQUIRE(cut.value >= best * (1 - kTolerance));
      REQUIRE(cut.proven_bound >= last * (1 - kTolerance));
      last = cut.proven_bound;
      if (cut.status == PartitionStatus::optimal)
        REQUIRE(cut.value == Approx(best).epsilon(kTolerance).margin(0));
      else
        closer += cut.proven_bound > cut.unsplit_bound;
    }
  }
  CHECK(closer > 5);
}

TEST_CASE("without a solver the integer programs say so") {
  if (IntegerProgram::available()) return;
  const Soc soc = make_soc({2, 1});
  const RandomCosts costs(soc, 1, {});
  const Graph graph = make_chain(3);
  for (const std::string name : {"milp", "hope"})
    CHECK_THROWS_WITH(partition(name, {costs, graph, Objective::latency, every_mode(soc)}),
                      Contains("built without CBC"));
}

TEST_CASE("hope places a chain as well as its objective says") {
  if (!IntegerProgram::available()) return;
  // On a chain nothing overlaps: the sum along it is the latency, and without pruning the program's
  // best is the dynamic program's.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Soc soc = make_soc({3, 1});
    const RandomCosts costs(soc, seed, {});
    const Graph graph = make_chain(8);
    PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc)};
    const double best = partition("chain-dp", problem).value;
    problem.options = {{"prune", 1e6}};
    CHECK(partition("hope", problem).value == Approx(best).epsilon(1e-6));
    problem.options = {{"prune", 1}};
    CHECK(partition("hope", problem).value >= best * (1 - kTolerance));
  }
}

TEST_CASE("nobody is better than the oracle, which answers alike for the same seed") {
  std::mt19937_64 random(12);
  int better = 0;
  for (int i = 0; i < 8; ++i) {
    const auto reads = random_reads(i % 2 ? 7 : 16, random);
    const Graph graph = make_graph(reads, ascending(reads.size()));
    const Soc soc = make_soc({3, 1});
    const RandomCosts costs(soc, random(), {});
    const auto objective = static_cast<Objective>(i % 4);
    PartitionProblem problem{costs, graph, objective, every_mode(soc), 7};
    problem.options = {{"max_evaluations", 200}};
    const PartitionResult oracle = partition("oracle", problem);
    CAPTURE(i, to_string(objective));
    REQUIRE(check_plan(costs, graph, oracle.plan).empty());
    REQUIRE(oracle.value >= oracle.lower_bound * (1 - 1e-8));
    if (i < 4) REQUIRE(partition("oracle", problem).value == oracle.value);
    problem.options.clear();
    double heuristics = 1e9;
    for (const PartitionerInfo& info : partitioners()) {
      if (info.effort != Effort::heuristic) continue;
      if (std::count(info.objectives.begin(), info.objectives.end(), objective) == 0) continue;
      try {
        heuristics = std::min(heuristics, partition(info.name, problem).value);
      } catch (const UnsupportedError&) {
      }
    }
    REQUIRE(oracle.value <= heuristics);
    better += oracle.value < heuristics;
    problem.starts = {oracle.plan};
    problem.options = {{"max_evaluations", 0}};
    REQUIRE(partition("oracle", problem).value <= oracle.value);
  }
  CHECK(better > 2);
}

TEST_CASE("the oracle asks whom it is told to, within its budget, and stops when asked") {
  const Soc soc = make_soc({3, 1});
  const RandomCosts costs(soc, 3, {});
  const Graph graph = make_chain(20);
  PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc)};
  int asked = 0;
  problem.ask = [&](const Plan& plan) {
    ++asked;
    return plan_value(costs, graph, plan, Objective::latency);
  };
  problem.options = {{"max_evaluations", 0}};
  partition("oracle", problem);
  const int starts = asked;
  CHECK(starts > 3);
  asked = 0;
  problem.options = {{"max_evaluations", 100}};
  partition("oracle", problem);
  CHECK(asked - starts == 100);
  problem.progress = [](double) { return false; };
  CHECK(partition("oracle", problem).status == PartitionStatus::stopped);
}
