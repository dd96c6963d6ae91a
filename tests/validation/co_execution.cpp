// Co-execution: are schedules read as logged, and are the suite's figures what is written down?
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/base/error.h"
#include "validation/co_execution_tables.h"
#include "validation/validation.h"

using namespace partita;
namespace fs = std::filesystem;

namespace {

fs::path written(const std::string& name, const std::string& text) {
  const fs::path path = fs::temp_directory_path() / ("partita-co-execution-" + name + ".csv");
  std::ofstream(path) << text;
  return path;
}

const std::string kOurs = "device,app,chunks,period_ms\n";
const std::string kRaw = "device_id,device,app,chunks,measured_period_ms\n";

const QuantityResult* find(const SuiteResult& result, const std::string& name) {
  for (const QuantityResult& q : result.results)
    if (q.quantity == name) return &q;
  return nullptr;
}

SuiteResult of(const std::string& name, const std::string& text) {
  ValidateOptions options;
  options.data = written(name, text);
  return suite("co-execution").run(Catalog(PARTITA_ROOT), options);
}

}  // namespace

TEST_CASE("schedules are read as logged") {
  const auto ours = read_measured_schedules(
      written("ours", kOurs + "Pixel 7a,tree,GPU:1-3|Big:4-7,2.5\nPixel 7a,tree,Big:1-7,4\n"
                              "Pixel 7a,tree,GPU:1-3|Big:4-7,3.5\n"));
  REQUIRE(ours.size() == 2);
  CHECK(ours[0].periods_s == std::vector<double>{2.5e-3, 3.5e-3});
  CHECK(ours[0].chunks[1].unit == "Big");
  CHECK(ours[0].chunks[1].first == 4);
  CHECK(ours[0].chunks[1].last == 7);
  const auto raw = read_measured_schedules(
      written("raw", kRaw + "jetson,Jetson Orin Nano,tree,\"GPU:1,2,3|Little:4,5,6,7\",2.5\n"));
  CHECK(raw[0].chunks[0].last == 3);
  CHECK(raw[0].id == "jetson");
  for (const char* chunks : {"GPU:1-3|Big:5-7", "GPU:2-7", "GPU", "GPU:1-x", "GPU:3-1", "GPU:0-3",
                             "\"GPU:1,3|Big:4-7\"", ":1-7"})
    CHECK_THROWS_AS(
        read_measured_schedules(written("bad", kOurs + "Pixel 7a,tree," + chunks + ",2.5\n")),
        InputError);
  CHECK_THROWS_AS(read_measured_schedules(written("zero", kOurs + "Pixel 7a,tree,GPU:1-7,0\n")),
                  InputError);
}

TEST_CASE("a logged chunk ran without its first stage") {
  const PipelineChunk chunk = ran({"GPU", 3, 6}, 2);
  CHECK(chunk.unit == 2);
  CHECK(chunk.first == 3);  // stage 4, counted from 0
  CHECK(chunk.stages == 3);
  CHECK(ran_nothing({"Little", 9, 9}));
  CHECK(ran({"Little", 9, 9}, 0).stages == 0);
}

TEST_CASE("devices and what ran on them") {
  const auto devices = load_co_execution_devices(Catalog(PARTITA_ROOT));
  REQUIRE(devices.size() == 4);
  CHECK(devices[0].name == "Jetson Orin Nano");
  CHECK(devices[1].name == "Jetson Orin Nano 7W");
  CHECK(devices[2].name == "OnePlus 11");
  CHECK(devices[3].name == "Pixel 7a");
  const PipelineDevice& dense = devices[1].apps.at("cifar-dense");
  REQUIRE(dense.units.size() == 2);
  CHECK(dense.units[0].cores == 4);
  REQUIRE(dense.units[1].clock.opps.size() == 2);  // capped
  CHECK(dense.units[1].clock.opps.back().frequency_hz == Approx(408e6));
  CHECK(dense.units[1].stages[2].alone_s == Approx(16.2223e-3).epsilon(1e-4));
  CHECK(devices[1].apps.at("tree").units[1].clock.opps.empty());
  CHECK(devices[3].apps.at("cifar-sparse").units[0].stages.size() == 9);
}

