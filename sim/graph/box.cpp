#include "sim/graph/box.h"

#include <algorithm>
#include <cmath>

#include "sim/graph/rules.h"

namespace partita::boxes {
namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}
std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return -floor_div(-a, b);
}

Range clip(Range range, std::int64_t extent) {
  return {std::clamp<std::int64_t>(range.begin, 0, extent),
          std::clamp<std::int64_t>(range.end, 0, extent)};
}

/// Rows a window reads for output rows [begin, end): (n - 1) stride + kernel, less the padding.
Range window_rows(const Window& w, const Range& out) {
  const std::int64_t covered = std::int64_t{w.kernel_h - 1} * w.dilation_h + 1;
  return {out.begin * w.stride_h - w.pad_top, (out.end - 1) * w.stride_h - w.pad_top + covered};
}

/// Rows that scatter into output rows [begin, end) of a transposed convolution.
Range deconv_rows(const Window& w, const Range& out) {
  const std::int64_t covered = std::int64_t{w.kernel_h - 1} * w.dilation_h + 1;
  return {ceil_div(out.begin + w.pad_top - covered + 1, w.stride_h),
          floor_div(out.end - 1 + w.pad_top, w.stride_h) + 1};
}

/// Rows interpolated from, sampling at pixel centres.
Range resize_rows(const Operator& op, std::int64_t in, std::int64_t out, const Range& rows) {
  if (op.function == "nearest") return {rows.begin * in / out, (rows.end - 1) * in / out + 1};
  const double ratio = static_cast<double>(in) / static_cast<double>(out);
  auto source = [&](std::int64_t row) {
    return static_cast<std::int64_t>(std::floor((static_cast<double>(row) + 0.5) * ratio - 0.5));
  };
  const std::int64_t reach = op.function == "bilinear" ? 0 : 1;
  return {source(rows.begin) - reach, source(rows.end - 1) + 2 + reach};
}

/// pad: shift by what is put before; crop: by what is cut off.
Range shifted(const Operator& op, std::size_t axis, Range range) {
  for (std::size_t i = 0; i < op.sizes.size(); i += 3) {
    if (op.sizes[i] != static_cast<std::int64_t>(axis)) continue;
    const std::int64_t shift = op.kind == OpKind::pad ? -op.sizes[i + 1] : op.sizes[i + 1];
    return {range.begin + shift, range.end + shift};
  }
  return range;
}

Range group_channels(const Operator& op, std::int64_t in, std::int64_t out, const Range& range) {
  const std::int64_t per_group_out = out / op.groups, per_group_in = in / op.groups;
  return {range.begin / per_group_out * per_group_in,
          ceil_div(range.end, per_group_out) * per_group_in};
}

/// Where input `i` of a concatenation begins.
std::int64_t concat_offset(const Graph& graph, const Operator& op, std::size_t i) {
  std::int64_t offset = 0;
  for (std::size_t j = 0; j < i; ++j)
    offset += graph.tensor(op.inputs[j]).shape[static_cast<std::size_t>(op.axis)];
  return offset;
}

/// Axes a normalization works along, and so cannot be cut.
bool normalizes_along(const Operator& op, std::size_t rank, Axis axis) {
  const bool channel = axis == Axis::channel;
  if (op.function == "batch") return false;
  if (op.function == "local-response") return channel;
  if (op.function == "instance") return !channel;
  if (rank == 3 && op.function != "group") return channel;  // layer, rms, l2: along the row.
  return true;
}

bool reduces_channels_or_height(const Operator& op, std::size_t at) {
  return std::find(op.sizes.begin(), op.sizes.end(), static_cast<std::int64_t>(at)) !=
         op.sizes.end();
}

bool can_cut_feature(const Graph& graph, const Operator& op, Axis axis) {
  const std::size_t rank = graph.tensor(op.outputs[0]).shape.size();
  const auto at = axis_index(rank, axis);
  const bool channel = axis == Axis::channel;
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
    case OpKind::pool:
    case OpKind::elementwise:
    case OpKind::activation:
    case OpKind::fully_connected:
    case OpKind::split:
    case OpKind::concat:
    case OpKind::pad:
    case OpKind::crop:
    case OpKind::resize:
      return true;
    case OpKind::matmul:
      return rank == 3;
    case OpKind::shuffle:
      return !channel;  // Channels come from all over.
    case OpKind::normalization:
      return !normalizes_along(op, rank, axis);
    case OpKind::softmax:
    case OpKind::slice:
      return at && static_cast<int>(*at) != op.axis;
    case OpKind::reduction:
      return rank == graph.tensor(op.inputs[0]).shape.size() && at &&
             !reduces_channels_or_height(op, *at);
    default:
      return false;
  }
}

