#include "sim/graph/topology.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <functional>
#include <queue>

#include "sim/graph/graph.h"

namespace partita {
namespace topology {
namespace {

using Csr = boost::compressed_sparse_row_graph<boost::directedS>;

Csr make(std::size_t nodes, const std::vector<Edge>& edges) {
  return {boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), nodes};
}

/// Strong component of every node. Nodes share one exactly when a cycle runs through both.
std::vector<std::size_t> components(const Csr& graph) {
  std::vector<std::size_t> of(num_vertices(graph));
  const auto index_map = get(boost::vertex_index, graph);
  boost::strong_components(graph, boost::make_iterator_property_map(of.begin(), index_map));
  return of;
}

}  // namespace

std::optional<std::vector<std::size_t>> stable_order(std::size_t nodes,
                                                     const std::vector<Edge>& edges) {
  // boost::topological_sort is depth-first and scrambles branches, hence the heap.
  const Csr graph = make(nodes, edges);
  std::vector<std::size_t> waiting_for(nodes, 0);
  for (const Edge& edge : edges) ++waiting_for[edge.second];
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t v = 0; v < nodes; ++v) {
    if (waiting_for[v] == 0) ready.push(v);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t v = ready.top();
    ready.pop();
    order.push_back(v);
    for (auto [e, end] = out_edges(v, graph); e != end; ++e) {
      if (--waiting_for[target(*e, graph)] == 0) ready.push(target(*e, graph));
    }
  }
  if (order.size() != nodes) return std::nullopt;
  return order;
}

std::vector<std::size_t> find_cycle(std::size_t nodes, const std::vector<Edge>& edges) {
  const Csr graph = make(nodes, edges);
  const std::vector<std::size_t> component = components(graph);
  std::vector<std::size_t> size(nodes, 0);
  for (std::size_t c : component) ++size[c];
  // Inside a component every node has a successor in it: walking on must come round.
  auto next = [&](std::size_t v) -> std::optional<std::size_t> {
    for (auto [e, end] = out_edges(v, graph); e != end; ++e) {
      const std::size_t t = target(*e, graph);
      if (t == v || (component[t] == component[v] && size[component[v]] > 1)) return t;
    }
    return std::nullopt;
  };
  for (std::size_t v = 0; v < nodes; ++v) {
    if (!next(v)) continue;
    std::vector<std::size_t> path;
    std::vector<char> seen(nodes, 0);
    std::size_t at = v;
    for (; seen[at] == 0; at = *next(at)) {
      seen[at] = 1;
      path.push_back(at);
    }
    path.erase(path.begin(), std::find(path.begin(), path.end(), at));
    return path;
  }
  return {};
}

}  // namespace topology

bool Graph::reaches(OpId from, OpId to) const {
  std::vector<char> seen(size(), 0);
  std::vector<OpId> open = {from};
  while (!open.empty()) {
    const OpId at = open.back();
    open.pop_back();
    if (at == to) return true;
    for (OpId next : successors(at)) {
      if (seen[index(next)] != 0) continue;
      seen[index(next)] = 1;
      open.push_back(next);
    }
  }
  return false;
}

}  // namespace partita
