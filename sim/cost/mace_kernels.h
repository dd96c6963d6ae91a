// How MACE's fp32 kernels divide their work: tiles over threads on the CPU, work items over waves
// on the GPU. Steps only; what a step takes is fitted (form_mace_*.cpp: the hardware) or learnt
// (CoDL's planner, which regresses its times on these very equations: MobiSys 2022, section 4.2,
// and its code).
#pragma once

#include <string_view>

#include "sim/cost/kernel_work.h"

namespace partita::mace {

enum class CpuKernel : std::uint8_t { gemm, winograd, direct };
/// 1x1: a product of matrices; 3x3 of stride 1 with at least 8 channels on either side: Winograd;
/// else direct.
CpuKernel cpu_kernel(const KernelWork& work);

/// Items of the busiest of `threads`: loops are cut into two tiles a thread, at least of one item.
double busiest(double items, int threads);

/// Steps of the busiest thread.
struct GemmSteps {
  double left = 0;      ///< Blocks of 8 x 4 of the weights packed.
  double right = 0;     ///< Blocks of 4 x 8 of the pixels packed.
  double products = 0;  ///< Blocks of 8 x 4 times 4 x 8: 256 multiply-accumulates each.
};
GemmSteps gemm_steps(double rows, double inner, double columns, int threads);
/// Of a 1x1 convolution: out channels x in channels x pixels.
GemmSteps gemm_steps(const KernelWork& work, int threads);

/// Edge of a Winograd output tile, 2, 4 or 6; it reads tiles of this + 2.
int winograd_tile(double out_height, double out_width);

struct WinogradSteps {
  int tile = 0;         ///< Edge of an output tile.
  double tiles = 0;     ///< Output tiles of a channel.
  double padded = 0;    ///< Elements of the input copied.
  double input = 0;     ///< Input tiles transformed by the busiest thread.
  double products = 0;  ///< As of GemmSteps, over all (tile + 2)^2 products of matrices.
  double output = 0;    ///< Output tiles transformed by the busiest thread.
  double cropped = 0;   ///< Elements of the output copied.
};
WinogradSteps winograd_steps(const KernelWork& work, int threads);

/// Output channels a thread computes at once: 2 for 3x3 of stride 1, 1 of stride 2, else 4.
int direct_channels(const KernelWork& work);
/// Output channels that the busiest thread computes.
double direct_steps(const KernelWork& work, int threads);

/// What a GPU runs at once, as CoDL's predictor has it.
struct GpuShape {
  double compute_units = 2;
  double largest_group = 1024;  ///< Work items.
  double wave = 64;             ///< Work items in lock step.
};
/// By architecture ("Adreno 640", "Mali-G76") and compute units (0: as CoDL has it).
GpuShape gpu_shape(std::string_view core, int compute_units);

/// A work item computes this many pixels of a row and 4 channels: 5 of a 3x3 kernel, else 4.
int gpu_width_block(const KernelWork& work);

struct GpuSteps {
  double in_blocks = 0, out_blocks = 0;  ///< Blocks of 4 channels.
  double width_blocks = 0;
  double items = 0;  ///< Work items: out_blocks x width_blocks x out_height.
  double waves = 0;  ///< That the busiest compute unit runs, one after another.
};
/// Direct convolution, groups of one wave (assumed: MACE tunes them).
GpuSteps gpu_steps(const KernelWork& work, const GpuShape& gpu);
/// Waves of `items` in groups of `group` (CoDL's code: ceil(group / wave) x ceil(groups / units)).
double waves(double items, double group, const GpuShape& gpu);

}  // namespace partita::mace
