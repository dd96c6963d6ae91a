#include <catch2/catch.hpp>

#include "validation/validation.h"

using namespace partita;

TEST_CASE("score by hand") {
  // Errors: +10 %, -10 %, +50 %, 0.
  const std::vector<double> predicted{110, 90, 150, 200}, measured{100, 100, 100, 200};
  const QuantityResult r = score("time", predicted, measured, false);
  CHECK(r.n == 4);
  CHECK(*r.mape == Approx(0.175));
  CHECK(*r.bias == Approx(0.125));
  CHECK(*r.median_ape == Approx(0.1));
  CHECK(*r.p90_ape == Approx(0.1 + 0.7 * 0.4));  // Between the third and fourth of 0, .1, .1, .5.
  CHECK_FALSE(r.kendall_tau);
  CHECK_FALSE(r.regret);
  CHECK_FALSE(r.coverage_90);
}

TEST_CASE("tau and regret by hand") {
  // Pairs by (measured, predicted): 12 concordant, 13 discordant, 23 discordant: tau = -1/3.
  const std::vector<double> measured{1, 2, 3}, predicted{2, 3, 1};
  const QuantityResult r = score("time", predicted, measured, true);
  CHECK(*r.kendall_tau == Approx(-1.0 / 3));
  CHECK(*r.regret == Approx(2));  // It picks the third, measured 3 against the best 1.
}

TEST_CASE("coverage by hand") {
  // Half-widths 1.645 x 5 % = 8.2 % of the prediction: 105 against 100 is inside, 120 is not.
  const std::vector<double> predicted{105, 120}, measured{100, 100}, sd{0.05, 0.05};
  CHECK(*score("time", predicted, measured, false, sd).coverage_90 == Approx(0.5));
}
