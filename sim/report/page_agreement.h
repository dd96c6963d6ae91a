// Pictures of predictions beside measurements.
#pragma once

#include <string>
#include <vector>

#include "sim/report/page.h"

namespace partita {

/// A measured case. `group`: what it is coloured by, a device or a unit.
struct AgreementCase {
  std::string name, group;
  double measured = 0, predicted = 0;
};

/// Cases of one quantity.
struct Agreement {
  std::string quantity, unit;
  std::vector<AgreementCase> cases;
};

/// At most so many are drawn: every k-th, so that all parts of a suite are there.
inline constexpr std::size_t kMostCases = 3000;

/// Predicted against measured on logarithmic axes.
PageSection agreement_section(const Agreement& agreement);
/// Histogram of the relative errors of all cases.
PageSection errors_section(const Agreement& agreement);

/// Counts of relative errors in bins of `width`, from -`most` to `most`; what is beyond is counted
/// in the outermost.
std::vector<std::size_t> error_histogram(const std::vector<AgreementCase>& cases, double width,
                                         double most);

}  // namespace partita
