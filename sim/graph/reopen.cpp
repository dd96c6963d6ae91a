// A built operator as a description again: for the writer and for graphs made from graphs.
#include "sim/graph/rules.h"

namespace partita::rules {
namespace {

void reopen_channels(const Graph& graph, Pending& p) {
  const Operator& op = p.op;
  const Shape& in = graph.tensor(op.inputs[0]).shape;
  p.out_channels = p.output_shapes[0].back();
  if (op.kind == OpKind::fully_connected) {
    const std::int64_t rows = in.size() == 3 ? in[0] * in[1] : in[0];
    p.bias = op.weight_elements > elements(in) / rows * p.out_channels;
    return;
  }
  p.out_channels = p.output_shapes[0][1];
  const std::int64_t taps = std::int64_t{op.window.kernel_h} * op.window.kernel_w;
  p.bias = op.weight_elements > taps * (in[1] / op.groups) * p.out_channels;
}

/// MACs grow with the inner width alone, weights with the biases too.
void reopen_attention(const Graph& graph, Pending& p) {
  const Shape& q = graph.tensor(p.op.inputs[0]).shape;
  const Shape& k = graph.tensor(p.op.inputs[1]).shape;
  const Shape& v = graph.tensor(p.op.inputs[2]).shape;
  const std::int64_t per_width = q[0] * (2 * q[1] * q[2] + k[1] * (k[2] + v[2]) + 2 * q[1] * k[1]);
  p.out_channels = p.op.macs / per_width;
  p.bias = p.op.weight_elements > p.out_channels * (2 * q[2] + k[2] + v[2]);
}

void reopen_pool(const Graph& graph, Pending& p) {
  const Shape& in = graph.tensor(p.op.inputs[0]).shape;
  Window all;
  all.kernel_h = static_cast<int>(in[2]);
  all.kernel_w = static_cast<int>(in[3]);
  p.global = p.op.window == all;
  p.keep_dims = p.output_shapes[0].size() == in.size();
}

}  // namespace

Pending reopen(const Graph& graph, OpId id) {
  Pending p;
  p.op = graph.op(id);
  p.where = graph.name() + ": " + p.op.name;
  for (TensorId t : p.op.inputs) p.input_names.push_back(graph.tensor(t).name);
  for (TensorId t : p.op.outputs) {
    p.output_names.push_back(graph.tensor(t).name);
    p.output_shapes.push_back(graph.tensor(t).shape);
  }
  p.given_weight_elements = p.op.weight_elements;
  switch (p.op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
    case OpKind::fully_connected:
      reopen_channels(graph, p);
      break;
    case OpKind::attention:
      reopen_attention(graph, p);
      break;
    case OpKind::pool:
      reopen_pool(graph, p);
      break;
    case OpKind::reduction:
      p.keep_dims = p.output_shapes[0].size() == graph.tensor(p.op.inputs[0]).shape.size();
      break;
    case OpKind::resize:
      p.op.sizes = {p.output_shapes[0][2], p.output_shapes[0][3]};
      break;
    case OpKind::matmul: {
      const Shape& b = graph.tensor(p.op.inputs[1]).shape;
      const Shape& a = graph.tensor(p.op.inputs[0]).shape;
      const std::size_t r = b.size();
      p.transpose_b = b[r - 2] != a[r - 1] || b[r - 1] != p.output_shapes[0][r - 1];
      break;
    }
    default:
      break;
  }
  return p;
}

}  // namespace partita::rules
