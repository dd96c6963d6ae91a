#include <catch2/catch.hpp>

#include <cmath>

#include "sim/cost/fit.h"

using namespace partita;

TEST_CASE("a fit finds the parameters that made the data, in spite of outliers and within bounds") {
  std::vector<double> t, y;
  for (int i = 0; i < 60; ++i) {
    t.push_back(i * 0.1);
    y.push_back(2.5 * std::exp(-0.7 * t.back()) + 0.3);
  }
  y[10] += 40;
  y[30] -= 25;
  auto residuals = [&](const std::vector<double>& x, std::vector<double>& r) {
    r.resize(t.size());
    for (std::size_t i = 0; i < t.size(); ++i) r[i] = x[0] * std::exp(-x[1] * t[i]) + x[2] - y[i];
  };
  const std::vector<FitParameter> parameters{
      {"a", 1, 0, 10, 1e-4}, {"k", 0.1, 0, 5, 1e-4}, {"c", 0, -1, 1, 1e-4}};
  const auto x = fit_least_squares(parameters, residuals,
                                   {.loss_scale = 1e-3, .iterations = 200, .progress = {}});
  CHECK(x[0] == Approx(2.5).epsilon(1e-2));
  CHECK(x[1] == Approx(0.7).epsilon(1e-2));
  CHECK(x[2] == Approx(0.3).epsilon(2e-2));

  auto bounded = parameters;
  bounded[1].most = 0.5;
  CHECK(fit_least_squares(bounded, residuals)[1] <= 0.5);
}
