// Depth-first branch and bound over unsplit plans: what `exhaustive` and `branch-and-bound` share.
#pragma once

#include <string>

#include "partitioners/search.h"

namespace partita {

struct ExactOptions {
  std::string name;        ///< For errors.
  double most_nodes = 0;   ///< Partial and complete plans to look at.
  bool any_order = false;  ///< Every order of the operators, not the graph's alone.
  /// Bounds the rest by hand-overs along every path and by the prices of the units' time, and looks
  /// at the most promising node first.
  bool strong = false;
};

/// Orders keep the first reader of each network input, which loads it, before its other readers.
PartitionResult exact_search(const PartitionProblem& problem, const CostTable& costs,
                             const ExactOptions& options);

/// The positions that have to come before each position: whoever it reads and, for readers of a
/// network input, the first of them.
std::vector<std::vector<std::size_t>> predecessors(const SearchSpace& space);

}  // namespace partita
