// A comparison of plans for one SoC and network, and its way from the process that made it.
#pragma once

#include <string>
#include <vector>

#include "partitioners/plugin.h"
#include "sim/report/comparison.h"
#include "tools/partita/prepare.h"

namespace partita {

/// Every single unit, then the partitioners; ranked. Throws UnsupportedError where no plan runs.
Comparison compare_plans(const Prepared& prepared, const CompareRequest& request,
                         const Registry& registry, const std::vector<std::string>& names,
                         const Console& console);

/// What is left of a comparison among many.
struct Cell {
  Comparison comparison;  ///< Of each outcome what tables of several comparisons show.
  std::string csv, json;  ///< All of it; empty: not asked for.
};
std::string pack(const Cell& cell);
Cell unpack(std::string_view packed);

}  // namespace partita
