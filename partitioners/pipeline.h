// Contiguous stages on units that share nothing, so that consecutive requests overlap.
#pragma once

#include <string>
#include <vector>

#include "partitioners/search.h"

namespace partita {

struct PipelineRules {
  std::string name;                ///< Of the algorithm, for errors.
  std::vector<std::size_t> modes;  ///< Whose units may be stages.
  bool every = false;              ///< Each of them is one; otherwise any number.
};
/// The least sum + (requests - 1) x longest stage, over all orders and cuts. Optimal for chains.
/// Throws UnsupportedError when no such sequence runs every operator.
PartitionResult best_pipeline(const PartitionProblem& problem, SearchSpace& space,
                              const PipelineRules& rules);

}  // namespace partita
