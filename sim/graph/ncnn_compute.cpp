// Layers that compute: convolutions, products, pooling. Parameter meanings follow ncnn's
// docs/developer-guide/operators.md.
#include <array>

#include "sim/graph/ncnn_layers.h"
#include "sim/graph/rules.h"

namespace partita::ncnn {
namespace {

using Pending = GraphBuilder::Pending;
constexpr std::int64_t kMost = rules::kMostElements;
constexpr std::int64_t kMostWindow = 1 << 20;
constexpr std::int64_t kSame = -233;  // Padding "same", the odd row at the end.

void read_activation(Layer& l, Operator& op, int id) {
  static constexpr std::array names = {"",        "relu", "leaky-relu", "clip",
                                       "sigmoid", "mish", "hard-swish"};
  op.function = names.at(
      static_cast<std::size_t>(l.integer(id, 0, 0, static_cast<std::int64_t>(names.size()) - 1)));
  l.ignore({10});
}

int window_int(Layer& l, int id, std::int64_t fallback, std::int64_t least) {
  return static_cast<int>(l.integer(id, fallback, least, kMostWindow));
}

/// Ids 1, 11 kernel; 2, 12 dilation; 3, 13 stride (of pooling: 2, 12 stride).
void read_window(Layer& l, Window& w, bool pooling) {
  w.kernel_w = static_cast<int>(l.integer(1, 1, kMostWindow));
  w.kernel_h = window_int(l, 11, w.kernel_w, 1);
  const int stride = pooling ? 2 : 3;
  w.stride_w = window_int(l, stride, 1, 1);
  w.stride_h = window_int(l, 10 + stride, w.stride_w, 1);
  if (pooling) return;
  w.dilation_w = window_int(l, 2, 1, 1);
  w.dilation_h = window_int(l, 12, w.dilation_w, 1);
}

/// Ids `left` pad_left, 14 right, 13 or 14 top, 15 or 16 bottom, each falling back to its opposite.
void read_pads(Layer& l, Window& w, int left, int top, int right, int bottom) {
  w.pad_left = window_int(l, left, 0, 0);
  w.pad_top = window_int(l, top, w.pad_left, 0);
  w.pad_right = window_int(l, right, w.pad_left, 0);
  w.pad_bottom = window_int(l, bottom, w.pad_top, 0);
}

}  // namespace

void convolution(Layer& l, Pending& p) {
  Operator& op = p.op;
  p.out_channels = l.integer(0, 1, kMost);
  read_window(l, op.window, false);
  p.same_pad = l.integer(4, 0, kSame, kMostWindow) == kSame;
  if (p.same_pad)
    l.ignore({14, 15, 16});
  else
    read_pads(l, op.window, 4, 14, 15, 16);
  p.bias = l.integer(5, 0, 0, 1) == 1;
  const std::int64_t weights = l.integer(6, 1, kMost);
  op.groups = l.type == "ConvolutionDepthWise" ? l.integer(7, 1, 1, kMost) : 1;
  if (l.integer(8, 0, 0, 1000) != 0) op.weight_bits = 8;
  read_activation(l, op, 9);
  l.ignore({18});
  p.given_weight_elements = rules::plus(weights, p.bias ? p.out_channels : 0);
  // Weights per output channel and tap: the input channels of one group.
  const std::int64_t taps = std::int64_t{op.window.kernel_h} * op.window.kernel_w;
  const bool depthwise = op.groups == p.out_channels && weights / taps == p.out_channels;
  op.kind = op.groups == 1 ? OpKind::conv
            : depthwise    ? OpKind::depthwise_conv
                           : OpKind::grouped_conv;
}

void deconvolution(Layer& l, Pending& p) {
  Operator& op = p.op;
  op.kind = OpKind::deconv;
  p.out_channels = l.integer(0, 1, kMost);
  read_window(l, op.window, false);
  read_pads(l, op.window, 4, 14, 15, 16);
  p.bias = l.integer(5, 0, 0, 1) == 1;
  p.given_weight_elements = rules::plus(l.integer(6, 1, kMost), p.bias ? p.out_channels : 0);
  op.groups = l.type == "DeconvolutionDepthWise" ? l.integer(7, 1, 1, kMost) : 1;
  read_activation(l, op, 9);
  for (int id : {18, 19, 20, 21})
    l.integer(id, 0, 0, 0);  // Output padding and size: not supported.
}

void inner_product(Layer& l, Pending& p) {
  p.op.kind = OpKind::fully_connected;
  p.out_channels = l.integer(0, 1, kMost);
  p.bias = l.integer(1, 0, 0, 1) == 1;
  p.given_weight_elements = rules::plus(l.integer(2, 1, kMost), p.bias ? p.out_channels : 0);
  if (l.integer(8, 0, 0, 1000) != 0) p.op.weight_bits = 8;
  read_activation(l, p.op, 9);
}

/// With constant B it is a fully connected layer over every row; without, a product of two tensors.
void gemm(Layer& l, Pending& p) {
  l.ignore({0, 1, 7, 12, 13, 20, 21, 22});
  for (int id : {2, 4, 11, 14}) l.integer(id, 0, 0, 0);
  const bool transposed = l.integer(3, 0, 0, 1) == 1;
  const bool constant_b = l.integer(5, 0, 0, 1) == 1;
  const bool constant_c = l.integer(6, 0, 0, 1) == 1;
  const std::int64_t n = l.integer(8, 0, 0, kMost), k = l.integer(9, 0, 0, kMost);
  const std::int64_t c = l.integer(10, -1, -1, 4);
  if (!constant_b) {
    p.op.kind = OpKind::matmul;
    p.transpose_b = transposed;
    if (constant_c && c != -1) l.fail("a constant C without a constant B is not supported");
    return;
  }
  p.op.kind = OpKind::fully_connected;
  p.out_channels = n;
  p.bias = constant_c && c != -1;
  if (p.bias && c != 4) l.fail("only a bias for each column (10=4) is supported as constant C");
  p.given_weight_elements = rules::plus(rules::times(n, k), p.bias ? n : 0);
}

void attention(Layer& l, Pending& p) {
  p.op.kind = OpKind::attention;
  p.out_channels = l.integer(0, 1, kMost);
  p.op.groups = l.integer(1, 1, 1, kMost);
  const std::int64_t q = l.integer(2, 1, kMost);
  const std::int64_t kdim = l.integer(3, p.out_channels, 1, kMost),
                     vdim = l.integer(4, p.out_channels, 1, kMost);
  const std::int64_t inner = rules::times(p.out_channels, rules::plus(kdim, vdim));
  const std::int64_t biases = rules::plus(rules::times(3, p.out_channels), q / p.out_channels);
  p.given_weight_elements = rules::plus(rules::plus(rules::times(2, q), inner), biases);
}

void pooling(Layer& l, Pending& p) {
  p.op.kind = OpKind::pool;
  p.op.function = l.integer(0, 0, 0, 1) == 0 ? "max" : "avg";
  l.ignore({6});
  l.integer(7, 0, 0, 0);  // Adaptive pooling: not supported.
  p.global = l.integer(4, 0, 0, 1) == 1;
  p.keep_dims = !p.global;
  if (p.global) return l.ignore({1, 2, 3, 5, 8, 11, 12, 13, 14, 15, 18});
  read_window(l, p.op.window, true);
  const std::int64_t mode = l.integer(5, 0, 0, 2);
  p.ceil_mode = mode == 0;
  p.same_pad = mode == 2;
  read_pads(l, p.op.window, 3, 13, 14, 15);
}

}  // namespace partita::ncnn
