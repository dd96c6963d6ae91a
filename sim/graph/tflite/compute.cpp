// Convolutions, products, pooling, normalisation, reductions.
#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/graph/rules.h"
#include "sim/graph/tflite/operators.h"

namespace partita::tflite_reader {
namespace {

using foreign::Constant;
using foreign::Step;

const Constant& weights_of(Context& c, const Op& op, std::size_t i, std::size_t rank) {
  const Constant& weights = c.constant(op, i, "the weights");
  if (weights.shape.size() != rank || elements(weights.shape) < 1)
    op.fail("weights of the shape " + to_string(weights.shape));
  return weights;
}

void set_window(const Op& op, std::int64_t kernel_h, std::int64_t kernel_w, Step& step) {
  constexpr std::int64_t kMost = 1 << 20;
  if (kernel_h < 1 || kernel_w < 1 || kernel_h > kMost || kernel_w > kMost)
    op.fail("a kernel is not in 1..2^20");
  Window& w = step.p.op.window;
  w.kernel_h = static_cast<int>(kernel_h);
  w.kernel_w = static_cast<int>(kernel_w);
  w.stride_h = op.options.stride_h;
  w.stride_w = op.options.stride_w;
  w.dilation_h = op.options.dilation_h;
  w.dilation_w = op.options.dilation_w;
  step.p.same_pad = op.options.same_padding;
}

const Shape& map_of(Context& c, const Op& op, std::size_t i) {
  const Shape& shape = c.net().shape(c.in(op, i));
  if (shape.size() != 4) op.fail("needs a feature map, got " + to_string(shape));
  return shape;
}

void convolution(Context& c, const Op& op) {
  const bool depthwise = op.type == "DEPTHWISE_CONV_2D";
  const Constant& weights = weights_of(c, op, 1, 4);
  const Shape& in = map_of(c, op, 0);
  Step step = c.step(op, OpKind::conv, c.activation_name(op));
  set_window(op, weights.shape[1], weights.shape[2], step);
  step.p.out_channels = weights.shape[depthwise ? 3 : 0];
  if (!depthwise && in[1] % weights.shape[3] != 0)
    op.fail("the weights " + to_string(weights.shape) + " do not fit the input");
  step.p.op.groups = depthwise ? in[1] : in[1] / weights.shape[3];
  if (step.p.op.groups > 1)
    step.p.op.kind = step.p.op.groups == in[1] && step.p.op.groups == step.p.out_channels
                         ? OpKind::depthwise_conv
                         : OpKind::grouped_conv;
  step.p.bias = c.has(op, 2);
  step.p.op.weight_bits = weights.bits;
  c.emit(op, std::move(step));
}

/// Inputs: the output's shape, weights, the feature map, and perhaps a bias.
void transposed_convolution(Context& c, const Op& op) {
  const Constant& weights = weights_of(c, op, 1, 4);
  const Shape &in = map_of(c, op, 2), out = c.out(op);
  Step step = c.step(op, OpKind::deconv, c.activation_name(op));
  set_window(op, weights.shape[1], weights.shape[2], step);
  step.p.same_pad = false;
  step.p.out_channels = weights.shape[0];
  step.p.bias = c.has(op, 3);
  step.p.op.weight_bits = weights.bits;
  if (weights.shape[3] != in[1] || out.size() != 4) op.fail("the weights do not fit the input");
  Window& w = step.p.op.window;
  const auto padding = [&](std::int64_t extent, int kernel, int stride, std::int64_t made) {
    const std::int64_t all = rules::times(extent - 1, stride) + kernel - made;
    if (all < 0 || all > (1 << 20))
      op.fail("an output larger than the input makes is not supported");
    return static_cast<int>(all);
  };
  const int high = padding(in[2], w.kernel_h, w.stride_h, out[2]),
            wide = padding(in[3], w.kernel_w, w.stride_w, out[3]);
  w.pad_top = high / 2;
  w.pad_bottom = high - high / 2;
  w.pad_left = wide / 2;
  w.pad_right = wide - wide / 2;
  c.emit(op, std::move(step), {c.in(op, 2)});
}

void pool(Context& c, const Op& op) {
  Step step = c.step(op, OpKind::pool, op.type == "MAX_POOL_2D" ? "max" : "avg");
  set_window(op, op.options.filter_h, op.options.filter_w, step);
  c.bind_activated(op, c.net().emit(std::move(step), op.name, {c.in(op)}, {c.out(op)})[0]);
}

/// Weights: channels x width.
void product(Context& c, const Op& op, const Constant& weights, std::int64_t channels,
             std::int64_t width, bool bias) {
  Step step = c.step(op, OpKind::fully_connected, c.activation_name(op));
  step.p.out_channels = channels;
  step.p.bias = bias;
  step.p.op.weight_bits = weights.bits;
  c.bind(op,
         foreign::fully_connected(c.net(), std::move(step), op.name, c.in(op), width, c.out(op)));
}

void fully_connected(Context& c, const Op& op) {
  const Constant& weights = weights_of(c, op, 1, 2);
  product(c, op, weights, weights.shape[0], weights.shape[1], c.has(op, 2));
}

void matrix_product(Context& c, const Op& op) {
  if (op.options.transpose_a) op.fail("a transposed first matrix is not supported");
  const bool transposed = op.options.transpose_b;
  const Constant* weights = c.has(op, 1) ? c.net().constant(c.id(op, 1)) : nullptr;
  if (weights != nullptr && weights->shape.size() == 2 && elements(weights->shape) > 0)
    return product(c, op, *weights, weights->shape[transposed ? 0 : 1],
                   weights->shape[transposed ? 1 : 0], false);
  Step step = c.step(op, OpKind::matmul);
  step.p.transpose_b = transposed;
  // Four axes are no feature map here: the outer two are both batches.
  const auto rows = [&](const TensorInfo& tensor) {
    Shape shape = tensor.shape;
    if (shape.size() < 2) op.fail("a product with a vector is not supported");
    if (shape.size() == 4) shape = {rules::times(shape[0], shape[1]), shape[2], shape[3]};
    return shape;
  };
  c.out(op);  // Checks it.
  const std::string a = c.net().reshaped(c.in(op), rows(c.tensor(op, 0)), op.name + ".a", op.where),
                    b = c.net().reshaped(c.in(op, 1), rows(c.tensor(op, 1)), op.name + ".b",
                                         op.where);
  const std::string made =
      foreign::matmul(c.net(), std::move(step), op.name, a, b, rows(c.result(op)));
  c.bind(op, c.net().reshaped(made, c.out(op), op.name + ".shape", op.where));
}

void softmax(Context& c, const Op& op) {
  Step step = c.step(op, OpKind::softmax);
  step.p.op.axis = c.net().axis(-1, c.rank(op));
  c.emit(op, std::move(step));
}

void normalization(Context& c, const Op& op) {
  const bool local = op.type == "LOCAL_RESPONSE_NORMALIZATION";
  Step step = c.step(op, OpKind::normalization, local ? "local-response" : "l2");
  if (local) {
    if (op.options.radius < 0 || op.options.radius > 511) op.fail("a radius outside 0..511");
    step.p.op.sizes = {2 * op.options.radius + 1};
  } else {
    step.p.given_weight_elements = 0;
  }
  c.bind_activated(op, c.net().emit(std::move(step), op.name, {c.in(op)}, {c.out(op)})[0]);
}

const std::map<std::string, const char*, std::less<>>& reductions() {
  static const std::map<std::string, const char*, std::less<>> functions = {
      {"ARG_MAX", "max"},    {"ARG_MIN", "min"},      {"MEAN", "mean"}, {"REDUCE_MAX", "max"},
      {"REDUCE_MIN", "min"}, {"REDUCE_PROD", "prod"}, {"SUM", "sum"}};
  return functions;
}

void reduction(Context& c, const Op& op) {
  const std::string x = c.in(op);
  const Shape in = c.net().shape(x), out = c.out(op);
  Step step = c.step(op, OpKind::reduction, reductions().at(op.type));
  Shape kept = in;
  bool batch = false;
  for (const std::int64_t given : c.values(op, 1, "the axes")) {
    const int axis = c.net().axis(given, c.rank(op));
    // Over a batch of one there is nothing to add up.
    if (axis == 0 && in[0] == 1) {
      batch = true;
      continue;
    }
    step.p.op.sizes.push_back(axis);
    kept[static_cast<std::size_t>(axis)] = 1;
  }
  const std::size_t reduced = step.p.op.sizes.size();
  std::string made = x;
  // With both axes of a map gone, what is left stands in one order in either layout.
  const bool direct = !batch && out.size() + reduced == in.size() &&
                      (in.size() != 4 || (kept[2] == 1 && kept[3] == 1 && reduced == 2));
  if (direct && reduced > 0) {
    step.p.keep_dims = false;
    return c.emit(op, std::move(step), {x});
  }
  if (reduced > 0) made = c.net().emit(std::move(step), op.name, {x}, {kept})[0];
  c.bind(op, c.net().reshaped(made, out, op.name + ".shape", op.where));
}

/// Boxes and scores, beside constant anchors.
void detection(Context& c, const Op& op) {
  std::vector<std::string> inputs;
  for (std::size_t i = 0; i < op.inputs.size(); ++i)
    if (c.has(op, i) && c.net().constant(c.id(op, i)) == nullptr) inputs.push_back(c.in(op, i));
  std::vector<Shape> outputs;
  for (std::size_t i = 0; i < op.outputs.size(); ++i) outputs.push_back(c.out(op, i));
  const auto names = c.net().emit(c.step(op, OpKind::detection), op.name, inputs, outputs);
  for (std::size_t i = 0; i < names.size(); ++i)
    c.net().alias(std::to_string(op.outputs[i]), names[i]);
}

}  // namespace

std::vector<Entry> compute_operators() {
  std::vector<Entry> entries = {{"AVERAGE_POOL_2D", pool},
                                {"BATCH_MATMUL", matrix_product},
                                {"CONV_2D", convolution},
                                {"CUSTOM TFLite_Detection_PostProcess", detection},
                                {"DEPTHWISE_CONV_2D", convolution},
                                {"FULLY_CONNECTED", fully_connected},
                                {"L2_NORMALIZATION", normalization},
                                {"LOCAL_RESPONSE_NORMALIZATION", normalization},
                                {"LOG_SOFTMAX", softmax},
                                {"MAX_POOL_2D", pool},
                                {"SOFTMAX", softmax},
                                {"TRANSPOSE_CONV", transposed_convolution}};
  for (const auto& [type, function] : reductions()) entries.push_back({type.c_str(), reduction});
  return entries;
}

}  // namespace partita::tflite_reader
