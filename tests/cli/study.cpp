// Experiments as data: what is refused, and answers recomputed from the rows.
#include <algorithm>
#include <catch2/catch.hpp>

#include <fmt/format.h>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::read;
using partita::test::replaced;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace {

/// Speaks to every finding in five cells.
constexpr char kExperiment[] = R"(title: "all in one"
findings: [F1, F2, F4, F5, F6]
keep_plans: true
axes:
  socs: [kirin-990]
  models: [squeezenet]
  runtimes: [roofline]
  partitioners: [single, greedy, heft, codl]
  beliefs: [own, truth, flops]
  objectives: [latency]
  conditions:
    - {name: as it is}
    - {name: half, caps: {gpu: 0.5}}
    - {name: no gpu, offline: [gpu]}
    - {name: no pool, unsupported: [pool, concat]}
    - {name: free, free_hand_overs: true, options: {chains: 0}}
quick:
  models: [squeezenet]
  conditions: [as it is, half]
)";

constexpr char kLevels[] = R"(title: "levels"
findings: [F3]
axes:
  socs: [kirin-990]
  models: [squeezenet]
  runtimes: [roofline]
  partitioners: [greedy, chain-dp]
  beliefs: [own]
  objectives: [latency]
  conditions:
    - {name: as it is}
    - {name: pruned, compress: "prune:0.5"}
quick: {}
)";

constexpr char kBatches[] = R"(title: "batches"
findings: [LLM]
axes:
  socs: [tensor-g2]
  models: [qwen2.5-0.5b-decode-512, qwen2.5-0.5b-decode-512-batch-8]
  runtimes: [roofline]
  partitioners: [llm-batch]
  beliefs: [own]
  objectives: [latency]
  conditions:
    - {name: one, offline: [gpu, npu], options: {workers: 1}}
    - {name: two, offline: [gpu, npu], options: {workers: 2}}
    - {name: three, offline: [gpu, npu], options: {workers: 3}}
quick: {}
)";

json study(const std::string& text, const std::string& options = "") {
  write(scratch() + "/e.yaml", text);
  const auto said = run_partita("study e.yaml --json" + options, scratch());
  INFO(said.err);
  REQUIRE(said.code == 0);
  return json::parse(said.out);
}

json figures(const json& report, const std::string& finding) {
  for (const json& answer : report["answers"])
    if (answer["finding"] == finding) return answer["figures"];
  FAIL("no answer to " << finding);
  return {};
}

bool leads(const json& row) {
  return row["verdict"] == "best" || row["verdict"] == "same_plan";
}

const json* cell_of(const json& report, const std::string& condition) {
  for (const json& cell : report["experiments"][0]["cells"])
    if (cell["condition"] == condition) return &cell;
  return nullptr;
}

const json* row_of(const json& cell, const std::string& plan, const json& asked,
                   const std::string& made) {
  for (const json& row : cell["rows"])
    if (row["plan"] == plan && row["belief_asked"] == asked && row["made"] == made) return &row;
  return nullptr;
}

void check_bad(const std::string& from, const std::string& to, const std::string& says) {
  write(scratch() + "/bad/bad.yaml", replaced(kExperiment, from, to));
  check_refused("study bad.yaml", says, scratch() + "/bad");
}

}  // namespace

TEST_CASE("an experiment that does not say what it means is refused where it stands") {
  const std::string folder = scratch() + "/bad";
  std::filesystem::create_directories(folder);
  check_bad("keep_plans: true", "keep_plan: true",
            "bad.yaml:3:1: keep_plan: unknown key \"keep_plan\"");
  check_bad("[squeezenet]", "[squeezenett]", "bad.yaml:6:12: axes.models[0]");
  check_bad("[kirin-990]", "[kirin-99]", "bad.yaml:5:10: axes.socs[0]: unknown SoC \"kirin-99\"");
  check_bad("[roofline]", "[rooflin]", "bad.yaml:7:14: axes.runtimes[0]");
  check_bad("heft,", "hefty,", "unknown partitioner \"hefty\"");
  check_bad("flops]", "flop]", "unknown belief \"flop\"");
  check_bad("[latency]", "[latenzy]", "bad.yaml:10:16: axes.objectives[0]");
  check_bad("gpu: 0.5", "gpu: 1.5", "must be above 0 and at most 1");
  check_bad("gpu: 0.5", "tpu: 0.5", "unknown kind of unit \"tpu\"");
  check_bad("offline: [gpu]", "offline: [gpux]", "unit or kind of unit \"gpux\"");
  check_bad("[pool, concat]", "[pool, pool]", "\"pool\" is listed twice");
  check_bad("chains: 0", "chain: 0", "no partitioner of this experiment has this option");
  check_bad("as it is, half]", "as it was]", "unknown condition \"as it was\"");
  check_bad("{name: half", "{name: as it is", "is described twice");
  check_refused("study E99", "unknown experiment \"E99\"", folder);
  check_refused("study E5 --report study.txt", "unknown report format", folder);
  check_refused("study nowhere.yaml", "nowhere.yaml", folder);
}

