// Rockchip's NPUs under RKNN Toolkit 2: kernels and their terms.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_work.h"

namespace partita {
namespace {

enum Kind : int { conv, depthwise, matmul, movement, nothing, kKinds };

/// Coefficients before any measurement. One core of the three that a description's peak counts
/// works on a network unless it is asked for more: 3 where the array is full. A launch is 10 us;
/// logs made layer by layer add a synchronisation to each.
std::span<const KernelKind> kind_table() {
  static const std::array<KernelKind, kKinds> table{{
      {"conv",
       {{"launch", 4, 1},
        {"compute", 3, 0.5},
        {"input", 1.5, 0.5},
        {"output", 2, 0.5},
        {"weights", 1.5, 0.5}}},
      {"depthwise", {{"launch", 4, 0.3}, {"compute", 3, 0.3}, {"bytes", 2, 0.3}}},
      {"matmul", {{"launch", 4, 0.3}, {"compute", 3, 0.3}, {"bytes", 2, 0.3}}},
      {"movement", {{"launch", 4, 1}, {"bytes", 2, 1}}},
      {"nothing", {}},
  }};
  return table;
}

/// Channels fill whole rows of the array: 32 bytes of them.
double filled(double channels, Precision precision) {
  const double row = 32 / element_bytes(precision);
  return std::ceil(channels / row) * row;
}

class Rknn final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    switch (w.operation) {
      case OpKind::conv:
      case OpKind::fully_connected:
        return conv;
      case OpKind::deconv:
        return w.groups > 1 ? depthwise : conv;
      case OpKind::depthwise_conv:
      case OpKind::grouped_conv:
        return depthwise;
      case OpKind::matmul:
      case OpKind::attention:
        return matmul;
      case OpKind::reshape:
      case OpKind::split:
        return nothing;
      default:
        return movement;
    }
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    constexpr double kLaunch = 1e-5;
    const double bytes = element_bytes(w.precision) / unit.bytes_per_s;
    const double window = w.kernel_h * w.kernel_w;
    // A joined tensor is read as long as it is written.
    const double read =
        (w.operation == OpKind::concat ? std::max(w.input_elements, w.output_elements)
                                       : w.input_elements) +
        w.fused_elements;
    const double in = filled(w.in_channels, w.precision);
    const double out = filled(w.out_channels, w.precision);
    if (w.kind == nothing) return;
    s[0] = kLaunch;
    switch (w.kind) {
      case conv: {
        // A transposed one by its output too: its windows overlap by the stride.
        const double overlap =
            w.operation == OpKind::deconv ? std::max(1.0, w.stride_h * w.stride_w) : 1.0;
        s[1] = w.out_pixels() * window * in * out / overlap / unit.macs_per_s;
        s[2] = read * bytes;
        s[3] = w.output_elements * bytes;
        s[4] = w.weight_elements * bytes;
        break;
      }
      case depthwise:  // one row of the array does the products of a whole
        s[1] = w.out_pixels() * window * out * (32 / element_bytes(w.precision)) /
               (w.operation == OpKind::deconv ? std::max(1.0, w.stride_h * w.stride_w) : 1.0) /
               unit.macs_per_s;
        s[2] = (read + w.output_elements + w.weight_elements) * bytes;
        break;
      case matmul:
        s[1] = w.macs / unit.macs_per_s;
        s[2] = (read + w.output_elements) * bytes;
        break;
      default:
        s[1] = (read + w.output_elements) * bytes;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    constexpr double kScale = 1.5;
    KernelPoint p;
    p.kind = static_cast<std::int16_t>(w.kind);
    p.x[0] = doublings(w.in_channels) / kScale;
    p.x[1] = doublings(w.out_channels) / kScale;
    p.x[2] = doublings(w.out_pixels()) / kScale;
    p.x[3] = doublings(w.kernel_h * w.kernel_w);
    p.x[4] = doublings(w.stride_h * w.stride_w) / 2;
    return p;
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance.amplitude = 0.1;
    s.covariance.shared = 0.03;
    s.noise = 0.1;  // the same layer twice in one network
    return s;
  }
};

}  // namespace

const KernelForm& rknn_form() {
  static const Rknn form;
  return form;
}

}  // namespace partita
