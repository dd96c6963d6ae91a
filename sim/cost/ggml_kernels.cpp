#include "sim/cost/ggml_kernels.h"

#include <algorithm>
#include <cmath>

namespace partita::ggml {
namespace {

double doublings(double value) {
  return std::log2(std::max(value, 1.0));
}

Kind elementwise_kind(const KernelWork& w) {
  if (w.function == "rope") return functions;
  if (w.operation != OpKind::activation) return elementwise;
  for (const char* cheap : {"relu", "relu6", "leaky-relu", "prelu", "clip", "abs", "linear"})
    if (w.function == cheap) return elementwise;
  return functions;
}

Kind product_kind(const KernelWork& w) {
  return w.precision == Precision::fp32 ? product_fp32 : product;
}

}  // namespace

Product product_of(const KernelWork& w) {
  Product p;
  p.depth = std::max(1.0, w.macs / std::max(w.output_elements, 1.0));
  p.weights = w.weight_elements;
  if (w.operation == OpKind::matmul) {
    // N H M K keeps its heads in the channels and the depth innermost; N M K the depth in them.
    const bool headed = w.in_width == p.depth && w.in_channels == w.out_channels;
    p.rows = w.out_height;
    p.columns = headed ? w.out_width : w.out_channels;
    p.batch = headed ? w.out_channels : w.out_width;
    p.weights = w.fused_elements > 0 ? w.fused_elements : p.batch * p.depth * p.columns;
    return p;
  }
  p.rows = w.out_pixels();
  p.columns = w.out_channels / w.groups;
  p.batch = w.groups;
  if (w.operation != OpKind::fully_connected) {
    const bool window = w.kernel_h * w.kernel_w * w.stride_h * w.stride_w > 1;
    if (window) p.gathered = p.rows * p.depth * w.groups;
  }
  return p;
}

Attended attended_of(const KernelWork& w) {
  Attended a;
  a.heads = w.groups;
  a.size = w.out_channels / w.groups;
  a.queries = w.out_pixels();
  a.keys = w.in_height * w.in_width;
  if (w.macs > 0) {
    // All sequences as wide as the first: macs = e (2 q c + 2 k c + 2 q k), solved for k.
    const double c = w.in_channels, q = a.queries;
    a.size = std::max(1.0, w.weight_elements / (4 * c)) / w.groups;
    const double e = a.size * w.groups;
    a.keys = std::max(1.0, (w.macs / e - 2 * q * c) / (2 * c + 2 * q));
    a.projections = 2 * e * c * (q + a.keys);
  }
  a.scores = 2 * a.queries * a.keys * a.size * a.heads;
  return a;
}

double weight_bytes(const KernelWork& w) {
  return w.precision == Precision::fp32 ? 4 : 2;
}

double elements_moved(const KernelWork& w) {
  return w.input_elements + w.output_elements + w.fused_elements;
}

double channels_of(const KernelWork& w) {
  return w.in_width > 1 ? w.in_width : w.in_channels;
}

Kind kind_of(const KernelWork& w) {
  switch (w.operation) {
    case OpKind::conv:
    case OpKind::deconv:
    case OpKind::grouped_conv:
    case OpKind::depthwise_conv:
    case OpKind::fully_connected:
    case OpKind::matmul:
      return product_kind(w);
    case OpKind::attention:
      return attention;
    case OpKind::softmax:
      return softmax;
    case OpKind::reduction:
      return reduction;
    case OpKind::permute:
    case OpKind::concat:
    case OpKind::pad:
    case OpKind::shuffle:
      return copy;
    case OpKind::reshape:
    case OpKind::split:
    case OpKind::slice:
    case OpKind::crop:
      return nothing;  // Views.
    default:
      return elementwise_kind(w);
  }
}

KernelPoint point_of(const KernelWork& w) {
  KernelPoint p;
  p.kind = static_cast<std::int16_t>(w.kind);
  if (w.kind <= vector) {
    const Product m = product_of(w);
    p.x = {doublings(m.rows) / 2, doublings(m.columns) / 2, doublings(m.depth) / 2,
           doublings(m.batch) / 2, w.precision == Precision::fp32 ? 1.0 : 0.0};
  } else if (w.kind == attention) {
    const Attended a = attended_of(w);
    p.x = {doublings(a.queries) / 2, doublings(a.keys) / 2, doublings(a.size) / 1.25,
           doublings(a.heads) / 2};
  } else {
    const double channels = channels_of(w);
    p.x = {doublings(channels) / 2.5, doublings(w.input_elements / channels) / 2.5,
           doublings(w.output_elements) / 2.5};
  }
  return p;
}

}  // namespace partita::ggml
