// Is every plan legal, above its lower bound, and no better than the best?
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "partitioners/partitioner.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

constexpr double kTolerance = 1e-8;

bool optimises(const PartitionerInfo& info, Objective objective) {
  return std::find(info.objectives.begin(), info.objectives.end(), objective) !=
         info.objectives.end();
}

void require_legal(const PartitionProblem& problem, const Plan& plan) {
  REQUIRE(check_plan(problem.belief, problem.graph, plan) == std::vector<std::string>{});
  LowerOptions options;
  options.requests = objective_requests(problem.objective);
  const Schedule schedule = lower(problem.belief, problem.graph, plan, options);
  REQUIRE(check_timeline(problem.belief.soc(), schedule, estimate(schedule)) ==
          std::vector<std::string>{});
}

bool is_split(const Plan& plan) {
  return std::any_of(plan.shares.begin(), plan.shares.end(),
                     [](const auto& shares) { return shares.size() > 1; });
}

/// The numbers of "op<number>" in the plan's order.
std::vector<int> numbers(const Graph& graph, const std::vector<OpId>& order) {
  std::vector<int> list;
  for (OpId op : order) list.push_back(std::stoi(graph.op(op).name.substr(2)));
  return list;
}

}  // namespace

TEST_CASE("no plan is below its bound or better than the exhaustive one of its order") {
  constexpr Objective objectives[] = {Objective::latency, Objective::energy, Objective::edp,
                                      Objective::throughput};
  std::mt19937_64 random(2024);
  int other_orders = 0;
  for (int i = 0; i < 1000; ++i) {
    const int operators = 3 + static_cast<int>(random() % 4);
    const auto reads = random_reads(operators, random);
    std::vector<int> order(operators);
    for (int k = 0; k < operators; ++k) order[k] = k;
    const Graph graph = make_graph(reads, order);
    const int opps = i % 5 == 4 ? 2 : 1;
    const Soc soc = make_soc({opps > 1 ? 2 : 2 + i % 2, opps, i % 7 == 6});
    CostOptions options;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    options.dvfs_s = 2e-4;
    options.parks = i % 11 == 10;
    options.arrival_s = i % 5 == 1 ? 1e-4 : 0;
    options.spread_s = i % 5 == 2 ? 1e-4 : 0;
    options.detours = opps == 1 && i % 3 == 0;
    options.fused = i % 4 == 2 ? 0.5 : 0;
    const RandomCosts costs(soc, random(), options);
    // Throughput leaves are 32 times as long: fewer of them.
    const Objective objective = objectives[i % 10 == 9 && operators < 5 ? 3 : i % 3];
    CAPTURE(i, to_string(objective), operators);
    const PartitionProblem problem{costs, graph, objective, every_mode(soc), 0, {}, {}};
    const PartitionResult oracle = partition("exhaustive", problem);
    REQUIRE(oracle.status == PartitionStatus::optimal);
    for (const PartitionerInfo& info : partitioners()) {
      if (!optimises(info, objective)) continue;
      if (info.effort == Effort::search && i % 20 != 0) continue;
      CAPTURE(info.name);
      PartitionResult result;
      try {
        result = partition(info.name, problem);
      } catch (const UnsupportedError&) {
        // A segment that no unit runs; no GPU; one network; no products, no batch; stages that run
        // all in turn; clocks that move; no solver.
        const std::set<std::string> may{"chain-dp", "mosaic",   "codl",       "codl-literal",
                                        "mulayer",  "milp",     "hope",       "hax-conn",
                                        "pipe-it",  "pipe-all", "hetero-llm", "llm-batch"};
        REQUIRE(may.contains(info.name));
        continue;
      }
      require_legal(problem, result.plan);
      REQUIRE(result.value == plan_value(costs, graph, result.plan, objective));
      REQUIRE(result.lower_bound > 0);
      double bound = std::max(result.lower_bound, result.proven_bound);
      if (!is_split(result.plan)) bound = std::max(bound, result.unsplit_bound);
      REQUIRE(result.gap == Approx(result.value / bound - 1).margin(1e-12));
      REQUIRE(result.value >= result.lower_bound * (1 - kTolerance));
      if (is_split(result.plan)) continue;  // The oracle splits nothing.
      if (result.plan.order.empty()) {
        REQUIRE(result.value >= oracle.value * (1 - kTolerance));
        continue;
      }
      // The oracle searches one order: give it this plan's.
      const auto its_order = numbers(graph, result.plan.order);
      other_orders += its_order != order;
      const Graph reordered = make_graph(reads, its_order);
      const PartitionProblem again{costs, reordered, objective, every_mode(soc), 0, {}, {}};
      REQUIRE(result.value >= partition("exhaustive", again).value * (1 - kTolerance));
    }
  }
  CHECK(other_orders > 20);
}

