// Plans of the heuristics for searches to begin with.
#pragma once

#include <span>

#include "partitioners/partitioner.h"

namespace partita {

struct Start {
  Plan plan;
  double value = std::numeric_limits<double>::infinity();  ///< Infinite: there is none.
};

/// The best of what these algorithms answer with their presets, and of problem.starts, as
/// plan_value() sees it. Those that cannot serve the problem are left out.
Start best_start(const PartitionProblem& problem, const CostTable& costs,
                 std::span<const PartitionerInfo> algorithms);

}  // namespace partita
