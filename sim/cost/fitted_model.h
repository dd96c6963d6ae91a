// Costs from kernel models: fitted to a device's own measurements where traces/ has them, to other
// devices' where it has not.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"
#include "sim/cost/evidence.h"
#include "sim/cost/kernel_fit.h"
#include "sim/cost/runtime.h"

namespace partita {

/// The graph of a measured network, by the name the tables use; null when there is none.
using GraphSource = std::function<const Graph*(std::string_view network)>;

/// Rows of the tables as fits take them, with the row each is from. Networks without a graph and
/// precisions that are another network (integers) are left out.
struct UnitMeasurements {
  std::vector<Measurement> operators, networks;
  std::vector<const OperatorRow*> operator_rows;
  std::vector<const NetworkRow*> network_rows;
  bool empty() const { return operators.empty() && networks.empty(); }
};

/// Which rows: of this very unit, or of any of its kind on the SoC.
enum class RowsOf : std::uint8_t { unit, kind };

/// `evidence` must outlive the result. Groups are networks. Throws InputError for a unit that the
/// SoC does not have.
UnitMeasurements measurements_of(const Soc& soc, const Runtime& runtime, const KernelForm& form,
                                 const Unit& unit, Precision precision,
                                 std::span<const Evidence> evidence, const GraphSource& graphs,
                                 RowsOf which);

/// Operators and networks together: the operators say what kernels cost, the networks what else
/// there is, and where they are off. `expected`: instead of the form's prior. Throws
/// std::invalid_argument when there are none.
KernelFit fit_measurements(const KernelForm& form, const UnitMeasurements& measured,
                           const std::optional<Coefficients>& expected, bool kriging);

/// Another SoC whose tables say what to expect where nothing was measured.
struct MeasuredSoc {
  Soc soc;
  std::vector<Evidence> evidence;
};

/// What a kernel model of one unit was fitted to.
struct UnitFit {
  std::string unit;
  std::size_t operators = 0, networks = 0;  ///< Measurements used.
  bool of_networks = false;      ///< Whole networks decide, kernels measured alone are expected.
  bool own = false;              ///< Of this very unit, not of other cores or devices.
  std::string of;                ///< The other SoC they are from; empty: this one.
  std::optional<KernelFit> fit;  ///< None: the roofline serves.
  double overhead_s = 0;         ///< Once a network, beside its kernels.
  double scale = 1;  ///< Of kernels in a network over kernels alone, by the few networks there are.

  KernelEstimate network(std::span<const KernelWork> kernels, const UnitTraits& traits) const;
};

/// What other SoCs lead to expect: the unit next in peak, tables of operators before others.
struct Expectation {
  Coefficients coefficients;
  std::string soc;
  std::size_t operators = 0, networks = 0;
};
/// Nothing when nobody has measured such a unit.
std::optional<Expectation> expect_of_others(const KernelForm& form, const Runtime& runtime,
                                            const UnitTraits& traits, Precision precision,
                                            const GraphSource& graphs,
                                            std::span<const MeasuredSoc> others);

/// From what was measured on the unit (`own`), or on others of its kind; else as expected.
UnitFit fit_unit(const KernelForm& form, const UnitMeasurements& measured, bool own,
                 const std::optional<Expectation>& expected);
/// From all that `evidence` and `others` say. No fit where the runtime has no kernel model.
UnitFit fit_unit(const Soc& soc, const Runtime& runtime, const Unit& unit, Precision precision,
                 std::span<const Evidence> evidence, const GraphSource& graphs,
                 std::span<const MeasuredSoc> others);

/// Every unit of the SoC at its default precision.
std::vector<UnitFit> fit_units(const Soc& soc, const Runtime& runtime,
                               std::span<const Evidence> evidence, const GraphSource& graphs,
                               std::span<const MeasuredSoc> others);

/// Costs by `fits`, by unit (one each, in the SoC's order); the roofline where there is none.
/// Keeps references to `soc`, `runtime` and `graph`: the caller keeps them alive. Other graphs than
/// `graph` may be asked about and take longer.
std::unique_ptr<CostModel> make_fitted_model(const Soc& soc, const Runtime& runtime,
                                             const Graph& graph, std::vector<UnitFit> fits);

}  // namespace partita
