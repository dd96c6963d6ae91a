// ncnn on CPUs and Vulkan GPUs, operator by operator: what ncnn_unit.h says of whole networks.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/kernel_work.h"
#include "sim/cost/ncnn_unit.h"

namespace partita {
namespace {

// On GPUs, which compute nothing in int8, columns 9 and 10 are deep products.
constexpr std::array<std::string_view, kNcnnColumns> kColumns{
    "channel_memory", "convolution", "boxes",         "layer",         "depthwise",
    "elements",       "connected",   "first",         "group",         "int8_depthwise",
    "int8_first",     "int8_memory", "int8_products", "int8_winograd", "local_response",
    "rows",           "move",        "pointwise",     "winograd",      "weights"};
// Medians over the units of the suite ncnn.
constexpr std::array<double, kNcnnColumns> kCpu{3.51, 2.5,  1.03, 1.71,  1.5,   1.63,  1.82,
                                                1.31, 1.33, 1.03, 0.622, 0.868, 0.672, 1.54,
                                                1.4,  1.12, 1.2,  2.48,  4.16,  1.67};
constexpr std::array<double, kNcnnColumns> kGpu{1.06, 1.32,  1.36, 1.08,  1.12, 0.864, 0.777,
                                                1.15, 0.908, 1.01, 0.594, 1,    1,     1,
                                                1,    1.13,  1.39, 0.908, 1.11, 1.01};

std::vector<KernelKind> one_kind(const std::array<double, kNcnnColumns>& priors) {
  KernelKind kind{"layer", {}};
  for (std::size_t j = 0; j < kNcnnColumns; ++j)
    kind.terms.push_back({std::string(kColumns[j]), priors[j], 0.5});
  return {kind};
}

/// A unit of the description as ncnn sees it, with the version of today.
NcnnUnit unit_of(const UnitTraits& traits, Precision precision) {
  NcnnUnit u;
  u.gpu = traits.unit_kind != UnitKind::cpu;
  u.threads = u.running = std::max(1, traits.threads);
  // A unit's share of the bus is a little over half of the peak that the coefficients go by.
  u.bytes_per_s = traits.bytes_per_s / 0.55;
  u.clock_hz = u.gpu ? traits.host_hz > 0 ? traits.host_hz : 2e9 : traits.clock_hz;
  if (u.gpu) {
    u.family = gpu_family(traits.core);
    u.gpu_macs_per_s = traits.macs_per_s / (precision == Precision::fp16 ? 2 : 1);
    return u;
  }
  const CoreType* core = find_core_type(traits.core);
  if (!core) core = find_core_type("Cortex-A72");
  u.lanes = core->macs_per_cycle;
  u.core_peak = core->macs_per_cycle * traits.clock_hz * traits.slowest_share;
  u.mixed = traits.slowest_share < 0.75;
  u.in_order = core->in_order;
  u.half = core->half;  // By default ncnn computes fp32 networks in fp16 where the core can.
  u.dot = core->dot;
  u.matrix = core->matrix;
  return u;
}

class NcnnForm final : public KernelForm {
 public:
  explicit NcnnForm(bool gpu) : kinds_(one_kind(gpu ? kGpu : kCpu)), gpu_(gpu) {}

  std::span<const KernelKind> kinds() const override { return kinds_; }
  int kind_of(const KernelWork&, const UnitTraits&) const override { return 0; }

  void terms(const KernelWork& work, const UnitTraits& unit,
             std::span<double> seconds) const override {
    const NcnnSeconds all = ncnn_seconds(ncnn_counts(work, gpu_), unit_of(unit, work.precision));
    for (std::size_t j = 0; j < kNcnnColumns; ++j) seconds[j] = all[j];
  }

  KernelPoint point(const KernelWork& work, const UnitTraits&) const override {
    KernelPoint p;
    p.kind = static_cast<std::int16_t>(work.operation);
    p.x = {doublings(work.in_channels) / 3, doublings(work.out_channels) / 3,
           doublings(work.out_pixels()) / 5, std::log2(work.kernel_h * work.kernel_w) / 2,
           std::log2(work.stride_h)};
    return p;
  }

  FitSettings settings() const override {
    // By cross-validation over networks, unit by unit. Much of the noise is that of boards: those
    // of one SoC differ by 21 % (median).
    FitSettings s;
    s.noise = 0.06;
    if (gpu_) {
      s.covariance = {0.3, 0, 0.3, 0.3};
      s.calibration = 2.4;
    } else {
      s.covariance = {0.25, 0, 0.3, 0.1};
      s.trend_spread = 0.07;
      s.calibration = 2.2;
    }
    return s;
  }

 private:
  std::vector<KernelKind> kinds_;
  bool gpu_;
};

}  // namespace

const KernelForm& ncnn_cpu_form() {
  static const NcnnForm form(false);
  return form;
}

const KernelForm& ncnn_gpu_form() {
  static const NcnnForm form(true);
  return form;
}

}  // namespace partita
