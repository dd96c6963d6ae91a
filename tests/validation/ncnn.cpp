// Suite ncnn: the committed figures within bounds, facts by SoC, tables refused by name.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "sim/base/error.h"
#include "sim/cost/fitted_model.h"
#include "validation/ncnn_tables.h"
#include "validation/validation.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

const char* const kHeader =
    "device,soc,unit,cores,num_threads,powersave,gpu_device,model,min_ms,max_ms,avg_ms,"
    "first_seen_in_readme\n";

fs::path written(const std::string& name, const std::string& rows) {
  const fs::path path = fs::temp_directory_path() / ("partita-ncnn-" + name + ".csv");
  std::ofstream(path) << kHeader << rows;
  return path;
}

const QuantityResult& find(const SuiteResult& suite, const std::string& quantity) {
  const auto at = std::find_if(suite.results.begin(), suite.results.end(),
                               [&](const QuantityResult& r) { return r.quantity == quantity; });
  REQUIRE(at != suite.results.end());
  return *at;
}

}  // namespace

TEST_CASE("ncnn: networks and devices left out are predicted as well as committed") {
  // Committed: 10.3 %, 18.7 %, 26.7 %, 43.6 %.
  const SuiteResult result = suite("ncnn").run(Catalog(PARTITA_ROOT), {});
  const QuantityResult& cpu = find(result, "unseen-network.cpu");
  CHECK(cpu.n > 2000);
  CHECK(*cpu.mape < 0.115);
  CHECK(*cpu.mape > 0.05);  // Boards of one SoC differ by more: less would be too good.
  CHECK(*cpu.coverage_90 > 0.85);
  CHECK(*cpu.coverage_90 < 0.95);
  CHECK(*cpu.plain_mape > 2 * *cpu.mape);
  const QuantityResult& gpu = find(result, "unseen-network.gpu");
  CHECK(gpu.n > 500);
  CHECK(*gpu.mape < 0.21);
  CHECK(*gpu.coverage_90 > 0.85);
  CHECK(*gpu.coverage_90 < 0.95);
  CHECK(*find(result, "unseen-network").kendall_tau > 0.87);
  CHECK(*find(result, "unseen-device.cpu").mape < 0.30);
  CHECK(*find(result, "unseen-device.gpu").mape < 0.48);
}

TEST_CASE("ncnn: devices in a file from outside are told by description, else by their text") {
  const Catalog catalog(PARTITA_ROOT);
  NcnnDevices devices(catalog);
  const auto pi = devices.find("BCM2712", "Raspberry Pi 5");
  REQUIRE(pi);
  CHECK(pi->name == "raspberry-pi-5");
  CHECK(pi->clusters.front().clock_hz == Approx(2.4e9));
  // A board at 2.9 GHz is not one at 2.4 GHz.
  CHECK(devices.find("BCM2712", "overclocked to 2.9Ghz")->clusters.front().clock_hz ==
        Approx(2.9e9));
  CHECK(devices.find("Snapdragon 855+", "x")->name == "snapdragon-855-plus");
  CHECK(devices.find("TX2", "x")->name == "jetson-tx2");
  const auto other =
      devices.find("Chip 9", "a board (Cortex-A73 2.2GHz x 4 + Cortex-A53 1.8GHz x 2)");
  REQUIRE(other);
  REQUIRE(other->clusters.size() == 2);
  CHECK(other->clusters[0].cores == 4);
  CHECK(other->clusters[1].clock_hz == Approx(1.8e9));
  CHECK_FALSE(devices.find("Chip 9", "a board"));
}

TEST_CASE("ncnn: a file is read as the raw table, and refused by name where it is not") {
  using Catch::Matchers::Contains;
  const auto rows = read_ncnn_rows(
      written("good",
              "a board,BCM2712,GPU(Vulkan),all,4,0,0,mobilenet_v2,9,11,10,2024-01-01\n"
              "a board,BCM2712,GPU(Vulkan),all,4,0,0,resnet18_int8,9,11,10,2024-01-01\n"));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].network == "mobilenet-v2");
  CHECK(rows[0].latency_s == Approx(0.01));
  CHECK(rows[0].on_gpu);
  CHECK(rows[1].gpu_run);
  CHECK_FALSE(rows[1].on_gpu);  // ncnn runs int8 on the CPU.
  CHECK_THROWS_WITH(
      read_ncnn_rows(written("cores", "b,BCM2712,CPU,most,4,0,-1,mobilenet,9,11,10,2024-01-01\n")),
      Contains("cores") && Contains("big"));
  CHECK_THROWS_WITH(
      read_ncnn_rows(written("zero", "b,BCM2712,CPU,all,4,0,-1,mobilenet,9,11,0,2024-01-01\n")),
      Contains(":2") && Contains("positive"));
}

TEST_CASE("ncnn: measured rows name units of their descriptions") {
  const Catalog catalog(PARTITA_ROOT);
  std::size_t rows = 0;
  std::set<std::string> socs;
  for (const auto& entry : catalog.profiles()) {
    if (entry.runtime != "ncnn") continue;
    const Soc soc = load_soc(catalog.soc(entry.soc));
    const Evidence evidence = load_evidence(entry.folder);
    CHECK(evidence.precision == (entry.precision == "int8" ? Precision::int8 : Precision::fp16));
    for (const NetworkRow& row : evidence.networks) {
      const Unit unit = unit_by_spec(soc, row.unit, entry.folder.string());
      CHECK((unit.kind == UnitKind::gpu) == (row.unit == "gpu"));
      ++rows;
    }
    socs.insert(entry.soc);
  }
  CHECK(rows == 2751);
  CHECK(socs.size() == 33);
}
