// Shape rules of the kinds that compute.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/base/error.h"
#include "sim/graph/rules.h"

namespace partita::rules {
namespace {

[[noreturn]] void fail(const std::string& problem) {
  throw InputError(problem);
}

const Shape& feature_map(std::span<const Shape> in) {
  if (in[0].size() != 4) fail("needs a N x C x H x W input, got " + to_string(in[0]));
  return in[0];
}

void expect_inputs(std::span<const Shape> in, std::size_t least, std::size_t most) {
  if (in.size() >= least && in.size() <= most) return;
  const std::string range = least == most                ? std::to_string(least)
                            : most > std::size_t{100000} ? std::to_string(least) + " or more"
                                                         : fmt::format("{} to {}", least, most);
  fail(fmt::format("needs {} input{}, got {}", range, range == "1" ? "" : "s", in.size()));
}

struct Extent {
  std::int64_t in;
  int kernel, stride, dilation;
  int& pad_before;
  int& pad_after;
  std::string_view side;
};

void check_extent(const Extent& e) {
  constexpr int kMost = 1 << 20;
  if (e.kernel < 1 || e.kernel > kMost)
    fail(fmt::format("kernel {} of {} is not in 1..2^20", e.kernel, e.side));
  if (e.stride < 1 || e.stride > kMost)
    fail(fmt::format("stride {} of {} is not in 1..2^20", e.stride, e.side));
  if (e.dilation < 1 || e.dilation > kMost)
    fail(fmt::format("dilation {} of {} is not in 1..2^20", e.dilation, e.side));
  if (std::min(e.pad_before, e.pad_after) < 0 || std::max(e.pad_before, e.pad_after) > kMost) {
    fail(fmt::format("padding of {} is not in 0..2^20", e.side));
  }
}

std::int64_t covered(const Extent& e) {
  return std::int64_t{e.kernel - 1} * e.dilation + 1;
}

/// Output extent of a convolution or pooling; makes the padding of "same" and of rounding up
/// explicit.
std::int64_t window_extent(const Extent& e, bool same, bool ceil) {
  check_extent(e);
  if (same) {
    const std::int64_t out = (e.in + e.stride - 1) / e.stride;
    const std::int64_t pad = std::max<std::int64_t>(0, (out - 1) * e.stride + covered(e) - e.in);
    if (pad > (1 << 20)) fail(fmt::format("padding of {} is not in 0..2^20", e.side));
    e.pad_before = static_cast<int>(pad / 2);
    e.pad_after = static_cast<int>(pad - pad / 2);
    return out;
  }
  if (ceil) {
    const std::int64_t over = (e.in + e.pad_before + e.pad_after - covered(e)) % e.stride;
    if (over > 0) e.pad_after += static_cast<int>(e.stride - over);
  }
  const std::int64_t room = e.in + e.pad_before + e.pad_after - covered(e);
  if (room < 0) {
    fail(fmt::format("kernel covers {} but {} is only {} with padding", covered(e), e.side,
                     e.in + e.pad_before + e.pad_after));
  }
  return room / e.stride + 1;
}

Extent vertical(Window& w, std::int64_t in) {
  return {in, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom, "height"};
}
Extent horizontal(Window& w, std::int64_t in) {
  return {in, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right, "width"};
}

void check_groups(const Pending& p, std::int64_t in_channels) {
  const Operator& op = p.op;
  if (p.out_channels < 1) fail("channels must be at least 1");
  if (op.groups < 1) fail("groups must be at least 1");
  if (in_channels % op.groups != 0 || p.out_channels % op.groups != 0) {
    fail(fmt::format("{} groups do not divide {} input and {} output channels", op.groups,
                     in_channels, p.out_channels));
  }
  if (op.kind == OpKind::conv && op.groups != 1)
    fail("conv has 1 group; use grouped_conv or depthwise_conv");
  if (op.kind == OpKind::depthwise_conv &&
      (op.groups != in_channels || op.groups != p.out_channels)) {
    fail(fmt::format("depthwise_conv needs groups = input channels = channels, got {}, {}, {}",
                     op.groups, in_channels, p.out_channels));
  }
}

std::vector<Shape> convolution(Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  const Shape& x = feature_map(in);
  check_groups(p, x[1]);
  Window& w = p.op.window;
  const std::int64_t h = window_extent(vertical(w, x[2]), p.same_pad, false);
  return {{x[0], p.out_channels, h, window_extent(horizontal(w, x[3]), p.same_pad, false)}};
}

std::int64_t deconv_extent(const Extent& e) {
  check_extent(e);
  const std::int64_t out = times(e.in - 1, e.stride) + covered(e) - e.pad_before - e.pad_after;
  if (out < 1) fail(fmt::format("padding leaves nothing of the {}", e.side));
  return out;
}

std::vector<Shape> deconvolution(Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  const Shape& x = feature_map(in);
  check_groups(p, x[1]);
  const std::int64_t h = deconv_extent(vertical(p.op.window, x[2]));
  return {{x[0], p.out_channels, h, deconv_extent(horizontal(p.op.window, x[3]))}};
}

std::vector<Shape> pool(Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  const Shape& x = feature_map(in);
  Window& w = p.op.window;
  if (p.global) {
    if (std::max(x[2], x[3]) > (1 << 20))
      fail("global pooling over more than 2^20 rows or columns");
    w = {};
    w.kernel_h = static_cast<int>(x[2]);
    w.kernel_w = static_cast<int>(x[3]);
    return {p.keep_dims ? Shape{x[0], x[1], 1, 1} : Shape{x[0], x[1]}};
  }
  const std::int64_t h = window_extent(vertical(w, x[2]), p.same_pad, p.ceil_mode);
  return {{x[0], x[1], h, window_extent(horizontal(w, x[3]), p.same_pad, p.ceil_mode)}};
}

std::vector<Shape> fully_connected(const Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  if (p.out_channels < 1) fail("channels must be at least 1");
  if (in[0].size() == 3) return {{in[0][0], in[0][1], p.out_channels}};
  return {{in[0][0], p.out_channels}};
}

std::vector<Shape> matmul(const Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 2, 2);
  const Shape &a = in[0], &b = in[1];
  if (a.size() < 2 || a.size() != b.size()) {
    fail("needs two inputs of one rank of at least 2, got " + to_string(a) + " and " +
         to_string(b));
  }
  const std::size_t r = a.size();
  for (std::size_t i = 0; i + 2 < r; ++i) {
    if (a[i] != b[i] && b[i] != 1)
      fail("batch extents differ: " + to_string(a) + " and " + to_string(b));
  }
  const std::int64_t k = p.transpose_b ? b[r - 1] : b[r - 2];
  if (a[r - 1] != k) fail(fmt::format("inner extents differ: {} and {}", a[r - 1], k));
  Shape out = a;
  out[r - 1] = p.transpose_b ? b[r - 2] : b[r - 1];
  return {out};
}

std::vector<Shape> attention(const Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 3, 3);
  for (const Shape& x : in) {
    if (x.size() != 3)
      fail("needs N x sequence x width inputs (query, key, value), got " + to_string(x));
    if (x[0] != in[0][0]) fail("batch extents differ");
  }
  if (in[1][1] != in[2][1]) fail("key and value differ in length");
  if (p.out_channels < 1) fail("channels (the inner width) must be at least 1");
  if (p.op.groups < 1 || p.out_channels % p.op.groups != 0) {
    fail(fmt::format("{} heads do not divide {} channels", p.op.groups, p.out_channels));
  }
  return {in[0]};
}