TEST_CASE("branch and bound finds what plain enumeration finds") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 60; ++i) {
    const auto objective = static_cast<Objective>(i % 4);
    const int operators = objective == Objective::throughput ? 3 : 4;
    std::vector<int> order(operators);
    for (int k = 0; k < operators; ++k) order[k] = k;
    const Graph graph = make_graph(random_reads(operators, random), order);
    const Soc soc = make_soc({3, 1, i % 2 == 1});
    CostOptions options;
    options.detours = i % 3 == 0;
    options.fused = i % 4 > 1 ? 0.5 : 0;
    const RandomCosts costs(soc, random(), options);
    const auto modes = every_mode(soc);
    double best = 1e9;
    for (int code = 0; code < 81; ++code) {  // three modes, at most four operators
      std::vector<Mode> mode_of(graph.size());
      int rest = code;
      for (Mode& mode : mode_of) {
        if (&mode == &mode_of[0]) continue;  // the input comes first and is not placed
        mode = modes[rest % 3];
        rest /= 3;
      }
      const Plan plan = plan_from_modes(soc, graph, mode_of);
      if (!check_plan(costs, graph, plan).empty()) continue;
      best = std::min(best, plan_value(costs, graph, plan, objective));
    }
    CAPTURE(i, to_string(objective));
    CHECK(partition("exhaustive", {costs, graph, objective, modes, 0, {}, {}}).value ==
          Approx(best).epsilon(kTolerance).margin(0));
  }
}

namespace {

/// Every sequence of different units that share nothing, every way to cut between them.
void try_stages(const PartitionProblem& problem, std::vector<Mode>& mode_of, std::size_t at,
                std::uint64_t used, double& best) {
  const Soc& soc = problem.belief.soc();
  if (at == mode_of.size()) {
    const Plan plan = plan_from_modes(soc, problem.graph, mode_of);
    if (check_plan(problem.belief, problem.graph, plan).empty())
      best = std::min(best, plan_value(problem.belief, problem.graph, plan, Objective::throughput));
    return;
  }
  for (const Mode& mode : problem.modes) {
    const std::uint64_t resources = soc.unit(mode.unit).resources;
    if (used & resources) continue;
    for (std::size_t end = at + 1; end <= mode_of.size(); ++end) {
      for (std::size_t p = at; p < end; ++p) mode_of[p] = mode;
      try_stages(problem, mode_of, end, used | resources, best);
    }
  }
}

}  // namespace

TEST_CASE("pipeline equals trying every cut on random chains") {
  int staged = 0;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const std::uint64_t seed = mix(31 + i);
    const Soc soc = make_soc({2 + i % 3, 1, i % 4 == 3});
    CostOptions options;
    options.transfer_s = i % 2 ? 3e-4 : 1e-3;
    options.arrival_s = i % 5 == 1 ? 1e-4 : 0;
    options.spread_s = i % 5 == 2 ? 1e-4 : 0;
    const RandomCosts costs(soc, seed, options);
    const Graph graph = make_chain(1 + static_cast<int>(seed % (i % 3 == 2 ? 4 : 6)));
    const PartitionProblem problem{costs, graph, Objective::throughput, every_mode(soc), 0, {}, {}};
    std::vector<Mode> mode_of(graph.size(), problem.modes[0]);
    double best = 1e9;
    try_stages(problem, mode_of, 1, 0, best);  // from 1: the input comes first and is not placed
    const PartitionResult result = partition("pipeline", problem);
    REQUIRE(result.status == PartitionStatus::optimal);
    REQUIRE(result.value == Approx(best).epsilon(kTolerance).margin(0));
    const std::string mapping = mapping_string(soc, graph, result.plan);
    staged += mapping.find_first_not_of(mapping[0]) != std::string::npos;
  }
  CHECK(staged > 100);
}
