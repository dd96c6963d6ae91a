// Are the governors' equations right? Each against the kernel's formula worked by hand.
#include <catch2/catch.hpp>

#include <cmath>

#include "sim/base/error.h"
#include "sim/engine/governor.h"

using namespace partita;

namespace {

Domain four_opps() {
  Domain domain;
  domain.name = "big";
  for (double ghz : {0.5, 1.0, 1.5, 2.0}) domain.opps.push_back({ghz * 1e9, {}, {}});
  return domain;
}

GovernorSettings settings(GovernorKind kind) {
  GovernorSettings s;
  s.kind = kind;
  return s;
}

}  // namespace

TEST_CASE("schedutil follows PELT: half a half-life of load, 1.25 x headroom") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::schedutil), domain, 3);
  governor.advance(0.032, 1);  // At the top clock utilisation is 1 - 2^-1 after 32 ms.
  CHECK(governor.utilisation() == Approx(0.5));
  CHECK(governor.decide(1) == 2);  // 1.25 x 0.5 x 2 GHz = 1.25 GHz: the lowest OPP that reaches it.
  governor.advance(0.032, 0);
  CHECK(governor.utilisation() == Approx(0.25));
}

TEST_CASE("schedutil's utilisation is of the highest clock: a full slow core is not full") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::schedutil), domain, 1);
  governor.advance(10, 1);
  CHECK(governor.utilisation() == Approx(0.5));  // 1 of 2 GHz.
  CHECK(governor.decide(1) == 2);                // It climbs an OPP at a time, through 1.25 x.
}

TEST_CASE("schedutil is asked again only while a core is busy, and not before its rate limit") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::schedutil), domain, 0);
  CHECK(governor.next_decision_s(1) == Approx(4e-3));
  CHECK(std::isinf(governor.next_decision_s(0)));
  governor.decide(1);
  CHECK_FALSE(governor.due());
  governor.advance(0.9e-3, 1);
  CHECK_FALSE(governor.due());
  governor.advance(0.1e-3, 1);
  CHECK(governor.due());
}

TEST_CASE("ondemand: to the top above 80 %, in proportion below") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::ondemand), domain, 0);
  governor.advance(0.01, 0.81);
  CHECK(governor.decide(1) == 3);
  governor.set_opp(3);
  governor.advance(0.01, 0.5);  // 0.5 + 0.5 x 1.5 = 1.25 GHz, rounded down to 1.
  CHECK(governor.decide(1) == 1);
}

TEST_CASE("simple_ondemand: a band of hysteresis, else busy x f / (0.9 - 0.025)") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::simple_ondemand), domain, 2);
  governor.advance(0.05, 0.95);
  CHECK(governor.decide(1) == 3);
  governor.set_opp(3);
  governor.advance(0.05, 0.87);
  CHECK(governor.decide(1) == 3);
  governor.advance(0.05, 0.4);  // 0.4 x 2 / 0.875 = 0.914 GHz: 1 GHz reaches it.
  CHECK(governor.decide(1) == 1);
}

TEST_CASE("adreno-tz moves one level at a time") {
  const Domain domain = four_opps();
  Governor governor(settings(GovernorKind::adreno_tz), domain, 0);
  governor.advance(0.005, 1);
  CHECK(governor.decide(1) == 1);
  governor.set_opp(3);
  governor.advance(0.005, 0.3);  // 0.3 x 2 GHz = 0.6 < 0.95 x 0.9 x 1.5 GHz.
  CHECK(governor.decide(1) == 2);
}

TEST_CASE("performance, powersave and fixed never ask again") {
  const Domain domain = four_opps();
  for (auto [kind, opp] :
       {std::pair{GovernorKind::performance, 3}, std::pair{GovernorKind::powersave, 0},
        std::pair{GovernorKind::fixed, 3}}) {
    Governor governor(settings(kind), domain, 1);
    CHECK(governor.decide(0.5) == opp);
    CHECK(std::isinf(governor.next_decision_s(1)));
  }
}

TEST_CASE("governors are named by domain, and wrong names say what is known") {
  Soc soc;
  soc.domains = {four_opps()};
  CHECK(parse_governors(soc, "big=fixed:1GHz", "x").of(soc.domains[0]).fixed_opp == 1);
  CHECK(parse_governors(soc, "ondemand", "x").of(soc.domains[0]).kind == GovernorKind::ondemand);
  CHECK_THROWS_WITH(parse_governors(soc, "turbo", "--governor"),
                    Catch::Contains("unknown governor \"turbo\"; known: performance, powersave"));
  CHECK_THROWS_WITH(parse_governors(soc, "huge=ondemand", "--governor"),
                    Catch::Contains("unknown clock domain \"huge\"; known: big, others"));
  CHECK_THROWS_WITH(parse_governors(soc, "big=fixed:3GHz", "--governor"),
                    Catch::Contains("unknown OPP \"3GHz\""));
}
