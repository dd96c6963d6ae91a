// MACE on CPUs, fp32: products of matrices, Winograd, direct convolution, each divided over threads
// as mace_kernels.h says. The same whatever memory the GPU beside it uses.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_place.h"
#include "sim/cost/mace_kernels.h"

namespace partita {

const KernelForm& mace_cpu_form();

namespace {

enum Kind : int { gemm, winograd, direct, direct_3x3, depthwise, dense, elements, nothing, kKinds };

/// Coefficients before any measurement, round numbers. Published alone (CoDL, MobiSys 2022, 3.1 and
/// 4.1, Snapdragon 855): 3x3 112x112x32 -> 64 by half 1.95 ms; 1x1 52x52x256 -> 128 1.5 ms; 3x3 of
/// stride 2 240x320x64 -> 128, four tenths about 58 ms.
std::span<const KernelKind> kind_table() {
  constexpr double kTight = 0.3, kLoose = 0.7;
  static const std::array<KernelKind, kKinds> table{{
      {"gemm",
       {{"products", 1.4, kTight},
        {"packing", 1, kLoose},
        {"traffic", 1, kLoose},
        {"launch", 1, 1}}},
      {"winograd",
       {{"products", 2, kTight}, {"tiles", 20, kLoose}, {"traffic", 1, kLoose}, {"launch", 1, 1}}},
      {"direct", {{"products", 2, kLoose}, {"traffic", 1, kLoose}, {"launch", 1, 1}}},
      {"direct_3x3", {{"products", 8, kLoose}, {"traffic", 1, kLoose}, {"launch", 1, 1}}},
      {"depthwise", {{"products", 4, kLoose}, {"traffic", 1, kLoose}, {"launch", 1, 1}}},
      {"dense", {{"products", 1, kLoose}, {"weights", 1.3, kLoose}, {"launch", 1, 1}}},
      {"elements", {{"traffic", 1.5, kLoose}, {"launch", 1, 1}}},
      {"nothing", {}},
  }};
  return table;
}

/// Multiply-accumulates a second of the slowest thread: loops are cut evenly. The pipes are as wide
/// from the Cortex-A76 on; a third of the time (fitted: the Snapdragon 888 against the 855) goes as
/// the work per cycle that Arm states for integer programs, 1.2 of a Cortex-A77, 1.07 more of a
/// Cortex-A78.
double thread_macs_per_s(const UnitTraits& unit) {
  constexpr double kA77 = 1.2, kA78 = 1.2 * 1.07, kAhead = 1. / 3;
  double ahead = 1;
  if (unit.core.find("A77") != std::string::npos) ahead = kA77;
  for (const char* newer : {"A78", "X1", "X2", "X3", "X4", "A710", "A715", "A720"})
    if (unit.core.find(newer) != std::string::npos) ahead = kA78;
  return unit.macs_per_s * unit.slowest_share / unit.threads / (1 - kAhead + kAhead / ahead);
}

class MaceCpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    switch (w.operation) {
      case OpKind::conv:
      case OpKind::grouped_conv:
        switch (mace::cpu_kernel(w)) {
          case mace::CpuKernel::gemm:
            return gemm;
          case mace::CpuKernel::winograd:
            return winograd;
          default:
            return w.kernel_h == 3 && w.kernel_w == 3 ? direct_3x3 : direct;
        }
      case OpKind::deconv:
        return direct;
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
    constexpr double kBlock = 256, kPacked = 32;  // products and elements of a step
    const double mac_s = 1 / thread_macs_per_s(unit);
    const double bytes = element_bytes(w.precision);
    const double traffic =
        bytes * (w.input_elements + w.output_elements + w.fused_elements) / unit.bytes_per_s;
    s.back() = unit.dispatch_s;
    switch (w.kind) {
      case gemm: {
        const mace::GemmSteps steps = mace::gemm_steps(w, unit.threads);
        s[0] = steps.products * kBlock * mac_s / w.groups;
        s[1] = (steps.left + steps.right) * kPacked * mac_s;
        s[2] = traffic;
        break;
      }
      case winograd: {
        const mace::WinogradSteps steps = mace::winograd_steps(w, unit.threads);
        const double edge = steps.tile + 2;
        s[0] = steps.products * kBlock * mac_s;
        // Both transforms are products with constant matrices: as many passes as the edge has bits.
        s[1] = (steps.input + steps.output) * edge * edge * std::log2(edge) * mac_s;
        s[2] = traffic;
        break;
      }
      case direct:
      case direct_3x3:
        s[0] = mace::direct_steps(w, unit.threads) / w.out_channels * w.macs * mac_s;
        s[1] = traffic;
        break;
      case depthwise:
        s[0] = mace::busiest(w.out_channels, unit.threads) / w.out_channels * w.macs * mac_s;
        s[1] = traffic;
        break;
      case dense:
        s[0] = w.macs / unit.threads * mac_s;
        s[1] = bytes * w.weight_elements / unit.bytes_per_s;
        break;
      default:
        s[0] = traffic;
    }
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
};

}  // namespace

const KernelForm& mace_cpu_form() {
  static const MaceCpu form;
  return form;
}

}  // namespace partita
