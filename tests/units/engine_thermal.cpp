// The RC network against closed forms worked by hand, and what must hold of any network.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "sim/base/error.h"
#include "sim/engine/thermal.h"

using namespace partita;

namespace {

Thermal network(std::vector<ThermalNode> nodes) {
  Thermal thermal;
  thermal.nodes = std::move(nodes);
  return thermal;
}

/// 10 J/K, 2 K/W to the ambient: 20 s.
Thermal one_node() {
  return network({{"chip", 10, {{-1, 2}}, {}}});
}

/// 1 J/K each, 1 K/W between them and 1 K/W from the second to the ambient. G = [1 -1; -1 2]:
/// eigenvalues (3 -+ sqrt 5) / 2.
Thermal two_nodes() {
  return network({{"chip", 1, {{1, 1}}, {}}, {"case", 1, {{-1, 1}}, {}}});
}

Thermal random_network(std::mt19937_64& random) {
  std::uniform_real_distribution<double> capacity(0.1, 200), resistance(0.2, 30);
  std::uniform_int_distribution<int> size(1, 6);
  Thermal thermal;
  const int n = size(random);
  for (int i = 0; i < n; ++i) {
    ThermalNode node{"n", capacity(random), {}, {}};
    if (i > 0)
      node.paths.push_back(
          {std::uniform_int_distribution<int>(0, i - 1)(random), resistance(random)});
    if (i == 0 || random() % 2 == 0) node.paths.push_back({-1, resistance(random)});
    if (random() % 3 == 0) node.leakage = ThermalLeakage{0.2 / (30.0 * n), 40};
    thermal.nodes.push_back(std::move(node));
  }
  return thermal;
}

}  // namespace

TEST_CASE("heat: one node follows its exponential, whatever the steps") {
  const ThermalNetwork rc(one_node());
  const std::vector<double> power{5};
  // 25 + 5 W x 2 K/W = 35 in the end.
  CHECK(rc.steady_c(power, 25)[0] == Approx(35));
  ThermalState whole(rc, 25, 25), parts(rc, 25, 25);
  whole.advance(30, power);
  for (int i = 0; i < 300; ++i) parts.advance(0.1, power);
  const double closed = 35 - 10 * std::exp(-30.0 / 20);
  CHECK(whole.temperature(0) == Approx(closed).epsilon(1e-13));
  CHECK(parts.temperature(0) == Approx(closed).epsilon(1e-12));
  // Then it cools towards an ambient of 15.
  whole.set_ambient(15);
  CHECK(whole.temperature(0) == Approx(closed));
  whole.advance(10, std::vector<double>{0});
  CHECK(whole.temperature(0) == Approx(15 + (closed - 15) * std::exp(-0.5)));
}

TEST_CASE("heat: the time to a trip is that of the closed form") {
  const ThermalNetwork rc(one_node());
  const ThermalState state(rc, 25, 25);
  const std::vector<double> power{5};
  // 35 - 10 exp(-t / 20) = 33: t = 20 ln 5
  REQUIRE(state.time_until(0, 33, power));
  CHECK(*state.time_until(0, 33, power) == Approx(20 * std::log(5)).epsilon(1e-12));
  CHECK_FALSE(state.time_until(0, 35.001, power));
  CHECK_FALSE(state.time_until(0, 24.999, power));
  CHECK_FALSE(state.time_until(0, 33, power, 32));  // 20 ln 5 = 32.19 s
  CHECK(state.time_until(0, 33, power, 32.2));
  CHECK(*state.time_until(0, 25, power) == 0);
}

TEST_CASE("heat: leakage lifts the limit and slows the approach") {
  Thermal leaky = one_node();
  leaky.nodes[0].leakage = ThermalLeakage{0.1, 20};
  // G = 0.5 - 0.1 W/K: 25 s. At the ambient's 25 C it leaks 0.5 W: (5 + 0.5) / 0.4 = 13.75 K.
  const ThermalNetwork rc(leaky);
  CHECK(rc.steady_c(std::vector<double>{5}, 25)[0] == Approx(38.75));
  ThermalState state(rc, 25, 25);
  state.advance(25, std::vector<double>{5});
  CHECK(state.temperature(0) == Approx(38.75 - 13.75 * std::exp(-1.0)));
  leaky.nodes[0].leakage->slope_w_per_k = 0.5;  // all that is shed
  CHECK_THROWS_AS(ThermalNetwork(leaky), InputError);
}

