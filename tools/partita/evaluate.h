// A plan through lower, estimate and simulate.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/engine.h"
#include "tools/partita/prepare.h"

namespace partita {

/// Bound of the problem under its objective, on the costs alone; with the bus where it is
/// simulated.
double bound_of(const Prepared& prepared);

/// Fills everything but single_unit.
Outcome evaluate(const Prepared& prepared, std::string name, std::string status, Plan plan,
                 double bound, const LowerOptions& overheads = {});

/// What the plans of a front are like, one request of each alone.
std::vector<FrontPoint> evaluate_front(const Prepared& prepared,
                                       const std::vector<ParetoPoint>& front,
                                       LowerOptions overheads = {});

}  // namespace partita
