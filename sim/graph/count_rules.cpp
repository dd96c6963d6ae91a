// MACs, other arithmetic, weights and elements of every kind. 1 MAC = 2 operations.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/error.h"
#include "sim/graph/rules.h"

namespace partita::rules {
namespace {

// Operations per element. exp, log, sqrt and division by a variable count as 4, 4, 4 and 1
// (assumed): these operators are bound by memory on every processor of a phone, so the exact figure
// is small.
const std::map<std::string, std::int64_t, std::less<>>& activations() {
  static const std::map<std::string, std::int64_t, std::less<>> table = {
      {"abs", 1},    {"clip", 2},    {"erf", 16},         {"log", 4},        {"elu", 6},
      {"exp", 4},    {"gelu", 10},   {"hard-sigmoid", 4}, {"hard-swish", 5}, {"leaky-relu", 2},
      {"linear", 1}, {"mish", 12},   {"prelu", 2},        {"quantize", 2},   {"relu", 1},
      {"relu6", 2},  {"sigmoid", 6}, {"softplus", 9},     {"sqrt", 4},       {"swish", 7},
      {"tanh", 8}};
  return table;
}

// Per element: batch folds to scale and shift; layer needs mean, variance, and then the affine
// part.
const std::map<std::string, std::int64_t, std::less<>>& normalizations() {
  static const std::map<std::string, std::int64_t, std::less<>> table = {
      {"batch", 2}, {"group", 7},          {"instance", 7}, {"l2", 3},
      {"layer", 7}, {"local-response", 0}, {"rms", 4}};
  return table;
}

std::vector<std::string> keys(const std::map<std::string, std::int64_t, std::less<>>& table) {
  std::vector<std::string> names;
  for (const auto& [name, ops] : table) names.push_back(name);
  return names;
}

std::int64_t window_area(const Window& w) {
  return std::int64_t{w.kernel_h} * w.kernel_w;
}

std::int64_t rows_of(const Shape& x) {
  return x.size() == 3 ? x[0] * x[1] : x[0];
}

std::int64_t macs_of(const Pending& p, std::span<const Shape> in, std::span<const Shape> out) {
  const Operator& op = p.op;
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
      return times(elements(out[0]), times(window_area(op.window), in[0][1] / op.groups));
    case OpKind::deconv:  // Every input element meets every tap once.
      return times(elements(in[0]), times(window_area(op.window), out[0][1] / op.groups));
    case OpKind::fully_connected:
      return times(elements(in[0]), p.out_channels);
    case OpKind::matmul:
      return times(elements(out[0]), in[0].back());
    case OpKind::attention: {
      const std::int64_t n = in[0][0], q = in[0][1], k = in[1][1], e = p.out_channels;
      const std::int64_t in_width =
          plus(plus(times(q, in[0][2]), times(k, in[1][2])), times(k, in[2][2]));
      const std::int64_t projections = times(e, plus(in_width, times(q, in[0][2])));
      return times(n, plus(projections, times(2, times(times(q, k), e))));
    }
    default:
      return 0;
  }
}

std::int64_t rule_weights(const Pending& p, std::span<const Shape> in, std::span<const Shape> out) {
  const Operator& op = p.op;
  const std::int64_t bias = p.bias ? p.out_channels : 0;
  switch (op.kind) {
    case OpKind::constant:
      return elements(out[0]);
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
      return plus(times(times(window_area(op.window), in[0][1] / op.groups), p.out_channels), bias);
    case OpKind::fully_connected:
      return plus(times(elements(in[0]) / rows_of(in[0]), p.out_channels), bias);
    case OpKind::attention: {
      const std::int64_t widths = plus(plus(in[0][2], in[1][2]), plus(in[2][2], in[0][2]));
      return plus(times(p.out_channels, widths),
                  p.bias ? plus(times(3, p.out_channels), in[0][2]) : 0);
    }
    case OpKind::normalization: {
      const std::int64_t channels = in[0].size() == 3 ? in[0][2] : in[0][1];
      if (op.function == "local-response") return 0;
      if (op.function == "rms" || op.function == "l2") return channels;
      return times(2, channels);
    }
    default:
      return 0;
  }
}

std::int64_t normalization_ops(const Operator& op) {
  if (op.function != "local-response") return normalizations().find(op.function)->second;
  if (op.sizes.size() != 1 || op.sizes[0] < 1 || op.sizes[0] > 1024)
    throw InputError("local-response needs its window, 1..1024, as sizes");
  return 2 * op.sizes[0] + 9;  // Squares and sum, then scale, power (exp and log), product.
}

std::int64_t resize_ops(const Operator& op) {
  if (op.function == "nearest") return 0;
  return op.function == "bilinear" ? 7 : 31;  // 4 products, 3 sums; 16 and 15.
}

std::int64_t simple_ops_of(const Pending& p, std::span<const Shape> in,
                           std::span<const Shape> out) {
  const Operator& op = p.op;
  const std::int64_t n = out.empty() ? 0 : elements(out[0]);
  switch (op.kind) {
    case OpKind::conv:
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
    case OpKind::deconv:
    case OpKind::fully_connected:
    case OpKind::matmul:  // A bias costs nothing: the accumulator starts with it.
      return op.function.empty() ? 0 : times(n, activation_ops(op.function));
    case OpKind::attention:  // Scale and softmax of every score.
      return times(9, times(times(op.groups, in[0][0]), times(in[0][1], in[1][1])));
    case OpKind::pool:
      return times(n, window_area(op.window));
    case OpKind::elementwise:
      return times(n, static_cast<std::int64_t>(in.size()) - 1);
    case OpKind::activation:
      return times(n, activation_ops(op.function));
    case OpKind::normalization:
      return times(n, normalization_ops(op));
    case OpKind::softmax:
      return times(n, 8);  // max, subtract, exp (4), sum, divide.
    case OpKind::reduction:
      return elements(in[0]);
    case OpKind::resize:
      return times(n, resize_ops(op));
    case OpKind::detection:
      return op.input_elements;  // One comparison for each element (assumed).
    default:
      return 0;
  }
}

bool takes_activation(OpKind kind) {
  return is_convolution(kind) || kind == OpKind::deconv || kind == OpKind::fully_connected ||
         kind == OpKind::matmul;
}

void check_function(const Operator& op) {
  const std::vector<std::string> known = functions_of(op.kind);
  if (op.function.empty() ? function_is_optional(op.kind)
                          : std::count(known.begin(), known.end(), op.function) > 0)
    return;
  throw_unknown(to_string(op.kind), "function", op.function, known);
}

}  // namespace

