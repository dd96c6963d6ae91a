// Plans of the heuristics for searches to begin with.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "partitioners/partitioner.h"

namespace partita {

/// What an algorithm answers with its presets under the costs' model; nothing: it cannot serve the
/// problem. One that does not know the problem's objective is asked for its own.
std::optional<Plan> preset_plan(const PartitionProblem& problem, const CostTable& costs,
                                const PartitionerInfo& info);

/// Of those that have one, in their order.
std::vector<Plan> start_plans(const PartitionProblem& problem, const CostTable& costs,
                              std::span<const PartitionerInfo> algorithms);

struct Start {
  Plan plan;
  double value = std::numeric_limits<double>::infinity();  ///< Infinite: there is none.
};

/// The best of problem.starts and of the plans of those algorithms that know its objective, as
/// plan_value() sees it.
Start best_start(const PartitionProblem& problem, const CostTable& costs,
                 std::span<const PartitionerInfo> algorithms);

}  // namespace partita
