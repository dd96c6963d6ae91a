// TFLite's GPU delegate (2.10, OpenCL): kernels and their terms.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/cost/tflite_gpu_launch.h"

namespace partita {

const KernelForm& tflite_gpu_form();

namespace {

constexpr double kSliceMacs = 16;  ///< 4 input by 4 output channels.

/// Coefficients before any measurement: kernels reach a third of the peak.
std::span<const KernelKind> kind_table() {
  constexpr double kLoose = 2;
  static const std::vector<KernelTerm> convolution{{"launch", 1, kLoose},
                                                   {"lanes", 1, kLoose},
                                                   {"work", 1, kLoose},
                                                   {"weight_reads", 1, kLoose},
                                                   {"input_reads", 1, kLoose},
                                                   {"group_weights", 1, kLoose},
                                                   {"group_inputs", 1, kLoose},
                                                   {"input", 0.5, kLoose},
                                                   {"output", 0.5, kLoose},
                                                   {"fused", 1, kLoose},
                                                   {"chain", 5, kLoose},
                                                   {"rounds", 0.3, kLoose},
                                                   {"rounds_resident", 0.3, kLoose},
                                                   {"rounds_by_8", 0.3, kLoose}};
  static const std::vector<KernelTerm> window{
      {"launch", 1, kLoose},       {"lanes", 1, kLoose},  {"work", 1, kLoose},
      {"group_inputs", 1, kLoose}, {"groups", 1, kLoose}, {"input", 1, kLoose},
      {"output", 1, kLoose},       {"fused", 1, kLoose},  {"rounds", 0.3, kLoose}};
  static const std::array<KernelKind, GpuKernel::kKinds> table{{
      {"conv", convolution},
      {"constant_conv", convolution},
      {"winograd", convolution},
      {"fully_connected",
       {{"launch", 1, kLoose},
        {"weights", 1, kLoose},
        {"chain", 5, kLoose},
        {"groups", 1, kLoose},
        {"outputs", 1, kLoose}}},
      {"depthwise_3x3", window},
      {"depthwise", window},
      {"grouped", convolution},
      {"mean",
       {{"launch", 1, kLoose},
        {"input", 1, kLoose},
        {"steps", 1, kLoose},
        {"chain", 5, kLoose},
        {"lanes", 1, kLoose},
        {"groups", 1, kLoose}}},
      {"pool", window},
      {"concat",
       {{"launch", 1, kLoose},
        {"output", 2, kLoose},
        {"chain", 5, kLoose},
        {"lanes", 1, kLoose},
        {"unaligned", 1, kLoose},
        {"fused", 1, kLoose}}},
      {"elementwise", {{"launch", 1, kLoose}, {"elements", 1, kLoose}}},
      {"normalization", {{"launch", 1, kLoose}, {"elements", 2, kLoose}}},
      {"movement", {{"launch", 1, kLoose}, {"elements", 1, kLoose}}},
      {"nothing", {}},
  }};
  return table;
}

/// Seconds at the unit's peak of what a launch does.
struct Peak {
  explicit Peak(const UnitTraits& of) : unit(of) {}
  double macs(double slices) const { return slices * kSliceMacs / unit.macs_per_s; }
  double bytes(double slices) const { return slices * 4 * kHalf / unit.bytes_per_s; }
  /// Steps that wait for each other.
  double chain(double steps) const { return steps * kCycles / unit.clock_hz; }
  static constexpr double kHalf = 2, kCycles = 10;
  const UnitTraits& unit;
};

/// Slices of a feature map.
double input_slices(const KernelWork& w) {
  return w.in_height * w.in_width * slices_of(w.in_channels);
}
double output_slices(const KernelWork& w) {
  return w.out_pixels() * slices_of(w.out_channels);
}

struct Lanes {
  Lanes(const GpuLaunch& l, const UnitTraits& unit)
      : wave(gpu_wave(gpu_family(unit))),
        waves(std::ceil(l.group_threads() / wave)),
        groups(l.groups()),
        units(std::max(1, unit.compute_units)),
        all(groups * waves * wave) {
    // A core of a Mali has registers for so many threads of a convolution; whole groups only.
    constexpr double kResident = 384;
    if (gpu_family(unit) != GpuFamily::mali) return;
    resident = std::max(1.0, std::floor(kResident / l.group_threads()));
    resident_work = resident * waves;
  }
  double wave, waves, groups, units;
  double all;           ///< Those of partly filled waves too.
  double resident = 4;  ///< Groups of a unit at once.
  double resident_work = 1;
};

void convolution_terms(const KernelWork& w, const GpuLaunch& l, const UnitTraits& unit,
                       std::span<double> s) {
  const Peak at(unit);
  const Lanes lanes(l, unit);
  const double one = l.block() * l.steps;
  s[0] = unit.dispatch_s;
  s[1] = at.macs(lanes.all * one);
  s[2] = at.macs(l.grid_x * l.grid_y * l.grid_z * one);
  s[3] = at.macs(lanes.all * l.steps * l.block_slices);
  s[4] = at.macs(lanes.all * l.steps * l.block_x * l.block_y);
  s[5] = at.macs(lanes.groups * l.steps * l.group_z * l.block_slices);
  s[6] = at.macs(lanes.groups * l.steps * l.group_x * l.group_y * l.block_x * l.block_y);
  s[7] = at.bytes(input_slices(w));
  s[8] = at.bytes(output_slices(w));
  s[9] = at.bytes(w.fused_elements / 4);
  s[10] = at.chain(l.steps);
  const double group = at.macs(one * lanes.wave * lanes.units);  // a wave of each unit
  s[11] = group * lanes.waves * std::ceil(lanes.groups / lanes.units);
  s[12] = group * lanes.resident_work * std::ceil(lanes.groups / (lanes.resident * lanes.units));
  s[13] = group * std::ceil(lanes.groups * lanes.waves / (8 * lanes.units));
}

void window_terms(const KernelWork& w, const GpuLaunch& l, const UnitTraits& unit,
                  std::span<double> s) {
  const Peak at(unit);
  const Lanes lanes(l, unit);
  const double rows = (l.group_y * l.block_y - 1) * w.stride_h + w.kernel_h;
  const double columns = (l.group_x * l.block_x - 1) * w.stride_w + w.kernel_w;
  s[0] = unit.dispatch_s;
  s[1] = at.macs(lanes.all * l.steps);
  s[2] = at.macs(l.grid_x * l.grid_y * l.grid_z * l.steps);
  s[3] = at.bytes(lanes.groups * rows * columns * l.group_z);
  s[4] = at.chain(lanes.groups);
  s[5] = at.bytes(input_slices(w));
  s[6] = at.bytes(output_slices(w));
  s[7] = at.bytes(w.fused_elements / 4);
  s[8] = at.macs(l.steps * lanes.wave * lanes.units) * lanes.waves *
         std::ceil(lanes.groups / lanes.units);
}

class TfliteGpu final : public KernelForm {
 public:
  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& work, const UnitTraits& unit) const override {
    return gpu_kernel_kind(work, unit);
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    const GpuLaunch l = gpu_launch(w, unit);
    const Peak at(unit);
    const Lanes lanes(l, unit);
    switch (w.kind) {
      case GpuKernel::conv:
      case GpuKernel::constant_conv:
      case GpuKernel::winograd:
      case GpuKernel::grouped:
        convolution_terms(w, l, unit, s);
        return;
      case GpuKernel::depthwise_3x3:
      case GpuKernel::depthwise:
      case GpuKernel::pool:
        window_terms(w, l, unit, s);
        return;
      case GpuKernel::fully_connected:
        s[0] = unit.dispatch_s;
        s[1] = at.bytes(4 * slices_of(w.in_channels) * slices_of(w.out_channels));
        s[2] = at.chain(l.steps);
        s[3] = at.chain(lanes.groups * l.steps);
        s[4] = at.bytes(slices_of(w.out_channels));
        return;
      case GpuKernel::mean:
        s[0] = unit.dispatch_s;
        s[1] = at.bytes(input_slices(w));
        s[2] = at.bytes(l.steps * l.grid_z);
        s[3] = at.chain(l.steps);
        s[4] = at.bytes(lanes.groups * l.group_threads());
        s[5] = at.chain(lanes.groups);
        return;
      case GpuKernel::concat:
        s[0] = unit.dispatch_s;
        s[1] = at.bytes(output_slices(w));
        s[2] = at.chain(l.steps);
        s[3] = at.bytes(lanes.all * l.steps);
        s[4] = std::fmod(w.in_channels, 4) != 0 ? at.bytes(output_slices(w)) : 0;
        s[5] = at.bytes(w.fused_elements / 4);
        return;
      case GpuKernel::nothing:
        return;
      default:
        s[0] = unit.dispatch_s;
        s[1] = at.bytes((w.input_elements + w.output_elements + w.fused_elements) / 4);
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits& unit) const override {
    // Length-scales: doublings over which times move together.
    constexpr double kSlices = 3, kSide = 3, kWindow = 2, kStride = 2, kFused = 2, kGroup = 3,
                     kFill = 1.5, kRounds = 2, kBlock = 3, kGroups = 3;
    const GpuLaunch l = gpu_launch(w, unit);
    const Lanes lanes(l, unit);
    const double threads = l.group_threads();
    const bool unaligned_in = std::fmod(w.in_channels, 4) != 0;
    const double side =
        std::sqrt(w.kind == GpuKernel::mean ? w.in_height * w.in_width : w.out_pixels());
    KernelPoint p;
    p.kind = static_cast<std::int16_t>(w.kind);
    p.x[0] = doublings(slices_of(w.in_channels)) / kSlices;
    p.x[1] = doublings(slices_of(w.out_channels)) / kSlices;
    p.x[2] = doublings(side) / kSide;
    p.x[3] = doublings(std::sqrt(w.kernel_h * w.kernel_w)) / kWindow;
    p.x[4] = (std::sqrt(w.stride_h * w.stride_w) - 1) / kStride;
    // Another tensor read; a batch normalisation (product, sum, activation) behind.
    p.x[5] = w.kind == GpuKernel::grouped
                 ? doublings(w.groups) / kGroups
                 : ((w.fused_elements > 0 ? 1 : 0) + (w.fused >= 3 ? 1.5 : 0)) / kFused;
    p.x[6] = doublings(l.group_z) / kGroup;
    p.x[7] = doublings(l.group_x * l.group_y) / kGroup;
    p.x[8] =
        (std::log2(lanes.all / (lanes.groups * threads)) +
         kRounds * std::log2(std::ceil(lanes.groups / lanes.units) * lanes.units / lanes.groups)) /
        kFill;
    p.x[9] = doublings(l.block()) / kBlock;
    if (w.kind == GpuKernel::concat) {
      p.x[3] = doublings(w.inputs) / kWindow;
      p.x[4] = unaligned_in ? 1 / kStride : 0;
      p.x[9] = 0;
    }
    if (w.kind == GpuKernel::constant_conv) {
      p.x[6] = std::fmod(w.out_channels, 4) != 0 ? 1 / kFused : 0;
      p.x[9] = unaligned_in ? 1 / kFused : 0;
    }
    return p;
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance.amplitude = 0.3;
    s.noise = 0.03;
    s.overhead_s = 1e-3;
    s.neighbours = 64;
    return s;
  }
};

}  // namespace

const KernelForm& tflite_gpu_form() {
  static const TfliteGpu form;
  return form;
}

}  // namespace partita
