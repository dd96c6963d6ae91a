#include "sim/cost/tflite_gpu_launch.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace partita {
namespace {

double divide_up(double a, double b) {
  return std::ceil(a / b);
}

/// Largest divisor of `number` that is at most `most`.
std::int64_t biggest_divisor(std::int64_t number, std::int64_t most) {
  for (std::int64_t d = most; d > 1; --d)
    if (number % d == 0) return d;
  return 1;
}

std::int64_t divisor_by_two(std::int64_t number, std::int64_t most) {
  for (const std::int64_t d : {8, 4, 2})
    if (number % d == 0 && d <= most) return d;
  return biggest_divisor(number, most);
}

struct Family {
  std::string_view prefix;
  GpuFamily family;
};
constexpr std::array<Family, 4> kFamilies{{{"Adreno", GpuFamily::adreno},
                                           {"Mali", GpuFamily::mali},
                                           {"PowerVR", GpuFamily::powervr},
                                           {"Apple", GpuFamily::apple}}};

bool one_by_one(const KernelWork& w) {
  return w.kernel_h * w.kernel_w == 1;
}

double work_per_unit(double threads, const UnitTraits& unit) {
  return threads / std::max(1, unit.compute_units);
}

void adreno_block(GpuLaunch& l, double outputs, const UnitTraits& unit) {
  constexpr double kFullWave = 128;  // in half precision, as the rule counts it
  const double waves = work_per_unit(outputs, unit) / kFullWave;
  if (waves > 6) l.block_x = 2;
  if (waves > 12) l.block_slices = 2;
  if (waves > 24) l.block_y = 2;
}

void mali_block(GpuLaunch& l, const KernelWork& w, double outputs, double out_slices,
                const UnitTraits& unit) {
  constexpr double kThreads = 256;  // Bifrost of the third generation and later
  const double each = work_per_unit(outputs, unit) / kThreads;
  const bool plain = one_by_one(w) && w.stride_h * w.stride_w == 1;
  int size = each <= 1 ? 1 : each <= 6 ? 2 : each <= 16 ? 4 : 8;
  if (!plain) size = std::min(size, 4);
  const bool thin = out_slices == 1 || out_slices == 3;
  if (size >= 2) l.block_x = 2;
  if (size == 8 || (size == 4 && thin)) l.block_y = 2;
  if (size >= 4 && !thin) l.block_slices = 2;
}

void block_of(GpuLaunch& l, const KernelWork& w, double outputs, double out_slices,
              const UnitTraits& unit) {
  switch (gpu_family(unit)) {
    case GpuFamily::adreno:
      return adreno_block(l, outputs, unit);
    case GpuFamily::mali:
      return mali_block(l, w, outputs, out_slices, unit);
    case GpuFamily::apple:
      l.block_x = l.block_y = l.block_slices = 2;
      return;
    case GpuFamily::powervr:
      l.block_x = 2;
      [[fallthrough]];
    case GpuFamily::other: {
      const bool even = std::fmod(out_slices, 2) == 0, by_four = std::fmod(out_slices, 4) == 0;
      l.block_slices = by_four || out_slices >= 8 ? 4 : even || out_slices >= 4 ? 2 : out_slices;
    }
  }
}

void group_of_conv(GpuLaunch& l, const UnitTraits& unit) {
  constexpr std::int64_t kThreads = 256;
  const std::int64_t most_z = gpu_family(unit) == GpuFamily::adreno ? 64 : 16;
  const std::int64_t z = biggest_divisor(static_cast<std::int64_t>(l.grid_z), most_z);
  const double plane = static_cast<double>(kThreads / z);
  l.group_z = static_cast<double>(z);
  l.group_x = std::min(l.grid_x, plane);
  l.group_y = std::min(std::floor(plane / l.group_x), l.grid_y);
  if (l.group_y == l.grid_y && std::fmod(l.grid_y, 2) == 0) l.group_y = l.grid_y / 2;
}

void group_of_others(GpuLaunch& l, const UnitTraits& unit) {
  const std::int64_t most = gpu_family(unit) == GpuFamily::adreno ? 1024 : 384;
  const std::int64_t z = divisor_by_two(static_cast<std::int64_t>(l.grid_z), 8);
  const double plane = static_cast<double>(most / z);
  l.group_z = static_cast<double>(z);
  l.group_x = std::min(divide_up(l.grid_x, 2), plane);
  l.group_y = std::min(std::floor(plane / l.group_x), l.grid_y);
}

/// A work-group sums a map by itself when the map has threads enough for it.
void group_of_mean(GpuLaunch& l, const KernelWork& w, const UnitTraits& unit) {
  const double most = gpu_family(unit) == GpuFamily::mali ? 64 : 256;
  double x = 1, y = 1;
  while (w.in_width >= 2 * x && 2 * x <= most) x *= 2;
  while (w.in_height >= 2 * y && x * y * 2 <= most) y *= 2;
  if (x * y < most / 4) return group_of_others(l, unit);
  l.group_x = l.grid_x = x, l.group_y = l.grid_y = y;
}

void launch_conv(GpuLaunch& l, const KernelWork& w, const UnitTraits& unit) {
  const double slices = slices_of(w.out_channels), window = w.kernel_h * w.kernel_w;
  block_of(l, w, w.out_pixels() * slices, slices, unit);
  l.grid_x = divide_up(w.out_width, l.block_x);
  l.grid_y = divide_up(w.out_height, l.block_y);
  l.grid_z = divide_up(slices, l.block_slices);
  l.steps = slices_of(w.kind == GpuKernel::grouped ? std::floor(w.in_channels / w.groups)
                                                   : w.in_channels) *
            window;
  group_of_conv(l, unit);
}

void launch_winograd(GpuLaunch& l, const KernelWork& w, const UnitTraits& unit) {
  constexpr double kTile = 4, kPoints = 36;
  const double tiles = divide_up(w.out_width, kTile) * divide_up(w.out_height, kTile);
  const double slices = slices_of(w.out_channels);
  KernelWork pointwise = w;
  pointwise.kernel_h = pointwise.kernel_w = pointwise.stride_h = pointwise.stride_w = 1;
  block_of(l, pointwise, tiles * kPoints * slices, slices, unit);
  l.grid_x = divide_up(tiles, l.block_x * l.block_y);
  l.grid_y = kPoints;
  l.grid_z = divide_up(slices, l.block_slices);
  l.steps = slices_of(w.in_channels);
  group_of_conv(l, unit);
}

}  // namespace

