// What ggml makes of an operator, the same on CPU and GPU.
#pragma once

#include "sim/cost/kernel_work.h"

namespace partita::ggml {

/// Those with weights come twice: fp16, and next to it fp32.
enum Kind : int {
  product,
  product_fp32,
  vector,  ///< A product with one token, on the GPU.
  attention,
  softmax,
  functions,  ///< A transcendental or so for each element.
  elementwise,
  reduction,
  copy,
  nothing,
  kKinds
};

inline constexpr double kActivation = 4;  ///< Bytes.
inline constexpr double kCached = 2;      ///< Bytes of an element of keys or values.

/// A product as `batch` matrices of rows x depth by depth x columns.
struct Product {
  double rows = 1, columns = 1, depth = 1, batch = 1;
  double weights = 0;   ///< Elements of the side that stays: weights, keys or values.
  double gathered = 0;  ///< Elements written to unfold the windows of a convolution.
};

Product product_of(const KernelWork& work);

/// Queries against keys, and the four projections where the operator holds them.
struct Attended {
  double heads = 1, size = 1, queries = 1, keys = 1;
  double scores = 0, projections = 0;  ///< Multiply-accumulates.
};

Attended attended_of(const KernelWork& work);

/// Of one weight.
double weight_bytes(const KernelWork& work);
/// Read and written.
double elements_moved(const KernelWork& work);
/// Innermost extent of a feature map N C H W, or of rows.
double channels_of(const KernelWork& work);
Kind kind_of(const KernelWork& work);
/// Where it lies among kernels of its kind: what its terms depend on, in doublings.
KernelPoint point_of(const KernelWork& work);

}  // namespace partita::ggml
