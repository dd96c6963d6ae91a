#include "partitioners/start_plans.h"

#include <algorithm>

#include "sim/base/error.h"

namespace partita {

std::vector<Plan> start_plans(const PartitionProblem& problem, const CostTable& costs,
                              std::span<const PartitionerInfo> algorithms) {
  std::vector<Plan> plans;
  for (const PartitionerInfo& info : algorithms) {
    PartitionProblem question = problem;
    const auto& known = info.objectives;
    if (std::find(known.begin(), known.end(), problem.objective) == known.end())
      question.objective = known.front();
    question.options.clear();
    for (const OptionInfo& option : info.options) question.options[option.name] = option.preset;
    question.progress = nullptr;
    question.ask = nullptr;
    try {
      plans.push_back(info.run(question, costs).plan);
    } catch (const UnsupportedError&) {  // e.g. it needs a link that is missing
    }
  }
  return plans;
}

}  // namespace partita
