#include "sim/graph/coupling.h"

#include <algorithm>
#include <optional>

namespace partita {

using channels::at;
using channels::Run;
using channels::Runs;
using channels::usual_axis;

Coupling::Coupling(const Graph& graph) : graph_(graph), layouts_(graph.tensors().size()) {
  for (const OpId id : graph.order()) visit(graph.op(id));
  for (std::size_t t = 0; t < layouts_.size(); ++t)
    if (graph.tensors()[t].consumers.empty()) freeze(make_id<TensorId>(t));
}

Shape Coupling::shape(TensorId id, double ratio) const {
  const Layout& layout = layouts_[index(id)];
  Shape shape = graph_.tensor(id).shape;
  if (layout.axis >= 0)
    shape[static_cast<std::size_t>(layout.axis)] = sets_.kept(layout.runs, ratio);
  return shape;
}

void Coupling::freeze_inputs(const Operator& op) {
  for (const TensorId t : op.inputs) freeze(t);
}

Runs Coupling::along(TensorId id, int axis) {
  if (of(id).axis == axis) return of(id).runs;
  freeze(id);
  return sets_.add(at(shape_of(id), axis), true);
}

void Coupling::same(const Operator& op) {
  for (const TensorId t : op.outputs) of(t) = {of(op.inputs[0]).axis, of(op.inputs[0]).runs};
  if (of(op.inputs[0]).axis < 0) freeze(op.inputs[0]);
}

/// Every group has channels of its own, as many as the others.
Runs Coupling::grouped(const Runs& in, std::int64_t groups) {
  const std::int64_t width = sets_.extent(in) / groups;
  const Runs first = sets_.part(in, 0, width);
  for (std::int64_t g = 1; g < groups; ++g)
    sets_.unite(first, sets_.part(in, g * width, (g + 1) * width));
  return in;
}

void Coupling::convolution(const Operator& op) {
  const Runs in = along(op.inputs[0], 1);
  const std::int64_t read = at(shape_of(op.inputs[0]), 1), made = at(shape_of(op.outputs[0]), 1);
  Layout& out = of(op.outputs[0]);
  out.axis = 1;
  if (op.groups == 1) {
    out.runs = sets_.add(made);
  } else if (op.groups == read) {
    out.runs = in;
    for (Run& run : out.runs) run.times *= made / read;
  } else {
    grouped(in, op.groups);
    const Run group = sets_.add(made / op.groups).front();
    out.runs.assign(static_cast<std::size_t>(op.groups), group);
  }
}

/// Makes the channels of an operand those of the result; a constant takes them on.
void Coupling::align(TensorId id, int axis, const Runs& runs) {
  if (of(id).adoptable) {
    of(id) = {axis, runs, false};
  } else {
    sets_.unite(runs, along(id, axis));
  }
}

void Coupling::elementwise(const Operator& op) {
  const Shape& shape = shape_of(op.outputs[0]);
  const auto spans = [&](TensorId id, int axis) {
    const Shape& x = shape_of(id);
    return static_cast<std::size_t>(axis) < x.size() && at(x, axis) == at(shape, axis);
  };
  std::optional<TensorId> leader;
  for (const TensorId t : op.inputs)
    if (!leader && of(t).axis >= 0 && spans(t, of(t).axis)) leader = t;
  if (!leader) return freeze_inputs(op);
  const Layout out{of(*leader).axis, of(*leader).runs};
  for (const TensorId t : op.inputs) {
    if (t == *leader) continue;
    if (spans(t, out.axis))
      align(t, out.axis, out.runs);
    else
      freeze(t);  // Broadcast along the channels.
  }
  of(op.outputs[0]) = out;
}

void Coupling::concat(const Operator& op) {
  Layout& out = of(op.outputs[0]);
  const auto joined = [&](TensorId t) { return of(t).axis == op.axis; };
  if (std::any_of(op.inputs.begin(), op.inputs.end(), joined)) {
    out.axis = op.axis;
    for (const TensorId t : op.inputs) {
      const Runs runs = along(t, op.axis);
      out.runs.insert(out.runs.end(), runs.begin(), runs.end());
    }
    return;
  }
  const auto leader =
      std::find_if(op.inputs.begin(), op.inputs.end(), [&](TensorId t) { return of(t).axis >= 0; });
  if (leader == op.inputs.end()) return freeze_inputs(op);
  const Layout all{of(*leader).axis, of(*leader).runs};
  for (const TensorId t : op.inputs)
    if (t != *leader) align(t, all.axis, all.runs);
  out = all;
}

void Coupling::slice(const Operator& op) {
  const Layout in{of(op.inputs[0]).axis, of(op.inputs[0]).runs};
  if (in.axis != op.axis) return same(op);
  std::int64_t begin = 0;
  for (const TensorId t : op.outputs) {
    const std::int64_t end = begin + at(shape_of(t), op.axis);
    of(t) = {op.axis, sets_.part(in.runs, begin, end)};
    begin = end;
  }
}

void Coupling::pad_or_crop(const Operator& op) {
  same(op);
  Layout& out = of(op.outputs[0]);
  for (std::size_t i = 0; i + 2 < op.sizes.size(); i += 3) {
    if (op.sizes[i] != out.axis) continue;
    if (op.kind == OpKind::crop) {
      out.runs = sets_.part(out.runs, op.sizes[i + 1], op.sizes[i + 2]);
      continue;
    }
    Runs all;
    if (op.sizes[i + 1] > 0) all = sets_.add(op.sizes[i + 1], true);
    all.insert(all.end(), out.runs.begin(), out.runs.end());
    if (op.sizes[i + 2] > 0) all.push_back(sets_.add(op.sizes[i + 2], true).front());
    out.runs = all;
  }
}

/// Channels stay an axis, or are flattened with all that follows them.
void Coupling::reshape(const Operator& op) {
  const Layout in{of(op.inputs[0]).axis, of(op.inputs[0]).runs};
  const Shape &from = shape_of(op.inputs[0]), &to = shape_of(op.outputs[0]);
  if (in.axis < 0) return freeze(op.inputs[0]);
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < static_cast<int>(from.size()); ++i)
    (i < in.axis ? before : after) *= i == in.axis ? 1 : at(from, i);
  const std::int64_t extent = at(from, in.axis);
  std::int64_t left = 1;
  for (int i = 0; i < static_cast<int>(to.size()); left *= at(to, i), ++i) {
    const std::int64_t times = at(to, i) / extent;
    if (left != before || at(to, i) % extent != 0 || (times != 1 && times != after)) continue;
    of(op.outputs[0]) = {i, in.runs};
    for (Run& run : of(op.outputs[0]).runs) run.times *= times;
    return;
  }
  freeze(op.inputs[0]);
}

