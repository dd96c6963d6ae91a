// Convolutions, products, pooling, normalisation, reductions.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/graph/onnx/operators.h"
#include "sim/graph/rules.h"

namespace partita::onnx_reader {
namespace {

using foreign::Step;
constexpr std::int64_t kMostWindow = 1 << 20;

/// One number for each of `axes` axes, the height first; `preset` where the node says none.
std::vector<int> per_axis(const Node& node, std::string_view key, std::size_t axes,
                          std::int64_t preset, std::int64_t least) {
  std::vector<std::int64_t> given =
      node.integers(key).value_or(std::vector<std::int64_t>(axes, preset));
  if (given.size() != axes)
    node.fail(fmt::format("attribute {} has {} numbers, not {}", key, given.size(), axes));
  std::vector<int> numbers;
  for (const std::int64_t value : given) {
    if (value < least || value > kMostWindow)
      node.fail(fmt::format("attribute {} = {} is not in {}..2^20", key, value, least));
    numbers.push_back(static_cast<int>(value));
  }
  return numbers;
}

/// A window over one or two axes; over one it is as wide as that and one row high.
class WindowReader {
 public:
  WindowReader(const Node& node, const Shape& in) : node_(node), in_(in), axes_(in.size() - 2) {
    if (in.size() != 3 && in.size() != 4)
      node.fail(
          fmt::format("only 1-D and 2-D windows are supported, got the input {}", to_string(in)));
  }

  void read(std::vector<std::int64_t> kernel, GraphBuilder::Pending& p) {
    if (kernel.empty()) kernel = node_.integers("kernel_shape").value_or(kernel);
    if (kernel.size() != axes_) node_.fail("attribute kernel_shape is missing or of another rank");
    for (const std::int64_t extent : kernel)
      if (extent < 1 || extent > kMostWindow)
        node_.fail(fmt::format("a kernel of {} is not in 1..2^20", extent));
    const std::vector<int> strides = per_axis(node_, "strides", axes_, 1, 1);
    const std::vector<int> dilations = per_axis(node_, "dilations", axes_, 1, 1);
    const std::vector<int> pads = per_axis(node_, "pads", 2 * axes_, 0, 0);
    Window& w = p.op.window;
    for (std::size_t i = 0; i < axes_; ++i) {
      const bool vertical = axes_ == 2 && i == 0;
      (vertical ? w.kernel_h : w.kernel_w) = static_cast<int>(kernel[i]);
      (vertical ? w.stride_h : w.stride_w) = strides[i];
      (vertical ? w.dilation_h : w.dilation_w) = dilations[i];
      (vertical ? w.pad_top : w.pad_left) = pads[i];
      (vertical ? w.pad_bottom : w.pad_right) = pads[i + axes_];
    }
    auto_pad(p);
  }

 private:
  void auto_pad(GraphBuilder::Pending& p) {
    const std::string rule = node_.text("auto_pad", "NOTSET");
    Window& w = p.op.window;
    if (rule == "NOTSET") return;
    w.pad_top = w.pad_bottom = w.pad_left = w.pad_right = 0;
    if (rule == "VALID") return;
    if (rule == "SAME_UPPER") {
      p.same_pad = true;
    } else if (rule == "SAME_LOWER") {  // The odd row comes first.
      const auto pad = [](std::int64_t in, int kernel, int stride, int dilation, int& before,
                          int& after) {
        const std::int64_t out = (in + stride - 1) / stride;
        const std::int64_t all = std::clamp<std::int64_t>(
            (out - 1) * stride + std::int64_t{kernel - 1} * dilation + 1 - in, 0, kMostWindow);
        after = static_cast<int>(all / 2);
        before = static_cast<int>(all - all / 2);
      };
      const std::int64_t h = axes_ == 2 ? in_[2] : 1;
      pad(h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, w.pad_bottom);
      pad(in_.back(), w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, w.pad_right);
    } else {
      throw_unknown(node_.where, "auto_pad", foreign::clean(rule),
                    {"NOTSET", "SAME_LOWER", "SAME_UPPER", "VALID"});
    }
  }

