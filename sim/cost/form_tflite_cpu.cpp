// TFLite on CPUs (2.10: XNNPACK, and its own kernels for what that leaves): kernels and their
// terms.
#include <array>
#include <cmath>

#include "sim/cost/kernel_work.h"

namespace partita {
namespace {

enum Kind : int {
  pointwise,
  conv,
  stem,
  depthwise,
  grouped,
  fully_connected,
  matmul,
  pool,
  reduction,
  pad,
  movement,
  add,
  scale,
  normalization,
  hard_activation,
  smooth_activation,
  nothing,  ///< Views of a tensor.
  kKinds
};

/// Coefficients before any measurement: a tuned kernel reaches 70 % of the peak; loading or storing
/// an element costs as much as the multiplications of the named number of cycles.
std::span<const KernelKind> kind_table() {
  constexpr double kLoose = 1;
  static const std::array<KernelKind, kKinds> table{{
      {"pointwise",
       {{"compute", 1.4, kLoose},
        {"input", 4, kLoose},
        {"output", 8, kLoose},
        {"weights", 4, kLoose}}},
      {"conv",
       {{"compute", 1.4, kLoose},
        {"gather", 4, kLoose},
        {"output", 8, kLoose},
        {"weights", 4, kLoose}}},
      {"stem", {{"compute", 1.4, kLoose}, {"gather", 4, kLoose}, {"output", 8, kLoose}}},
      {"depthwise",
       {{"compute_3x3", 6, kLoose},
        {"compute_wide", 5, kLoose},
        {"input", 8, kLoose},
        {"tail", 8, kLoose},
        {"launch", 1, kLoose}}},
      {"grouped", {{"compute", 10, kLoose}, {"taps", 20, kLoose}}},
      {"fully_connected", {{"weights", 10, kLoose}}},
      {"matmul", {{"compute", 2, kLoose}, {"output", 8, kLoose}}},
      {"pool", {{"taps", 4, kLoose}, {"launch", 1, kLoose}}},
      {"reduction", {{"input", 8, kLoose}, {"launch", 1, kLoose}}},
      {"pad", {{"elements", 8, kLoose}}},
      {"movement", {{"elements", 8, kLoose}, {"launch", 1, kLoose}}},
      {"add", {{"elements", 12, kLoose}}},
      {"scale", {{"elements", 12, kLoose}}},
      {"normalization", {{"elements", 20, kLoose}}},
      {"hard_activation", {{"elements", 12, kLoose}}},
      {"smooth_activation", {{"elements", 30, kLoose}}},
      {"nothing", {}},
  }};
  return table;
}

int activation_kind(std::string_view function) {
  constexpr std::array<std::string_view, 8> kHard{
      "relu", "relu6", "clip", "leaky-relu", "prelu", "hard-swish", "hard-sigmoid", "elu"};
  for (const std::string_view hard : kHard)
    if (function == hard) return hard_activation;
  return smooth_activation;
}

int class_of(const KernelWork& w) {
  constexpr double kImageChannels = 4;  // not more: padded to a whole vector of the reduction
  switch (w.operation) {
    case OpKind::conv:
      if (w.out_pixels() == 1 && w.kernel_h * w.kernel_w == 1) return fully_connected;
      return w.in_channels <= kImageChannels ? stem
             : w.kernel_h * w.kernel_w == 1  ? pointwise
                                             : conv;
    case OpKind::deconv:
      return conv;
    case OpKind::depthwise_conv:
      return depthwise;
    case OpKind::grouped_conv:
      return grouped;
    case OpKind::fully_connected:
      return fully_connected;
    case OpKind::matmul:
    case OpKind::attention:
      return matmul;
    case OpKind::pool:
      return w.out_pixels() == 1 && w.kernel_h > 1 ? reduction : pool;
    case OpKind::reduction:
      return reduction;
    case OpKind::elementwise:
      // One operand is a value a channel (squeeze and excite).
      return w.input_elements < 1.9 * w.output_elements ? scale : add;
    case OpKind::normalization:
    case OpKind::softmax:
      return normalization;
    case OpKind::activation:
      return activation_kind(w.function);
    case OpKind::pad:
      return pad;
    case OpKind::reshape:
    case OpKind::split:
      return nothing;
    default:
      return movement;
  }
}

constexpr double kVector = 8;  // channels a step

double rounded_up(double value, double to) {
  return std::ceil(value / to) * to;
}

class TfliteCpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& work, const UnitTraits&) const override { return class_of(work); }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    const double peak = unit.macs_per_s, launch = 2e4 / unit.clock_hz;
    const double window = w.kernel_h * w.kernel_w;
    const double pixels = w.out_pixels();
    switch (w.kind) {
      case pointwise:
      case conv: {
        // Micro-kernel: 6 pixels x 8 channels in floats, 4 x 8 in bytes with 4-wide products.
        const bool bytes = w.precision == Precision::int8;
        const double tiles =
            rounded_up(pixels, bytes ? 4 : 6) * rounded_up(w.out_channels, kVector);
        s[0] = tiles * rounded_up(w.in_channels / w.groups, bytes ? 4 : 1) * window / peak;
        s[1] = (w.kind == pointwise ? w.input_elements : pixels * w.in_channels * window) / peak;
        s[2] = w.output_elements / peak;
        s[3] = w.weight_elements / peak;
        break;
      }
      case stem:
        s[0] = w.macs / peak;
        s[1] = pixels * w.in_channels * window / peak;
        s[2] = w.output_elements / peak;
        break;
      case depthwise:
        s[window <= 9 ? 0 : 1] = w.macs / peak;
        s[2] = w.input_elements / peak;
        if (std::fmod(w.out_channels, 2 * kVector) > 0) s[3] = w.output_elements / peak;
        s[4] = launch;
        break;
      case grouped:  // reference kernel: one thread, loops over the channels of a group
        s[0] = w.macs / (peak / unit.threads);
        s[1] = w.output_elements * window / (peak / unit.threads);
        break;
      case fully_connected:
        s[0] = w.weight_elements / peak;
        break;
      case matmul:
        s[0] = w.macs / peak;
        s[1] = w.output_elements / peak;
        break;
      case pool:
        s[0] = w.output_elements * window / peak;
        s[1] = launch;
        break;
      case reduction:
        s[0] = w.input_elements / peak;
        s[1] = launch;
        break;
      case movement:
        s[0] = std::max(w.input_elements, w.output_elements) / peak;
        s[1] = launch;
        break;
      case nothing:
        break;
      default:
        s[0] = w.output_elements / peak;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    KernelPoint p;
    p.kind = static_cast<std::int16_t>(w.kind);
    constexpr double kChannels = 1.5, kPixels = 1.5, kWindow = 1, kStride = 1;
    const double groups = w.kind == grouped ? w.groups : 1;
    p.x[0] = doublings(w.in_channels / groups) / kChannels;
    p.x[1] = doublings(w.out_channels / groups) / kChannels;
    p.x[2] = doublings(w.out_pixels()) / kPixels;
    p.x[3] = doublings(w.kernel_h * w.kernel_w) / kWindow;
    p.x[4] = doublings(w.stride_h * w.stride_w) / (2 * kStride);
    p.x[5] = doublings(groups);
    return p;
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance.amplitude = 0.2;
    s.trend_spread = 0.0;
    s.noise = 0.02;
    s.overhead_s = 1e-4;
    return s;
  }
};

}  // namespace

const KernelForm& tflite_cpu_form() {
  static const TfliteCpu form;
  return form;
}

}  // namespace partita
