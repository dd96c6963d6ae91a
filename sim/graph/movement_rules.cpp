// Shape rules of the kinds that only move data, and of detection heads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/error.h"
#include "sim/graph/rules.h"

namespace partita::rules {
namespace {

[[noreturn]] void fail(const std::string& problem) {
  throw InputError(problem);
}

void expect_one(std::span<const Shape> in) {
  if (in.size() != 1) fail(fmt::format("needs 1 input, got {}", in.size()));
}

std::vector<Shape> concat(Pending& p, std::span<const Shape> in) {
  if (in.empty()) fail("needs 1 or more inputs, got 0");
  p.op.axis = resolve_axis(p.op.axis, in[0].size());
  const auto axis = static_cast<std::size_t>(p.op.axis);
  Shape out = in[0];
  for (const Shape& x : in.subspan(1)) {
    Shape other = x;
    if (x.size() == out.size()) other[axis] = out[axis];
    if (other != out)
      fail(
          fmt::format("cannot join {} and {} along axis {}", to_string(in[0]), to_string(x), axis));
    out[axis] = plus(out[axis], x[axis]);
  }
  return {out};
}

std::vector<Shape> slice(Pending& p, std::span<const Shape> in) {
  expect_one(in);
  p.op.axis = resolve_axis(p.op.axis, in[0].size());
  const auto axis = static_cast<std::size_t>(p.op.axis);
  std::vector<std::int64_t>& sizes = p.op.sizes;
  if (sizes.empty()) fail("slice needs its sizes");
  std::int64_t left = in[0][axis];
  std::vector<Shape> out;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == -1) sizes[i] = left / static_cast<std::int64_t>(sizes.size() - i);
    if (sizes[i] < 1 || sizes[i] > left)
      fail(fmt::format("slice {} of {} does not fit", sizes[i], in[0][axis]));
    left -= sizes[i];
    out.push_back(in[0]);
    out.back()[axis] = sizes[i];
  }
  if (left != 0) fail(fmt::format("slices leave {} of {} unread", left, in[0][axis]));
  return out;
}

std::vector<Shape> reshape(Pending& p, std::span<const Shape> in) {
  expect_one(in);
  Shape& target = p.op.sizes;
  if (target.empty() || target.size() > 8) fail("reshape needs a target of 1 to 8 extents");
  std::int64_t known = 1;
  std::int64_t* rest = nullptr;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && i < in[0].size()) target[i] = in[0][i];
    if (target[i] == -1 && rest == nullptr) {
      rest = &target[i];
      continue;
    }
    if (target[i] < 1) fail(fmt::format("extent {} of the target cannot be", target[i]));
    known = times(known, target[i]);
  }
  const std::int64_t all = elements(in[0]);
  if (rest != nullptr) *rest = all / known;
  if (rest != nullptr ? all % known != 0 : all != known) {
    fail(fmt::format("{} elements do not fill {}", all, to_string(target)));
  }
  return {target};
}

std::vector<Shape> permute(Pending& p, std::span<const Shape> in) {
  expect_one(in);
  const auto rank = static_cast<std::int64_t>(in[0].size());
  std::vector<std::int64_t>& order = p.op.sizes;
  if (p.op.function == "transpose") {
    if (rank < 3) fail("transpose needs two axes beside the batch, got " + to_string(in[0]));
    order.clear();
    for (std::int64_t i = 0; i < rank; ++i) order.push_back(i);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    p.op.function.clear();
  }
  Shape out;
  for (std::int64_t axis : order) {
    if (axis < 0 || axis >= rank || std::count(order.begin(), order.end(), axis) != 1) break;
    out.push_back(in[0][static_cast<std::size_t>(axis)]);
  }
  if (out.size() != in[0].size() || order.size() != out.size()) {
    fail(fmt::format("[{}] is no order of {} axes", fmt::join(order, ", "), rank));
  }
  return {out};
}

/// Triples (axis, a, b) with the axis resolved; each axis at most once.
template <class Change>
std::vector<Shape> by_axis(Pending& p, std::span<const Shape> in, Change change) {
  expect_one(in);
  std::vector<std::int64_t>& sizes = p.op.sizes;
  if (sizes.empty() || sizes.size() % 3 != 0)
    fail(fmt::format("{} needs triples (axis, a, b)", to_string(p.op.kind)));
  Shape out = in[0];
  std::vector<std::int64_t> kept, seen;
  for (std::size_t i = 0; i < sizes.size(); i += 3) {
    const bool whole = p.op.kind == OpKind::pad && sizes[i + 1] == 0 && sizes[i + 2] == 0;
    if (whole) continue;
    if (sizes[i] < -16 || sizes[i] > 16) fail(fmt::format("axis {} is outside", sizes[i]));
    sizes[i] = resolve_axis(static_cast<int>(sizes[i]), out.size());
    if (sizes[i] == 0) fail(fmt::format("cannot {} the batch", to_string(p.op.kind)));
    if (std::count(seen.begin(), seen.end(), sizes[i]) > 0)
      fail(fmt::format("axis {} is given twice", sizes[i]));
    seen.push_back(sizes[i]);
    std::int64_t& extent = out[static_cast<std::size_t>(sizes[i])];
    extent = change(extent, sizes[i + 1], sizes[i + 2]);
    kept.insert(kept.end(), {sizes[i], sizes[i + 1], sizes[i + 2]});
  }
  if (kept.empty()) kept = {static_cast<std::int64_t>(out.size()) - 1, 0, 0};  // Pads nothing.
  sizes = kept;
  return {out};
}

