// What TFLite's GPU delegate launches for an operator: kernel, output block of one thread, grid and
// work-group. Internal to sim/cost.
//
// Source: tensorflow/lite/delegates/gpu/common of release 2.10 (selectors, tasks/conv_generic,
// tasks/reduce, task/work_group_picking), the rules of a single answer: no tuning on the device.
#pragma once

#include "sim/cost/kernel_work.h"

namespace partita {

enum class GpuFamily : std::uint8_t { adreno, mali, powervr, apple, other };

struct GpuKernel {
  enum Kind : int {
    conv,
    constant_conv,  ///< All weights in constant memory; a thread makes all channels of a pixel.
    winograd,       ///< 4x4 outputs from 6x6 inputs
    fully_connected,
    depthwise_3x3,  ///< Stride 1; a thread makes 2x2 pixels.
    depthwise,
    grouped,
    mean,
    pool,
    concat,
    elementwise,
    normalization,
    movement,
    nothing,
    kKinds
  };
};

/// Of the unit's name of its architecture: "Adreno 640", "Mali-G76 MP12", ...
GpuFamily gpu_family(const UnitTraits& unit);

/// GpuKernel::Kind of an operator.
int gpu_kernel_kind(const KernelWork& work, const UnitTraits& unit);

/// Channels go in slices of 4. One launch of a kernel.
struct GpuLaunch {
  double block_x = 1, block_y = 1, block_slices = 1;  ///< Outputs of one thread.
  double grid_x = 1, grid_y = 1, grid_z = 1;          ///< Threads asked for.
  double group_x = 1, group_y = 1, group_z = 1;       ///< Threads of a work-group.
  double steps = 0;  ///< Reads of an input slice along a thread's inner loop.

  double block() const { return block_x * block_y * block_slices; }
  double group_threads() const { return group_x * group_y * group_z; }
  double groups() const;  ///< Work-groups launched.
};
/// Of a kernel whose kind is chosen.
GpuLaunch gpu_launch(const KernelWork& work, const UnitTraits& unit);

/// Threads that run in lockstep.
double gpu_wave(GpuFamily family);

inline double slices_of(double channels) {
  return static_cast<double>((static_cast<std::int64_t>(channels) + 3) / 4);
}

}  // namespace partita
