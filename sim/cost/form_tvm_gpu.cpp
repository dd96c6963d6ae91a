// TVM on mobile GPUs: for each operator the best of its tuned templates. The templates one by one
// are in tvm_gpu.h.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_place.h"
#include "sim/cost/kernel_work.h"

namespace partita {

const KernelForm& tvm_gpu_form();

namespace {

/// Those that compute come twice: in fp16, and (+ kSingle) in fp32.
enum Kind : int {
  pointwise,
  window,
  depthwise,
  dense,
  kSingle,
  elements = 2 * kSingle,
  nothing,
  kKinds
};

constexpr double kTexel = 4;  ///< Channels.

std::span<const KernelKind> kind_table() {
  constexpr double kLoose = 1;
  static const std::vector<KernelTerm> convolution{{"launch", 0.8, kLoose},  {"compute", 6, kLoose},
                                                   {"input", 3.5, kLoose},   {"output", 1, kLoose},
                                                   {"weights", 3.3, kLoose}, {"chain", 27, kLoose}};
  static const std::vector<KernelTerm> filter{{"launch", 0.8, kLoose},
                                              {"compute", 20, kLoose},
                                              {"input", 3.4, kLoose},
                                              {"output", 0.5, kLoose}};
  static const std::vector<KernelTerm> product{
      {"launch", 0.8, kLoose}, {"weights", 1.5, kLoose}, {"chain", 10, kLoose}};
  static const std::array<KernelKind, kKinds> table{{
      {"pointwise", convolution},
      {"window", convolution},
      {"depthwise", filter},
      {"dense", product},
      {"pointwise_fp32", convolution},
      {"window_fp32", convolution},
      {"depthwise_fp32", filter},
      {"dense_fp32", product},
      {"elements", {{"launch", 0.8, kLoose}, {"elements", 3, kLoose}}},
      {"nothing", {}},
  }};
  return table;
}

double texels(double channels) {
  return std::ceil(channels / kTexel);
}

class TvmGpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    const int single = w.precision == Precision::fp32 ? kSingle : 0;
    switch (w.operation) {
      case OpKind::conv:
      case OpKind::deconv:
      case OpKind::grouped_conv:
        return single + (w.kernel_h * w.kernel_w > 1 ? window : pointwise);
      case OpKind::depthwise_conv:
        return single + depthwise;
      case OpKind::fully_connected:
      case OpKind::matmul:
      case OpKind::attention:
        return single + dense;
      case OpKind::reshape:
      case OpKind::split:
        return nothing;
      default:
        return elements;
    }
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    if (w.kind == nothing) return;
    // Texture caches grow with the shaders: 32 products in half precision while a byte is loaded.
    constexpr double kMacsPerByte = 32, kStep_s = 1e-8;
    const bool single = w.precision == Precision::fp32;
    const double peak = unit.macs_per_s, bytes = single ? 4 : 2;
    const double load = kMacsPerByte / (single ? 2 * peak : peak) * bytes * kTexel;
    const double in = texels(w.in_channels), out = texels(w.out_channels);
    const double inside = texels(w.in_channels / w.groups), taps = w.kernel_h * w.kernel_w;
    const double input = load * in * w.in_height * w.in_width;
    const double output = load * out * w.out_pixels();
    s[0] = unit.dispatch_s;
    switch (w.kind < elements ? w.kind % kSingle : w.kind) {
      case pointwise:
      case window:
        s[1] = kTexel * kTexel * inside * out * w.out_pixels() * taps / peak;
        s[2] = input;
        s[3] = output;
        s[4] = load * kTexel * inside * out * taps;
        s[5] = inside * taps * kStep_s;
        break;
      case depthwise:
        s[1] = kTexel * out * w.out_pixels() * taps / peak;
        s[2] = input;
        s[3] = output;
        break;
      case dense:
        s[1] = load * kTexel * inside * out * (w.weight_elements > 0 ? 1 : w.out_pixels());
        s[2] = inside * kStep_s;
        break;
      default:
        s[1] = input + output + load * w.fused_elements / kTexel;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    return kernel_place(w, {4.9, 4.5, 9, 3.2, 3.6});
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance = {0.25, 0, 0, 0.1};
    s.noise = 0.1;
    s.calibration = 2.3;
    return s;
  }
};

}  // namespace

const KernelForm& tvm_gpu_form() {
  static const TvmGpu form;
  return form;
}

}  // namespace partita