double GpuLaunch::groups() const {
  return divide_up(grid_x, group_x) * divide_up(grid_y, group_y) * divide_up(grid_z, group_z);
}

GpuFamily gpu_family(const UnitTraits& unit) {
  for (const Family& f : kFamilies)
    if (unit.core.starts_with(f.prefix)) return f.family;
  return GpuFamily::other;
}

double gpu_wave(GpuFamily family) {
  switch (family) {
    case GpuFamily::adreno:
      return 64;
    case GpuFamily::mali:
      return 8;
    default:
      return 32;
  }
}

namespace {

int conv_kind(const KernelWork& w, const UnitTraits& unit) {
  constexpr double kConstantBytes = 3584, kMostSlices = 8;
  const double in = slices_of(w.in_channels), out = slices_of(w.out_channels);
  const double tiles = std::ceil(w.out_width / 4) * std::ceil(w.out_height / 4);
  const bool three =
      w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 && w.stride_w == 1 && w.dilation == 1;
  if (w.in_height * w.in_width == 1 && one_by_one(w)) return GpuKernel::fully_connected;
  switch (gpu_family(unit)) {
    case GpuFamily::adreno:
      if (three && in >= 32 && out >= 32 && tiles >= 128) return GpuKernel::winograd;
      return w.in_channels * out * 4 * w.kernel_h * w.kernel_w * 2 <= kConstantBytes &&
                     out <= kMostSlices
                 ? GpuKernel::constant_conv
                 : GpuKernel::conv;
    case GpuFamily::mali:
    case GpuFamily::powervr:
    case GpuFamily::apple:
      return three && in >= 16 && out >= 16 && tiles >= 32 ? GpuKernel::winograd : GpuKernel::conv;
    default:
      return GpuKernel::conv;
  }
}

}  // namespace

int gpu_kernel_kind(const KernelWork& w, const UnitTraits& unit) {
  switch (w.operation) {
    case OpKind::conv:
    case OpKind::deconv:
      return conv_kind(w, unit);
    case OpKind::grouped_conv:
      return GpuKernel::grouped;
    case OpKind::depthwise_conv:
      return w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 && w.stride_w == 1 &&
                     w.dilation == 1
                 ? GpuKernel::depthwise_3x3
                 : GpuKernel::depthwise;
    case OpKind::fully_connected:
      return GpuKernel::fully_connected;
    case OpKind::matmul:
    case OpKind::attention:
      return GpuKernel::conv;
    case OpKind::reduction:
      return GpuKernel::mean;
    case OpKind::pool:
      return w.out_pixels() == 1 && w.kernel_h == w.in_height && w.in_height > 1 ? GpuKernel::mean
                                                                                 : GpuKernel::pool;
    case OpKind::concat:
      return GpuKernel::concat;
    case OpKind::elementwise:
    case OpKind::activation:
      return GpuKernel::elementwise;
    case OpKind::normalization:
    case OpKind::softmax:
      return GpuKernel::normalization;
    case OpKind::pad:    // part of the convolution after it
    case OpKind::split:  // several readers of one tensor
      return GpuKernel::nothing;
    default:
      return GpuKernel::movement;
  }
}

GpuLaunch gpu_launch(const KernelWork& w, const UnitTraits& unit) {
  GpuLaunch l;
  const double in = slices_of(w.in_channels), out = slices_of(w.out_channels);
  const double window = w.kernel_h * w.kernel_w;
  switch (w.kind) {
    case GpuKernel::conv:
    case GpuKernel::grouped:
      launch_conv(l, w, unit);
      return l;
    case GpuKernel::winograd:
      launch_winograd(l, w, unit);
      return l;
    case GpuKernel::fully_connected:
      l.grid_x = out;
      l.group_x = gpu_family(unit) == GpuFamily::adreno ? 32 : 16, l.group_y = 4;
      l.steps = std::ceil(in / l.group_y);
      return l;
    case GpuKernel::mean:
      l.grid_z = in;
      group_of_mean(l, w, unit);
      l.steps = std::ceil(w.in_width / l.grid_x) * std::ceil(w.in_height / l.grid_y);
      return l;
    case GpuKernel::depthwise_3x3:
      l.block_x = l.block_y = 2;
      l.steps = 16;
      break;
    case GpuKernel::constant_conv:
      l.block_slices = out;
      l.steps = in * window;
      break;
    case GpuKernel::concat:
      l.block_slices = out;
      l.steps = out;
      break;
    default:
      l.steps = window;
  }
  l.grid_x = divide_up(w.out_width, l.block_x);
  l.grid_y = divide_up(w.out_height, l.block_y);
  l.grid_z = divide_up(out, l.block_slices);
  group_of_others(l, unit);
  return l;
}

}  // namespace partita
