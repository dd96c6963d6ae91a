// Does a SoC description mean what it says? Expected values are worked by hand from soc_sample.h.
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "sim/soc/soc.h"
#include "units/soc_sample.h"

using namespace partita;

TEST_CASE("a SoC description becomes plain structs in SI units") {
  const Soc soc = parse_soc(kSampleSoc, "sample");
  CHECK(soc.name == "sample");
  CHECK(soc.base_power_w == 1.5);
  CHECK(soc.memory.shared_bytes_per_s == 8e9);
  CHECK(soc.memory.energy_per_byte_j == 50e-12);
  REQUIRE(soc.clusters.size() == 2);
  CHECK(soc.clusters[0].caches.at(0).size_bytes == 1048576);
  CHECK(soc.clusters[1].capacity_dmips_per_mhz == 0);
  CHECK(soc.unit_names() == std::vector<std::string>{"big", "all", "gpu"});

  const UnitId big = *soc.find_unit("big"), all = *soc.find_unit("all");
  const UnitId gpu = *soc.find_unit("gpu");
  CHECK(soc.unit(gpu).letter == 'G');
  CHECK(soc.unit(all).letter == 0);
  CHECK(soc.domain(*soc.unit(gpu).host_domain).name == "big");
  CHECK(soc.unit(gpu).unsupported == std::vector<std::string>{"deconv"});
  // Clusters take bits 0 and 1, the first accelerator bit 2.
  CHECK(soc.unit(big).resources == 0b001);
  CHECK(soc.unit(all).resources == 0b011);
  CHECK(soc.unit(gpu).resources == 0b100);

  REQUIRE(soc.link(big, gpu) != nullptr);
  const auto& terms = soc.link(big, gpu)->terms;
  REQUIRE(terms.size() == 2);
  CHECK(terms[0].kind == LinkTermKind::transform);
  CHECK(terms[0].fixed_s == 0.2e-3);
  CHECK(terms[0].per_byte_s == 1e-9);
  CHECK(terms[0].on == big);
  CHECK(terms[1].kind == LinkTermKind::map);
  CHECK(terms[1].per_byte_s == 0);
  CHECK(terms[1].on == gpu);
  CHECK(soc.link(gpu, big) == nullptr);
}

TEST_CASE("peak operations per second count two per MAC, all threads, each cluster's clock") {
  const Soc soc = parse_soc(kSampleSoc, "sample");
  const UnitId big = *soc.find_unit("big"), all = *soc.find_unit("all");
  const UnitId gpu = *soc.find_unit("gpu");
  // 2 operations x 2 cores x 4 MACs x 2 GHz = 32 GOP/s; half of it at 1 GHz.
  CHECK(peak_ops_per_s(soc, big, Precision::fp32, 1) == 32e9);
  CHECK(peak_ops_per_s(soc, big, Precision::fp32, 0) == 16e9);
  CHECK(peak_ops_per_s(soc, big, Precision::int8, 1) == 0);
  // 2 x 64 MACs x 600 MHz = 76.8 GOP/s
  CHECK(peak_ops_per_s(soc, gpu, Precision::fp16, 1) == 76.8e9);
  // At the top: 32 + 2 x 1 core x 2 MACs x 1 GHz = 36 GOP/s. With the big cluster at half its
  // clock, the little one runs at its highest OPP not above half of 1 GHz: 16 + 2 x 2 x 0.5 GHz
  // = 18.
  CHECK(peak_ops_per_s(soc, all, Precision::fp32, 1) == 36e9);
  CHECK(peak_ops_per_s(soc, all, Precision::fp32, 0) == 18e9);
  // In cycles of the big cluster at 2 GHz: 36e9 / 2 / 2e9 = 9 MACs; efficiency by share of the
  // peak, (32 x 50 % + 4 x 40 %) / 36.
  CHECK(soc.unit(all).throughput[0].macs_per_cycle == Approx(9));
  CHECK(soc.unit(all).throughput[0].efficiency == Approx(17.6 / 36));
  CHECK_THROWS_AS(peak_ops_per_s(soc, big, Precision::fp32, 2), std::logic_error);
}

