// Do run and compare print what they say?
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "cli/good.h"

using nlohmann::json;
using partita::test::good;
using partita::test::good_json;
using partita::test::has;
using partita::test::read;
using partita::test::run_partita;
using partita::test::Said;
using partita::test::scratch;

namespace {

const std::string kJob = "--soc rk3399pro --model alexnet-armcl";

}  // namespace

TEST_CASE("run has the stable fields, and its numbers fit together") {
  const json r = good_json("run " + kJob + " --partitioner chain-dp");
  CHECK(r["soc"] == "rk3399pro");
  CHECK(r["model"] == "alexnet-armcl");
  CHECK(r["partitioner"] == "chain-dp");
  CHECK(r["value"] == r["latency_s"]);
  CHECK(r["estimate_value"].get<double>() >= r["lower_bound"].get<double>() * (1 - 1e-9));
  CHECK(
      r["gap"].get<double>() ==
      Approx(r["estimate_value"].get<double>() / r["lower_bound"].get<double>() - 1).margin(1e-9));
  CHECK(r["latency_s"].get<double>() >= r["estimate_latency_s"].get<double>() - 1e-12);
  CHECK(r["edp_js"].get<double>() ==
        Approx(r["energy_j"].get<double>() * r["latency_s"].get<double>()));
  CHECK(r["throughput_per_s"].get<double>() == Approx(1 / r["period_s"].get<double>()));
  CHECK(r["assignment"].size() == r["mapping"].get<std::string>().size());
  for (const char* field :
       {"compute_s", "input_s", "transfer_s", "sync_s", "dvfs_s", "contention_s", "waiting_s"})
    CHECK(r["breakdown"].contains(field));
  CHECK(r["utilisation"].size() == 5);
}

TEST_CASE("run without contention equals the analytical model to the picosecond") {
  const json r = good_json("run " + kJob + " --partitioner greedy --no-contention");
  CHECK(r["latency_s"] == r["estimate_latency_s"]);
  CHECK(r["breakdown"]["contention_s"] == 0.0);
}

TEST_CASE("a mapping by letters runs as given") {
  const std::string chosen = good_json("run " + kJob + " --partitioner chain-dp")["mapping"];
  const std::string letters(chosen.size(), 'G');
  const json r = good_json("run " + kJob + " --mapping " + letters);
  CHECK(r["mapping"] == letters);
  CHECK(r["partitioner"] == "mapping");
  CHECK(r["status"] == "fixed");
  for (const json& op : r["assignment"]) CHECK(op["unit"] == "gpu");
}

TEST_CASE("an overhead switched off is gone, and only that one") {
  const std::string alternating = "run " + kJob + " --runtime roofline --mapping GBGBGBGBGBGBGB";
  const json all = good_json(alternating), no_copy = good_json(alternating + " --off copy");
  const double saved = all["breakdown"]["transfer_s"].get<double>();
  CHECK(saved > 0);
  CHECK(no_copy["breakdown"]["transfer_s"] == 0.0);
  CHECK(no_copy["breakdown"]["compute_s"] == all["breakdown"]["compute_s"]);
  // A chain with one thing at a time: what is not spent copying is saved.
  CHECK(all["estimate_latency_s"].get<double>() - no_copy["estimate_latency_s"].get<double>() ==
        Approx(saved));
}

TEST_CASE("a fixed clock slows its unit down") {
  const std::size_t operators =
      good_json("run " + kJob + " --partitioner single")["assignment"].size();
  const std::string mapping = " --mapping " + std::string(operators, 'B');
  const json fast = good_json("run " + kJob + mapping),
             slow = good_json("run " + kJob + mapping + " --opp big=408MHz");
  CHECK(slow["assignment"][0]["frequency_hz"] == 408e6);
  CHECK(slow["latency_s"].get<double>() > 1.5 * fast["latency_s"].get<double>());
}

