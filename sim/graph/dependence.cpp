// What of a tensor every slice of its reader waits for, whichever way both are cut.
#include <array>

#include "sim/graph/box.h"
#include "sim/graph/graph.h"

namespace partita {
namespace {

using boxes::Box;
using boxes::Range;

bool is_all(const Range& range, std::int64_t extent) {
  return range.begin <= 0 && range.end >= extent;
}

/// Index `at` of `of` lies at these places of `extent`: does the range hold them?
bool holds_place(const Range& range, std::int64_t extent, std::int64_t at, std::int64_t of) {
  return range.begin * of <= at * extent && range.end * of >= (at + 1) * extent;
}

/// Along every axis that the producer can be cut along: all, or along `cut` the same place.
bool waits(const Box& needed, const Shape& shape, const std::vector<Axis>& axes, Axis cut,
           std::int64_t at, std::int64_t of, Axis entire) {
  for (Axis axis : axes) {
    const std::size_t i = *boxes::axis_index(shape.size(), axis);
    if (is_all(needed[i], shape[i])) continue;
    if (axis != cut || axis == entire || !holds_place(needed[i], shape[i], at, of)) return false;
  }
  return true;
}

}  // namespace

bool keeps_position(const Graph& graph, TensorId input, OpId consumer, Axis entire) {
  const Tensor& tensor = graph.tensor(input);
  const Operator& reader = graph.op(consumer);
  const Operator& producer = graph.op(tensor.producer);
  if (graph.tensor(producer.outputs[0]).shape != tensor.shape) return false;
  const std::vector<Axis> axes = cut_axes(graph, tensor.producer);
  if (axes.empty()) return true;
  std::size_t slot = 0;
  while (reader.inputs[slot] != input) ++slot;
  if (!waits(boxes::input_box(graph, reader, slot, {}), tensor.shape, axes, Axis::none, 0, 1,
             entire))
    return false;
  for (Axis cut : cut_axes(graph, consumer)) {
    const std::int64_t extent = cut_extent(graph, consumer, cut);
    const auto at = boxes::axis_index(tensor.shape.size(), cut);
    // Between samples no place falls between two rows only where one extent divides the other.
    if (reader.kind == OpKind::resize && cut == Axis::height &&
        (!at || (extent % tensor.shape[*at] != 0 && tensor.shape[*at] % extent != 0)))
      return false;
    // Ranges move evenly with the slice: if the ends hold, what is between does.
    for (std::int64_t i : std::array<std::int64_t, 3>{0, extent / 2, extent - 1})
      if (!waits(boxes::input_box(graph, reader, slot, {cut, i, i + 1}), tensor.shape, axes, cut, i,
                 extent, entire))
        return false;
  }
  return true;
}

}  // namespace partita
