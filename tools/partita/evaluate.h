// A plan through lower, estimate and simulate.
#pragma once

#include <string>

#include "sim/engine/engine.h"
#include "tools/partita/prepare.h"

namespace partita {

/// Bound of the problem under its objective, on the costs alone; with the bus where it is
/// simulated.
double bound_of(const Prepared& prepared);

/// Fills everything but single_unit.
Outcome evaluate(const Prepared& prepared, std::string name, std::string status, Plan plan,
                 double bound, const LowerOptions& overheads = {});

}  // namespace partita
