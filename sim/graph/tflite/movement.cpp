// Operators that move or rearrange data.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/error.h"
#include "sim/graph/tflite/operators.h"

namespace partita::tflite_reader {
namespace {

using foreign::Step;

void concat(Context& c, const Op& op) {
  Step step = c.step(op, OpKind::concat);
  step.p.op.axis = c.net().axis(op.options.axis, c.rank(op));
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < op.inputs.size(); ++i) inputs.push_back(c.in(op, i));
  c.bind_activated(op, inputs.size() == 1
                           ? inputs[0]
                           : c.net().emit(std::move(step), op.name, inputs, {c.out(op)})[0]);
}

/// Along a new axis.
void pack(Context& c, const Op& op) {
  Step step = c.step(op, OpKind::concat);
  const Shape out = c.out(op);
  const auto axis =
      static_cast<std::size_t>(c.net().axis(op.options.axis, c.result(op).shape.size()));
  step.p.op.axis = static_cast<int>(axis);
  Shape part = out;
  part[axis] = 1;
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < op.inputs.size(); ++i)
    inputs.push_back(
        c.net().reshaped(c.in(op, i), part, fmt::format("{}.part{}", op.name, i), op.where));
  if (inputs.size() == 1) return c.bind(op, inputs[0]);
  c.emit(op, std::move(step), inputs);
}

/// SPLIT: axis, tensor; SPLIT_V: tensor, sizes, axis.
void split(Context& c, const Op& op) {
  const bool by_sizes = op.type == "SPLIT_V";
  const std::size_t at = by_sizes ? 0 : 1;
  const auto axes = c.values(op, by_sizes ? 2 : 0, "the axis");
  if (axes.size() != 1) op.fail("one axis is expected");
  Step step = c.step(op, OpKind::slice);
  step.p.op.axis = c.net().axis(axes[0], c.rank(op, at));
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < op.outputs.size(); ++i) {
    shapes.push_back(c.out(op, i));
    const auto axis = static_cast<std::size_t>(step.p.op.axis);
    if (axis >= shapes.back().size()) op.fail("a part has another rank");
    step.p.op.sizes.push_back(shapes.back()[axis]);
  }
  if (shapes.size() == 1) return c.bind(op, c.in(op, at));
  const auto names = c.net().emit(std::move(step), op.name, {c.in(op, at)}, shapes);
  for (std::size_t i = 0; i < names.size(); ++i)
    c.net().alias(std::to_string(op.outputs[i]), names[i]);
}

void reshape(Context& c, const Op& op) {
  c.bind(op, c.net().reshaped(c.in(op), c.out(op), op.name, op.where));
}

void transpose(Context& c, const Op& op) {
  std::vector<std::int64_t> order = c.values(op, 1, "the order");
  const std::size_t rank = c.rank(op);
  for (const std::int64_t axis : order)
    if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) op.fail("an axis is outside");
  if (order.size() != rank) op.fail("the order does not fit the rank of the input");
  if (rank < 2 || std::is_sorted(order.begin(), order.end())) return c.bind(op, c.in(op));
  if (rank == 4) {  // Ours are N C H W on both sides: where each comes from, in the file and here.
    constexpr std::array<std::size_t, 4> file_of = {0, 3, 1, 2};
    constexpr std::array<std::int64_t, 4> ours_of = {0, 2, 3, 1};
    std::vector<std::int64_t> ours;
    for (const std::size_t axis : file_of)
      ours.push_back(ours_of[static_cast<std::size_t>(order[axis])]);
    order = ours;
  }
  Step step = c.step(op, OpKind::permute);
  step.p.op.sizes = order;
  c.emit(op, std::move(step));
}

void pad(Context& c, const Op& op) {
  const std::vector<std::int64_t> pads = c.values(op, 1, "the padding");
  const std::size_t rank = c.rank(op);
  if (pads.size() != 2 * rank) op.fail("the padding does not fit the rank of the input");
  Step step = c.step(op, OpKind::pad);
  for (std::size_t i = 0; i < rank; ++i)
    if (pads[2 * i] != 0 || pads[2 * i + 1] != 0)
      step.p.op.sizes.insert(
          step.p.op.sizes.end(),
          {c.net().axis(static_cast<std::int64_t>(i), rank), pads[2 * i], pads[2 * i + 1]});
  if (step.p.op.sizes.empty()) return c.bind(op, c.in(op));
  c.emit(op, std::move(step));
}

/// The part of every axis from begins[i] to ends[i], then in the output's shape.
void crop(Context& c, const Op& op, const std::vector<std::int64_t>& begins,
          const std::vector<std::int64_t>& ends) {
  std::string x = c.in(op);
  Shape shape = c.net().shape(x);
  Step step = c.step(op, OpKind::crop);
  for (std::size_t i = 0; i < begins.size(); ++i) {
    const int axis = c.net().axis(static_cast<std::int64_t>(i), begins.size());
    std::int64_t& extent = shape[static_cast<std::size_t>(axis)];
    if (begins[i] < 0 || ends[i] <= begins[i] || ends[i] > extent)
      op.fail(fmt::format("takes {}..{} of {}", begins[i], ends[i], extent));
    if (ends[i] - begins[i] == extent) continue;
    step.p.op.sizes.insert(step.p.op.sizes.end(), {axis, begins[i], ends[i]});
    extent = ends[i] - begins[i];
  }
  if (!step.p.op.sizes.empty()) x = c.net().emit(std::move(step), op.name, {x}, {shape})[0];
  c.bind(op, c.net().reshaped(x, c.out(op), op.name + ".shape", op.where));
}