TEST_CASE("busy power is static + C V^2 f per core, or the table") {
  const Soc soc = parse_soc(kSampleSoc, "sample");
  const UnitId big = *soc.find_unit("big"), all = *soc.find_unit("all");
  const UnitId gpu = *soc.find_unit("gpu");
  // 2 x (0.1 W + 0.5 nF x (0.8 V)^2 x 1 GHz) = 2 x 0.42 W
  CHECK(busy_power_w(soc, big, 0) == Approx(0.84));
  // 2 x (0.1 W + 0.5 nF x (1 V)^2 x 2 GHz) = 2 x 1.1 W
  CHECK(busy_power_w(soc, big, 1) == Approx(2.2));
  // Plus one little core from its table: at 500 MHz, and at the top.
  CHECK(busy_power_w(soc, all, 0) == Approx(0.94));
  CHECK(busy_power_w(soc, all, 1) == Approx(2.4));
  CHECK(busy_power_w(soc, gpu, 0) == 1);
  CHECK(busy_power_w(soc, gpu, 1) == 2);
  CHECK_THROWS_AS(busy_power_w(soc, gpu, 2), std::logic_error);
}

TEST_CASE("a domain follows another by its share of the top clock") {
  const Soc soc = parse_soc(kSampleSoc, "sample");
  const auto big = make_id<DomainId>(0), little = make_id<DomainId>(1);
  CHECK(matching_opp(soc, big, 1, little) == 2);
  CHECK(matching_opp(soc, big, 0, little) == 0);  // half: 500 of 1000 MHz
  CHECK(matching_opp(soc, little, 1, big) == 0);  // 90 %: 1 of 2 GHz is the highest below
  CHECK(matching_opp(soc, little, 1, little) == 1);
}

TEST_CASE("every number has its source in the ledger, the nearest one named") {
  const Soc soc = parse_soc(kSampleSoc, "sample");
  const auto entry = [&](const std::string& path) {
    for (const LedgerEntry& e : soc.ledger) {
      if (e.path == path) return e;
    }
    FAIL("no ledger entry " << path);
    return LedgerEntry{};
  };
  CHECK(entry("base_power").text == "1.5 W");
  CHECK(entry("base_power").known == Known::fitted);
  CHECK(entry("domains.gpu.opps[0].frequency").source == "lab");
  CHECK(entry("domains.gpu.opps[1].frequency").source == "book");
  CHECK(entry("domains.gpu.opps[1].frequency").known == Known::measured);
  CHECK(entry("links[0].terms[0].per_byte").text == "1 ns/B");
  CHECK(entry("units.gpu.power.busy[1]").known == Known::assumed);
  CHECK(entry("units.all.cores.little").text == "1");
  // Counted in the file: base 1, memory 4, domains 5 + 4 + 3, clusters 8 + 6, units 3 + 4 + 6,
  // links 3.
  CHECK(soc.ledger.size() == 47);
  std::set<std::string> paths;
  for (const LedgerEntry& e : soc.ledger) paths.insert(e.path);
  CHECK(paths.size() == soc.ledger.size());
}

TEST_CASE("names of enumerators read back") {
  CHECK(to_string(Precision::int8) == "int8");
  CHECK(precision_names() == std::vector<std::string>{"fp32", "fp16", "int8"});
  CHECK(element_bytes(Precision::fp32) == 4);
  CHECK(element_bytes(Precision::fp16) == 2);
  CHECK(element_bytes(Precision::int8) == 1);
  CHECK(to_string(Known::assumed) == "assumed");
  CHECK(to_string(UnitKind::dsp) == "dsp");
  CHECK(to_string(LinkTermKind::unmap) == "unmap");
}

