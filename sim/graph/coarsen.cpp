// Layers as a runtime runs them: operators with the same `layer` become one block.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "sim/base/error.h"
#include "sim/graph/graph.h"
#include "sim/graph/rules.h"
#include "sim/graph/topology.h"

namespace partita {
namespace {

struct Groups {
  std::vector<std::size_t> of;                    ///< Group of every operator.
  std::vector<std::vector<std::size_t>> members;  ///< In file order.
};

Groups group(const Graph& graph) {
  Groups groups;
  std::unordered_map<std::string, std::size_t> by_layer;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const std::string& layer = graph.operators()[i].layer;
    std::size_t at = groups.members.size();
    if (!layer.empty()) at = by_layer.emplace(layer, at).first->second;
    if (at == groups.members.size()) groups.members.emplace_back();
    groups.members[at].push_back(i);
    groups.of.push_back(at);
  }
  return groups;
}

void check_convex(const Graph& graph, const Groups& groups) {
  std::vector<topology::Edge> edges;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    for (OpId next : graph.successors(make_id<OpId>(i))) {
      if (groups.of[i] != groups.of[index(next)])
        edges.emplace_back(groups.of[i], groups.of[index(next)]);
    }
  }
  const std::vector<std::size_t> cycle = topology::find_cycle(groups.members.size(), edges);
  for (std::size_t g : cycle) {
    const Operator& op = graph.operators()[groups.members[g][0]];
    if (op.layer.empty()) continue;
    throw InputError(graph.name() + ": layer \"" + op.layer +
                     "\" is not convex: a path leaves it after " + "\"" + op.name +
                     "\" or another of its operators and comes back");
  }
}

GraphBuilder::Pending block(const Graph& graph, const Groups& groups, std::size_t g) {
  GraphBuilder::Pending p;
  const Operator& first = graph.operators()[groups.members[g][0]];
  p.op.name = p.op.layer = first.layer;
  p.op.kind = OpKind::block;
  p.op.weight_bits = first.weight_bits;
  p.where = graph.name() + ": layer " + first.layer;
  std::int64_t heaviest = 0;
  std::vector<std::string>& in = p.input_names;
  for (std::size_t i : groups.members[g]) {
    const Operator& op = graph.operators()[i];
    p.op.macs += op.macs;
    p.op.simple_ops += op.simple_ops;
    p.op.weight_elements += op.weight_elements;
    p.op.internal_elements += op.internal_elements;
    if (op.weight_elements > heaviest)
      p.op.weight_bits = op.weight_bits, heaviest = op.weight_elements;
    for (TensorId t : op.inputs) {
      const Tensor& tensor = graph.tensor(t);
      if (groups.of[index(tensor.producer)] == g) continue;
      if (std::find(in.begin(), in.end(), tensor.name) == in.end()) in.push_back(tensor.name);
    }
    for (TensorId t : op.outputs) {
      const Tensor& tensor = graph.tensor(t);
      const bool leaves =
          tensor.consumers.empty() || std::any_of(tensor.consumers.begin(), tensor.consumers.end(),
                                                  [&](OpId c) { return groups.of[index(c)] != g; });
      if (leaves) {
        p.output_names.push_back(tensor.name);
        p.output_shapes.push_back(tensor.shape);
      } else {
        p.op.internal_elements += elements(tensor.shape);
      }
    }
  }
  return p;
}

}  // namespace

Graph coarsen(const Graph& graph) {
  const Groups groups = group(graph);
  check_convex(graph, groups);
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  for (std::size_t g = 0; g < groups.members.size(); ++g) {
    const std::size_t first = groups.members[g][0];
    const bool alone = graph.operators()[first].layer.empty();
    builder.add(alone ? rules::reopen(graph, make_id<OpId>(first)) : block(graph, groups, g));
  }
  return builder.build();
}

}  // namespace partita