/// Right-aligned for equal ranks; a N x C vector meets a feature map at its channels.
Shape broadcast(const Shape& a, const Shape& b) {
  if (a.size() < b.size()) return broadcast(b, a);
  Shape wide = b;
  if (b.size() == 2) wide.resize(a.size(), 1);
  if (wide.size() != a.size()) fail("cannot broadcast " + to_string(b) + " to " + to_string(a));
  Shape out = a;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] != wide[i] && a[i] != 1 && wide[i] != 1) {
      fail("cannot broadcast " + to_string(b) + " to " + to_string(a));
    }
    out[i] = std::max(a[i], wide[i]);
  }
  return out;
}

std::vector<Shape> elementwise(std::span<const Shape> in) {
  expect_inputs(in, 2, std::numeric_limits<std::size_t>::max());
  Shape out = in[0];
  for (const Shape& x : in.subspan(1)) out = broadcast(out, x);
  return {out};
}

std::vector<Shape> reduction(Pending& p, std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  if (p.op.sizes.empty()) fail("reduction needs its axes");
  Shape out = in[0];
  for (std::int64_t& axis : p.op.sizes) {
    if (axis < -16 || axis > 16) fail(fmt::format("axis {} is outside", axis));
    axis = resolve_axis(static_cast<int>(axis), out.size());
    if (axis == 0) fail("cannot reduce over the batch");
    if (std::count(p.op.sizes.begin(), p.op.sizes.end(), axis) > 1) fail("an axis is given twice");
    out[static_cast<std::size_t>(axis)] = 1;
  }
  std::sort(p.op.sizes.begin(), p.op.sizes.end());
  if (!p.keep_dims) {
    for (auto a = p.op.sizes.rbegin(); a != p.op.sizes.rend(); ++a) out.erase(out.begin() + *a);
    if (out.size() < 2) out.push_back(1);
  }
  return {out};
}