TEST_CASE("a device without a stage table is named, not guessed") {
  CHECK_THROWS_WITH(of("unknown", kOurs + "Galaxy S99,tree,GPU:1-7,2.5\n"),
                    Catch::Contains("Galaxy S99") &&
                        Catch::Contains("known: Jetson Orin Nano, Jetson Orin Nano 7W"));
  const SuiteResult mixed = of("mixed", kOurs +
                                            "Galaxy S99,tree,GPU:1-7,2.5\n"
                                            "OnePlus 11,tree,GPU:1-3|Big:4-7,4\n"
                                            "OnePlus 11,tree,GPU:1|Big:2-7,4\n");
  CHECK(find(mixed, "period")->n == 1);
  CHECK(find(mixed, "period")->dropped == 1);
  CHECK(find(mixed, "period.oneplus-11.tree") != nullptr);
  CHECK(std::any_of(mixed.notes.begin(), mixed.notes.end(), [](const std::string& note) {
    return note.find("Galaxy S99") != std::string::npos;
  }));
  CHECK_THROWS_WITH(of("none", kOurs + "OnePlus 11,tree,GPU:1-4|Big:5-7,nan\n"),
                    Catch::Contains("no schedule with a measured period"));
  CHECK_THROWS_WITH(of("app", kOurs + "OnePlus 11,forest,GPU:1-7,2.5\n"),
                    Catch::Contains("forest") && Catch::Contains("tree"));
  CHECK_THROWS_WITH(of("pu", kOurs + "Jetson Orin Nano,tree,Big:1-7,2.5\n"),
                    Catch::Contains("unknown unit") && Catch::Contains("Little"));
  CHECK_THROWS_WITH(of("short", kOurs + "OnePlus 11,tree,GPU:1-6,2.5\n"),
                    Catch::Contains("tree has 7"));
}

TEST_CASE("a raw table names the power mode by the device's id") {
  const SuiteResult result =
      of("mode", kRaw + "jetsonlowpower,Jetson Orin Nano,tree,\"GPU:1,2,3|Little:4,5,6,7\",9\n");
  CHECK(find(result, "period.jetson-orin-nano-7w.tree") != nullptr);
}

// Constants are the kernel's and the runtimes' own; forms were chosen with these schedules in view.
TEST_CASE("measured pipelines") {
  const SuiteResult result = suite("co-execution").run(Catalog(PARTITA_ROOT), {});
  const QuantityResult& all = *find(result, "period");
  CHECK(all.n == 63);
  CHECK(all.dropped == 43);
  CHECK(*all.median_ape <= 0.06);
  CHECK(*all.mape <= 0.08);
  CHECK(*all.within_10pct >= 0.77);
  CHECK(std::abs(*all.bias) <= 0.02);
  CHECK(*all.mape < 0.1 * *all.plain_mape);
  CHECK(*find(result, "one-unit")->median_ape <= 0.05);
  struct Held {
    const char* job;
    double most_median, least_tau, most_regret;
  };
  // Not reached: tau 0.9 on five of six, a regret of 5 % on the Orin's tree and the Pixel's
  // cifar-sparse (README.md says why).
  for (const Held& h : {Held{"jetson-orin-nano.cifar-dense", 0.048, 1, 0},
                        Held{"jetson-orin-nano.cifar-sparse", 0.056, 0.93, 0.041},
                        Held{"jetson-orin-nano.tree", 0.126, 0.71, 0.077},
                        Held{"pixel-7a.cifar-dense", 0.053, 0.59, 0},
                        Held{"pixel-7a.cifar-sparse", 0.061, 0.85, 0.56},
                        Held{"pixel-7a.tree", 0.084, 0.71, 0.021}}) {
    INFO(h.job);
    const QuantityResult* q = find(result, std::string("period.") + h.job);
    REQUIRE(q != nullptr);
    CHECK(*q->median_ape <= h.most_median);
    CHECK(*q->kendall_tau >= h.least_tau);
    CHECK(*q->regret <= h.most_regret);
  }
}
