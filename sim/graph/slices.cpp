// What a slice of an operator computes, and what it reads of every input.
//
// Whatever a slice touches of a tensor is a box: one range per axis. Volumes and overlaps of boxes
// then give every count exactly, halo rows included.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/graph/box.h"
#include "sim/graph/graph.h"
#include "sim/graph/reads.h"

namespace partita {
namespace {

using boxes::Box;

const Shape& output_shape(const Graph& graph, const Operator& op) {
  return graph.tensor(op.outputs[0]).shape;
}

bool cuts(const Graph& graph, const Operator& op, Axis axis) {
  const Shape& out = output_shape(graph, op);
  const auto at = boxes::axis_index(out.size(), axis);
  return at && out[*at] > 1 && boxes::can_cut(graph, op, axis);
}

void check(const Graph& graph, const Operator& op, const Slice& slice) {
  if (slice.axis == Axis::none) return;
  if (!cuts(graph, op, slice.axis)) {
    throw InputError(fmt::format("{}: {} \"{}\" cannot be cut along {}", graph.name(),
                                 to_string(op.kind), op.name, to_string(slice.axis)));
  }
  const Shape& out = output_shape(graph, op);
  const std::int64_t extent = out[*boxes::axis_index(out.size(), slice.axis)];
  if (slice.begin < 0 || slice.end > extent || slice.begin >= slice.end) {
    throw InputError(fmt::format("{}: slice {}..{} of \"{}\" is empty or outside 0..{} of {}",
                                 graph.name(), slice.begin, slice.end, op.name, extent,
                                 to_string(slice.axis)));
  }
}

/// Hull of what the slice reads of a tensor that may be an input more than once.
Box needed(const Graph& graph, const Operator& op, TensorId input, const Slice& slice) {
  std::optional<Box> hull;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    if (op.inputs[i] != input) continue;
    const Box box = boxes::input_box(graph, op, i, slice);
    hull = hull ? boxes::hull(*hull, box) : box;
  }
  if (!hull) {
    throw InputError(fmt::format("{}: \"{}\" does not read tensor \"{}\"", graph.name(), op.name,
                                 graph.tensor(input).name));
  }
  return *hull;
}

}  // namespace

std::vector<Axis> cut_axes(const Graph& graph, OpId id) {
  std::vector<Axis> axes;
  for (Axis axis : {Axis::batch, Axis::channel, Axis::height}) {
    if (cuts(graph, graph.op(id), axis)) axes.push_back(axis);
  }
  return axes;
}

std::int64_t cut_extent(const Graph& graph, OpId id, Axis axis) {
  const Operator& op = graph.op(id);
  const Shape& out = output_shape(graph, op);
  const auto at = axis == Axis::none ? std::nullopt : boxes::axis_index(out.size(), axis);
  if (!at) {
    throw InputError(
        fmt::format("{}: \"{}\" has no axis {}", graph.name(), op.name, to_string(axis)));
  }
  return out[*at];
}

Work work_of(const Graph& graph, OpId id, const Slice& slice) {
  const Operator& op = graph.op(id);
  check(graph, op, slice);
  Work work{static_cast<double>(op.macs),
            static_cast<double>(op.simple_ops),
            static_cast<double>(op.weight_elements),
            static_cast<double>(op.input_elements),
            static_cast<double>(op.output_elements),
            static_cast<double>(op.internal_elements)};
  if (slice.axis == Axis::none) return work;
  const double share = static_cast<double>(slice.end - slice.begin) /
                       static_cast<double>(cut_extent(graph, id, slice.axis));
  work.macs *= share;
  work.simple_ops *= share;
  work.output_elements *= share;
  work.internal_elements *= share;
  if (slice.axis == Axis::channel) work.weight_elements *= share;
  work.input_elements = 0;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    work.input_elements += boxes::volume(boxes::input_box(graph, op, i, slice));
  }
  return work;
}

Slice input_slice(const Graph& graph, OpId id, TensorId input, const Slice& slice) {
  const Operator& op = graph.op(id);
  check(graph, op, slice);
  const auto at = boxes::axis_index(graph.tensor(input).shape.size(), slice.axis);
  if (!at) return {};
  const boxes::Range range = needed(graph, op, input, slice)[*at];
  return {slice.axis, range.begin, range.end};
}

double input_elements_needed(const Graph& graph, OpId id, TensorId input, const Slice& slice) {
  const Operator& op = graph.op(id);
  check(graph, op, slice);
  return boxes::volume(needed(graph, op, input, slice));
}

bool reads_within(const Graph& graph, TensorId input, OpId inner, const Slice& inner_slice,
                  OpId outer, const Slice& outer_slice) {
  const Box in = needed(graph, graph.op(inner), input, inner_slice);
  const Box out = needed(graph, graph.op(outer), input, outer_slice);
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i].size() > 0 && (in[i].begin < out[i].begin || in[i].end > out[i].end)) return false;
  return true;
}

double overlap_elements(const Graph& graph, TensorId input, const Slice& producer_slice,
                        OpId consumer, const Slice& consumer_slice) {
  const Tensor& tensor = graph.tensor(input);
  check(graph, graph.op(tensor.producer), producer_slice);
  check(graph, graph.op(consumer), consumer_slice);
  Box made = boxes::whole(tensor.shape);
  if (producer_slice.axis != Axis::none) {
    made[*boxes::axis_index(tensor.shape.size(), producer_slice.axis)] = {producer_slice.begin,
                                                                          producer_slice.end};
  }
  return boxes::volume(
      boxes::intersection(made, needed(graph, graph.op(consumer), input, consumer_slice)));
}

}  // namespace partita