Range cut_range(const Graph& graph, const Operator& op, std::size_t i, std::size_t in_at,
                const Range& out) {
  const Shape& in = graph.tensor(op.inputs[i]).shape;
  const Shape& made = graph.tensor(op.outputs[0]).shape;
  const bool rows = in.size() == 4 && in_at == 2;
  const std::size_t out_at = in_at;
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
      return rows ? window_rows(op.window, out) : group_channels(op, in[in_at], made[out_at], out);
    case OpKind::deconv:
      return rows ? deconv_rows(op.window, out) : group_channels(op, in[in_at], made[out_at], out);
    case OpKind::pool:
      return rows ? window_rows(op.window, out) : out;
    case OpKind::resize:
      return rows ? resize_rows(op, in[in_at], made[out_at], out) : out;
    case OpKind::pad:
    case OpKind::crop:
      return shifted(op, in_at, out);
    case OpKind::concat: {
      if (static_cast<int>(in_at) != op.axis) return out;
      const std::int64_t offset = concat_offset(graph, op, i);
      return {out.begin - offset, out.end - offset};
    }
    default:
      return in[in_at] == made[out_at] ? out : Range{0, in[in_at]};  // Broadcast: whole.
  }
}

}  // namespace

Box whole(const Shape& shape) {
  Box box;
  for (std::int64_t extent : shape) box.push_back({0, extent});
  return box;
}

double volume(const Box& box) {
  double product = 1;
  for (const Range& range : box) product *= static_cast<double>(range.size());
  return product;
}

Box intersection(const Box& a, const Box& b) {
  Box out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    out.push_back({std::max(a[i].begin, b[i].begin), std::min(a[i].end, b[i].end)});
  }
  return out;
}

Box hull(const Box& a, const Box& b) {
  if (volume(a) == 0) return b;
  if (volume(b) == 0) return a;
  Box out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    out.push_back({std::min(a[i].begin, b[i].begin), std::max(a[i].end, b[i].end)});
  }
  return out;
}

std::optional<std::size_t> axis_index(std::size_t rank, Axis axis) {
  switch (axis) {
    case Axis::none:
      return std::nullopt;
    case Axis::batch:
      return 0;
    case Axis::channel:
      return rank == 3 ? 2 : rank >= 2 ? std::optional<std::size_t>(1) : std::nullopt;
    case Axis::height:
      return rank == 4   ? std::optional<std::size_t>(2)
             : rank == 3 ? std::optional<std::size_t>(1)
                         : std::nullopt;
  }
  return std::nullopt;
}

bool can_cut(const Graph& graph, const Operator& op, Axis axis) {
  switch (op.kind) {
    case OpKind::input:
    case OpKind::constant:
    case OpKind::detection:
      return false;
    default:
      break;
  }
  if (axis != Axis::batch) return can_cut_feature(graph, op, axis);
  if (op.kind == OpKind::concat && op.axis == 0) return false;
  if (op.kind == OpKind::permute && op.sizes[0] != 0) return false;
  if (op.kind == OpKind::matmul && graph.tensor(op.outputs[0]).shape.size() == 2) return false;
  const std::int64_t batch = graph.tensor(op.outputs[0]).shape[0];
  auto follows = [&](TensorId t) { return graph.tensor(t).shape[0] == batch; };
  return std::all_of(op.outputs.begin(), op.outputs.end(), follows) &&
         std::any_of(op.inputs.begin(), op.inputs.end(), follows);
}

Box input_box(const Graph& graph, const Operator& op, std::size_t i, const Slice& slice) {
  const Shape& in = graph.tensor(op.inputs[i]).shape;
  const Shape& out = graph.tensor(op.outputs[0]).shape;
  Box box = whole(in);
  if (slice.axis == Axis::none) return box;
  const Range range{slice.begin, slice.end};
  if (slice.axis == Axis::batch) {
    if (in[0] == out[0]) box[0] = range;  // Else shared by the whole batch.
    return box;
  }
  const bool channel = slice.axis == Axis::channel;
  if (op.kind == OpKind::fully_connected) {  // Columns need the whole row; rows only themselves.
    if (!channel) box[1] = range;
    return box;
  }
  if (op.kind == OpKind::matmul) {
    const bool transposed =
        in[in.size() - 2] == out.back() && graph.tensor(op.inputs[0]).shape.back() == in.back();
    if (i == 0 && !channel) box[box.size() - 2] = range;
    if (i == 1 && channel) box[transposed ? box.size() - 2 : box.size() - 1] = range;
    return box;
  }
  if (op.kind == OpKind::elementwise && in.size() < out.size()) {  // A N x C vector meets axis 1.
    if (axis_index(out.size(), slice.axis) == std::size_t{1} && in[1] == out[1]) box[1] = range;
    return box;
  }
  const auto at = axis_index(in.size(), slice.axis);
  if (!at) return box;
  box[*at] = clip(cut_range(graph, op, i, *at, range), in[*at]);
  return box;
}

}  // namespace partita::boxes
