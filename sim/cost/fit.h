// Few-parameter fits: bounded, robust least squares.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace partita {

struct FitParameter {
  std::string name;
  double start = 0, least = 0, most = 0;
  double step = 0;  ///< Of the numerical derivative; also the parameter's natural scale.
};

struct FitOptions {
  double loss_scale = 0.05;  ///< Residuals beyond it count linearly (soft L1).
  int iterations = 25;
  std::function<void(double)> progress;  ///< Fraction done; may be empty.
};

/// Minimises sum of 2 s^2 (sqrt(1 + (r/s)^2) - 1) over the box by Levenberg-Marquardt with
/// numerical derivatives. `residuals` fills a vector of the same length at every call.
/// Deterministic. Returns the parameters in order.
std::vector<double> fit_least_squares(
    const std::vector<FitParameter>& parameters,
    const std::function<void(const std::vector<double>&, std::vector<double>&)>& residuals,
    const FitOptions& options = {});

}  // namespace partita
