// Plans of the heuristics for searches to begin with.
#pragma once

#include <span>
#include <vector>

#include "partitioners/partitioner.h"

namespace partita {

/// What these algorithms answer with their presets, in their order. One that does not know the
/// problem's objective is asked for its own; one that cannot serve the problem is left out.
std::vector<Plan> start_plans(const PartitionProblem& problem, const CostTable& costs,
                              std::span<const PartitionerInfo> algorithms);

}  // namespace partita