std::vector<std::string> functions_of(OpKind kind) {
  if (takes_activation(kind) || kind == OpKind::activation) return keys(activations());
  switch (kind) {
    case OpKind::pool:
      return {"avg", "max"};
    case OpKind::elementwise:
      return {"add", "sub", "mul", "div", "max", "min", "pow", "rsub", "rdiv"};
    case OpKind::normalization:
      return keys(normalizations());
    case OpKind::reduction:
      return {"sum", "mean",    "max",        "min",     "prod",       "l1",
              "l2",  "sum-abs", "sum-square", "log-sum", "log-sum-exp"};
    case OpKind::resize:
      return {"nearest", "bilinear", "bicubic"};
    case OpKind::permute:
      return {"transpose"};
    case OpKind::detection:
      return {"prior-box", "nms", "yolo"};
    default:
      return {};
  }
}

bool function_is_optional(OpKind kind) {
  switch (kind) {
    case OpKind::activation:
    case OpKind::pool:
    case OpKind::elementwise:
    case OpKind::normalization:
    case OpKind::reduction:
    case OpKind::resize:
      return false;
    default:
      return true;
  }
}

std::int64_t activation_ops(std::string_view function) {
  const auto found = activations().find(function);
  if (found == activations().end())
    throw_unknown("activation", "function", function, keys(activations()));
  return found->second;
}

void count(Pending& p, std::span<const Shape> in, std::span<const Shape> out) {
  Operator& op = p.op;
  check_function(op);
  op.input_elements = op.output_elements = 0;
  for (const Shape& x : in) op.input_elements = plus(op.input_elements, elements(x));
  for (const Shape& x : out) op.output_elements = plus(op.output_elements, elements(x));
  if (op.kind == OpKind::block) return;
  const std::int64_t weights = rule_weights(p, in, out);
  const bool exact =
      takes_activation(op.kind) || op.kind == OpKind::attention || op.kind == OpKind::constant;
  if (exact && p.given_weight_elements >= 0 && p.given_weight_elements != weights) {
    throw InputError(
        fmt::format("{} weights, but its shapes need {}", p.given_weight_elements, weights));
  }
  op.weight_elements = p.given_weight_elements >= 0 ? p.given_weight_elements : weights;
  op.macs = macs_of(p, in, out);
  op.simple_ops = simple_ops_of(p, in, out);
  op.internal_elements = 0;
}

}  // namespace partita::rules
