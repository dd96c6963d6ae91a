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

/// What a kernel model of one unit was fitted to.
struct UnitFit {
  std::string unit;
  std::size_t operators = 0, networks = 0;  ///< Measurements used.
  bool own = false;                         ///< Of this very unit, not of other cores or devices.
  std::optional<KernelFit> fit;             ///< None: the roofline serves.
};

/// Fits every unit that the runtime drives. Networks without a graph are left out.
std::vector<UnitFit> fit_units(const Soc& soc, const Runtime& runtime,
                               std::span<const Evidence> evidence, const GraphSource& graphs);

/// Costs by `fits`, by unit (one each, in the SoC's order); the roofline where there is none.
/// Keeps references to `soc`, `runtime` and `graph`: the caller keeps them alive. Other graphs than
/// `graph` may be asked about and take longer.
std::unique_ptr<CostModel> make_fitted_model(const Soc& soc, const Runtime& runtime,
                                             const Graph& graph, std::vector<UnitFit> fits);

}  // namespace partita