void Coupling::reduction(const Operator& op) {
  const int axis = of(op.inputs[0]).axis;
  if (axis < 0) return freeze(op.inputs[0]);
  if (std::find(op.sizes.begin(), op.sizes.end(), axis) != op.sizes.end()) return;
  same(op);
  if (shape_of(op.outputs[0]).size() == shape_of(op.inputs[0]).size()) return;
  of(op.outputs[0]).axis -= static_cast<int>(
      std::count_if(op.sizes.begin(), op.sizes.end(), [&](std::int64_t a) { return a < axis; }));
}

void Coupling::visit(const Operator& op) {
  switch (op.kind) {
    case OpKind::input: {
      const Shape& shape = shape_of(op.outputs[0]);
      of(op.outputs[0]) = {usual_axis(shape), sets_.add(at(shape, usual_axis(shape)), true)};
      return;
    }
    case OpKind::constant:
      of(op.outputs[0]).adoptable = true;
      return;
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
      return convolution(op);
    case OpKind::fully_connected: {
      const Shape& out = shape_of(op.outputs[0]);
      if (out.size() == 3) along(op.inputs[0], 2);
      of(op.outputs[0]) = {usual_axis(out), sets_.add(out.back())};
      return;
    }
    case OpKind::attention:
      for (const TensorId t : op.inputs) along(t, 2);
      return same(op);
    case OpKind::elementwise:
      return elementwise(op);
    case OpKind::pool:
      same(op);
      if (of(op.outputs[0]).axis > 1) freeze(op.inputs[0]), of(op.outputs[0]) = {};
      return;
    case OpKind::activation:
    case OpKind::normalization:
    case OpKind::softmax:
    case OpKind::split:
    case OpKind::resize:
      return same(op);
    case OpKind::concat:
      return concat(op);
    case OpKind::slice:
      return slice(op);
    case OpKind::pad:
    case OpKind::crop:
      return pad_or_crop(op);
    case OpKind::reshape:
      return reshape(op);
    case OpKind::reduction:
      return reduction(op);
    case OpKind::permute: {
      same(op);
      int& axis = of(op.outputs[0]).axis;
      if (axis < 0) return;
      axis = static_cast<int>(std::find(op.sizes.begin(), op.sizes.end(), axis) - op.sizes.begin());
      return;
    }
    case OpKind::shuffle:
      of(op.outputs[0]) = {1, grouped(along(op.inputs[0], 1), op.groups)};
      return;
    case OpKind::matmul:
    case OpKind::detection:
    case OpKind::block:
      return freeze_inputs(op);
  }
}

}  // namespace partita