std::vector<Shape> given(const Pending& p, std::span<const Shape> in, bool takes_inputs) {
  if (!takes_inputs && !in.empty()) fail(fmt::format("{} has no inputs", to_string(p.op.kind)));
  if (p.output_shapes.empty()) fail(fmt::format("{} needs its shape", to_string(p.op.kind)));
  return p.output_shapes;
}

std::vector<Shape> same_as_input(std::span<const Shape> in) {
  expect_inputs(in, 1, 1);
  return {in[0]};
}

}  // namespace

std::int64_t times(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product) || product > kMostElements ||
      product < -kMostElements) {
    fail(fmt::format("{} x {} is more than 2^53", a, b));
  }
  return product;
}

std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum) || sum > kMostElements)
    fail(fmt::format("{} + {} is more than 2^53", a, b));
  return sum;
}

int resolve_axis(int axis, std::size_t rank) {
  const int n = static_cast<int>(rank);
  if (axis < -n || axis >= n) fail(fmt::format("axis {} is outside a tensor of {} axes", axis, n));
  return axis < 0 ? axis + n : axis;
}

std::vector<Shape> output_shapes(Pending& p, std::span<const Shape> in) {
  switch (p.op.kind) {
    case OpKind::input:
    case OpKind::constant:
      return given(p, in, false);
    case OpKind::block:
      return given(p, in, true);
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
      return convolution(p, in);
    case OpKind::deconv:
      return deconvolution(p, in);
    case OpKind::fully_connected:
      return fully_connected(p, in);
    case OpKind::matmul:
      return matmul(p, in);
    case OpKind::attention:
      return attention(p, in);
    case OpKind::pool:
      return pool(p, in);
    case OpKind::elementwise:
      return elementwise(in);
    case OpKind::activation:
    case OpKind::normalization:
      return same_as_input(in);
    case OpKind::softmax: {
      std::vector<Shape> out = same_as_input(in);
      p.op.axis = resolve_axis(p.op.axis, in[0].size());
      return out;
    }
    case OpKind::reduction:
      return reduction(p, in);
    default:
      return data_movement_shapes(p, in);
  }
}

}  // namespace partita::rules
