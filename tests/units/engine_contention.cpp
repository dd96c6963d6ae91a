// Memory contention in the form of PCCS: corners by hand, then its shape.
#include <catch2/catch.hpp>
#include <random>

#include "sim/engine/contention.h"

using namespace partita;

namespace {

constexpr double kGB = 1e9;
// Limit 40 GB/s; 5 % of what is below it lost from 100 GB/s on; of what is above it 20 % is left
// from 50 GB/s on.
const ContentionCurve kCurve{40 * kGB, 0.05, 100 * kGB, 50 * kGB, 0.2};

double attained(double own, double external) {
  return attained_bytes_per_s(kCurve, own * kGB, external * kGB) / kGB;
}

}  // namespace

TEST_CASE("contention: corners of the curve") {
  CHECK(attained(90, 0) == Approx(90));     // alone
  CHECK(attained(20, 50) == Approx(19.5));  // half of 5 % of 20
  CHECK(attained(20, 100) == Approx(19));
  CHECK(attained(20, 300) == Approx(19));  // the loss ends there
  // On the line, at 25 of 50: 40 x (1 - 0.05 / 4) + 50 x (1 - 0.8 / 2) = 39.5 + 30
  CHECK(attained(90, 25) == Approx(69.5));
  // Where it ends: 40 x 0.975 + 50 x 0.2 = 49; beyond, only the minor loss grows: 38 + 10.
  CHECK(attained(90, 50) == Approx(49));
  CHECK(attained(90, 100) == Approx(48));
  CHECK(attained(90, 1000) == Approx(48));
  CHECK(attained(0, 70) == 0);
}

TEST_CASE("contention: continuous, falling with the others' demand, growing with one's own") {
  std::mt19937_64 random(20210101);
  std::uniform_real_distribution<double> demand(0, 150);
  const double step = 1e-6;
  for (int i = 0; i < 2000; ++i) {
    const double own = demand(random), external = demand(random);
    const double here = attained(own, external);
    CHECK(here <= own);
    CHECK(here >= 0);
    CHECK(attained(own + 1, external) > here);
    CHECK(attained(own, external + 1) <= here);
    // No slope is steeper than both of 150 GB/s: (150 - 40) x 0.8 / 50 and 40 x 0.05 / 100.
    CHECK(std::abs(attained(own, external + step) - here) <= (1.76 + 0.02) * step + 1e-9);
    CHECK(std::abs(attained(own + step, external) - here) < step + 1e-9);
  }
}
