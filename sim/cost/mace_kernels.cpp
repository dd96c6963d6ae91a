#include "sim/cost/mace_kernels.h"

#include <algorithm>
#include <cmath>

namespace partita::mace {
namespace {

double blocks(double items, double of) {
  return std::ceil(items / of);
}

}  // namespace

CpuKernel cpu_kernel(const KernelWork& w) {
  if (w.kernel_h * w.kernel_w == 1) return CpuKernel::gemm;
  const bool small = w.kernel_h == 3 && w.kernel_w == 3;
  const bool dense = w.stride_h == 1 && w.stride_w == 1 && w.dilation == 1;
  if (small && dense && w.in_channels >= 8 && w.out_channels >= 8) return CpuKernel::winograd;
  return CpuKernel::direct;
}

double busiest(double items, int threads) {
  if (items <= 0) return 0;
  const double tile = std::max(1.0, std::floor(items / (2 * threads)));
  return std::min(items, std::ceil(blocks(items, tile) / threads) * tile);
}

GemmSteps gemm_steps(double rows, double inner, double columns, int threads) {
  const double m = blocks(rows, 8), k = blocks(inner, 4), n = blocks(columns, 8);
  return {busiest(m, threads) * k, busiest(n, threads) * k, busiest(m, threads) * k * n};
}

GemmSteps gemm_steps(const KernelWork& w, int threads) {
  return gemm_steps(w.out_channels, w.in_channels, w.out_pixels(), threads);
}

int winograd_tile(double out_height, double out_width) {
  const double side = std::min(out_height, out_width);
  return side > 64 ? 6 : side > 16 ? 4 : 2;
}

WinogradSteps winograd_steps(const KernelWork& w, int threads) {
  WinogradSteps s;
  s.tile = winograd_tile(w.out_height, w.out_width);
  s.tiles = blocks(w.out_height, s.tile) * blocks(w.out_width, s.tile);
  const double reads = s.tile + 2;
  s.padded = w.input_elements;
  s.input = busiest(w.in_channels, threads) * s.tiles;
  s.products = reads * reads * gemm_steps(w.out_channels, w.in_channels, s.tiles, threads).products;
  s.output = busiest(w.out_channels, threads) * s.tiles;
  s.cropped = w.output_elements;
  return s;
}

int direct_channels(const KernelWork& w) {
  if (w.kernel_h != 3 || w.kernel_w != 3) return 4;
  return w.stride_h == 1 ? 2 : w.stride_h == 2 ? 1 : 4;
}

double direct_steps(const KernelWork& w, int threads) {
  const int channels = direct_channels(w);
  return busiest(blocks(w.out_channels, channels), threads) * channels;
}

GpuShape gpu_shape(std::string_view core, int compute_units) {
  // CoDL's code: Snapdragon 855 and 865 2 units, 888 3; Kirin 970 8 waves of 4, 990 16 of 8.
  GpuShape shape;
  const bool mali = core.starts_with("Mali");
  if (mali) shape = {8, 384, core >= "Mali-G76" ? 8.0 : 4.0};
  if (compute_units > 0) shape.compute_units = compute_units;
  return shape;
}

int gpu_width_block(const KernelWork& w) {
  return w.kernel_w == 3 ? 5 : 4;
}

double waves(double items, double group, const GpuShape& gpu) {
  return blocks(group, gpu.wave) * blocks(blocks(items, group), gpu.compute_units);
}

GpuSteps gpu_steps(const KernelWork& w, const GpuShape& gpu) {
  GpuSteps s;
  s.in_blocks = blocks(w.in_channels / w.groups, 4);
  s.out_blocks = blocks(w.out_channels, 4);
  s.width_blocks = blocks(w.out_width, gpu_width_block(w));
  s.items = s.out_blocks * s.width_blocks * w.out_height;
  s.waves = waves(s.items, gpu.wave, gpu);
  return s;
}

}  // namespace partita::mace