TEST_CASE("run writes a trace and a task table") {
  good("run " + kJob + " --partitioner greedy --requests 3 --trace trace.json --csv tasks.csv",
       scratch());
  const json trace = json::parse(read(scratch() + "/trace.json"));
  std::map<std::string, int> phases;
  std::map<int, std::vector<std::pair<double, double>>> tracks;
  for (const json& event : trace["traceEvents"]) {
    ++phases[event["ph"]];
    if (event["ph"] == "X") tracks[event["tid"]].emplace_back(event["ts"], event["dur"]);
  }
  CHECK(phases["X"] > 0);
  CHECK(phases["s"] == phases["f"]);
  CHECK(phases["C"] > 0);
  for (auto& [track, slices] : tracks) {
    std::sort(slices.begin(), slices.end());
    for (std::size_t i = 1; i < slices.size(); ++i)
      CHECK(slices[i - 1].first + slices[i - 1].second <= slices[i].first + 2e-6);
  }
  const std::string csv = read(scratch() + "/tasks.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') == phases["X"] + 1);
}

TEST_CASE("compare ranks, judges and concludes") {
  const json c = good_json("compare " + kJob);
  CHECK(c["plans"].size() >= 8);
  double last = 0;
  int singles = 0;
  for (const json& plan : c["plans"]) {
    CHECK(plan["value"].get<double>() >= last);
    last = plan["value"];
    singles += plan["single_unit"].get<bool>();
    CHECK((plan["verdict"] == "best") == (&plan == &c["plans"][0]));
    CHECK(plan["gap"].get<double>() >= -1e-9);
  }
  CHECK(singles >= 3);
  CHECK(c["plans"][0]["gain"].get<double>() >= 1);
  CHECK(!c["conclusion"].get<std::string>().empty());
  CHECK(c["not_applicable"][0].contains("why"));
}

TEST_CASE("compare says why a unit cannot run the network alone") {
  const auto why = [](const std::string& runtime, const std::string& name) -> std::string {
    const json c = good_json("compare " + kJob + " --partitioners single --runtime " + runtime);
    for (const json& left : c["not_applicable"])
      if (left["name"] == name) return left["why"];
    return "";
  };
  // The profile has no rows of the NPU; on the roofline the NPU's list of operators decides.
  CHECK(why("armcl-lwga", "all on npu") == "no measurement of it in armcl-lwga-fp32");
  CHECK(why("roofline", "all on npu") == "cannot run norm1 normalization in int8");
  CHECK(
      has(good("compare " + kJob + " --partitioners single --runtime armcl-lwga"),
          "not applicable: all on cpu-all, all on npu (no measurement of it in armcl-lwga-fp32)"));
}

TEST_CASE("compare spans SoCs, a line each, fastest first") {
  const std::string job =
      "compare --soc rk3588,snapdragon-855 --model squeezenet --runtime roofline --partitioners "
      "single";
  const Said text = run_partita(job);
  REQUIRE(text.code == 0);
  CHECK_THAT(text.out, Catch::Contains("squeezenet on 2 SoCs"));
  const json socs = good_json(job);
  REQUIRE(socs.size() == 2);
  CHECK(socs[0]["soc"] == "rk3588");
  CHECK(socs[1]["soc"] == "snapdragon-855");
  // The table orders them by the latency of the best plan.
  const bool first = socs[0]["plans"][0]["latency_s"] < socs[1]["plans"][0]["latency_s"];
  CHECK((text.out.find("rk3588") < text.out.find("snapdragon-855")) == first);
  CHECK(run_partita("compare --soc rk3588,nowhere --model squeezenet").code == 2);
}

TEST_CASE("a comparison says the same whoever shares the work, and reports a cell that fails") {
  const std::string grid =
      "compare --soc rk3588,snapdragon-855,rk3399pro --model squeezenet,mobilenet_w1 "
      "--partitioners single,heft,annealing,oracle --option max_evaluations=60";
  const std::string alone = good(grid + " --jobs 1"), alone_json = good(grid + " --json --jobs 1");
  CHECK_THAT(alone, Catch::Contains("2 networks on 3 SoCs"));
  for (const char* jobs : {" --jobs 2", " --jobs 5", ""}) {
    CHECK(good(grid + jobs) == alone);
    CHECK(good(grid + " --json" + jobs) == alone_json);
  }
  // Each cell is what the comparison of it alone says.
  CHECK(json::parse(alone_json)[4] ==
        good_json("compare --soc snapdragon-855 --model mobilenet_w1 --partitioners "
                  "single,heft,annealing,oracle --option max_evaluations=60"));
  // What is wrong only when a cell is worked on comes back from whoever worked on it.
  const std::string wrong =
      "compare --soc rk3588,rk3399pro --model squeezenet --partitioners oracle "
      "--option max_evaluations=-1";
  const Said said = run_partita(wrong + " --jobs 1"), shared = run_partita(wrong + " --jobs 2");
  CHECK(said.code == 2);
  CHECK_THAT(said.err, Catch::Contains("max_evaluations = -1 is outside"));
  CHECK(shared.code == 2);
  CHECK(shared.err == said.err);
  CHECK(run_partita(wrong + " --jobs 0").code == 2);
}

TEST_CASE("compare marks a search cut short, and units of other precisions") {
  const std::string job = "compare --soc snapdragon-855 --model googlenet ";
  const std::string text = good(job + "--partitioners exhaustive --option max_plans=1000");
  CHECK(has(text, "exhaustive (stopped)  "));
  CHECK(has(text, "  (stopped): "));
  CHECK(has(text, "fp16 on gpu; int8 on dsp"));
  CHECK(!has(good(job + "--partitioners greedy"), "stopped"));
}

TEST_CASE("run prints a front where the partitioner finds one") {
  const std::string job =
      "run --soc kirin-990 --model squeezenet --partitioner nsga2 --option generations=4";
  CHECK(has(good(job), "  front: "));
  const json front = good_json(job)["front"];
  REQUIRE(front.size() > 1);
  for (std::size_t i = 1; i < front.size(); ++i)
    CHECK(front[i]["believed_latency_s"] >= front[i - 1]["believed_latency_s"]);
  CHECK(front[0]["mapping"].get<std::string>().size() ==
        good_json(job)["mapping"].get<std::string>().size());
  CHECK(!has(good("run " + kJob + " --partitioner heft"), "  front: "));
  CHECK(good_json("run " + kJob + " --partitioner heft")["front"].is_null());
}

TEST_CASE("the runtime with most rows of the network is the one used, then the first by name") {
  namespace fs = std::filesystem;
  const fs::path root = scratch() + "/runtimes", traces = root / "traces/rk3399pro";
  fs::create_directories(root);
  for (const char* folder : {"socs", "models", "traces"})
    fs::copy(fs::path(PARTITA_ROOT) / folder, root / folder,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  // Of alexnet armcl-coup has 540 rows and armcl-lwga 486; the copy comes first by name.
  fs::copy(traces / "armcl-lwga-fp32", traces / "a-copy-fp32",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto runtimes = [&](const std::string& arguments) {
    const Said said = run_partita("run " + kJob + " --partitioner single --json" + arguments, ".",
                                  "PARTITA_DATA='" + root.string() + "'");
    const json r = json::parse(said.out);
    return std::pair<std::string, std::vector<std::string>>(r["runtime"], r["other_runtimes"]);
  };
  using Names = std::vector<std::string>;
  CHECK(runtimes("") ==
        std::pair<std::string, Names>("armcl-coup-fp32", {"a-copy-fp32", "armcl-lwga-fp32"}));
  CHECK(runtimes(" --runtime armcl-lwga") ==
        std::pair<std::string, Names>("armcl-lwga-fp32", {"armcl-coup-fp32", "a-copy-fp32"}));
}

TEST_CASE("compare's text fits 100 columns for every objective") {
  for (const char* objective : {"latency", "energy", "edp", "throughput"}) {
    const std::string text = good(
        "compare --soc snapdragon-855 --model squeezenet --option max_plans=2000 --objective " +
        std::string(objective));
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      int columns = 0;
      for (const char c : text.substr(begin, end - begin))
        columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      CHECK(columns <= 100);
      begin = end + 1;
    }
  }
}

TEST_CASE("compare writes .csv and .json reports that agree with what it prints") {
  const std::string printed =
      good("compare " + kJob + " --partitioners greedy,heft --report c.json --json", scratch());
  CHECK(read(scratch() + "/c.json") == printed);
  good("compare " + kJob + " --partitioners greedy,heft --report c.csv", scratch());
  const std::string csv = read(scratch() + "/c.csv");
  CHECK(std::count(csv.begin(), csv.end(), '\n') ==
        static_cast<long>(json::parse(printed)["plans"].size()) + 1);
}

TEST_CASE("same question, same bytes") {
  for (const std::string& question :
       {"compare " + kJob,
        "compare " + kJob + " --objective throughput --option max_plans=2000 --json",
        std::string("show soc snapdragon-855"), "run " + kJob + " --partitioner heft --requests 8"})
    CHECK(good(question) == good(question));
}

TEST_CASE("a slow network keeps the phone at work, a fast one sends the input away") {
  const std::string kRemote =
      "run --soc snapdragon-660 --model vgg16 --runtime roofline --remote edge-desktop --over "
      "wifi-5 --round-trip 1ms --partitioner exhaustive --option max_plans=20000 --bandwidth ";
  const auto remote_operators = [&](const std::string& bandwidth) {
    const json plan = good_json(kRemote + bandwidth);
    int count = 0, phone = 0;
    for (const json& share : plan.at("assignment")) {
      const bool away = share.at("unit").get<std::string>().rfind("edge.", 0) == 0;
      const std::string name = share.at("operator");
      if (name.size() > 6 && name.substr(name.size() - 6) == "@phone") CHECK_FALSE(away);
      (away ? count : phone) += 1;
    }
    CHECK(plan.at("soc") == "snapdragon-660");
    CHECK(plan.at("remote").at("soc") == "edge-desktop");
    CHECK(plan.at("remote").at("link") == "wifi-5");
    CHECK(plan.at("remote").at("round_trip_s") == 1e-3);
    CHECK(plan.at("utilisation").contains("wifi-5.up"));
    CHECK((plan.at("utilisation").at("wifi-5.up") > 0) == (count > 0));
    return std::pair(count, phone);
  };
  CHECK(remote_operators("1kB/s").first == 0);
  CHECK(remote_operators("400MB/s").second == 2);  // Input and result.
}

TEST_CASE("without a remote device nothing is said of one") {
  const json plan = good_json("run " + kJob + " --partitioner chain-dp");
  CHECK(plan.at("remote").is_null());
  CHECK_FALSE(has(good("run " + kJob + " --partitioner chain-dp"), "remote:"));
  const std::string text = good(
      "compare " + kJob + " --remote edge-desktop --over ethernet --partitioners single,chain-dp");
  CHECK(has(text, "all on edge.gpu"));
  CHECK(has(text, "remote: edge-desktop ("));
  CHECK(has(text, "118 MB/s up"));
  // The board's runtime has not measured cpu-all, so the input cannot wait there for nothing.
  CHECK_FALSE(std::regex_search(text, std::regex("chain-dp +\\?")));
}
