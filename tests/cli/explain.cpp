// partita explain: its figures against those of run, which switches the same overheads off.
#include <catch2/catch.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"

using namespace partita::test;
using nlohmann::json;

namespace {

json good_json(const std::string& arguments) {
  const Said said = run_partita(arguments + " --json");
  INFO(arguments << ": " << said.err);
  REQUIRE(said.code == 0);
  return json::parse(said.out);
}

constexpr const char* kJob = "--soc rk3399pro --model squeezenet --runtime roofline ";

double value_of(const std::string& arguments) {
  return good_json("run " + std::string(kJob) + arguments).at("value").get<double>();
}

const json& overhead(const json& plan, const std::string& name) {
  for (const json& cost : plan.at("overheads"))
    if (cost.at("overhead") == name) return cost;
  FAIL("no overhead " + name);
  return plan;
}

}  // namespace

TEST_CASE("explain: the waterfall adds up, and every ablation is run's --off") {
  const json e = good_json("explain " + std::string(kJob) + "--partitioner greedy");
  const json& plan = e.at("plan");
  double at = plan.at("ideal");
  for (const json& cost : plan.at("overheads")) {
    at += cost.at("waterfall").get<double>();
    CHECK(cost.at("value_after").get<double>() == Approx(at).epsilon(1e-12));
  }
  const double value = value_of("--partitioner greedy");
  CHECK(plan.at("value").get<double>() == Approx(value).epsilon(1e-12));
  CHECK(at == Approx(value).epsilon(1e-12));
  for (const char* name : {"sync", "copy", "dispatch", "arrival"})
    CHECK(
        overhead(plan, name).at("alone").get<double>() ==
        Approx(value - value_of("--partitioner greedy --off " + std::string(name))).margin(1e-15));
  // Greedy hops between units and does not know what that costs.
  CHECK(e.at("decisive").size() >= 1);
  CHECK(e.at("baseline").at("value").get<double>() < value);
}

TEST_CASE("explain: one unit alone pays nothing between units") {
  const json e = good_json("explain " + std::string(kJob) + "--partitioner single");
  for (const char* name : {"transform", "map", "sync", "copy", "unmap", "halo", "unfused"}) {
    CHECK(overhead(e.at("plan"), name).at("alone") == 0);
    CHECK(overhead(e.at("plan"), name).at("waterfall") == 0);
  }
  CHECK(overhead(e.at("plan"), "dispatch").at("waterfall") > 0);
  CHECK(e.at("decisive").empty());
}

TEST_CASE("explain: a belief that is wrong says where") {
  const json right = good_json("explain " + std::string(kJob) + "--partitioner heft");
  CHECK(right.at("misjudged").empty());
  const json wrong =
      good_json("explain " + std::string(kJob) + "--partitioner heft --belief noisy:0.5");
  REQUIRE(wrong.at("misjudged").size() == 5);
  double last = 1e9;
  for (const json& m : wrong.at("misjudged")) {
    const double error = std::abs(m.at("believed_s").get<double>() - m.at("true_s").get<double>());
    CHECK(error > 0);
    CHECK(error <= last);
    last = error;
  }
}

TEST_CASE("explain: the first request builds graphs") {
  const std::string job =
      "explain --soc snapdragon-8-gen-3 --model squeezenet --runtime roofline "
      "--partitioner single ";
  const json later = good_json(job), first = good_json(job + "--first");
  for (const json& cost : later.at("plan").at("overheads")) CHECK(cost.at("overhead") != "compile");
  CHECK(overhead(first.at("plan"), "compile").at("alone").get<double>() ==
        Approx(first.at("plan").at("value").get<double>() -
               later.at("plan").at("value").get<double>()));
}

TEST_CASE("explain: what a better resource gains is what the same plan takes on a changed device") {
  const std::string plan = scratch() + "/explained.yaml";
  const double before = value_of("--partitioner heft --save-plan " + plan);
  const json e = good_json("explain " + std::string(kJob) + "--partitioner heft");
  REQUIRE(e.at("resources").size() > 10);
  double last = 1;
  for (const json& resource : e.at("resources")) {
    const std::string key = resource.at("key");
    const double gain = resource.at("gain");
    CHECK(gain <= last);  // Best first.
    last = gain;
    CHECK(gain > -1e-9);  // Nothing better makes it worse: the plan stays.
    const bool more_is_better =
        key.ends_with(".speed") || key.ends_with(".bandwidth") || key == "memory.bandwidth";
    const double after = value_of("--plan " + plan + " --change " + key +
                                  (more_is_better ? "=1.1x" : "=0.90909090909090909x"));
    CAPTURE(key);
    CHECK(1 - after / before == Approx(gain).margin(1e-12));
  }
  CHECK(e.at("resources")[0].at("gain") > 0.001);
}