TEST_CASE("the answers of a study follow from its rows") {
  const json report = study(kExperiment);
  CHECK(report["note"].get<std::string>().find("tables were not available") != std::string::npos);
  const json& e = report["experiments"][0];
  REQUIRE(e["cells"].size() == 5);

  int single_best = 0, close = 0, undecided = 0;
  std::map<std::string, int> best;
  for (const json& cell : e["cells"]) {
    double least = cell["rows"][0]["value"];
    bool alone = false, near = false, any_close = false;
    for (const json& row : cell["rows"]) {
      CHECK(row["value"].get<double>() >= least);
      CHECK(row["regret"].get<double>() ==
            Approx(row["value"].get<double>() / least - 1).margin(1e-12));
      CHECK(row["gap"].get<double>() >= -1e-9);
      any_close |= row["verdict"] == "too_close";
      if (row["made"] != "given") continue;
      alone |= leads(row);
      near |= row["verdict"] == "too_close";
    }
    single_best += alone;
    close += !alone && near;
    undecided += any_close;
  }
  const json f5 = figures(report, "F5");
  CHECK(f5["cells"] == 5);
  CHECK(f5["single_best"] == single_best);
  CHECK(f5["single_too_close"] == close);
  CHECK(figures(report, "F1")["undecided_cells"] == undecided);

  // F4: mean regret of a belief's plans under the first condition.
  double sum = 0;
  int n = 0;
  for (const json& row : (*cell_of(report, "as it is"))["rows"])
    if (row["belief_asked"] == "flops" && row["made"] == "planned") {
      sum += row["regret"].get<double>();
      ++n;
    }
  REQUIRE(n == 4);
  CHECK(figures(report, "F4")["flops: regret"].get<double>() == Approx(sum / n).margin(1e-12));

  // F6: kept against planned again; without the GPU, plans that use it are gone.
  double stale = 0;
  int plans = 0, dead = 0, alive = 0;
  for (const json& cell : e["cells"]) {
    if (cell["condition"] == "as it is") continue;
    for (const json& row : cell["rows"]) {
      if (row["made"] != "planned") continue;
      ++plans;
      const json* kept = row_of(cell, row["plan"], row["belief_asked"], "kept");
      if (kept == nullptr) {
        ++dead;
        continue;
      }
      ++alive;
      stale += (*kept)["value"].get<double>() / row["value"].get<double>() - 1;
    }
  }
  const json f6 = figures(report, "F6");
  CHECK(f6["plans"] == plans);
  CHECK(f6["cannot_run"] == dead);
  CHECK(f6["stale_mean"].get<double>() == Approx(stale / alive).margin(1e-12));

  // F2: the best plan without pooling on accelerators over the best with it.
  const double full = (*cell_of(report, "as it is"))["rows"][0]["value"];
  const double shrunk = (*cell_of(report, "no pool"))["rows"][0]["value"];
  CHECK(figures(report, "F2")["no pool: best plan"].get<double>() == Approx(shrunk / full));
}

TEST_CASE("conditions do what they say") {
  const json report = study(kExperiment);
  const auto value = [&](const std::string& condition, const std::string& plan) {
    const json* row = row_of(*cell_of(report, condition), plan, nullptr, "given");
    return row == nullptr ? std::nan("") : (*row)["value"].get<double>();
  };
  CHECK(value("half", "all on gpu") > 1.2 * value("as it is", "all on gpu"));
  CHECK(value("half", "all on cpu-big") == value("as it is", "all on cpu-big"));
  CHECK(std::isnan(value("no gpu", "all on gpu")));
  CHECK(std::isnan(value("no pool", "all on gpu")));
  CHECK(value("no pool", "all on cpu-big") == value("as it is", "all on cpu-big"));
  bool falls_back = false;
  for (const json& row : (*cell_of(report, "no pool"))["rows"]) {
    if (row["fallbacks"] > 0) {
      falls_back = true;
      CHECK(row["crossings"] > 0);
    }
  }
  CHECK(falls_back);
  for (const json& row : (*cell_of(report, "as it is"))["rows"])
    if (row["made"] == "given") CHECK(row["crossings"] == 0);
}

