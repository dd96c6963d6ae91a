// Structured pruning: the network with fewer of every set of coupled channels.
#include <algorithm>
#include <vector>

#include "sim/graph/compress.h"
#include "sim/graph/coupling.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

using channels::at;
using channels::usual_axis;

/// Sizes of the kinds that name extents, from the shapes that are now.
void resize_extents(const Graph& graph, const Operator& op, const std::vector<Shape>& in,
                    const std::vector<Shape>& out, GraphBuilder::Pending& p) {
  const Shape& before = graph.tensor(op.inputs[0]).shape;
  if (op.kind == OpKind::slice)
    for (std::size_t i = 0; i < out.size(); ++i) p.op.sizes[i] = at(out[i], op.axis);
  if (op.kind == OpKind::reshape) p.op.sizes = out[0];
  if (op.kind != OpKind::crop) return;
  for (std::size_t i = 0; i + 2 < op.sizes.size(); i += 3) {
    const auto axis = static_cast<std::size_t>(op.sizes[i]);
    if (in[0][axis] == before[axis]) continue;
    // As many of the channels before the range as after it, in proportion: only counts matter.
    p.op.sizes[i + 1] =
        std::min(op.sizes[i + 1] * in[0][axis] / before[axis], in[0][axis] - out[0][axis]);
    p.op.sizes[i + 2] = p.op.sizes[i + 1] + out[0][axis];
  }
}

GraphBuilder::Pending pruned(const Graph& graph, OpId id, const Coupling& coupling, double ratio) {
  GraphBuilder::Pending p = rules::reopen(graph, id);
  const Operator& op = graph.op(id);
  std::vector<Shape> in, out;
  for (const TensorId t : op.inputs) in.push_back(coupling.shape(t, ratio));
  for (const TensorId t : op.outputs) out.push_back(coupling.shape(t, ratio));
  p.output_shapes = out;  // The builder infers them again and compares.
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
      if (op.groups > 1 && op.groups == graph.tensor(op.inputs[0]).shape[1]) p.op.groups = in[0][1];
      p.out_channels = out[0][1];
      p.given_weight_elements = -1;
      break;
    case OpKind::fully_connected:
      p.out_channels = out[0].back();
      p.given_weight_elements = -1;
      break;
    case OpKind::attention:
    case OpKind::constant:
      p.given_weight_elements = -1;
      break;
    case OpKind::normalization:
    case OpKind::activation: {  // A factor or two a channel, or one for all.
      const int axis = usual_axis(in[0]);
      const std::int64_t were = at(graph.tensor(op.inputs[0]).shape, axis);
      if (op.weight_elements % were == 0 && op.weight_elements > 0)
        p.given_weight_elements = op.weight_elements / were * at(in[0], axis);
      break;
    }
    case OpKind::slice:
    case OpKind::reshape:
    case OpKind::crop:
      resize_extents(graph, op, in, out, p);
      break;
    default:
      break;
  }
  return p;
}

}  // namespace

Graph prune_channels(const Graph& graph, double ratio) {
  const Coupling coupling(graph);
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  for (std::size_t i = 0; i < graph.size(); ++i)
    builder.add(pruned(graph, make_id<OpId>(i), coupling, ratio));
  return builder.build();
}

}  // namespace partita
