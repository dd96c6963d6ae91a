// Layers that move data or work element by element, and the table of all. Parameter meanings follow
// ncnn's docs/developer-guide/operators.md.
#include "sim/graph/ncnn_layers.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "sim/base/error.h"
#include "sim/graph/rules.h"

namespace partita::ncnn {
namespace {

using Pending = GraphBuilder::Pending;
constexpr std::int64_t kMost = rules::kMostElements;
constexpr std::int64_t kMostWindow = 1 << 20;
constexpr std::int64_t kRest = -233;  // What is left; up to the end.

/// ncnn does not count the batch axis; negative axes count from the end in both.
int to_axis(std::int64_t axis) {
  return static_cast<int>(axis < 0 ? axis : axis + 1);
}

void padding(Layer& l, Pending& p) {
  p.op.kind = OpKind::pad;
  l.ignore({4, 5});
  l.integer(6, 0, 0, 0);  // A padding value for each channel: not supported.
  auto triple = [&](std::int64_t axis, int before, int after) {
    const std::int64_t a = l.integer(before, 0, 0, kMostWindow),
                       b = l.integer(after, 0, 0, kMostWindow);
    p.op.sizes.insert(p.op.sizes.end(), {axis, a, b});
  };
  triple(-3, 7, 8);
  triple(-2, 0, 1);
  triple(-1, 2, 3);
}

/// Either starts, ends and axes, or an offset and a size for width, height and channels.
void crop(Layer& l, Pending& p) {
  p.op.kind = OpKind::crop;
  const std::vector<std::int64_t> starts = l.integers(9), ends = l.integers(10);
  std::vector<std::int64_t> axes = l.integers(11);
  if (!starts.empty()) {
    if (axes.empty())
      for (std::size_t i = 0; i < starts.size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    if (starts.size() != ends.size() || axes.size() != starts.size())
      l.fail("starts, ends and axes differ in length");
    for (std::size_t i = 0; i < starts.size(); ++i) {
      p.op.sizes.insert(p.op.sizes.end(),
                        {to_axis(axes[i]), starts[i], ends[i] == kRest ? -1 : ends[i]});
    }
    return;
  }
  for (int id : {6, 7, 8}) l.integer(id, 0, 0, 0);
  for (int i = 0; i < 3; ++i) {
    const std::int64_t offset = l.integer(i, 0, 0, kMost),
                       size = l.integer(3 + i, kRest, kRest, kMost);
    if (size < 1 && size != kRest) l.fail(fmt::format("parameter {} = {} is no size", 3 + i, size));
    p.op.sizes.insert(p.op.sizes.end(),
                      {-1 - i, offset, size == kRest ? -1 : rules::plus(offset, size)});
  }
}

void interp(Layer& l, Pending& p) {
  static constexpr std::array names = {"nearest", "bilinear", "bicubic"};
  p.op.kind = OpKind::resize;
  p.op.function = names.at(static_cast<std::size_t>(l.integer(0, 1, 3) - 1));
  p.scale_h = l.number(1, 1.0);
  p.scale_w = l.number(2, 1.0);
  const std::int64_t h = l.integer(3, 0, 0, kMost), w = l.integer(4, 0, 0, kMost);
  l.integer(5, 0, 0, 0);  // A size from a second input: not supported.
  l.ignore({6});
  if (h > 0 && w > 0) {
    p.scale_h = p.scale_w = 0;
    p.op.sizes = {h, w};
  } else if (!(p.scale_h > 0 && p.scale_w > 0)) {
    l.fail("a factor must be above 0");
  }
}

void slice(Layer& l, Pending& p) {
  p.op.kind = OpKind::slice;
  p.op.axis = to_axis(l.integer(1, 0, -4, 3));
  for (std::int64_t size : l.integers(0)) p.op.sizes.push_back(size == kRest ? -1 : size);
}

/// The target is given as w, h, c; absent ones are dropped.
void reshape(Layer& l, Pending& p) {
  p.op.kind = OpKind::reshape;
  p.op.sizes = {0};  // The batch stays.
  bool inner = false;
  for (int id : {2, 1, 0}) {
    const std::int64_t extent = l.integer(id, kRest, kRest, kMost);
    if (extent == kRest) {
      if (inner || id == 0) l.fail(fmt::format("parameter {} is missing", id));
      continue;
    }
    if (extent == 0) l.fail("copying an extent (0) is not supported");
    if (extent < -1) l.fail(fmt::format("parameter {} = {} is no extent", id, extent));
    inner = true;
    p.op.sizes.push_back(extent);
  }
  l.integer(3, 0, 0, 0);
  l.integer(11, kRest, kRest, kRest);
}

/// The order names the new axes from the innermost: 3 = CWH makes C the width.
void permute(Layer& l, Pending& p) {
  static const std::array<std::vector<std::int64_t>, 4> orders = {
      {{0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1}}};
  p.op.kind = OpKind::permute;
  const std::int64_t order = l.integer(0, 1, 5);
  if (order == 1)
    p.op.function = "transpose";
  else
    p.op.sizes = orders.at(static_cast<std::size_t>(order - 2));
}

void reduction(Layer& l, Pending& p) {
  static constexpr std::array names = {"sum", "sum-abs", "sum-square", "mean",
                                       "max", "min",     "prod",       "l1",
                                       "l2",  "log-sum", "log-sum-exp"};
  p.op.kind = OpKind::reduction;
  p.op.function = names.at(static_cast<std::size_t>(l.integer(0, 0, 0, 10)));
  l.integer(1, 0, 0);  // Reducing everything, the default: not supported.
  l.ignore({2, 5});
  for (std::int64_t axis : l.integers(3)) p.op.sizes.push_back(to_axis(axis));
  p.keep_dims = l.integer(4, 0, 0, 1) == 1;
}

void binary(Layer& l, Pending& p) {
  static constexpr std::array names = {"add", "sub", "mul",  "div", "max",
                                       "min", "pow", "rsub", "rdiv"};
  const auto op = static_cast<std::size_t>(l.integer(0, 0, 0, 8));
  l.ignore({2});
  if (l.integer(1, 0, 0, 1) == 1) {  // With a constant.
    p.op.kind = OpKind::activation;
    p.op.function = "linear";
    return;
  }
  p.op.kind = OpKind::elementwise;
  p.op.function = names.at(op);
}

void eltwise(Layer& l, Pending& p) {
  static constexpr std::array names = {"mul", "add", "max"};
  p.op.kind = OpKind::elementwise;
  p.op.function = names.at(static_cast<std::size_t>(l.integer(0, 0, 0, 2)));
  l.ignore({1});
}

void softmax(Layer& l, Pending& p) {
  p.op.kind = OpKind::softmax;
  p.op.axis = to_axis(l.integer(0, 0, -4, 3));
  l.ignore({1});
}

void concat(Layer& l, Pending& p) {
  p.op.kind = OpKind::concat;
  p.op.axis = to_axis(l.integer(0, 0, -4, 3));
}

void shuffle(Layer& l, Pending& p) {
  p.op.kind = OpKind::shuffle;
  p.op.groups = l.integer(0, 1, 1, kMost);
  l.ignore({1});
}

void flatten(Layer&, Pending& p) {
  p.op.kind = OpKind::reshape;
  p.op.sizes = {0, -1};
}

void batch_norm(Layer& l, Pending& p) {
  p.op.kind = OpKind::normalization;
  p.op.function = "batch";
  p.given_weight_elements = rules::times(4, l.integer(0, 1, kMost));  // slope, mean, variance, bias
  l.ignore({1});
}

void layer_norm(Layer& l, Pending& p) {
  p.op.kind = OpKind::normalization;
  p.op.function = "layer";
  const std::int64_t size = l.integer(0, 1, kMost);
  p.given_weight_elements = l.integer(2, 1, 0, 1) == 1 ? rules::times(2, size) : 0;
  l.ignore({1});
}

void local_response(Layer& l, Pending& p) {
  p.op.kind = OpKind::normalization;
  p.op.function = "local-response";
  l.integer(0, 0, 0, 0);  // Within a channel: not supported.
  p.op.sizes = {l.integer(1, 5, 1, 1024)};
  l.ignore({2, 3, 4});
}

/// Per cell and smallest size: one box, one per aspect ratio (two when flipped), and one for the
/// geometric mean when there is a largest size.
void prior_box(Layer& l, Pending& p) {
  p.op.kind = OpKind::detection;
  p.op.function = "prior-box";
  const auto smallest = static_cast<std::int64_t>(l.array_size(0)),
             largest = static_cast<std::int64_t>(l.array_size(1));
  const auto ratios = static_cast<std::int64_t>(l.array_size(2));
  if (smallest < 1) l.fail("parameter 0 (smallest sizes) is missing");
  if (largest > smallest) l.fail("more largest than smallest sizes");
  l.ignore({3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15});
  const std::int64_t flip = l.integer(7, 1, 0, 1);
  p.op.sizes = {smallest * (1 + ratios * (1 + flip)) + largest};
}

void detection_output(Layer& l, Pending& p) {
  p.op.kind = OpKind::detection;
  p.op.function = "nms";
  l.ignore({0, 1, 2, 4, 5, 6, 7, 8});
  p.op.sizes = {l.integer(3, 100, 1, kMost)};
}

/// How many boxes survive depends on the picture; the shape is that of all anchors.
void yolo_output(Layer& l, Pending& p) {
  p.op.kind = OpKind::detection;
  p.op.function = "yolo";
  const bool v3 = l.type == "Yolov3DetectionOutput";
  p.op.sizes = {l.integer(1, v3 ? 3 : 5, 1, 1024)};
  l.ignore({0, 2, 3, 4, 5, 6});
}

void input(Layer& l, Pending& p) {
  p.op.kind = l.type == "Input" ? OpKind::input : OpKind::constant;
  Shape shape = {1};
  for (int id : {2, 1, 0}) {
    const std::int64_t extent = l.integer(id, 0, 0, kMost);
    if (extent == 0 && shape.size() > 1) l.fail(fmt::format("parameter {} is missing", id));
    if (extent > 0) shape.push_back(extent);
  }
  l.integer(11, 0, 0, 0);  // Depth: not supported.
  if (shape.size() > 1) p.output_shapes = {shape};
}

/// Types that are one function of every element.
const std::map<std::string, std::string, std::less<>>& activations() {
  static const std::map<std::string, std::string, std::less<>> functions = {
      {"Clip", "clip"},
      {"Dropout", "linear"},
      {"GELU", "gelu"},
      {"HardSigmoid", "hard-sigmoid"},
      {"HardSwish", "hard-swish"},
      {"Mish", "mish"},
      {"ReLU", "relu"},
      {"Sigmoid", "sigmoid"},
      {"Swish", "swish"},
      {"TanH", "tanh"}};
  return functions;
}

void activation(Layer& l, Pending& p) {
  p.op.kind = OpKind::activation;
  p.op.function = activations().at(l.type);
  l.ignore({0, 1});
  if (l.type == "ReLU" && l.number(0, 0.0) != 0) p.op.function = "leaky-relu";
}

const std::map<std::string, void (*)(Layer&, Pending&), std::less<>>& table() {
  static const std::map<std::string, void (*)(Layer&, Pending&), std::less<>> types = {
      {"BatchNorm", batch_norm},
      {"BinaryOp", binary},
      {"Clip", activation},
      {"Concat", concat},
      {"Convolution", convolution},
      {"ConvolutionDepthWise", convolution},
      {"Crop", crop},
      {"Deconvolution", deconvolution},
      {"DeconvolutionDepthWise", deconvolution},
      {"DetectionOutput", detection_output},
      {"Dropout", activation},
      {"Eltwise", eltwise},
      {"Flatten", flatten},
      {"GELU", activation},
      {"Gemm", gemm},
      {"HardSigmoid", activation},
      {"HardSwish", activation},
      {"InnerProduct", inner_product},
      {"Input", input},
      {"Interp", interp},
      {"LRN", local_response},
      {"LayerNorm", layer_norm},
      {"MemoryData", input},
      {"Mish", activation},
      {"MultiHeadAttention", attention},
      {"Padding", padding},
      {"Permute", permute},
      {"Pooling", pooling},
      {"PriorBox", prior_box},
      {"ReLU", activation},
      {"Reduction", reduction},
      {"Reshape", reshape},
      {"ShuffleChannel", shuffle},
      {"Sigmoid", activation},
      {"Slice", slice},
      {"Softmax", softmax},
      {"Swish", activation},
      {"TanH", activation},
      {"YoloDetectionOutput", yolo_output},
      {"Yolov3DetectionOutput", yolo_output}};
  return types;
}

}  // namespace

bool is_alias(const Layer& layer) {
  return layer.type == "Split" || layer.type == "Noop";
}

Pending translate(Layer& layer) {
  const auto found = table().find(layer.type);
  if (found == table().end()) {
    std::vector<std::string> known = {"Noop", "Split"};
    for (const auto& [name, reader] : table()) known.push_back(name);
    throw_unknown(layer.where, "layer type", layer.type, known);
  }
  Pending p;
  p.where = layer.where;
  p.op.name = layer.name;
  try {
    found->second(layer, p);
  } catch (const InputError& error) {  // Of the counting helpers, which know no position.
    if (std::string_view(error.what()).starts_with(layer.where)) throw;
    layer.fail(error.what());
  }
  layer.done();
  return p;
}

}  // namespace partita::ncnn
