// The tables of a measured profile, resolved against a SoC. Internal to sim/cost.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/cost/profile.h"

namespace partita {

inline constexpr double kUnmeasured = std::numeric_limits<double>::quiet_NaN();

/// One layer on one unit by cell = own OPP x host OPPs + host OPP.
struct UnitTable {
  std::vector<double> time_s;   ///< kUnmeasured where the table has no row.
  std::vector<double> power_w;  ///< Of the whole board, while it runs.
  std::vector<double> clock_s;  ///< The part of time_s that scales with the unit's clock.
  bool measured(std::size_t cell) const {
    return cell < time_s.size() && !std::isnan(time_s[cell]);
  }
};

/// Tables by layer name, then by unit index.
using LayerTables = std::map<std::string, std::vector<UnitTable>, std::less<>>;

struct NetworkTables {
  std::size_t rows = 0;  ///< Of layers.csv.
  LayerTables task, input;
  LayerTables load, run, fill;  ///< NPU: tensors in, run and tensors out, tensors to the next unit.

  /// Adds another network's layers under names that begin with `prefix`.
  void add(const NetworkTables& other, const std::string& prefix) {
    rows += other.rows;
    for (LayerTables NetworkTables::*tables :
         {&NetworkTables::task, &NetworkTables::input, &NetworkTables::load, &NetworkTables::run,
          &NetworkTables::fill})
      for (const auto& [layer, units] : other.*tables) (this->*tables)[prefix + layer] = units;
  }
};

/// Layers on an accelerator that runs several as one model (fitted to whole runs).
struct FusedRuns {
  double least = 0;  ///< A layer in a run: its time alone less its load, at least this part of it.
  double entry_s = 0;      ///< Beginning a run in mid-network, and
  double entry_load = 0;   ///< loading its input, as a multiple of the table's.
  double layer_s = 0;      ///< A layer nobody has measured.
  double host_cycles = 0;  ///< Of the host, once a run, for layers nobody has measured.
  double load_s_per_byte = 0, fill_s_per_byte = 0;  ///< Tensors in and out of them.
  double weight_bytes_per_s = 0;
};

class Profile {
 public:
  std::string folder, runtime;
  Precision precision{};
  double base_power_w = 0;
  double own_error = 0, shared_error = 0;
  bool parks_idle_clocks = false;
  double spread_until_s = 0;
  std::map<std::string, NetworkTables, std::less<>> networks;
  std::map<std::tuple<DomainId, int, int>, double> clock_steps_s;  ///< (clock, from OPP, to OPP).
  std::vector<bool> has_unit;  ///< By unit: the runtime runs on it.
  ProfileConstants constants;
  FusedRuns fused;
};

/// OPPs x host OPPs (1 without a host).
std::size_t cells_of(const Soc& soc, UnitId unit);
std::size_t cell_of(const Soc& soc, const Mode& mode);

}  // namespace partita
