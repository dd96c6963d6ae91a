// Classes and terms of QNN's kernels.
#pragma once

#include <span>

#include "sim/cost/kernel_work.h"

namespace partita::qnn {

enum Kind : int { matrix, vector, movement, session, nothing, kKinds };

// Terms of `matrix`, the unit of matrix products. Weights stream from memory while products are
// done: only what takes longer than those counts.
enum MatrixTerm : int {
  conv,
  pointwise,
  stem,
  grouped,
  dilated,
  dense,
  product,
  activations,
  conv_spill,
  product_spill,
  weights,
  conv_launch,
  dense_launch
};
enum VectorTerm : int {
  taps,         // of a depthwise window
  uneven_taps,  // where the map's edge cuts through blocks of 8 x 8
  window,
  elementwise,
  normalization,
  softmax,
  smooth,
  pool,
  resize,
  reduction,
  vector_spill,
  softmax_spill,
  window_launch,
  element_launch,
  other_launch
};
enum MovementTerm : int { permute, concat, cut, move_spill, permute_spill, move_launch };
enum SessionTerm : int {
  inference,
  tflite,
  onnx,
  precompiled,
  tensors,
  images,
  tflite_io,
  onnx_io
};

std::span<const KernelKind> kind_table();

}  // namespace partita::qnn
