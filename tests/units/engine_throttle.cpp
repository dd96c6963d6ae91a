// Thermal zones at work, poll by poll, on the sample SoC.
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/engine/throttle.h"
#include "units/thermal_sample.h"

using namespace partita;

namespace {

// Domains: big (2 OPPs), little (3), gpu (2).
const std::vector<std::vector<double>> kPowers{{1, 3}, {0.2, 0.4, 0.6}, {1, 2}};
const std::vector<DomainDemand> kBusy{{1, 1}, {2, 1}, {1, 1}};

struct Bench {
  Soc soc = parse_soc(sample_with_heat(), "sample");
  Throttle throttle{soc, kPowers};
  double now = 0;

  std::vector<int> caps(double chip_c, double skin_c,
                        const std::vector<DomainDemand>& demands = kBusy) {
    throttle.poll(now, std::vector<double>{chip_c, skin_c}, demands);
    now = std::isfinite(throttle.next_poll_s()) ? throttle.next_poll_s() : now + 1;
    return {throttle.caps().begin(), throttle.caps().end()};
  }
};

using Caps = std::vector<int>;

}  // namespace

TEST_CASE("throttling: step-wise moves one state a poll, with hysteresis") {
  Bench bench;
  CHECK(bench.caps(60, 30) == Caps{1, 2, 1});
  CHECK(bench.now == 1);  // cool: the slow interval
  CHECK(bench.caps(71, 30) == Caps{1, 1, 1});
  CHECK(bench.now == Approx(1.1));  // a passive trip: the fast one
  CHECK(bench.caps(72, 30) == Caps{1, 0, 1});
  CHECK(bench.caps(73, 30) == Caps{1, 0, 1});  // nothing left to take away
  CHECK(bench.caps(72, 30) == Caps{1, 0, 1});  // above the trip, but falling: held
  CHECK(bench.caps(69, 30) == Caps{1, 0, 1});  // within the hysteresis: held
  CHECK(bench.caps(67.9, 30) == Caps{1, 1, 1});
  CHECK(bench.caps(67, 30) == Caps{1, 2, 1});
  const double before = bench.now;
  CHECK(bench.caps(66, 30) == Caps{1, 2, 1});
  CHECK(bench.now == Approx(before + 1));
}

TEST_CASE("throttling: limits of a map, several trips, critical") {
  Bench bench;
  CHECK(bench.caps(85, 30) == Caps{0, 1, 1});
  CHECK(bench.caps(86, 30) == Caps{0, 0, 1});  // `most: 1` was reached
  CHECK_FALSE(bench.throttle.critical());
  CHECK(bench.caps(77, 30) == Caps{1, 0, 1});  // below hot less 2 K: not even `least`
  bench.caps(110, 30);
  CHECK(bench.throttle.critical());
}

TEST_CASE("throttling: the power allocator shares a budget") {
  Bench bench;
  // At 40 C the error is zero: 2 W. Asked 3 + 2 W, so 1.2 W and 0.8 W: big's 1 W fits, the GPU's
  // lowest does not and stays all the same.
  CHECK(bench.caps(60, 40) == Caps{0, 2, 0});
  // At 37 C: 2 + 0.2 x 3 + 0.05 x 3 x 0.2 s = 2.63 W. A GPU a quarter busy asks for 0.5 of 3.5 W:
  // 0.376 W, and 0.5 W at its top does not fit, 0.25 W does. Big has 2.254 W.
  CHECK(bench.caps(60, 37, {{1, 1}, {2, 1}, {1, 0.25}}) == Caps{0, 2, 0});
  // A tenth busy: 0.2 of 3.2 W is 0.166 W; 0.2 W does not fit, 0.1 W does.
  CHECK(bench.caps(60, 36, {{1, 1}, {2, 1}, {1, 0.1}}) == Caps{0, 2, 0});
  // Big idle: all for the GPU, 2 W at its top and 2 W asked.
  CHECK(bench.caps(60, 37, {{0, 0}, {2, 1}, {1, 1}}) == Caps{1, 2, 1});
  CHECK(bench.caps(60, 35, kBusy) == Caps{1, 2, 1});  // below switch-on: off
}

TEST_CASE("throttling: above the control temperature the budget shrinks with the integral") {
  Bench bench;
  const std::vector<DomainDemand> only_gpu{{0, 0}, {0, 0}, {1, 1}};
  CHECK(bench.caps(60, 40, only_gpu)[2] == 1);  // 2 W
  // 2 - 0.5 - 0.05 x 0.2 = 1.49 W of which the GPU gets all: 1 W fits.
  CHECK(bench.caps(60, 41, only_gpu)[2] == 0);
}

TEST_CASE("throttling: a zone that does not poll is woken by its trips") {
  Bench bench;
  const auto wakes = bench.throttle.wakes_at_c();
  REQUIRE(wakes.size() == 2);
  CHECK(wakes[0].node == 1);
  CHECK(wakes[0].temperature_c == 36);
  bench.caps(60, 30);
  CHECK(bench.throttle.wakes_at_c().size() == 2);
  bench.caps(60, 36);
  CHECK(bench.throttle.wakes_at_c().empty());  // it polls now
  CHECK(bench.throttle.next_poll_s() == Approx(1.2));
}
