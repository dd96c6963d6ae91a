// What text and pages of a sweep have in common.
#pragma once

#include <string>

#include "sim/report/outcome.h"
#include "tools/partita/sweep.h"

namespace partita {

/// `3.77 ms`, `17.6 mJ`, ...: by the unit in the figure's name.
std::string figure_text(const std::string& name, double value);
bool varies(const SweepAxis& axis);

}  // namespace partita
