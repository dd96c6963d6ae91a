// What ncnn makes of a network: which kernels it selects, and how much of what they do.
//
// Selection as in src/layer/arm and src/layer/vulkan of Tencent/ncnn: 3x3 convolutions with stride
// 1 by Winograd from 8 channels on, 1x1 as matrix product, others as matrix product over patches,
// convolutions in groups one group after the other; channels in packs of 4. On GPUs Winograd from
// 16 channels on with smaller tiles, patches are not laid out, all groups run at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sim/cost/kernel_work.h"

namespace partita {

enum class NcnnWork : std::uint8_t {
  activation,   ///< Elements through an exponential.
  convolution,  ///< MACs over patches.
  boxes_nms,    ///< Elements into the choice of boxes, and so on.
  boxes_prior,
  boxes_yolo,
  layer,              ///< Calls of layers without convolution,
  convolution_layer,  ///< with one, and
  int8_layer,         ///< with one in int8.
  depthwise_3x3,      ///< MACs.
  depthwise_3x3_strided,
  depthwise_other,
  depthwise_memory,  ///< Elements in and out.
  elementwise,
  weights_connected,  ///< Weights of fully connected layers, each used once.
  first,              ///< MACs of convolutions over an image.
  first_memory,
  group_call,  ///< Groups, each a call.
  global_pool,
  grouped,  ///< MACs in groups of up to 4 channels.
  int8_convolution,
  int8_depthwise_3x3,
  int8_depthwise_3x3_strided,
  int8_depthwise_other,
  int8_depthwise_memory,
  int8_weights_connected,
  int8_first,
  int8_first_memory,
  int8_grouped,
  int8_patches,
  int8_pointwise,
  int8_pointwise_memory,
  int8_winograd,
  int8_winograd_memory,
  patches,  ///< Elements laid out for a matrix product.
  local_response,
  rows,       ///< MACs of products of matrices.
  move,       ///< Elements in and out.
  pool,       ///< Elements compared or added.
  pointwise,  ///< MACs of 1x1 convolutions.
  pointwise_memory,
  softmax,
  winograd,           ///< Multiplications of transformed tiles.
  winograd_memory,    ///< Elements of transformed tiles.
  weights,            ///< Of convolutions, as their kernels hold them.
  gpu_grouped,        ///< MACs of convolutions in groups.
  gpu_deep_winograd,  ///< The deep share of multiplications: GPUs do better over many channels.
  gpu_deep_pointwise,
};
inline constexpr std::size_t kNcnnWorks = 47;
using NcnnCounts = std::array<double, kNcnnWorks>;

/// Of one operator or a slice of one; zeros for what costs nothing. In int8 by its precision.
NcnnCounts ncnn_counts(const KernelWork& work, bool gpu = false);
/// Of all operators together, those with weights of 8 bits in int8.
NcnnCounts ncnn_counts(const Graph& graph, bool gpu = false);

}  // namespace partita
