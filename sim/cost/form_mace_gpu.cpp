// MACE on GPUs through OpenCL: direct convolutions, each work item a few pixels of four channels,
// reading images or buffers. Which of the two decides more than the GPU does (CoDL, MobiSys 2022):
// buffers take an Adreno up to four times as long, images a Mali almost three times.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_place.h"
#include "sim/cost/mace_kernels.h"

namespace partita {

const KernelForm& mace_image_form();
const KernelForm& mace_buffer_form();

namespace {

enum Kind : int { pointwise, window_3x3, window, depthwise, dense, elements, nothing, kKinds };

std::vector<KernelTerm> convolution(double products, double traffic) {
  constexpr double kTight = 0.3, kLoose = 0.7;
  return {{"products", products, kTight},
          {"traffic", traffic, kLoose},
          {"weights", 2, kLoose},
          {"launch", 15, 0.5}};
}

/// Coefficients before any measurement, round numbers near what all bars of CoDL's figures 15 and
/// 16 together say. Images fetch their traffic through caches made for it.
std::vector<KernelKind> kinds_of(bool images) {
  const double traffic = images ? 0.5 : 3;
  return {
      {"pointwise", convolution(2.6, traffic)},
      {"window_3x3", convolution(3.9, traffic)},
      {"window", convolution(3.9, traffic)},
      {"depthwise", convolution(8, traffic)},
      {"dense", {{"weights", 1.3, 0.7}, {"launch", 10, 0.5}}},
      {"elements", {{"traffic", 2, 0.7}, {"launch", 10, 0.5}}},
      {"nothing", {}},
  };
}

/// Seconds of a multiply-accumulate at the peak of what MACE gets out of the GPU. Kernels written
/// for one Adreno use less of a wider one: of the Adreno 660's 1.44 times the 640's peak, images
/// showed a sixth and buffers more (CoDL, figure 15), so 0.45 and 0.75 of the time are taken to go
/// with the peak (fitted), the rest not.
double mac_s(const UnitTraits& unit, bool images) {
  constexpr double kAdreno640 = 449.3e9;
  // The memory that does not suit: an Adreno takes four times as long from buffers (figure 5: 3x3,
  // 64 -> 64 channels, 256x256 86 ms and 21, 128x128 21.5 and 5.6), a Mali five times as long from
  // images as an Adreno would (fitted to the image bars of figure 16).
  constexpr double kMaliImages = 5.1, kAdrenoBuffers = 4;
  const double with_peak = images ? 0.45 : 0.75;
  const double s = with_peak / unit.macs_per_s + (1 - with_peak) / kAdreno640;
  const bool mali = unit.core.starts_with("Mali");
  return images == mali ? (mali ? kMaliImages : kAdrenoBuffers) * s : s;
}

class MaceGpu final : public KernelForm {
 public:
  explicit MaceGpu(bool images) : images_(images), kinds_(kinds_of(images)) {}
  std::span<const KernelKind> kinds() const override { return kinds_; }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    switch (w.operation) {
      case OpKind::conv:
      case OpKind::grouped_conv:
      case OpKind::deconv:
        return w.kernel_h * w.kernel_w == 1   ? pointwise
               : w.kernel_h * w.kernel_w <= 9 ? window_3x3
                                              : window;
      case OpKind::depthwise_conv:
        return depthwise;
      case OpKind::fully_connected:
      case OpKind::matmul:
      case OpKind::attention:
        return dense;
      case OpKind::reshape:
      case OpKind::split:
        return nothing;
      default:
        return elements;
    }
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    if (w.kind == nothing) return;
    const double bytes = element_bytes(w.precision);
    const double traffic =
        bytes * (w.input_elements + w.output_elements + w.fused_elements) / unit.bytes_per_s;
    s.back() = unit.dispatch_s;
    if (w.kind == dense) {
      s[0] = bytes * std::max(w.weight_elements, w.macs / w.out_pixels()) / unit.bytes_per_s;
      return;
    }
    if (w.kind == elements) {
      s[0] = traffic;
      return;
    }
    s[0] = products(w, unit) * mac_s(unit, images_);
    s[1] = traffic;
    s[2] = bytes * w.weight_elements / unit.bytes_per_s;
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    return kernel_place(w, {4, 4, 8, 3});
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance = {0.05, 0, 0, 0.05};
    s.noise = 0.05;
    return s;
  }

 private:
  /// Multiply-accumulates of all waves, those of work items beyond the output included.
  static double products(const KernelWork& w, const UnitTraits& unit) {
    const mace::GpuShape gpu = mace::gpu_shape(unit.core, unit.compute_units);
    const mace::GpuSteps steps = mace::gpu_steps(w, gpu);
    const double items = steps.waves * gpu.compute_units * gpu.wave;
    double taps = w.kernel_h * w.kernel_w;
    if (w.operation == OpKind::deconv) taps /= w.stride_h * w.stride_w;
    const double inside = w.kind == depthwise ? 4 : 4 * 4 * steps.in_blocks;
    return items * mace::gpu_width_block(w) * inside * taps;
  }

  bool images_;
  std::vector<KernelKind> kinds_;
};

}  // namespace

const KernelForm& mace_image_form() {
  static const MaceGpu form(true);
  return form;
}

const KernelForm& mace_buffer_form() {
  static const MaceGpu form(false);
  return form;
}

}  // namespace partita
