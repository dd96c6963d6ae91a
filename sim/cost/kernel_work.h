// Kernels: what a runtime makes of a network's operators once it has fused and chosen, with the
// counts and shapes their time depends on.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"
#include "sim/cost/kriging.h"
#include "sim/cost/runtime.h"
#include "sim/graph/graph.h"
#include "sim/soc/soc.h"

namespace partita {

/// One kernel: an operator with what is fused into it. Extents of the feature map; a fully
/// connected layer or matmul has its rows as out_height x out_width.
struct KernelWork {
  OpId op{};  ///< Whose time it is; operators fused into it are free.
  OpKind operation{};
  std::string function;  ///< Of the operator: "max", "relu", "add", ...
  int kind = 0;          ///< Index into KernelForm::kinds().
  double in_channels = 1, in_height = 1, in_width = 1;
  double out_channels = 1, out_height = 1, out_width = 1;
  double kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation = 1, groups = 1;
  bool padded = false;  ///< Its window reaches beyond the input.
  double macs = 0, simple_ops = 0;
  double input_elements = 0, output_elements = 0, weight_elements = 0;
  int inputs = 1;             ///< Tensors the operator reads, of one shape or joined.
  int fused = 0;              ///< Operators fused into it.
  double fused_elements = 0;  ///< Further tensors those read, elements.
  Precision precision = Precision::fp32;

  double out_pixels() const { return out_height * out_width; }
};

/// Times a count doubles from one: the axis on which kernels are near or far. Below one: nought.
inline double doublings(double count) {
  return std::log2(std::max(count, 1.0));
}

/// The operator alone: shapes and counts, nothing fused, kind 0.
KernelWork kernel_of(const Graph& graph, OpId op, const Slice& slice, Precision precision);

/// By operator: what is fused into the kernel it leads (`lead` as fuse() gives it).
struct Fused {
  int operators = 0;
  double elements = 0;  ///< Of tensors they read from outside the kernel.
};
std::vector<Fused> fused_into(const Graph& graph, std::span<const OpId> lead);

/// What a kernel's terms are counted against: one unit at one OPP.
struct UnitTraits {
  UnitKind unit_kind = UnitKind::cpu;
  double macs_per_s = 0;   ///< Peak of all its threads at the kernel's precision.
  double bytes_per_s = 0;  ///< Its share of the memory bus.
  double dispatch_s = 0;
  double clock_hz = 0;
  double host_hz = 0;      ///< CPU that launches; 0: none.
  double cache_bytes = 0;  ///< Last level it sees.
  int threads = 1;
  double slowest_share = 1;  ///< Peak of its slowest core x threads over the peak of all of them.
  int compute_units = 0;     ///< Of a GPU; 0: not said.
  std::string core;          ///< Microarchitecture: of its fastest core, of the accelerator.
};
UnitTraits traits_of(const Soc& soc, const Mode& mode, Precision precision);
/// The same for cores that no unit of the description holds. `host_opp` -1: no host clock.
UnitTraits traits_of(const Soc& soc, const Unit& unit, int opp, int host_opp, Precision precision);

/// A term of a kernel class's time. With the coefficient 1 it is the time at the unit's peak.
struct KernelTerm {
  std::string name;     ///< e.g. "compute"
  double prior = 1;     ///< Coefficient expected before any measurement (1 / efficiency).
  double prior_sd = 1;  ///< Of ln coefficient: how strongly the fit is drawn to it.
};

struct KernelKind {
  std::string name;  ///< e.g. "winograd"
  std::vector<KernelTerm> terms;
};

/// What a form's fits go by, chosen by cross-validation.
struct FitSettings {
  Covariance covariance;
  double calibration = 1;       ///< Multiplies every standard deviation.
  double noise = 0.03;          ///< Relative, of a measurement that does not say.
  double overhead_s = 0;        ///< Expected once a network; 0: none.
  std::size_t neighbours = 40;  ///< For tables of single kernels.
  /// Of networks about their trend, beyond noise, relative; none: as of single kernels.
  std::optional<double> trend_spread;
};

/// How one runtime runs networks on one kind of unit. Stateless; one per (runtime, kind of unit).
class KernelForm {
 public:
  virtual ~KernelForm() = default;
  virtual std::span<const KernelKind> kinds() const = 0;
  /// Kernel class of an operator with these extents.
  virtual int kind_of(const KernelWork& work, const UnitTraits& unit) const = 0;
  /// Seconds at the unit's peak, one for each term of the kernel's kind.
  virtual void terms(const KernelWork& work, const UnitTraits& unit,
                     std::span<double> seconds) const = 0;
  /// Where the kernel lies among others, for kriging; device left 0.
  virtual KernelPoint point(const KernelWork& work, const UnitTraits& unit) const = 0;
  virtual FitSettings settings() const = 0;
};

/// The kernels of a network in order: fused by the rules, each with its class. Inputs, constants
/// and what is fused into others have none.
std::vector<KernelWork> kernels_of(const KernelForm& form, const Graph& graph, Precision precision,
                                   const UnitTraits& unit, std::span<const FusionRule> fusions);

/// Name in the command line and the trace folders: tflite, ncnn, tvm, ...; throws InputError naming
/// the known ones. Null when there is no form for this runtime on this kind of unit.
const KernelForm* kernel_form(std::string_view runtime, UnitKind unit);
std::vector<std::string> kernel_form_runtimes();

}  // namespace partita
