// Do the commands print what they say?
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
using partita::test::kTinyModel;
using partita::test::kTinyParam;
using partita::test::read;
using partita::test::run_partita;
using partita::test::Said;
using partita::test::scratch;
using partita::test::write;

TEST_CASE("version and help teach") {
  CHECK(std::regex_match(good("--version"), std::regex("partita \\d+\\.\\d+\\.\\d+\n")));
  for (const std::string& help : {good("--help"), good("")}) {
    for (const char* command :
         {"run", "compare", "list", "show", "import", "new", "fit", "validate", "bench"})
      CHECK(has(help, std::string("\n  ") + command + " "));
    CHECK(has(help, "partita compare --soc rk3399pro"));
    CHECK(has(help, "0 done, 1 failed, 2 wrong input"));
  }
  for (const char* command :
       {"run", "compare", "list", "show", "import", "new", "fit", "validate", "bench"}) {
    const std::string help = good(std::string(command) + " --help");
    CHECK(has(help, std::string("Usage: partita ") + command));
    CHECK(has(help, "Example"));
  }
}

TEST_CASE("help names every partitioner and its options, from the one table") {
  const std::string help = good("compare --help");
  for (const json& info : good_json("list partitioners")) {
    CHECK(has(help, "\n  " + info["name"].get<std::string>()));
    for (const json& option : info["options"])
      CHECK(has(help, option["name"].get<std::string>() + "="));
  }
}

TEST_CASE("list names what the other commands take") {
  const auto names = [](const json& items) {
    std::vector<std::string> out;
    for (const json& item : items) out.push_back(item.at("name"));
    return out;
  };
  using Catch::VectorContains;
  CHECK_THAT(names(good_json("list socs")), VectorContains(std::string("rk3399pro")));
  CHECK_THAT(names(good_json("list socs")), VectorContains(std::string("snapdragon-855")));
  CHECK_THAT(names(good_json("list models")), VectorContains(std::string("alexnet-armcl")));
  CHECK_THAT(names(good_json("list runtimes")), VectorContains(std::string("roofline")));
  CHECK_THAT(names(good_json("list partitioners")), VectorContains(std::string("chain-dp")));
  CHECK_THAT(names(good_json("list suites")), VectorContains(std::string("rk3399pro-mappings")));
  CHECK(has(good("list socs"), "Rockchip RK3399Pro"));
  CHECK(has(good("list partitioners"), "chain-dp"));
}

TEST_CASE("networks joined by + run at once") {
  const std::string both = "--soc rk3399pro --model alexnet-armcl+mobilenet-armcl";
  const json shown = good_json("show model alexnet-armcl+mobilenet-armcl");
  CHECK(shown["name"] == "alexnet-armcl+mobilenet-armcl");
  CHECK(shown["network"] == "alexnet+mobilenet");
  const auto latency = [&](const std::string& job, const std::string& name) {
    const json said =
        good_json("compare " + job + " --runtime armcl-lwga --partitioners single,hax-conn");
    for (const json& plan : said["plans"])
      if (plan["name"] == name) return plan["latency_s"].get<double>();
    FAIL("no plan " << name);
    return 0.0;
  };
  const double a = latency("--soc rk3399pro --model alexnet-armcl", "all on gpu");
  const double b = latency("--soc rk3399pro --model mobilenet-armcl", "all on gpu");
  CHECK(latency(both, "all on gpu") == Approx(a + b).epsilon(1e-6));
  // Each on a unit of its own beats one after the other.
  CHECK(latency(both, "hax-conn") < latency(both, "single"));
  write(scratch() + "/a+b.yaml", kTinyModel);  // a file of that name is one network
  CHECK(has(good("show model ./a+b.yaml", scratch()), "4 operators"));
}

TEST_CASE("show tells every number with its source") {
  const json soc = good_json("show soc rk3399pro");
  CHECK(soc["name"] == "rk3399pro");
  CHECK(soc["numbers"].size() > 50);
  std::vector<std::string> sources;
  for (const json& source : soc["sources"]) sources.push_back(source["id"]);
  for (const json& number : soc["numbers"]) {
    CHECK_THAT(sources, Catch::VectorContains(number["source"].get<std::string>()));
    const std::string known = number["known"];
    CHECK((known == "measured" || known == "published" || known == "fitted" || known == "assumed"));
  }
  const std::string text = good("show soc rk3399pro");
  CHECK(has(text, "Cortex-A72"));
  CHECK(has(text, "domains.big.opps[0].frequency"));
}

TEST_CASE("networks of the zoo are named like files") {
  const json models = good_json("list models");
  const auto found = std::find_if(models.begin(), models.end(), [](const json& model) {
    return model["name"] == "resnet18_wd4";
  });
  REQUIRE(found != models.end());
  CHECK((*found)["family"] == "ResNet");
  const json shown = good_json("show model resnet18_wd4");
  CHECK(shown["name"] == "resnet18_wd4");
  // The first convolution: 112 x 112 x 16 outputs of 7 x 7 x 3 products.
  const json& conv = shown["operators"][1];
  CHECK(conv["macs"] == 112 * 112 * 16 * 147);
  CHECK(conv["kernel"] == json({7, 7}));
  CHECK(conv["stride"] == json({2, 2}));
  CHECK(conv["inputs"] == json({{1, 3, 224, 224}}));
  CHECK(
      has(good("run --soc rk3399pro --model resnet18_wd4 --runtime roofline --partitioner single"),
          "resnet18_wd4"));
}

