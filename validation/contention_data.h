// Measured contention: what a unit reaches of the bandwidth it asks for, by what others ask for.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// One cell of a matrix, B/s.
struct ContentionCell {
  double own = 0, external = 0;  ///< What each draws alone.
  double attained = 0;
};

/// Our table (own_gb_per_s, external_gb_per_s, attained_gb_per_s), or a matrix as PCCS publishes
/// it: a count and the own demands, a count and the external ones, then a row for each own demand;
/// GB/s. Throws InputError.
std::vector<ContentionCell> read_contention(const std::filesystem::path& path);

/// Relative least squares; robust against single cells. Throws InputError when there are too few.
ContentionCurve fit_contention(std::span<const ContentionCell> cells, std::string_view where);

/// The curve as lines of a unit's description.
std::string contention_yaml(const ContentionCurve& curve);

}  // namespace partita
