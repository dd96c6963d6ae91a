// Ranges of a tensor along each of its axes. Private to sim/graph.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/graph/graph.h"

namespace partita::boxes {

struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end > begin ? end - begin : 0; }
};
using Box = std::vector<Range>;

Box whole(const Shape& shape);
double volume(const Box& box);
Box intersection(const Box& a, const Box& b);
Box hull(const Box& a, const Box& b);

/// Position of the axis in a shape: N C H W; N M K, whose rows M are the height and columns K the
/// channels; N C. Nothing when there is none.
std::optional<std::size_t> axis_index(std::size_t rank, Axis axis);

/// Whether parts of the operator along the axis are independent of one another.
bool can_cut(const Graph& graph, const Operator& op, Axis axis);

/// What the slice (checked) reads of input number `i`.
Box input_box(const Graph& graph, const Operator& op, std::size_t i, const Slice& slice);

}  // namespace partita::boxes
