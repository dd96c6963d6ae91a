// Where a network narrows to one tensor: the cuts that layer groups, blocks and branches lie
// between.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "partitioners/search.h"

namespace partita {

inline constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

/// Operators between two cuts. What crosses into the next block of the network is one tensor,
/// made in this one, or nothing.
struct Block {
  std::vector<std::size_t> positions;  ///< Ascending.
  std::size_t maker = kNowhere;        ///< Of the tensor that crosses.
  std::size_t edge = kNowhere;         ///< To its first reader in a later block.
};

/// By network (components()), in order, its blocks in order.
std::vector<std::vector<Block>> blocks(const SearchSpace& space);

/// Which of these positions hang together by edges among them: groups in order of their first.
std::vector<std::vector<std::size_t>> connected(const SearchSpace& space,
                                                const std::vector<std::size_t>& positions);

}  // namespace partita