  const Node& node_;
  const Shape& in_;
  std::size_t axes_;
};

/// N x C x L as N x C x 1 x L.
Shape two_dimensional(Shape shape) {
  if (shape.size() == 3) shape.insert(shape.begin() + 2, 1);
  return shape;
}

/// An operator on feature maps; sequences pass as maps of one row.
void emit_map(Context& c, const Node& node, Step step) {
  const Shape out = c.out(node), map = two_dimensional(out);
  const std::string x = c.in(node);
  const std::string input =
      c.net().reshaped(x, two_dimensional(c.net().shape(x)), node.name + ".map", node.where);
  const std::string made = c.net().emit(std::move(step), node.name, {input}, {map})[0];
  c.bind(node, c.net().reshaped(made, out, node.name + ".sequence", node.where));
}

/// Inputs of the weights and the bias by operator.
struct Places {
  std::size_t weights, bias;
};
Places places(const Node& node) {
  return node.type.starts_with("QLinear") ? Places{3, 8} : Places{1, 2};
}

void convolution(Context& c, const Node& node) {
  const Places at = places(node);
  const Constant& weights = c.constant(node, at.weights, "the weights");
  const Shape& in = c.net().shape(c.in(node));
  Step step = c.step(node, OpKind::conv);
  GraphBuilder::Pending& p = step.p;
  WindowReader window(node, in);
  if (weights.shape.size() != in.size())
    node.fail("the weights " + to_string(weights.shape) + " do not fit the input " + to_string(in));
  window.read({weights.shape.begin() + 2, weights.shape.end()}, p);
  p.out_channels = weights.shape[0];
  p.op.groups = node.integer("group", 1, 1, rules::kMostElements);
  p.op.weight_bits = weights.bits;
  p.bias = c.has(node, at.bias) && node.type != "ConvInteger";
  if (weights.shape[1] < 1 || in[1] != rules::times(weights.shape[1], p.op.groups))
    node.fail("the weights " + to_string(weights.shape) + " do not fit the input " + to_string(in));
  if (p.op.groups > 1)
    p.op.kind = p.op.groups == in[1] && p.op.groups == p.out_channels ? OpKind::depthwise_conv
                                                                      : OpKind::grouped_conv;
  emit_map(c, node, std::move(step));
}

/// What the output leaves of all that the input could make is padding.
int padding_left(const Node& node, std::int64_t in, int kernel, int stride, int dilation,
                 std::int64_t out) {
  const std::int64_t all =
      rules::times(in - 1, stride) + std::int64_t{kernel - 1} * dilation + 1 - out;
  if (all < 0 || all > kMostWindow)
    node.fail("padding of the output beyond what the input makes is not supported");
  return static_cast<int>(all);
}

void transposed_convolution(Context& c, const Node& node) {
  const Constant& weights = c.constant(node, 1, "the weights");
  const Shape& in = c.net().shape(c.in(node));
  Step step = c.step(node, OpKind::deconv);
  GraphBuilder::Pending& p = step.p;
  WindowReader window(node, in);
  if (weights.shape.size() != in.size() || weights.shape[0] != in[1])
    node.fail("the weights " + to_string(weights.shape) + " do not fit the input " + to_string(in));
  window.read({weights.shape.begin() + 2, weights.shape.end()}, p);
  p.op.groups = node.integer("group", 1, 1, rules::kMostElements);
  p.out_channels = rules::times(weights.shape[1], p.op.groups);
  p.op.weight_bits = weights.bits;
  p.bias = c.has(node, 2);
  p.same_pad = false;
  const Shape map = two_dimensional(in), out = two_dimensional(c.out(node));
  if (out.size() != 4) node.fail("the output " + to_string(out) + " is no feature map");
  Window& w = p.op.window;
  const int high = padding_left(node, map[2], w.kernel_h, w.stride_h, w.dilation_h, out[2]);
  const int wide = padding_left(node, map[3], w.kernel_w, w.stride_w, w.dilation_w, out[3]);
  const bool given = node.has("pads");
  w.pad_top = given ? std::min(w.pad_top, high) : high / 2;
  w.pad_left = given ? std::min(w.pad_left, wide) : wide / 2;
  w.pad_bottom = high - w.pad_top;
  w.pad_right = wide - w.pad_left;
  emit_map(c, node, std::move(step));
}

void pool(Context& c, const Node& node) {
  if (node.outputs.size() > 1 && !node.outputs[1].empty())
    node.fail("the places of the largest elements as a second output are not supported");
  Step step = c.step(node, OpKind::pool, node.type == "MaxPool" ? "max" : "avg");
  WindowReader(node, c.net().shape(c.in(node))).read({}, step.p);
  step.p.ceil_mode = node.integer("ceil_mode", 0, 0, 1) == 1;
  emit_map(c, node, std::move(step));
}

void global_pool(Context& c, const Node& node) {
  Step step = c.step(node, OpKind::pool, node.type == "GlobalMaxPool" ? "max" : "avg");
  step.p.global = true;
  emit_map(c, node, std::move(step));
}

/// A product with constant weights of `width` rows.
void product(Context& c, const Node& node, const Constant& weights, std::int64_t width,
             std::int64_t channels, bool bias) {
  Step step = c.step(node, OpKind::fully_connected);
  step.p.out_channels = channels;
  step.p.bias = bias;
  step.p.op.weight_bits = weights.bits;
  c.bind(node, foreign::fully_connected(c.net(), std::move(step), node.name, c.in(node), width,
                                        c.out(node)));
}

void matrix_product(Context& c, const Node& node) {
  const std::size_t second = node.type == "QLinearMatMul" ? 3 : 1;
  const Constant* b = c.net().constant(c.id(node, second));
  if (b != nullptr && b->shape.size() == 2 && c.net().constant(c.id(node, 0)) == nullptr)
    return product(c, node, *b, b->shape[0], b->shape[1], false);
  if (c.file_shape(node, c.id(node, 0)).size() < 2 ||
      c.file_shape(node, c.id(node, second)).size() < 2)
    node.fail("a product with a vector is not supported");
  c.bind(node, foreign::matmul(c.net(), c.step(node, OpKind::matmul), node.name, c.in(node),
                               c.in(node, second), c.out(node)));
}

void general_product(Context& c, const Node& node) {
  if (node.integer("transA", 0, 0, 1) == 1) node.fail("a transposed first matrix is not supported");
  const bool transposed = node.integer("transB", 0, 0, 1) == 1;
  const bool bias = c.has(node, 2);
  const Constant* b = c.net().constant(c.id(node, 1));
  if (b != nullptr) {
    if (b->shape.size() != 2) node.fail("the weights " + to_string(b->shape) + " are no matrix");
    if (bias) c.constant(node, 2, "the bias");
    return product(c, node, *b, b->shape[transposed ? 1 : 0], b->shape[transposed ? 0 : 1], bias);
  }
  if (bias) node.fail("a third matrix beside two that are not constant is not supported");
  Step step = c.step(node, OpKind::matmul);
  step.p.transpose_b = transposed;
  c.bind(node, foreign::matmul(c.net(), std::move(step), node.name, c.in(node), c.in(node, 1),
                               c.out(node)));
}

void normalization(Context& c, const Node& node) {
  const std::string function = node.type == "BatchNormalization"      ? "batch"
                               : node.type == "InstanceNormalization" ? "instance"
                                                                      : "layer";
  if (node.integer("training_mode", 0, 0, 1) == 1) node.fail("is in training mode");
  Step step = c.step(node, OpKind::normalization, function);
  step.p.given_weight_elements = 0;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (!c.has(node, i)) continue;
    const Constant& weights = c.constant(node, i, "the scale");
    step.p.op.weight_bits = weights.bits;
    step.p.given_weight_elements = rules::plus(step.p.given_weight_elements, weights.elements());
  }
  c.emit(node, std::move(step));
}

void local_response(Context& c, const Node& node) {
  Step step = c.step(node, OpKind::normalization, "local-response");
  step.p.op.sizes = {node.integer("size", 0, 1, 1024)};
  c.emit(node, std::move(step));
}

void lp_normalization(Context& c, const Node& node) {
  if (node.integer("p", 2, 1, 2) != 2) node.fail("only p = 2 is supported");
  Step step = c.step(node, OpKind::normalization, "l2");
  step.p.given_weight_elements = 0;
  c.emit(node, std::move(step));
}

void softmax(Context& c, const Node& node) {
  Step step = c.step(node, OpKind::softmax);
  const std::int64_t preset = c.model().opset < 13 ? 1 : -1;
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  step.p.op.axis = c.net().axis(node.integer("axis", preset, -8, 7), rank);
  c.emit(node, std::move(step));
}

const std::map<std::string, const char*, std::less<>>& reductions() {
  static const std::map<std::string, const char*, std::less<>> functions = {
      {"ArgMax", "max"},      {"ArgMin", "min"},           {"ReduceL1", "l1"},
      {"ReduceL2", "l2"},     {"ReduceLogSum", "log-sum"}, {"ReduceLogSumExp", "log-sum-exp"},
      {"ReduceMax", "max"},   {"ReduceMean", "mean"},      {"ReduceMin", "min"},
      {"ReduceProd", "prod"}, {"ReduceSum", "sum"},        {"ReduceSumSquare", "sum-square"}};
  return functions;
}

std::vector<std::int64_t> reduced_axes(Context& c, const Node& node, std::size_t rank) {
  std::vector<std::int64_t> axes;
  if (node.type.starts_with("Arg")) {
    axes = {node.integer("axis", 0, -8, 7)};
  } else if (const auto given = node.integers("axes")) {
    axes = *given;
  } else if (c.has(node, 1)) {
    axes = c.values(node, 1, "the axes");
  }
  if (axes.empty())
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

void reduction(Context& c, const Node& node) {
  const std::string x = c.in(node);
  const Shape in = c.net().shape(x), out = c.out(node);
  const std::size_t rank = c.file_shape(node, c.id(node, 0)).size();
  Step step = c.step(node, OpKind::reduction, reductions().at(node.type));
  bool batch = false;
  if (rank > 0)
    for (const std::int64_t given : reduced_axes(c, node, rank)) {
      const int axis = c.net().axis(given, rank);
      // Over a batch of one there is nothing to add up.
      if (axis == 0 && in[0] == 1)
        batch = true;
      else
        step.p.op.sizes.push_back(axis);
    }
  if (step.p.op.sizes.empty()) return c.reshape(node);
  const bool keep = node.integer("keepdims", 1, 0, 1) == 1;
  if (!keep && !batch && in.size() - step.p.op.sizes.size() >= 2 && rank >= 2) {
    step.p.keep_dims = false;
    return c.emit(node, std::move(step), {x});
  }
  Shape kept = in;
  for (const std::int64_t axis : step.p.op.sizes) kept[static_cast<std::size_t>(axis)] = 1;
  const std::string made = c.net().emit(std::move(step), node.name, {x}, {kept})[0];
  c.bind(node, c.net().reshaped(made, out, node.name + ".shape", node.where));
}

}  // namespace

std::vector<Entry> compute_operators() {
  std::vector<Entry> entries = {{"AveragePool", pool},
                                {"BatchNormalization", normalization},
                                {"Conv", convolution},
                                {"ConvInteger", convolution},
                                {"ConvTranspose", transposed_convolution},
                                {"Gemm", general_product},
                                {"GlobalAveragePool", global_pool},
                                {"GlobalMaxPool", global_pool},
                                {"InstanceNormalization", normalization},
                                {"LRN", local_response},
                                {"LayerNormalization", normalization},
                                {"LogSoftmax", softmax},
                                {"LpNormalization", lp_normalization},
                                {"MatMul", matrix_product},
                                {"MatMulInteger", matrix_product},
                                {"MaxPool", pool},
                                {"QLinearConv", convolution},
                                {"QLinearMatMul", matrix_product},
                                {"Softmax", softmax}};
  for (const auto& [type, function] : reductions()) entries.push_back({type.c_str(), reduction});
  return entries;
}

}  // namespace partita::onnx_reader
