// Operators that move or rearrange data.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/base/error.h"
#include "sim/graph/onnx/operators.h"
#include "sim/graph/rules.h"

namespace partita::onnx_reader {
namespace {

using foreign::Step;

void concat(Context& c, const Node& node) {
  Step step = c.step(node, OpKind::concat);
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  step.p.op.axis = c.net().axis(node.integer("axis", 1, -8, 7), rank);
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(c.in(node, i));
  if (inputs.size() == 1) return c.bind(node, inputs[0]);
  c.emit(node, std::move(step), inputs);
}

void split(Context& c, const Node& node) {
  Step step = c.step(node, OpKind::slice);
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  step.p.op.axis = c.net().axis(node.integer("axis", 0, -8, 7), rank);
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    shapes.push_back(c.out(node, i));
    const auto axis = static_cast<std::size_t>(step.p.op.axis);
    if (axis >= shapes.back().size()) node.fail("a part has another rank");
    step.p.op.sizes.push_back(shapes.back()[axis]);
  }
  if (shapes.size() == 1) return c.bind(node, c.in(node));
  const auto names = c.net().emit(std::move(step), node.name, {c.in(node)}, shapes);
  for (std::size_t i = 0; i < names.size(); ++i) c.net().alias(node.outputs[i], names[i]);
}

/// Part of an axis: from `begin`, every `step`-th of `count`.
struct Part {
  std::size_t axis;
  std::int64_t begin, count, step;
};

std::vector<Part> parts_of(Context& c, const Node& node, const Shape& in, std::size_t rank) {
  const bool by_attributes = node.has("starts");
  const auto list = [&](const char* key, std::size_t input) {
    if (by_attributes) return node.integers(key).value_or(std::vector<std::int64_t>());
    return c.has(node, input) ? c.values(node, input, key) : std::vector<std::int64_t>();
  };
  const auto starts = list("starts", 1), ends = list("ends", 2);
  auto axes = list("axes", 3),
       steps = by_attributes ? std::vector<std::int64_t>() : list("steps", 4);
  for (std::size_t i = axes.size(); axes.empty() || i < starts.size(); ++i) {
    if (starts.empty()) break;
    axes.push_back(static_cast<std::int64_t>(i));
  }
  steps.resize(std::max(steps.size(), starts.size()), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    node.fail("starts, ends, axes and steps differ in length");
  std::vector<Part> parts;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<std::size_t>(c.net().axis(axes[i], rank));
    const std::int64_t extent = in[axis];
    if (steps[i] < 1) node.fail("a step below 1 is not supported");
    const auto place = [&](std::int64_t at) {
      if (at < 0) at = at < -extent ? 0 : at + extent;
      return std::min(at, extent);
    };
    const std::int64_t begin = place(starts[i]), end = place(ends[i]);
    if (end <= begin) node.fail("takes nothing of an axis");
    const std::int64_t step = std::min(steps[i], extent);
    parts.push_back({axis, begin, (end - begin + step - 1) / step, step});
  }
  return parts;
}

void slice(Context& c, const Node& node) {
  std::string x = c.in(node);
  const Shape in = c.net().shape(x);
  Step crop = c.step(node, OpKind::crop);
  Shape shape = in;
  std::vector<Part> strided;
  for (const Part& part : parts_of(c, node, in, c.file_shape(node, c.id(node, 0)).size())) {
    if (part.step > 1) {
      strided.push_back(part);
      continue;
    }
    if (part.count == shape[part.axis]) continue;
    crop.p.op.sizes.insert(crop.p.op.sizes.end(), {static_cast<std::int64_t>(part.axis), part.begin,
                                                   part.begin + part.count});
    shape[part.axis] = part.count;
  }
  if (!crop.p.op.sizes.empty()) x = c.net().emit(std::move(crop), node.name, {x}, {shape})[0];
  for (const Part& part : strided) {  // Rows of `step`, and of each one.
    const std::int64_t extent = shape[part.axis];
    if (extent % part.step != 0 || part.begin >= part.step || part.count * part.step != extent)
      node.fail(fmt::format("every {}-th of {} from {} is not supported: the step must divide them",
                            part.step, extent, part.begin));
    Shape rows = shape;
    rows[part.axis] = part.count;
    rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(part.axis) + 1, part.step);
    Step one = c.step(node, OpKind::crop);
    one.p.op.sizes = {static_cast<std::int64_t>(part.axis) + 1, part.begin, part.begin + 1};
    x = c.net().reshaped(x, rows, node.name + ".rows", node.where);
    rows[part.axis + 1] = 1;
    x = c.net().emit(std::move(one), node.name, {x}, {rows})[0];
    shape[part.axis] = part.count;
    x = c.net().reshaped(x, shape, node.name + ".joined", node.where);
  }
  if (shape != c.out(node))
    node.fail("makes " + to_string(c.out(node)) + ", not " + to_string(shape));
  c.bind(node, x);
}

void reshape(Context& c, const Node& node) {
  c.reshape(node);
}

