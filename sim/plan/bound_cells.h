// What running an operator takes at least, by mode, for the bounds. Internal to sim/plan.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/plan/evaluate.h"

namespace partita::bounding {

/// An operator on one unit: s, J and bytes of the whole of it or, where it may be cut, per whole at
/// the slice with the best rate.
struct Cell {
  double latency_s = 0;
  double load_s = 0;    ///< Of the unit's time, as wide as the operator fills it.
  double energy_j = 0;  ///< Above the base power.
  double bytes = 0;
  std::uint64_t resources = 0;
};

/// Something that every plan runs on one unit or, if it can be cut, on several.
struct Row {
  std::vector<Cell> cells;
  /// Least time from the first of what it waits for to its end; see least_s().
  double path_s = 0;
};

/// Rows of the placed operators in the table's order, then those of the loads of the network's
/// inputs that are certain. Loads that delay an operator count in its path_s.
std::vector<Row> unsplit_rows(const CostTable& table);
std::vector<Row> split_rows(const CostTable& table, bool any_precision);

/// Does every plan load `op`'s network inputs where `op` runs? With several readers, the first in
/// the plan's order loads.
bool surely_loads(const Graph& graph, OpId op);

}  // namespace partita::bounding