TEST_CASE("what only crossing levels gives is over the better of either alone") {
  const json report = study(kLevels);
  const auto best = [&](const std::string& condition, bool single) {
    double least = 1e9;
    for (const json& row : (*cell_of(report, condition))["rows"])
      if (!single || row["made"] == "given") least = std::min(least, row["value"].get<double>());
    return least;
  };
  const double plain = best("as it is", true);
  const double method = plain / best("as it is", false);
  const double compression = std::max(1.0, plain / best("pruned", true));
  const double both = std::max(plain / best("pruned", false), method);
  const json f3 = figures(report, "F3");
  CHECK(f3["method_alone"].get<double>() == Approx(method));
  CHECK(f3["compression_alone"].get<double>() == Approx(compression));
  CHECK(f3["both"].get<double>() == Approx(std::max(both, compression)));
  CHECK(f3["only_both"].get<double>() ==
        Approx(std::max(both, compression) / std::max(method, compression)));
  CHECK(compression > 1);
}

TEST_CASE("batches of decoding: tokens and energy by workers, and what stops one more") {
  const json report = study(kBatches);
  const auto fastest = [&](int batch, int workers, const char* key) {
    double least = 1e9, joules = 0;
    for (const json& cell : report["experiments"][0]["cells"]) {
      if (cell["batch"] != batch) continue;
      for (const json& row : cell["rows"])
        if (row["units"] == workers && row[key].get<double>() < least)
          least = row[key], joules = row["energy_j"];
    }
    return std::pair(least, joules);
  };
  for (const json& cell : report["experiments"][0]["cells"])
    for (const json& row : cell["rows"])
      if (row["made"] == "planned")
        CHECK(row["units"] == (cell["condition"] == "one"   ? 1
                               : cell["condition"] == "two" ? 2
                                                            : 3));
  const auto one = fastest(8, 1, "latency_s"), two = fastest(8, 2, "latency_s"),
             three = fastest(8, 3, "latency_s");
  const json& answer = report["answers"][0];
  const json& row = answer["tables"][0]["rows"][1];
  CHECK(row[1] == "8");
  CHECK(row[2] == fmt::format("{:.1f}", 8 / one.first));
  CHECK(row[3] == fmt::format("{:.1f}", 8 / two.first));
  CHECK(row[4] == fmt::format("{:.1f}", 8 / three.first));
  CHECK(row[6] == fmt::format("{:.0f}", two.second / 8 * 1e3));
  // 35.8 GB/s for both clusters, which can draw 28 and 20: the second would help but for the bus.
  REQUIRE(one.first < two.first);
  REQUIRE(fastest(8, 2, "uncontended_latency_s").first < one.first);
  CHECK(row[8] == "bus");
  const json& f = answer["figures"];
  CHECK(f["roofline: settings"] == 1);
  CHECK(f["roofline: second_pays"] == 0);
  CHECK(f["roofline: bus_stops"] == 1);
  CHECK(f["roofline: tokens_growth"].get<double>() ==
        Approx(8 / one.first * fastest(1, 1, "latency_s").first));
}

TEST_CASE("a study is the same every time, and its reports agree") {
  const json first = study(kExperiment, " --quick --report e.csv");
  const json again = study(kExperiment, " --quick --report e.md");
  CHECK(first.dump() == again.dump());
  CHECK(first["quick"] == true);
  std::size_t rows = 0;
  for (const json& cell : first["experiments"][0]["cells"]) rows += cell["rows"].size();
  REQUIRE(first["experiments"][0]["cells"].size() == 2);
  const std::string csv = read(scratch() + "/e.csv");
  CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')) == rows + 1);
  const std::string markdown = read(scratch() + "/e.md");
  for (const json& answer : first["answers"])
    CHECK(markdown.find(answer["answer"].get<std::string>()) != std::string::npos);
  CHECK(markdown.find("tables were not available") != std::string::npos);
}

TEST_CASE("every experiment of ours is listed, and its quick part answers its findings") {
  const auto listed = run_partita("list experiments --json");
  REQUIRE(listed.code == 0);
  std::set<std::string> findings;
  for (const json& e : json::parse(listed.out))
    for (const json& finding : e["findings"]) findings.insert(finding.get<std::string>());
  CHECK(findings == std::set<std::string>{"F1", "F2", "F3", "F4", "F5", "F6", "LLM", "LIVE"});
  const auto said = run_partita("study --quick --json");
  INFO(said.err);
  REQUIRE(said.code == 0);
  std::set<std::string> answered;
  const json report = json::parse(said.out);
  for (const json& answer : report["answers"])
    answered.insert(answer["finding"].get<std::string>());
  CHECK(answered == findings);
  for (const json& e : report["experiments"])
    for (const json& cell : e["cells"]) {
      INFO(e["name"] << " " << cell["soc"] << " " << cell["model"] << " " << cell["condition"]);
      CHECK(!cell["rows"].empty());
    }
}
