#include "partitioners/start_plans.h"

#include <algorithm>

#include "sim/base/error.h"

namespace partita {
namespace {

bool knows(const PartitionerInfo& info, Objective objective) {
  const auto& known = info.objectives;
  return std::find(known.begin(), known.end(), objective) != known.end();
}

}  // namespace

std::optional<Plan> preset_plan(const PartitionProblem& problem, const CostTable& costs,
                                const PartitionerInfo& info) {
  PartitionProblem question{costs.model(), problem.graph, problem.objective, problem.modes,
                            problem.seed};
  if (!knows(info, problem.objective)) question.objective = info.objectives.front();
  question.memory_budget_bytes = problem.memory_budget_bytes;
  for (const OptionInfo& option : info.options) question.options[option.name] = option.preset;
  try {
    return info.run(question, costs).plan;
  } catch (const UnsupportedError&) {  // e.g. it needs a link that is missing
    return std::nullopt;
  }
}

std::vector<Plan> start_plans(const PartitionProblem& problem, const CostTable& costs,
                              std::span<const PartitionerInfo> algorithms) {
  std::vector<Plan> plans;
  for (const PartitionerInfo& info : algorithms)
    if (auto plan = preset_plan(problem, costs, info)) plans.push_back(std::move(*plan));
  return plans;
}

Start best_start(const PartitionProblem& problem, const CostTable& costs,
                 std::span<const PartitionerInfo> algorithms) {
  Start best;
  const auto consider = [&](Plan plan) {
    const double value = plan_value(problem.belief, problem.graph, plan, problem.objective);
    if (value < best.value) best = {std::move(plan), value};
  };
  for (const Plan& plan : problem.starts) consider(plan);
  for (const PartitionerInfo& info : algorithms) {
    if (!knows(info, problem.objective)) continue;
    try {
      if (auto plan = preset_plan(problem, costs, info)) consider(std::move(*plan));
    } catch (const UnsupportedError&) {  // its plan needs such a link
    }
  }
  return best;
}

}  // namespace partita
