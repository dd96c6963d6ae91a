// Thermal zones at work, poll by poll, on the sample SoC.
#include <catch2/catch.hpp>
#include <cmath>

#include "sim/engine/thermal.h"
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

namespace {

struct Warm {
  double highest_c = 0, last_c = 0, last_hz = 0;
  double free_c = 0;  ///< Where it would end at its highest clocks.
};

/// Everything busy for so long, every domain at its cap, between polls in one step.
Warm busy_for(const std::string& name, double seconds, double ambient_c) {
  const Soc soc = load_soc(PARTITA_ROOT "/socs/" + name + ".yaml");
  std::vector<std::vector<double>> powers(soc.domains.size());
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const Unit& unit = soc.units[u];
    auto& table = powers[index(unit.domain)];
    if (unit.kind == UnitKind::cpu && unit.cores.size() > 1) continue;
    table.clear();
    for (int o = 0; o <= soc.top_opp(unit.domain); ++o)
      table.push_back(busy_power_w(soc, make_id<UnitId>(u), o));
  }
  for (std::size_t d = 0; d < powers.size(); ++d)
    if (powers[d].empty()) powers[d].assign(soc.domains[d].opps.size(), 1);
  const ThermalNetwork network(*soc.thermal);
  ThermalState heat(network, ambient_c, ambient_c);
  Throttle throttle(soc, powers);
  Warm warm;
  std::vector<DomainDemand> demands(soc.domains.size());
  std::vector<double> watts(soc.domains.size());
  for (double now = 0; now < seconds;) {
    throttle.poll(now, heat.temperatures(), demands);
    for (std::size_t d = 0; d < watts.size(); ++d) {
      demands[d] = {throttle.caps()[d], 1};
      watts[d] = powers[d][static_cast<std::size_t>(demands[d].opp)];
    }
    const auto by_node = node_powers(*soc.thermal, watts, 0, soc.base_power_w);
    double next = std::min(throttle.next_poll_s(), seconds);
    for (const Throttle::Wake& wake : throttle.wakes_at_c())
      if (const auto t = heat.time_until(wake.node, wake.temperature_c, by_node); t && *t > 0)
        next = std::min(next, now + *t);
    heat.advance(next - now, by_node);
    now = next;
    warm.highest_c = std::max(warm.highest_c, heat.temperature(0));
  }
  warm.last_c = heat.temperature(0);
  for (std::size_t d = 0; d < watts.size(); ++d) watts[d] = powers[d].back();
  warm.free_c =
      network.steady_c(node_powers(*soc.thermal, watts, 0, soc.base_power_w), ambient_c)[0];
  warm.last_hz = soc.domains[0].opps[static_cast<std::size_t>(throttle.caps()[0])].frequency_hz;
  return warm;
}

}  // namespace

TEST_CASE("throttling: phones settle under load, and cooler air gives higher clocks") {
  for (const char* name : {"snapdragon-8-elite", "snapdragon-8-gen-2", "snapdragon-888"}) {
    INFO(name);
    const Soc soc = load_soc(std::string(PARTITA_ROOT "/socs/") + name + ".yaml");
    const double top = soc.domains[0].opps.back().frequency_hz;
    const Warm cool = busy_for(name, 600, 10), usual = busy_for(name, 600, 25),
               hot = busy_for(name, 600, 33);
    CHECK(usual.last_hz < 0.8 * top);
    CHECK(cool.last_hz >= usual.last_hz);
    CHECK(usual.last_hz >= hot.last_hz);
    CHECK(cool.last_c <= usual.last_c);
    // The clocks, not the network, hold it there.
    CHECK(usual.last_c - 25 < 0.7 * (usual.free_c - 25));
    CHECK(std::abs(busy_for(name, 900, 25).last_c - usual.last_c) < 6);
    CHECK(busy_for(name, 5, 25).last_hz == top);  // nothing at first
  }
}

TEST_CASE("throttling: a board stays about its trips") {
  // All of it busy: 12 W, 75 K over the air without a governor.
  const Warm warm = busy_for("rk3399pro", 1200, 40);
  CHECK(warm.highest_c > 70);
  CHECK(warm.highest_c < 80);
  CHECK(warm.last_hz < 1.8e9);
  CHECK(busy_for("rk3399pro", 1200, 0).last_hz == 1.8e9);
}
