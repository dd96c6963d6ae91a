// Order, cycles and reachability of a directed graph of n nodes. Private to sim/graph.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace partita::topology {

using Edge = std::pair<std::size_t, std::size_t>;

/// A topological order that takes, of all nodes that are ready, the one with the smallest index; so
/// a list that is in order already stays as it is. Nothing when there is a cycle.
std::optional<std::vector<std::size_t>> stable_order(std::size_t nodes,
                                                     const std::vector<Edge>& edges);

/// The nodes of one cycle, in the direction of its edges; empty when there is none.
std::vector<std::size_t> find_cycle(std::size_t nodes, const std::vector<Edge>& edges);

}  // namespace partita::topology
