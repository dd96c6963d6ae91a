// Several networks at once: one graph of disconnected parts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// One graph that holds all of these, one after another, so that what cuts one of them still cuts
/// the whole: in between, a plan's order decides. Operators, tensors and layers of a network begin
/// with `NETWORK/` (Graph::network(); `NETWORK#2/` for the second of that name). Name and network
/// are those of the parts, joined by `+`. Throws InputError when there is none.
Graph merge_graphs(std::span<const Graph> graphs);

/// A network of a merged graph.
struct NetworkPart {
  std::string network;  ///< As measured profiles call it.
  std::string prefix;   ///< Of its operators' and layers' names.
};
/// In the order merged; one without prefix for a graph that is not merged.
std::vector<NetworkPart> networks_of(const Graph& graph);

/// Operators that are joined by edges, each group in the graph's order.
std::vector<std::vector<OpId>> components(const Graph& graph);

}  // namespace partita
