#include <catch2/catch.hpp>
#include <cmath>

#include "validation/nelder_mead.h"

using namespace partita;

TEST_CASE("the simplex finds known minima, within its budget, the same each time") {
  int calls = 0;
  // Rosenbrock's valley: 0 at (1, 1).
  const auto valley = [&](const std::vector<double>& p) {
    ++calls;
    return std::pow(1 - p[0], 2) + 100 * std::pow(p[1] - p[0] * p[0], 2);
  };
  const auto found = minimise(valley, {-1.2, 1}, 0.2, 2, 300);
  CHECK(found[0] == Approx(1).epsilon(1e-4));
  CHECK(found[1] == Approx(1).epsilon(1e-4));
  CHECK(calls <= 2 * (300 + 4));  // a step that was begun is ended
  CHECK(minimise(valley, {-1.2, 1}, 0.2, 2, 300) == found);
  // With steps there is no derivative: |x - 3| in steps of 0.1, from zero.
  const auto steps = [](const std::vector<double>& p) {
    return std::floor(std::abs(p[0] - 3) * 10) / 10;
  };
  CHECK(std::abs(minimise(steps, {0}, 0.5, 2, 100)[0] - 3) < 0.1);
}