TEST_CASE("heat: two nodes against the eigenvectors by hand") {
  const ThermalNetwork rc(two_nodes());
  ThermalState state(rc, 20, 20);
  state.advance(1.5, std::vector<double>{3, 0});
  // Limits: the case 3 K, the chip 6 K above the ambient. Modes of G: rate a = (3 - sqrt 5) / 2
  // with (1, 1 - a), rate b = (3 + sqrt 5) / 2 with (1, 1 - b). -6 = p + q and
  // -3 = p (1 - a) + q (1 - b) give p = (-3 + 6 (1 - b)) / (b - a), q = -6 - p.
  const double root = std::sqrt(5.0), a = (3 - root) / 2, b = (3 + root) / 2;
  const double p = (-3 + 6 * (1 - b)) / (b - a), q = -6 - p;
  const double slow = p * std::exp(-a * 1.5), fast = q * std::exp(-b * 1.5);
  CHECK(state.temperature(0) == Approx(26 + slow + fast).epsilon(1e-13));
  CHECK(state.temperature(1) == Approx(23 + slow * (1 - a) + fast * (1 - b)).epsilon(1e-13));
}

TEST_CASE("heat: a chip that overshoots meets a trip twice, and the first time counts") {
  const ThermalNetwork rc(two_nodes());
  // A hot case heats an idle chip, then both cool.
  const std::vector<double> start{20, 60}, idle{0, 0};
  ThermalState state(rc, start, 20);
  const auto up = state.time_until(0, 25, idle);
  REQUIRE(up);
  state.advance(*up, idle);
  CHECK(state.temperature(0) == Approx(25).epsilon(1e-12));
  CHECK(state.temperature(1) > 25);  // still rising
  state.advance(1e-3, idle);
  const auto down = state.time_until(0, 25, idle);
  REQUIRE(down);
  state.advance(*down, idle);
  CHECK(state.temperature(0) == Approx(25).epsilon(1e-12));
  CHECK_FALSE(ThermalState(rc, start, 20).time_until(0, 45, idle));
}

TEST_CASE("heat: crossings of a sum of exponentials") {
  // With x = exp(-t): (x - 0.8)(x - 0.5)(x - 0.1) = x^3 - 1.4 x^2 + 0.53 x - 0.04
  const auto found = crossings({{-0.04, 0}, {0.53, 1}, {-1.4, 2}, {1, 3}}, 1e9);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == Approx(-std::log(0.8)).epsilon(1e-12));
  CHECK(found[1] == Approx(-std::log(0.5)).epsilon(1e-12));
  CHECK(found[2] == Approx(-std::log(0.1)).epsilon(1e-12));
  CHECK(crossings({{-0.04, 0}, {0.53, 1}, {-1.4, 2}, {1, 3}}, 1.0).size() == 2);
  CHECK(crossings({{1, 0}, {2, 1}}, 1e9).empty());
  CHECK(crossings({{3, 0.5}}, 1e9).empty());
}

TEST_CASE("heat: energy is conserved in any network, and crossings stand where asked") {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> watts(0, 4), seconds(1e-4, 60), start(10, 60);
  int crossed = 0;
  for (int round = 0; round < 200; ++round) {
    const Thermal thermal = random_network(random);
    const ThermalNetwork rc(thermal);
    std::vector<double> begin;
    for (std::size_t i = 0; i < rc.nodes(); ++i) begin.push_back(start(random));
    ThermalState state(rc, begin, 25);
    const double before = state.stored_j(0);
    for (int step = 0; step < 20; ++step) {
      std::vector<double> power;
      for (std::size_t i = 0; i < rc.nodes(); ++i) power.push_back(watts(random));
      if (step == 10) state.set_ambient(35);
      const double target = start(random);
      if (const auto t = state.time_until(0, target, power)) {
        ThermalState then = state;
        then.advance(*t, power);
        CHECK(then.temperature(0) == Approx(target).epsilon(1e-9));
        ++crossed;
      }
      state.advance(seconds(random), power);
    }
    const HeatBalance& heat = state.balance();
    const double in = heat.into_nodes_j + heat.leakage_j;
    CHECK(std::abs(in - heat.to_ambient_j - (state.stored_j(0) - before)) <
          1e-9 * (heat.into_nodes_j + std::abs(before)));
  }
  CHECK(crossed > 100);
}

TEST_CASE("heat: a network that is cut off is refused") {
  CHECK_THROWS_AS(ThermalNetwork(network({{"a", 1, {{1, 2}}, {}}, {"b", 1, {}, {}}})), InputError);
  CHECK_THROWS_AS(ThermalNetwork(network({{"a", 1, {{-1, 2}}, {}}, {"b", 1, {}, {}}})), InputError);
}