TEST_CASE("show model counts what a hand counts") {
  const json model = good_json("show model alexnet-armcl");
  // conv1 of AlexNet: 55 x 55 x 96 outputs of 11 x 11 x 3 products = 105,415,200.
  for (const json& op : model["operators"])
    if (op["name"] == "conv1") CHECK(op["macs"] == 105'415'200);
  CHECK(has(good("show model alexnet-armcl"), "1x96x55x55"));
}

TEST_CASE("import reads .param and writes YAML that reads back the same") {
  write(scratch() + "/tiny.param", kTinyParam);
  const std::string text = good("import tiny.param --output tiny-out.yaml", scratch());
  CHECK(has(text, "3 operators"));
  CHECK(has(text, "wrote tiny-out.yaml"));
  // 8 x 8 x 4 outputs of 3 x 3 x 3 products = 6912.
  const json model = json::parse(run_partita("show model ./tiny-out.yaml --json", scratch()).out);
  CHECK(model["macs"] == 6912);
  const std::string again = good("import tiny-out.yaml --output tiny-again.yaml", scratch());
  CHECK(read(scratch() + "/tiny-out.yaml") == read(scratch() + "/tiny-again.yaml"));
  const json larger = json::parse(
      run_partita(
          "import tiny.param --input 1x3x16x16 --output large.yaml >/dev/null && '" PARTITA_COMMAND
          "' show model ./large.yaml --json",
          scratch())
          .out);
  CHECK(larger["macs"] == 4 * 6912);
}

TEST_CASE("import without --output writes nothing") {
  const std::string folder = scratch() + "/import-nothing";
  std::filesystem::create_directory(folder);
  write(folder + "/tiny.param", kTinyParam);
  CHECK(has(good("import tiny.param", folder), "nothing written"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
}

TEST_CASE("a reader that leaves early is no failure") {
  const std::string line = "cd '" + scratch() +
                           "' && { sleep 0.2; '" PARTITA_COMMAND
                           "' show soc rk3399pro --json 2>err; echo $? >code; } | true; sleep 0.4";
  REQUIRE(std::system(line.c_str()) == 0);
  CHECK(read(scratch() + "/err").empty());
  CHECK(read(scratch() + "/code") == "0\n");
}

TEST_CASE("a full disk is a failure, not wrong input") {
  const Said said = run_partita("list socs >/dev/full");
  CHECK(said.code == 1);
  CHECK(has(said.err, "partita: "));
}

TEST_CASE("the data root can be named, and files stand for names") {
  write(scratch() + "/mine.yaml", kTinyModel);
  good("compare --soc rk3399pro --model ./mine.yaml", scratch());
  const Said said = run_partita("list socs", ".", "PARTITA_DATA='" PARTITA_ROOT "'");
  CHECK(said.code == 0);
}

TEST_CASE("validate has the stable fields") {
  const json v = good_json("validate rk3399pro-mappings");
  CHECK(v["suite"] == "rk3399pro-mappings");
  REQUIRE(!v["results"].empty());
  for (const json& result : v["results"]) {
    CHECK(result["n"].get<int>() > 0);
    for (const char* field : {"quantity", "mape", "median_ape", "p90_ape", "bias", "within_10pct",
                              "kendall_tau", "regret", "coverage_90"})
      CHECK(result.contains(field));
  }
  const json all = good_json("validate all");
  CHECK(all.is_array());
  CHECK(all[0] == v);
  CHECK(has(good("validate rk3399pro-mappings"), "time.alexnet"));
}

TEST_CASE("bench has the stable fields and plausible rates") {
  const json b = good_json("bench");
  for (const char* rate :
       {"systemc_events_per_s", "simulate_tasks_per_s", "simulate_events_per_task",
        "estimate_tasks_per_s", "simulate_run_fixed_us"})
    CHECK(b.at(rate).get<double>() > 0);
  CHECK(b.at("bus_asked").get<double>() == Approx(0.5).margin(0.15));
  CHECK(b.at("full_bus_asked").get<double>() > 1);
  for (const json& info : good_json("list partitioners"))
    CHECK(b["partition_ms"].contains(info["name"].get<std::string>()));
}

TEST_CASE("links are listed and shown with their sources") {
  const json links = good_json("list links");
  REQUIRE(links.size() >= 5);
  for (const json& link : links) {
    CHECK(link.at("up_bytes_per_s") > 0);
    const std::string name = link.at("name");
    const json shown = good_json("show link " + name);
    CHECK(shown.at("up").at("bandwidth_bytes_per_s") == link.at("up_bytes_per_s"));
    CHECK(shown.at("numbers").size() == 8);
    for (const json& number : shown.at("numbers")) {
      const std::string source = number.at("source");
      const auto& sources = shown.at("sources");
      CHECK(std::any_of(sources.begin(), sources.end(),
                        [&](const json& s) { return s.at("id") == source; }));
    }
  }
  CHECK(has(good("show link lte"), "duplex"));
  CHECK(has(good("list links"), "wifi-5"));
}