std::int64_t padded(std::int64_t extent, std::int64_t before, std::int64_t after) {
  if (before < 0 || after < 0) fail(fmt::format("padding {}, {} is negative", before, after));
  return plus(plus(extent, before), after);
}

std::int64_t cropped(std::int64_t extent, std::int64_t begin, std::int64_t& end) {
  if (end == -1) end = extent;
  if (begin < 0 || end <= begin || end > extent)
    fail(fmt::format("crop {}..{} of {} is empty or outside", begin, end, extent));
  return end - begin;
}

std::vector<Shape> resize(Pending& p, std::span<const Shape> in) {
  expect_one(in);
  const Shape& x = in[0];
  if (x.size() != 4) fail("needs a N x C x H x W input, got " + to_string(x));
  std::int64_t h = 0, w = 0;
  if (p.scale_h > 0 && p.scale_w > 0) {
    const double fh = static_cast<double>(x[2]) * p.scale_h,
                 fw = static_cast<double>(x[3]) * p.scale_w;
    if (!(fh < 1e9 && fw < 1e9)) fail("the factor is too large");
    h = static_cast<std::int64_t>(fh);
    w = static_cast<std::int64_t>(fw);
  } else {
    if (p.op.sizes.size() != 2) fail("resize needs a height and a width, or two factors");
    h = p.op.sizes[0];
    w = p.op.sizes[1];
  }
  if (h < 1 || w < 1) fail(fmt::format("size {}x{} is empty", h, w));
  p.op.sizes.clear();  // The output's shape says it.
  return {{x[0], x[1], h, w}};
}

std::vector<Shape> shuffle(const Pending& p, std::span<const Shape> in) {
  expect_one(in);
  if (in[0].size() < 2 || p.op.groups < 1 || in[0][1] % p.op.groups != 0) {
    fail(fmt::format("{} groups do not divide the channels of {}", p.op.groups, to_string(in[0])));
  }
  return {in[0]};
}

std::vector<Shape> detection(const Pending& p, std::span<const Shape> in) {
  if (in.empty()) fail("needs 1 or more inputs, got 0");
  const std::int64_t n = in[0][0];
  if (p.op.function.empty() || p.op.sizes.empty()) {
    if (p.output_shapes.empty()) fail("detection without a known function needs its shape");
    return p.output_shapes;
  }
  if (p.op.sizes.size() != 1 || p.op.sizes[0] < 1) fail("detection needs one size of at least 1");
  if (p.op.function == "nms") return {{n, p.op.sizes[0], 6}};
  std::int64_t cells = 0;
  const bool priors = p.op.function == "prior-box";
  for (const Shape& x : priors ? in.first(1) : in) {
    if (x.size() != 4) fail("needs N x C x H x W inputs, got " + to_string(x));
    cells = plus(cells, times(x[2], x[3]));
  }
  const std::int64_t boxes = times(cells, p.op.sizes[0]);
  // Boxes and their variances; or, before suppression, class, score and box of every anchor.
  return {priors ? Shape{n, 2, times(4, boxes)} : Shape{n, boxes, 6}};
}

}  // namespace

std::vector<Shape> data_movement_shapes(Pending& p, std::span<const Shape> in) {
  switch (p.op.kind) {
    case OpKind::concat:
      return concat(p, in);
    case OpKind::slice:
      return slice(p, in);
    case OpKind::split:
      expect_one(in);
      return std::vector<Shape>(std::max<std::size_t>(1, p.output_names.size()), in[0]);
    case OpKind::reshape:
      return reshape(p, in);
    case OpKind::permute:
      return permute(p, in);
    case OpKind::pad:
      return by_axis(p, in, padded);
    case OpKind::crop:
      return by_axis(p, in, cropped);
    case OpKind::resize:
      return resize(p, in);
    case OpKind::shuffle:
      return shuffle(p, in);
    case OpKind::detection:
      return detection(p, in);
    default:
      throw std::logic_error("no shape rule for " + std::string(to_string(p.op.kind)));
  }
}

}  // namespace partita::rules
