// How much of a unit a kernel fills, and what a graph takes to build.
#include <catch2/catch.hpp>

#include "sim/cost/occupancy.h"
#include "sim/cost/profile.h"
#include "tests/units/soc_sample.h"

using namespace partita;

TEST_CASE("a kernel fills a GPU by its work items or its traffic, by hand") {
  Soc soc;
  soc.domains = {{"clock", {{1e9, {}}}, 0}};
  soc.units.resize(2);
  Unit& gpu = soc.units[1];
  gpu.kind = UnitKind::gpu;
  gpu.throughput[0].macs_per_cycle = 128;
  gpu.throughput[1].macs_per_cycle = 256;  // The same lanes, packed.
  gpu.memory_bandwidth_bytes_per_s = 1e10;
  const Mode on_gpu{UnitId{1}, 0, -1}, on_cpu{UnitId{0}, 0, -1};
  Cost cost;
  cost.latency_s = 1e-4;
  cost.bytes = 1e5;  // A tenth of what it can draw.
  // 128 lanes x 8 items x 4 outputs = 4096 outputs.
  CHECK(occupancy_of(soc, on_gpu, 1024, Precision::fp16, cost) == Approx(0.25));
  CHECK(occupancy_of(soc, on_gpu, 40, Precision::fp32, cost) == Approx(0.1));
  CHECK(occupancy_of(soc, on_gpu, 1e6, Precision::fp16, cost) == 1);
  cost.bytes = 2e6;
  CHECK(occupancy_of(soc, on_gpu, 40, Precision::fp16, cost) == 1);
  CHECK(occupancy_of(soc, on_cpu, 40, Precision::fp32, cost) == 1);
}

TEST_CASE("an accelerator's graph takes a fixed time and more by its weights") {
  const std::string text(kSampleSoc);
  const Soc plain = parse_soc(text, "x");
  CHECK(make_roofline_model(plain)->compile_s(UnitId{2}, 1e9) == 0);
  std::string built = text;
  built.replace(built.find("    unsupported: [deconv]"), 0,
                "    graph_build: {fixed: 0.5 s, per_weight_byte: 2 ns/B}\n");
  const Soc soc = parse_soc(built, "x");
  CHECK(make_roofline_model(soc)->compile_s(UnitId{2}, 1e9) == Approx(2.5));
  CHECK(make_roofline_model(soc)->compile_s(UnitId{0}, 1e9) == 0);
  std::string wrong = text;
  wrong.replace(wrong.find("    dispatch: 10 us"), 0,
                "    graph_build: {fixed: 0.5 s, per_weight_byte: 2 ns/B}\n");
  CHECK_THROWS_WITH(parse_soc(wrong, "x"), Catch::Contains("a CPU has no graph to build"));
  wrong = built;
  wrong.replace(wrong.find("per_weight_byte"), 15, "per_byte");
  CHECK_THROWS_WITH(parse_soc(wrong, "x"), Catch::Contains("per_weight_byte"));
}
