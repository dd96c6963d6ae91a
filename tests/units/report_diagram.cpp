// The block diagram of a SoC against the boxes a hand draws.
#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/base/catalog.h"
#include "sim/report/describe.h"

using namespace partita;

TEST_CASE("A SoC is drawn as boxes on its bus", "[report]") {
  Soc soc;
  soc.domains = {{"big", {{1e9, {}}, {2e9, {}}}, 0}, {"gpu", {{5e8, {}}}, 0}};
  soc.clusters = {{.name = "big",
                   .core = "Cortex-A76 (Kryo)",
                   .cores = 2,
                   .domain = make_id<DomainId>(0),
                   .caches = {{"l1d", 65536, 1}, {"l2", 262144, 1}, {"l3", 2097152, 4}},
                   .idle_states = {},
                   .per_core = {},
                   .power_per_core = {},
                   .capacity_dmips_per_mhz = 0}};
  Unit gpu;
  gpu.name = "gpu";
  gpu.kind = UnitKind::gpu;
  gpu.domain = make_id<DomainId>(1);
  gpu.throughput[0].macs_per_cycle = 1000;
  gpu.memory_bandwidth_bytes_per_s = 10e9;
  soc.units = {gpu};
  soc.memory.type = "DDR";
  soc.memory.peak_bytes_per_s = 20e9;
  soc.memory.shared_bytes_per_s = 15e9;
  CHECK(soc_diagram(soc, {}) ==
        "  ┌ big ───────┐ ┌ gpu ──────┐\n"
        "  │ 2x A76     │ │ 500 MHz   │\n"
        "  │ 2 GHz      │ │ 1 Top/s   │\n"
        "  │ l2 256 KiB │ │ in fp32   │\n"
        "  │            │ │ ≤ 10 GB/s │\n"
        "  └──────┬─────┘ └─────┬─────┘\n"
        "         │             │\n"
        "  ═ l3 2 MiB, DDR: 15 GB/s … ═\n");
}

TEST_CASE("No diagram is wider than a report", "[report]") {
  const Catalog catalog(PARTITA_ROOT);
  for (const std::string& name : catalog.socs()) {
    const std::string text = soc_diagram(load_soc(catalog.soc(name)), {});
    INFO(name << "\n" << text);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      CHECK(display_width(text.substr(begin, end - begin)) <= kReportWidth);
      begin = end + 1;
    }
  }
}
