// HOPE: operators of a graph placed by an integer linear program whose search a heuristic cuts down
// (2022). The paper's text was not at hand: from its abstract are the graph-wide placement, the
// program over profiled operator and hand-over times, and the pruning as such. Ours are the form of
// the objective (the longest chain of execution with its hand-overs, and no unit busy for longer),
// the rule of the pruning, and the order in which the program would start the operators.
#include <algorithm>
#include <numeric>

#include "partitioners/placement_program.h"
#include "partitioners/start_plans.h"
#include "sim/base/error.h"

namespace partita {
namespace {

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  if (!IntegerProgram::available()) IntegerProgram().solve("hope", {}, 0);
  check_choices("hope", costs, problem.options.at("max_choices"));
  const SearchSpace all(costs);
  std::vector<Mode> modes;
  for (std::size_t m : all.steady_modes()) modes.push_back(costs.modes()[m]);
  const CostTable steady(problem.belief, problem.graph, modes);
  SearchSpace space(steady);
  PartitionProblem question = problem;
  question.modes = modes;
  question.starts.clear();
  const PartitionerInfo starts[] = {make_heft(), make_single(), make_greedy()};
  const Start start = best_start(question, steady, starts);
  if (start.value == kInfinity)
    throw UnsupportedError("hope: no links join units that together run every operator");
  PlacementProgram::Options options;
  options.queues = false;
  options.worst_s = options.worst_value = start.value;
  options.allowed_slowdown = problem.options.at("prune");
  PlacementProgram program(space, options);
  const auto answer = program.solve("hope", {}, {}, problem.options.at("max_nodes"));
  PartitionResult result;
  if (!answer.found) {  // Pruned too far, or the limit came first.
    result.plan = start.plan;
    result.status = PartitionStatus::stopped;
    return result;
  }
  result.plan = space.plan(answer.mode_of);
  if (!std::is_sorted(answer.sequence.begin(), answer.sequence.end()))
    for (std::size_t p : answer.sequence) result.plan.order.push_back(space.op(p));
  result.status = answer.optimal ? PartitionStatus::heuristic : PartitionStatus::stopped;
  return result;
}

}  // namespace

PartitionerInfo make_hope() {
  return {"hope",
          "placement of whole operators by an integer program (CBC) with pruned units",
          {Objective::latency},
          {{"prune", "x", "an operator leaves units this much slower than its best", 1, 1e6, 4},
           {"max_nodes", "nodes", "nodes of the search tree before stopping", 1, 2e9, 100},
           {"max_choices", "", "operators x modes: a larger problem is refused", 1, 1e9, 250}},
          run,
          "truth",
          Effort::search,
          "HOPE: heterogeneity-oriented parallel execution, 2022; after its abstract"};
}

}  // namespace partita
