// The sections `thermal` and `contention` of a SoC description: read, and refused where wrong.
#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "sim/soc/network.h"
#include "units/thermal_sample.h"

using namespace partita;

namespace {

std::string message(const std::string& text) {
  try {
    parse_soc(text, "x.yaml");
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.rfind(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

constexpr char kCurve[] =
    "    contention: {normal_limit: 3 GB/s, minor_loss: 4 %, minor_external: 6 GB/s,\n"
    "      balance_external: 2 GB/s, floor_share: 25 %}\n    unsupported: [deconv]\n";

std::string sample_with_curve(const std::string& curve = kCurve) {
  return replaced(kSampleSoc, "    unsupported: [deconv]\n", curve);
}

}  // namespace

TEST_CASE("a thermal section becomes a network and zones") {
  const Soc soc = parse_soc(sample_with_heat(), "sample");
  REQUIRE(soc.thermal);
  const Thermal& heat = *soc.thermal;
  CHECK(heat.ambient_c == 25);
  REQUIRE(heat.nodes.size() == 2);
  CHECK(heat.nodes[0].capacity_j_per_k == 2);
  REQUIRE(heat.nodes[0].paths.size() == 1);
  CHECK(heat.nodes[0].paths[0].to == 1);
  CHECK(heat.nodes[0].paths[0].resistance_k_per_w == 4);
  CHECK(heat.nodes[0].leakage->slope_w_per_k == 0.01);
  CHECK(heat.nodes[1].paths[0].to == -1);
  CHECK(heat.node_of_domain == std::vector<int>{0, 0, 0});
  CHECK(heat.node_of_memory == 1);
  CHECK(heat.node_of_base == 1);
  REQUIRE(heat.zones.size() == 2);
  const ThermalZone& cpu = heat.zones[0];
  CHECK(cpu.polling_s == 1);
  CHECK(cpu.passive_s == 0.1);
  CHECK_FALSE(cpu.allocator);
  REQUIRE(cpu.trips.size() == 3);
  CHECK(cpu.trips[2].kind == TripKind::critical);
  CHECK(cpu.cooling[0].most_state == 2);  // no limit: little has three OPPs
  CHECK(cpu.cooling[1].least_state == 1);
  REQUIRE(heat.zones[1].allocator);
  CHECK(heat.zones[1].allocator->sustainable_w == 2);
  CHECK(heat.zones[1].allocator->control_trip == 1);
  CHECK(heat.zones[1].allocator->k_i_w_per_k_s == 0.05);
  // In the ledger too: ambient 1, nodes 4 + 2, the zones 10 and 11.
  CHECK(soc.ledger.size() == 47 + 28);
}

TEST_CASE("a contention curve belongs to a unit") {
  const Soc soc = parse_soc(sample_with_curve(), "sample");
  CHECK_FALSE(soc.units[0].contention);
  REQUIRE(soc.units[2].contention);
  CHECK(soc.units[2].contention->normal_limit_bytes_per_s == 3e9);
  CHECK(soc.units[2].contention->minor_loss == 0.04);
  CHECK(soc.units[2].contention->minor_external_bytes_per_s == 6e9);
  CHECK(soc.units[2].contention->balance_external_bytes_per_s == 2e9);
  CHECK(soc.units[2].contention->floor_share == 0.25);
}

TEST_CASE("a wrong thermal section is refused") {
  struct Case {
    const char *from, *to, *place, *says;
  };
  const Case cases[] = {
      {"ambient: 25 C", "ambient: 25", "x.yaml:85:12: thermal.ambient", "has no unit"},
      {"capacity: 2 J/K", "capacity: 0 J/K", "x.yaml:88:17: thermal.nodes.chip.capacity",
       "greater than zero"},
      {"capacity: 2 J/K", "capacity: 2 J", "x.yaml:88:17: thermal.nodes.chip.capacity",
       "unknown unit \"J\""},
      {"{skin: 4 K/W}", "{skni: 4 K/W}", "x.yaml:90:18: thermal.nodes.chip.to.skni",
       "unknown node \"skni\" (did you mean \"skin\"?); known: chip, skin, ambient"},
      {"{skin: 4 K/W}", "{chip: 4 K/W}", "x.yaml:90:18: thermal.nodes.chip.to.chip",
       "no path to itself"},
      {"{ambient: 8 K/W}", "{ambient: 8 K/W, chip: 2 K/W}",
       "x.yaml:95:34: thermal.nodes.skin.to.chip", "chip has this path already"},
      {"[memory, base]", "[memory, base, gpu]", "x.yaml:94:33: thermal.nodes.skin.heated_by[2]",
       "gpu already heats chip"},
      {"[memory, base]", "[memory]", "x.yaml:87:5: thermal.nodes", "no node is heated by base"},
      {"[big, little, gpu]", "[big, gpu]", "x.yaml:87:5: thermal.nodes",
       "no node is heated by little"},
      {"policy: step_wise", "policy: stepwise", "x.yaml:101:15: thermal.zones.cpu.policy",
       "known: step_wise, power_allocator"},
      {"trip: warm, domain", "trip: off, domain",
       "x.yaml:107:18: thermal.zones.cpu.cooling[0].trip", "a passive trip is expected"},
      {"least: 1, most: 1", "least: 1, most: 2", "x.yaml:108:52: thermal.zones.cpu.cooling[1].most",
       "2 is not between 1 and 1"},
      {"kind: critical", "kind: fatal", "x.yaml:105:58: thermal.zones.cpu.trips.off.kind",
       "known: passive, critical"},
      {"passive: 100 ms", "passive: 0 ms", "x.yaml:100:16: thermal.zones.cpu.passive",
       "greater than zero where a zone cools"},
      {"k_pu: 200", "k_pv: 200", "x.yaml:121:9: thermal.zones.skin.allocator",
       "key \"k_pu\" is missing"},
      {"k_i: 50 mW/K/s", "k_i: 50 mW/K", "x.yaml:126:14: thermal.zones.skin.allocator.k_i",
       "unknown unit \"mW/K\""},
  };
  for (const Case& c : cases) {
    INFO(c.from << " -> " << c.to);
    CHECK_THAT(message(replaced(sample_with_heat(), c.from, c.to)),
               Catch::StartsWith(std::string(c.place) + ": ") && Catch::Contains(c.says));
  }
}

TEST_CASE("a wrong contention curve is refused") {
  CHECK_THAT(message(replaced(sample_with_curve(), "floor_share: 25 %", "floor_share: 125 %")),
             Catch::Contains("is not between 0 % and 100 %"));
  CHECK_THAT(message(replaced(sample_with_curve(), "minor_loss: 4 %", "major_loss: 4 %")),
             Catch::Contains("key \"minor_loss\" is missing"));
  CHECK_THAT(message(replaced(sample_with_curve(), "normal_limit: 3 GB/s", "normal_limit: 0 GB/s")),
             Catch::Contains("greater than zero"));
}
