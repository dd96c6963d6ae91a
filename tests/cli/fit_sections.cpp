// `partita fit contention`: what it prints, and what it refuses.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"

using namespace partita::test;
namespace fs = std::filesystem;

namespace {
const std::string kMatrix = PARTITA_ROOT "/validation/contention/jetson-agx-xavier-gpu.csv";

std::string good(const std::string& arguments) {
  const Said said = run_partita(arguments);
  INFO(said.err);
  REQUIRE(said.code == 0);
  return said.out;
}

nlohmann::json good_json(const std::string& arguments) {
  return nlohmann::json::parse(good(arguments + " --json"));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("fit contention prints lines for a SoC description") {
  const std::string text = good("fit contention " + kMatrix);
  CHECK(has(text, "contention:\n  normal_limit: 39.1 GB/s\n"));
  CHECK(has(text, "100 cells, mean error 2.04 %"));
  const auto fitted = good_json("fit contention " + kMatrix);
  CHECK(fitted["what"] == "contention");
  CHECK(fitted["rows"] == 100);
  CHECK(fitted["mape"].get<double>() < 0.021);
  CHECK(fitted["floor_share"].get<double>() == Approx(0.235).margin(0.001));
  // What the description of the SoC holds.
  const auto gpu = good_json("show soc jetson-agx-xavier")["units"][2];
  CHECK(gpu["name"] == "gpu");
  CHECK(gpu["contention"]["normal_limit_bytes_per_s"].get<double>() ==
        Approx(fitted["normal_limit_bytes_per_s"].get<double>()).epsilon(0.002));
  CHECK(has(good("show soc jetson-agx-xavier"), "gpu: up to 39.1 GB/s at most 3.2 % are lost"));
}

TEST_CASE("fit thermal finds what the description of the phone holds, and what boards come to") {
  const std::string tables = PARTITA_ROOT "/validation/thermal/";
  const std::string text = good("fit thermal " + tables + "galaxy-s25.csv");
  CHECK(has(text, "thermal:\n  ambient: 25 C\n"));
  CHECK(has(text, "temperatures within 0."));
  const auto heat = good_json("show soc snapdragon-8-elite")["thermal"];
  CHECK(heat["nodes"][0]["name"] == "chip");
  CHECK(heat["zones"][0]["policy"] == "step_wise");
  CHECK(good_json("show soc snapdragon-710")["thermal"].is_null());
  const auto boards = good_json("fit thermal " + tables + "boards.csv")["boards"];
  CHECK(boards.size() == 48);
  CHECK(boards[0]["rmse_k"].get<double>() < 3);
}

TEST_CASE("fit of a section refuses what is wrong in one line") {
  const std::string f = scratch() + "/fit-section";
  fs::create_directories(f);
  write(f + "/short", "2\n1 2\n2\n3 4\n1 1 1 1\n");
  check_refused("fit contntion short", "unknown part of a SoC description \"contntion\"", f);
  check_refused("fit contention", "FILE is required", f);
  check_refused("fit contention none", "none", f);
  check_refused("fit contention short", "three own demands", f);
  check_refused("fit contention short --soc rk3588", "--soc: belongs to the fit of a profile", f);
  write(f + "/table.csv", "a,b\n1,2\n");
  check_refused("fit thermal table.csv", "neither runs of a phone", f);
  check_refused("validate thermal --data table.csv", "neither runs of a phone", f);
  check_refused("fit --runtime ncnn --from short", "--soc is required", f);
  write(f + "/ragged", "2\n1 2\n2\n3 4\n1 1 1\n");
  check_refused("validate contention --data ragged", "ends where a bandwidth is expected", f);
}