TEST_CASE("every SoC of the catalogue loads, and each number in it has a declared source") {
  int loaded = 0;
  for (const auto& file : std::filesystem::directory_iterator(PARTITA_ROOT "/socs")) {
    if (file.path().extension() != ".yaml") continue;
    INFO(file.path().string());
    const Soc soc = load_soc(file.path());
    ++loaded;
    CHECK(soc.name == file.path().stem());
    std::set<std::string> declared, used;
    for (const Source& s : soc.sources) declared.insert(s.id);
    for (const LedgerEntry& e : soc.ledger) used.insert(e.source);
    CHECK(used == declared);  // A source nobody uses is stale.
    for (std::size_t u = 0; u < soc.units.size(); ++u) {
      const auto id = make_id<UnitId>(u);
      const Unit& unit = soc.units[u];
      INFO(unit.name);
      for (int opp = 0; opp <= soc.top_opp(unit.domain); ++opp) {
        CHECK(peak_ops_per_s(soc, id, unit.default_precision, opp) > 0);
        CHECK(busy_power_w(soc, id, opp) > 0);
      }
      // A price for every pair: no mapping may meet a transfer without one.
      for (std::size_t v = 0; v < soc.units.size(); ++v) {
        INFO("to " << soc.units[v].name);
        CHECK((u == v || soc.link(id, make_id<UnitId>(v)) != nullptr));
      }
    }
  }
  CHECK(loaded >= 2);
}

TEST_CASE("the RK3399Pro is the board that was measured") {
  const Soc soc = load_soc(PARTITA_ROOT "/socs/rk3399pro.yaml");
  CHECK(soc.unit_names() ==
        std::vector<std::string>{"cpu-big", "cpu-little", "cpu-all", "gpu", "npu"});
  // 2 operations x 1920 MACs x 800 MHz: the vendor's 3.0 TOP/s.
  CHECK(peak_ops_per_s(soc, *soc.find_unit("npu"), Precision::int8, 0) ==
        Approx(3.07e12).epsilon(0.01));
  // Per-layer frequency tables of the measurements have 8, 6 and 5 steps.
  CHECK(soc.top_opp(soc.unit(*soc.find_unit("cpu-big")).domain) == 7);
  CHECK(soc.top_opp(soc.unit(*soc.find_unit("cpu-little")).domain) == 5);
  CHECK(soc.top_opp(soc.unit(*soc.find_unit("gpu")).domain) == 4);
  // AlexNet to ResNet-50 on both A72 at 1.8 GHz: board 6.38 W on average.
  CHECK(soc.base_power_w + busy_power_w(soc, *soc.find_unit("cpu-big"), 7) == Approx(6.376));
  // The per-core formula (fitted separately) stays within 5 % of the measured table at the top.
  const Cluster& big = soc.clusters[0];
  const double formula =
      2 * (big.power_per_core.static_w + big.power_per_core.capacitance_f * 1.2 * 1.2 * 1.8e9);
  CHECK(formula == Approx(3.276).epsilon(0.05));
}

TEST_CASE("the Snapdragon 855 draws what its sources say") {
  const Soc soc = load_soc(PARTITA_ROOT "/socs/snapdragon-855.yaml");
  const UnitId big = *soc.find_unit("cpu-big"), gpu = *soc.find_unit("gpu");
  const int top = soc.top_opp(soc.unit(big).domain);
  // CoDL, mean of five networks: 6.08 W on the big cores, 3.67 W on the GPU, whole device.
  CHECK(soc.base_power_w + busy_power_w(soc, big, top) == Approx(6.08).epsilon(0.01));
  CHECK(soc.base_power_w + busy_power_w(soc, gpu, 4) == Approx(3.67).epsilon(0.01));
  // 8 MACs x (2.8416 + 3 x 2.4192) GHz x 2 = 161.6 GOP/s
  CHECK(peak_ops_per_s(soc, big, Precision::fp32, top) == Approx(161.59e9).epsilon(1e-4));
  // CoDL: handing over 112 x 112 x 32 halves costs transform 0.05, wait 0.85 and map 0.07 ms.
  double price = 0;
  for (const LinkTerm& t : soc.link(gpu, big)->terms) {
    price += t.fixed_s + t.per_byte_s * 112 * 112 * 32 * 2;
  }
  CHECK(price == Approx(0.97e-3).epsilon(0.005));
}
