// Does `partita live` tell what its files and figures say, and refuse what is wrong?
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace {

constexpr char kWorkload[] = R"(title: two
duration: 1 s
streams:
  a: {model: mobilenet-v2, arrivals: {every: 50 ms}, deadline: 60 ms}
  b: {model: squeezenet, arrivals: {poisson: 10 Hz}}
)";

std::string folder_of(const std::string& name) {
  const std::string folder = scratch() + "/" + name;
  std::filesystem::create_directories(folder);
  return folder;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("live: figures, files and a second run agree") {
  const std::string folder = folder_of("live");
  write(folder + "/w.yaml", kWorkload);
  const std::string command =
      "live --soc rk3588 --workload w.yaml --governor stock --seed 3 --csv r.csv --samples s.csv "
      "--trace t.json --json";
  const auto said = run_partita(command, folder);
  REQUIRE(said.code == 0);
  const json j = json::parse(said.out);
  CHECK(j["streams"].size() == 2);
  CHECK(j["streams"][0]["done"] == 21);  // At 0, 50, ..., 1000 ms.
  const std::string csv = read(folder + "/r.csv");
  CHECK(lines(csv) == j["requests"].get<std::size_t>() + 1);
  CHECK(j["energy_j"].get<double>() ==
        Approx(j["mean_power_w"].get<double>() * j["elapsed_s"].get<double>()));
  for (const auto& stream : j["streams"]) {
    CHECK(stream["p50_latency_s"] <= stream["p95_latency_s"]);
    CHECK(stream["p95_latency_s"] <= stream["p99_latency_s"]);
    CHECK(stream["p99_latency_s"] <= stream["max_latency_s"]);
  }
  CHECK(lines(read(folder + "/s.csv")) >= 100);  // Every 10 ms of a second, and the header.
  CHECK(json::parse(read(folder + "/t.json"))["traceEvents"].size() > j["tasks"]);
  const std::string first = said.out;
  CHECK(run_partita(command, folder).out == first);
  CHECK(read(folder + "/r.csv") == csv);
  CHECK(run_partita(command + " --seed 4", folder).code == 2);  // Twice the same option.
}

TEST_CASE("live: what it wrote can be replayed, and the clocks are the recorded ones") {
  const std::string folder = folder_of("replay");
  REQUIRE(run_partita("live --soc rk3588 --model mobilenet-v2 --partitioner single --governor "
                      "stock --duration 1s --samples s.csv",
                      folder)
              .code == 0);
  const auto said = run_partita(
      "replay s.csv --soc rk3588 --model mobilenet-v2 --partitioner single --json", folder);
  REQUIRE(said.code == 0);
  const json j = json::parse(said.out);
  const auto again = run_partita(
      "live --soc rk3588 --model mobilenet-v2 --partitioner single --governor stock --duration 1s "
      "--json",
      folder);
  const json live = json::parse(again.out);
  CHECK(j["streams"][0]["mean_latency_s"].get<double>() ==
        Approx(live["streams"][0]["mean_latency_s"].get<double>()).epsilon(0.03));
  CHECK(j["clocks"][0]["mean_hz"].get<double>() ==
        Approx(live["clocks"][0]["mean_hz"].get<double>()).epsilon(0.03));
}

TEST_CASE("live: every scheduler and every ready-made workload and condition runs") {
  const auto names = [&](const std::string& what) {
    return json::parse(run_partita("list " + what + " --json").out);
  };
  for (const auto& scheduler : names("schedulers")) {
    const std::string name = scheduler["name"];
    INFO(name);
    CHECK(run_partita("live --soc snapdragon-855 --model squeezenet --duration 0.1s --scheduler " +
                      name)
              .code == 0);
  }
  for (const auto& workload : names("workloads")) {
    const std::string name = workload["name"];
    INFO(name);
    CHECK(run_partita("live --soc snapdragon-855 --duration 0.2s --partitioner single --workload " +
                      name)
              .code == 0);
  }
  for (const auto& conditions : names("conditions")) {
    const std::string name = conditions["name"];
    INFO(name);
    CHECK(run_partita("live --soc snapdragon-855 --model squeezenet --duration 0.2s --conditions " +
                      name)
              .code == 0);
  }
  CHECK(names("governors").size() == 7);
}

TEST_CASE("live: a longer round trip to the second device is paid once a request") {
  const std::string folder = folder_of("live-far");
  write(folder + "/far.yaml", "title: far\nnetwork: {round_trip: 50 ms}\n");
  const std::string command =
      "live --soc snapdragon-660 --model vgg16 --remote edge-desktop --over wifi-5 --partitioner "
      "neurosurgeon --duration 0.3s --json";
  const auto p50 = [&](const std::string& more) {
    const auto said = run_partita(command + more, folder);
    REQUIRE(said.code == 0);
    return json::parse(said.out)["streams"][0]["p50_latency_s"].get<double>();
  };
  CHECK(p50(" --conditions far.yaml") - p50("") == Approx(0.05).epsilon(1e-6));
  CHECK(p50(" --conditions far.yaml --off conditions") == p50(""));
}

TEST_CASE("live: what is wrong is one line") {
  const std::string folder = folder_of("live-bad");
  write(folder + "/w.yaml", kWorkload);
  write(folder + "/bad.yaml", "title: x\nduration: 1 s\nstreams:\n  a: {model: nothing}\n");
  write(folder + "/c.yaml", "title: x\nbackground: {huge: 30 %}\n");
  write(folder + "/t.csv", "at_s,moon\n0,1\n");
  const auto refused = [&](const std::string& arguments, const std::string& says) {
    check_refused(arguments, says, folder);
  };
  refused("live --soc rk3588", "give either --workload NAME or --model NAME");
  refused("live --soc rk3588 --model squeezenet --workload w.yaml", "give either");
  refused("live --soc rk3588 --workload cam", "unknown workload \"cam\"");
  refused("live --soc rk3588 --workload bad.yaml", "unknown model \"nothing\"");
  refused("live --soc rk3588 --workload w.yaml --conditions c.yaml",
          "c.yaml:2:20: background.huge: unknown cluster or accelerator \"huge\"");
  refused("live --soc rk3588 --workload w.yaml --scheduler fifo", "unknown scheduler \"fifo\"");
  refused("live --soc rk3588 --workload w.yaml --scheduler heft --set depth=3",
          "scheduler heft: unknown option \"depth\"");
  refused("live --soc rk3588 --workload w.yaml --set window=3", "--set: options are for");
  refused("live --soc rk3588 --workload w.yaml --governor turbo", "unknown governor \"turbo\"");
  refused("live --soc rk3588 --workload w.yaml --duration 0s", "--duration: must be greater");
  refused("live --soc rk3588 --workload w.yaml --sample 0s", "--sample: at least 1 us");
  refused("live --soc rk3588 --workload w.yaml --off gravity",
          "unknown part of the living phone \"gravity\"; known: contention, governors, heat");
  refused("live --soc rk3588 --workload w.yaml --workers cpu --scheduler sel",
          "--workers: unknown unit \"cpu\"");
  refused("replay t.csv --soc rk3588 --model squeezenet", "no clock, load or ambient");
  refused("replay none.csv --soc rk3588 --model squeezenet", "none.csv");
}