void slice(Context& c, const Op& op) {
  const std::vector<std::int64_t> begins = c.values(op, 1, "the begin");
  std::vector<std::int64_t> ends = c.values(op, 2, "the size");
  const Shape& shape = c.tensor(op, 0).shape;
  if (begins.size() != shape.size() || ends.size() != shape.size())
    op.fail("begin and size do not fit the rank of the input");
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (begins[i] < 0 || begins[i] > shape[i] || ends[i] < -1 || ends[i] > shape[i])
      op.fail("begin or size is outside");
    ends[i] = ends[i] == -1 ? shape[i] : begins[i] + ends[i];
  }
  crop(c, op, begins, ends);
}

void strided_slice(Context& c, const Op& op) {
  std::vector<std::int64_t> begins = c.values(op, 1, "the begin"),
                            ends = c.values(op, 2, "the end");
  const std::vector<std::int64_t> strides = c.values(op, 3, "the stride");
  const Shape& shape = c.tensor(op, 0).shape;
  if (begins.size() > shape.size() || ends.size() != begins.size() ||
      strides.size() != begins.size())
    op.fail("begin, end and stride do not fit the rank of the input");
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i == begins.size()) {  // Axes that are not named stay whole.
      begins.push_back(0);
      ends.push_back(shape[i]);
      continue;
    }
    if (strides[i] != 1) op.fail(fmt::format("a stride of {} is not supported", strides[i]));
    const auto place = [&](std::int64_t at) {
      if (at < 0) at = at < -shape[i] ? 0 : at + shape[i];
      return std::min(at, shape[i]);
    };
    const bool one = (op.options.shrink_axis_mask >> i & 1) != 0;
    begins[i] = (op.options.begin_mask >> i & 1) != 0 ? 0 : place(begins[i]);
    ends[i] = one ? begins[i] + 1 : (op.options.end_mask >> i & 1) != 0 ? shape[i] : place(ends[i]);
  }
  crop(c, op, begins, ends);
}

void resize(Context& c, const Op& op) {
  const std::string x = c.in(op);
  const Shape out = c.out(op);
  if (c.net().shape(x) == out) return c.bind(op, x);
  if (out.size() != 4) op.fail("only feature maps are resized");
  Step step = c.step(op, OpKind::resize, op.type == "RESIZE_BILINEAR" ? "bilinear" : "nearest");
  step.p.op.sizes = {out[2], out[3]};
  c.emit(op, std::move(step), {x});
}

void blocks(Context& c, const Op& op) {
  const bool to_space = op.type == "DEPTH_TO_SPACE";
  const std::string made = foreign::move_blocks(
      c.net(), c.step(op, OpKind::permute), op.name, c.in(op), op.options.block,
      to_space ? foreign::Blocks::to_space : foreign::Blocks::to_depth);
  if (c.net().shape(made) != c.out(op)) op.fail("makes " + to_string(c.net().shape(made)));
  c.bind(op, made);
}

/// Rows of a constant table by data. GATHER: table, indices; EMBEDDING_LOOKUP: the reverse.
void lookup(Context& c, const Op& op) {
  const std::size_t at = op.type == "GATHER" ? 0 : 1;
  const foreign::Constant& table = c.constant(op, at, "the table");
  Step step = c.step(op, OpKind::block);
  step.p.op.weight_bits = table.bits;
  // Only the rows that are read cost time.
  step.p.op.weight_elements = elements(c.out(op));
  c.net().note("table of which only the rows read count as weights", op.name);
  c.emit(op, std::move(step), {c.in(op, 1 - at)});
}

}  // namespace

std::vector<Entry> movement_operators() {
  return {{"CONCATENATION", concat},
          {"DEPTH_TO_SPACE", blocks},
          {"EMBEDDING_LOOKUP", lookup},
          {"EXPAND_DIMS", reshape},
          {"GATHER", lookup},
          {"MIRROR_PAD", pad},
          {"PACK", pack},
          {"PAD", pad},
          {"PADV2", pad},
          {"RESHAPE", reshape},
          {"RESIZE_BILINEAR", resize},
          {"RESIZE_NEAREST_NEIGHBOR", resize},
          {"SLICE", slice},
          {"SPACE_TO_DEPTH", blocks},
          {"SPLIT", split},
          {"SPLIT_V", split},
          {"SQUEEZE", reshape},
          {"STRIDED_SLICE", strided_slice},
          {"TRANSPOSE", transpose}};
}

}  // namespace partita::tflite_reader
