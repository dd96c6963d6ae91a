// Convolutions and fully connected layers as products of two of lower rank.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "sim/graph/compress.h"
#include "sim/graph/rules.h"

namespace partita {
namespace {

using Pending = GraphBuilder::Pending;
using Pair = std::pair<Pending, Pending>;

/// The first factor, without a bias, feeding the second, which keeps name and function.
Pair factors(const Pending& whole, std::int64_t rank, const std::set<std::string>& names) {
  Pair pair{whole, whole};
  std::string name = whole.op.name + "/rank";
  while (names.count(name) > 0) name += "'";
  Pending& first = pair.first;
  first.op.name = name;
  first.op.function.clear();
  first.output_names = {name};
  first.output_shapes.clear();
  first.out_channels = rank;
  first.bias = false;
  first.given_weight_elements = -1;
  pair.second.input_names = {name};
  pair.second.given_weight_elements = -1;
  return pair;
}

/// k x k as k x 1 and 1 x k.
void separate(Pair& pair) {
  Window &v = pair.first.op.window, &h = pair.second.op.window;
  v.kernel_w = v.stride_w = v.dilation_w = 1;
  v.pad_left = v.pad_right = 0;
  h.kernel_h = h.stride_h = h.dilation_h = 1;
  h.pad_top = h.pad_bottom = 0;
}

std::int64_t macs_of(const Pair& pair, const Shape& in) {
  Pending first = pair.first, second = pair.second;
  const auto between = rules::output_shapes(first, std::span(&in, 1));
  const auto out = rules::output_shapes(second, between);
  rules::count(first, std::span(&in, 1), between);
  rules::count(second, between, out);
  return first.op.macs + second.op.macs;
}

}  // namespace

Graph decompose_low_rank(const Graph& graph, double ratio) {
  std::set<std::string> names;
  for (const Operator& op : graph.operators()) names.insert(op.name);
  for (const Tensor& tensor : graph.tensors()) names.insert(tensor.name);
  GraphBuilder builder(graph.name());
  builder.set_network(graph.network());
  builder.set_source(graph.source());
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const Pending whole = rules::reopen(graph, make_id<OpId>(i));
    const Operator& op = graph.operators()[i];
    if (op.kind != OpKind::conv && op.kind != OpKind::fully_connected) {
      builder.add(whole);
      continue;
    }
    const Shape& in = graph.tensor(op.inputs[0]).shape;
    const Window& w = op.window;
    const bool separable = op.kind == OpKind::conv && w.kernel_h > 1 && w.kernel_w > 1;
    std::int64_t rows = op.kind == OpKind::conv ? in[1] * w.kernel_h * w.kernel_w
                        : in.size() == 3        ? in[2]
                                                : elements(in) / in[0];
    std::int64_t columns = whole.out_channels;
    if (separable) rows = in[1] * w.kernel_h, columns *= w.kernel_w;
    const auto most = static_cast<double>(std::min(rows, columns));
    const auto rank = std::max<std::int64_t>(1, std::llround(ratio * most));
    Pair pair = factors(whole, rank, names);
    if (separable)
      separate(pair);
    else
      pair.second.op.window = {};
    if (macs_of(pair, in) >= op.macs) {
      builder.add(whole);
      continue;
    }
    names.insert(pair.first.op.name);
    builder.add(std::move(pair.first));
    builder.add(std::move(pair.second));
  }
  return builder.build();
}

}  // namespace partita