void transpose(Context& c, const Node& node) {
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  std::vector<std::int64_t> order;
  for (std::size_t i = rank; i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  order = node.integers("perm").value_or(order);
  if (rank < 2 || std::is_sorted(order.begin(), order.end())) return c.bind(node, c.in(node));
  Step step = c.step(node, OpKind::permute);
  step.p.op.sizes = order;
  c.emit(node, std::move(step));
}

void pad(Context& c, const Node& node) {
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  const std::vector<std::int64_t> pads =
      node.has("pads") ? node.integers("pads").value() : c.values(node, 1, "the padding");
  if (pads.size() != 2 * rank) node.fail("the padding does not fit the rank of the input");
  Step step = c.step(node, OpKind::pad);
  for (std::size_t i = 0; i < rank; ++i) {
    if (pads[i] < 0 || pads[i + rank] < 0) node.fail("negative padding is not supported");
    if (pads[i] == 0 && pads[i + rank] == 0) continue;
    step.p.op.sizes.insert(step.p.op.sizes.end(), {c.net().axis(static_cast<std::int64_t>(i), rank),
                                                   pads[i], pads[i + rank]});
  }
  if (step.p.op.sizes.empty()) return c.bind(node, c.in(node));
  c.emit(node, std::move(step));
}

void resize(Context& c, const Node& node) {
  static const std::map<std::string, const char*, std::less<>> modes = {
      {"cubic", "bicubic"}, {"linear", "bilinear"}, {"nearest", "nearest"}};
  const std::string mode = node.text("mode", "nearest");
  const auto found = modes.find(mode);
  if (found == modes.end())
    throw_unknown(node.where, "mode", foreign::clean(mode), {"cubic", "linear", "nearest"});
  const std::string x = c.in(node);
  const Shape in = c.net().shape(x), out = c.out(node);
  if (in == out) return c.bind(node, x);
  if (in.size() != 4 || out.size() != 4) node.fail("only feature maps are resized");
  Step step = c.step(node, OpKind::resize, found->second);
  step.p.op.sizes = {out[2], out[3]};
  c.emit(node, std::move(step), {x});
}

void depth_to_space(Context& c, const Node& node) {
  const std::string mode = node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    throw_unknown(node.where, "mode", foreign::clean(mode), {"CRD", "DCR"});
  c.bind(node, foreign::move_blocks(c.net(), c.step(node, OpKind::permute), node.name, c.in(node),
                                    node.integer("blocksize", 0, 1, 1024),
                                    mode == "DCR" ? foreign::Blocks::to_space
                                                  : foreign::Blocks::to_space_by_channel));
}

void space_to_depth(Context& c, const Node& node) {
  c.bind(node,
         foreign::move_blocks(c.net(), c.step(node, OpKind::permute), node.name, c.in(node),
                              node.integer("blocksize", 0, 1, 1024), foreign::Blocks::to_depth));
}

/// Rows of a constant table by data (an embedding), or one part of an axis.
void gather(Context& c, const Node& node) {
  const Constant* table = c.net().constant(c.id(node, 0));
  if (table != nullptr) {
    Step step = c.step(node, OpKind::block);
    step.p.op.weight_bits = table->bits;
    // Only the rows that are read cost time.
    step.p.op.weight_elements = elements(c.out(node));
    c.net().note("table of which only the rows read count as weights", node.name);
    return c.emit(node, std::move(step), {c.in(node, 1)});
  }
  const std::vector<std::int64_t> which = c.values(node, 1, "the index");
  if (which.size() != 1) node.fail("more than one index is not supported");
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  const int axis = c.net().axis(node.integer("axis", 0, -8, 7), rank);
  const std::string x = c.in(node);
  Shape shape = c.net().shape(x);
  std::int64_t& extent = shape[static_cast<std::size_t>(axis)];
  const std::int64_t at = which[0] < 0 ? which[0] + extent : which[0];
  if (at < 0 || at >= extent) node.fail(fmt::format("index {} is outside", which[0]));
  Step step = c.step(node, OpKind::crop);
  step.p.op.sizes = {axis, at, at + 1};
  const bool whole = extent == 1;
  extent = 1;
  const std::string one = whole ? x : c.net().emit(std::move(step), node.name, {x}, {shape})[0];
  c.bind(node, c.net().reshaped(one, c.out(node), node.name + ".shape", node.where));
}

/// To a shape it has already.
void expand(Context& c, const Node& node) {
  const std::string x = c.in(node);
  if (c.net().shape(x) != c.out(node)) node.fail("repeating data is not supported");
  c.bind(node, x);
}

}  // namespace

std::vector<Entry> movement_operators() {
  return {{"Concat", concat},       {"DepthToSpace", depth_to_space},
          {"Expand", expand},       {"Flatten", reshape},
          {"Gather", gather},       {"Pad", pad},
          {"Reshape", reshape},     {"Resize", resize},
          {"Slice", slice},         {"SpaceToDepth", space_to_depth},
          {"Split", split},         {"Squeeze", reshape},
          {"Transpose", transpose}, {"Unsqueeze", reshape},
          {"Upsample", resize}};
}

}  // namespace partita::onnx_reader
