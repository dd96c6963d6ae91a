// What do `list runtimes` and `show runtime` say?
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"

using nlohmann::json;
using partita::test::check_refused;
using partita::test::run_partita;
using partita::test::scratch;

TEST_CASE("runtimes are listed and shown") {
  const auto said = run_partita("list runtimes --json");
  REQUIRE(said.code == 0);
  bool described = false, measured = false;
  for (const json& row : json::parse(said.out)) {
    if (row["name"] == "tflite")
      described = row["title"] == "TensorFlow Lite" && row["soc"].is_null();
    if (row["name"] == "tflite-fp32" && row["soc"] == "snapdragon-855")
      measured = row["rows"].get<int>() > 4000 && row["networks"] == 68;
  }
  CHECK(described);
  CHECK(measured);
  const json tflite = json::parse(run_partita("show runtime tflite --json").out);
  REQUIRE(tflite["units"].size() == 3);
  CHECK(tflite["units"][0]["backend"] == "XNNPACK");
  CHECK(tflite["units"][0]["kernel_model"] == true);
  CHECK(tflite["units"][2]["kernel_model"] == false);
  CHECK(tflite["units"][1]["dispatch_s"] == Approx(1e-5));
  const std::string text = run_partita("show runtime tflite").out;
  CHECK(text.find("fuses: activation (relu, relu6) after conv, ") != std::string::npos);
  CHECK(text.find("cannot run: detection, shuffle") != std::string::npos);
  const std::string folder = scratch() + "/show";
  std::filesystem::create_directory(folder);
  check_refused("show runtime tflit", "unknown runtime \"tflit\" (did you mean \"tflite\"?)",
                folder);
}
