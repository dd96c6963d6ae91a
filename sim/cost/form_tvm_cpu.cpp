// TVM on CPUs: spatially packed and Winograd convolutions, tuned for every shape.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_place.h"
#include "sim/cost/kernel_work.h"

namespace partita {

const KernelForm& tvm_cpu_form();

namespace {

enum Kind : int { pointwise, window, depthwise, dense, elements, nothing, kKinds };

/// Coefficients before any measurement, as for other tuned kernels: loading or storing an element
/// costs as much as the multiplications of the named number of cycles.
std::span<const KernelKind> kind_table() {
  constexpr double kLoose = 1.5;
  static const std::vector<KernelTerm> convolution{{"compute", 1.4, 0.7},
                                                   {"input", 4, kLoose},
                                                   {"output", 8, kLoose},
                                                   {"weights", 4, kLoose},
                                                   {"launch", 1, kLoose}};
  static const std::array<KernelKind, kKinds> table{{
      {"pointwise", convolution},
      {"window", convolution},
      {"depthwise",
       {{"compute", 6, kLoose},
        {"input", 8, kLoose},
        {"output", 8, kLoose},
        {"launch", 1, kLoose}}},
      {"dense", {{"weights", 10, kLoose}, {"launch", 1, kLoose}}},
      {"elements", {{"elements", 12, kLoose}, {"launch", 1, kLoose}}},
      {"nothing", {}},
  }};
  return table;
}

class TvmCpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    switch (w.operation) {
      case OpKind::conv:
      case OpKind::deconv:
      case OpKind::grouped_conv:
        return w.kernel_h * w.kernel_w > 1 ? window : pointwise;
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
    const double peak = unit.macs_per_s;
    switch (w.kind) {
      case pointwise:
      case window:
        s[0] = w.macs / peak;
        s[1] = w.input_elements / peak;
        s[2] = w.output_elements / peak;
        s[3] = w.weight_elements / peak;
        s[4] = unit.dispatch_s;
        break;
      case depthwise:
        s[0] = w.macs / peak;
        s[1] = w.input_elements / peak;
        s[2] = w.output_elements / peak;
        s[3] = unit.dispatch_s;
        break;
      case dense:
        s[0] = std::max(w.weight_elements, w.macs) / peak;
        s[1] = unit.dispatch_s;
        break;
      case elements:
        s[0] = (w.input_elements + w.output_elements + w.fused_elements) / 2 / peak;
        s[1] = unit.dispatch_s;
        break;
      default:
        break;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    return kernel_place(w, {3, 3, 3, 2, 2});
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance = {0.25, 0, 0, 0.1};
    s.noise = 0.08;
    s.calibration = 1.8;
    return s;
  }
};

}  // namespace

const KernelForm& tvm_cpu_form() {
  static const TvmCpu form;
  return form;
}

}  // namespace partita
