#include "partitioners/starts.h"

#include <algorithm>

#include "sim/base/error.h"

namespace partita {
namespace {

void consider(const PartitionProblem& problem, Plan plan, Start& best) {
  const double value = plan_value(problem.belief, problem.graph, plan, problem.objective);
  if (value < best.value) best = {std::move(plan), value};
}

}  // namespace

Start best_start(const PartitionProblem& problem, const CostTable& costs,
                 std::span<const PartitionerInfo> algorithms) {
  Start best;
  for (const Plan& plan : problem.starts) consider(problem, plan, best);
  for (const PartitionerInfo& info : algorithms) {
    if (std::find(info.objectives.begin(), info.objectives.end(), problem.objective) ==
        info.objectives.end())
      continue;
    PartitionProblem question = problem;
    question.options.clear();
    for (const OptionInfo& option : info.options) question.options[option.name] = option.preset;
    question.progress = nullptr;
    try {
      consider(problem, info.run(question, costs).plan, best);
    } catch (const UnsupportedError&) {  // e.g. it needs a link that is missing
    }
  }
  return best;
}

}  // namespace partita
