// Does --compress do what it says, and say what it did?
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::kTinyModel;
using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace {

json answer(const std::string& arguments) {
  const auto said = run_partita(arguments + " --json");
  INFO("partita " << arguments << "\n" << said.err);
  REQUIRE(said.code == 0);
  return json::parse(said.out);
}

double single_ms(const std::string& more, const std::string& unit) {
  const json c = answer(
      "compare --soc snapdragon-855 --model preresnet18 --runtime tflite "
      "--partitioners single" +
      more);
  for (const json& plan : c["plans"])
    if (plan["name"] == "all on " + unit) return 1e3 * plan["latency_s"].get<double>();
  return 0;
}

}  // namespace

TEST_CASE("int8 costs what TFLite's int8 measurements say") {
  // traces/snapdragon-855: preresnet18 on prime:1 takes 35.658 ms in tflite-int8, three to four
  // times as much in tflite-fp32.
  CHECK(single_ms(" --compress int8", "cpu-prime") == Approx(35.658).epsilon(0.1));
  CHECK(single_ms("", "cpu-prime") > 2.5 * 35.658);
  // The GPU delegate has no int8: it stays at fp16, and costs what it cost.
  CHECK(single_ms(" --compress int8", "gpu") == Approx(single_ms("", "gpu")));
  const json c = answer(
      "run --soc snapdragon-855 --model preresnet18 --runtime tflite --partitioner single "
      "--compress int8");
  for (const json& share : c["assignment"])
    CHECK(share["precision"] == (share["unit"] == "gpu" ? "fp16" : "int8"));
}

TEST_CASE("run and compare say what a compression did") {
  const std::string job = " --soc rk3588 --model resnet18 --runtime roofline ";
  const json plain = answer("run --partitioner single" + job);
  const json pruned = answer("run --partitioner single --compress prune:0.5,fuse" + job);
  CHECK(plain["compression"] == json::array());
  REQUIRE(pruned["compression"].size() == 2);
  CHECK(pruned["model"] == "resnet18+prune:0.5,fuse");
  const json& prune = pruned["compression"][0];
  CHECK(prune["step"] == "prune:0.5");
  CHECK(prune["after"]["macs"].get<double>() < 0.3 * prune["before"]["macs"].get<double>());
  CHECK(prune["before"]["weight_bytes"] == 4 * prune["before"]["weight_elements"].get<double>());
  CHECK(prune["accuracy"].is_null());
  CHECK(pruned["compression"][1]["before"] == prune["after"]);
  CHECK(pruned["latency_s"] < plain["latency_s"]);
  const auto text = run_partita("compare --partitioners single --compress prune:0.5" + job);
  CHECK_THAT(text.out,
             Catch::Contains("prune:0.5") && Catch::Contains("accuracy is not predicted"));
  // A profile of the whole network is none of the pruned one.
  CHECK(answer("run --soc rk3399pro --model alexnet-armcl --partitioner single")
            ["runtime_covers_model"] == true);
  CHECK(
      answer("run --soc rk3399pro --model alexnet-armcl --partitioner single --compress prune:0.1")
          ["runtime_covers_model"] == false);
}

TEST_CASE("show and import compress too") {
  const json shown = answer("show model resnet18 --compress int8,merge");
  CHECK(shown["compression"].size() == 2);
  for (const json& op : shown["operators"])
    CHECK(op["weight_bits"] == (op["weight_elements"] > 0 ? 8 : 32));
  const std::string folder = scratch() + "/compress";
  std::filesystem::create_directory(folder);
  write(folder + "/tiny.yaml", kTinyModel);
  const auto said = run_partita("import tiny.yaml --compress fuse --output fused.yaml", folder);
  CHECK(said.code == 0);
  CHECK_THAT(said.out, Catch::Contains("fuse"));
  CHECK_THAT(read(folder + "/fused.yaml"), Catch::Contains("function: relu"));
  CHECK(run_partita("run --soc rk3588 --model ./fused.yaml --partitioner single", folder).code ==
        0);
  CHECK(answer("list compressions").size() == 5);
}

TEST_CASE("wrong compressions are one line") {
  const std::string folder = scratch() + "/compress-bad";
  std::filesystem::create_directory(folder);
  const std::string job = "run --soc rk3588 --model resnet18 --partitioner single --compress ";
  check_refused(job + "squash", "unknown compression \"squash\"; known: prune, low-rank, int8",
                folder);
  check_refused(job + "prune:1", "--compress: ratio of prune:1 is outside 0 to 0.9", folder);
  check_refused(job + "low-rank", "--compress: low-rank needs its ratio, 0.01 to 1", folder);
  check_refused(job + "prune:half", "--compress prune: ", folder);
  check_refused(job + "int8:4", "--compress: int8 takes no value", folder);
  check_refused(job + "fuse:tflit", "unknown runtime \"tflit\" (did you mean \"tflite\"?)", folder);
  check_refused(
      "run --soc snapdragon-855 --model preresnet18 --runtime tflite --partitioner single "
      "--compress fuse:tvm",
      "take fuse alone, or --runtime roofline", folder);
  check_refused("show soc rk3588 --compress int8", "only a model can be compressed", folder);
}
