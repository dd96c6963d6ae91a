// Does `partita fit` make a profile of a user's rows, say how wrong it is, and does run use it?
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/command.h"

using nlohmann::json;
using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;

namespace fs = std::filesystem;

namespace {

const std::string kPhone = "--soc snapdragon-855 --runtime tflite --fresh ";

// Measured on a Pixel 4: three networks in traces/snapdragon-855/tflite-fp32.
constexpr char kNetworks[] =
    "network,unit,latency_ms,sd_ms\n"
    "mobilenetv2_w1,gpu,5.8607,0.137\n"
    "squeezenet_v1_1,gpu,5.56961,0.156\n"
    "resnet18_wd2,gpu,9.91506,0.274\n";
constexpr char kOther[] =
    "network,unit,latency_ms\n"
    "mobilenet_w1,gpu,6.00379\n"
    "mobilenetv2_w1,gpu,5.8607\n";
constexpr char kOperatorColumns[] =
    "network,operator,kind,function,in_channels,in_height,in_width,out_channels,out_height,"
    "out_width,kernel_h,kernel_w,stride_h,stride_w,dilation,groups,unit,latency_us\n";
constexpr char kNcnn[] =
    "loop_count = 4\nnum_threads = 4\npowersave = 2\ngpu_device = -1\n"
    "  mobilenet_v2  min =    8.24  max =    8.47  avg =    8.33\n"
    "    squeezenet  min =    5.55  max =    5.67  avg =    5.61\n"
    "squeezenet_int8  min =   5.39  max =    5.76  avg =    5.60\n";

const std::string& folder() {
  static const std::string made = [] {
    const std::string f = scratch() + "/fit";
    fs::create_directory(f);
    write(f + "/networks.csv", kNetworks);
    write(f + "/other.csv", kOther);
    write(f + "/ncnn.txt", kNcnn);
    return f;
  }();
  return made;
}

json fit_json(const std::string& arguments) {
  const auto said = run_partita("fit " + arguments + " --json", folder());
  INFO("partita fit " << arguments << "\n" << said.err);
  REQUIRE(said.code == 0);
  CHECK(said.err.empty());
  return json::parse(said.out);
}

std::string networks(const std::string& row) {
  return "network,unit,latency_ms\n" + row + "\n";
}

/// The repository's data, in a folder whose traces/ can be written to.
const std::string& data_root() {
  static const std::string made = [] {
    const fs::path root = scratch() + "/fit-data", from(PARTITA_ROOT);
    fs::create_directories(root / "traces");
    for (const char* room : {"socs", "models", "validation"})
      fs::create_directory_symlink(from / room, root / room);
    fs::create_directory_symlink(from / "traces/runtimes", root / "traces/runtimes");
    return root.string();
  }();
  return made;
}

}  // namespace

TEST_CASE("rows become a fit, with the errors before and after") {
  const json fit = fit_json(kPhone + "--from networks.csv --check other.csv");
  CHECK(fit["files"][0]["format"] == "networks.csv");
  CHECK(fit["files"][0]["networks"] == 3);
  CHECK(fit["existing_rows"] == 0);
  REQUIRE(fit["units"].size() == 1);
  const json& gpu = fit["units"][0];
  CHECK(gpu["unit"] == "gpu");
  CHECK(gpu["tables"][0]["rows"] == 3);
  CHECK(gpu["tables"][0]["error_before"].get<double>() > 0);
  CHECK(gpu["tables"][0]["error_after"].get<double>() > 0);
  // Only mobilenet_w1: the other row's network was fitted to.
  CHECK(gpu["check"]["rows"] == 1);
  CHECK(gpu["coefficients"].size() > 20);
  // Expected from the phone's sibling with the same family of GPU.
  CHECK(gpu["expected_from"]["soc"].get<std::string>().starts_with("snapdragon-"));
}

TEST_CASE("more measurements, less error on networks that were not measured") {
  const auto error_after = [](const std::string& files) {
    const json fit =
        fit_json(kPhone + files + " --check " PARTITA_ROOT "/docs/examples/other-networks.csv");
    double error = -1;
    for (const json& unit : fit["units"])
      if (unit["unit"] == "gpu") error = unit["check"]["error_after"];
    return error;
  };
  const std::string examples = "--from " PARTITA_ROOT "/docs/examples/";
  const double one = error_after(examples + "one-network.csv");
  const double five = error_after(examples + "five-networks.csv");
  const double operators =
      error_after(examples + "five-networks.csv " + examples + "five-operators.csv");
  CHECK(five < one);
  CHECK(operators < five * 1.05);
  CHECK(operators < 0.15);
}

TEST_CASE("what traces/ holds of the SoC counts, unless --fresh") {
  const json with = fit_json("--soc snapdragon-855 --runtime tflite --from networks.csv");
  CHECK(with["existing_rows"].get<int>() > 4000);
  // These very rows are in traces/: run knows them already.
  CHECK(with["units"][0]["tables"][0]["error_before"].get<double>() < 0.03);
}

TEST_CASE("an operator that does not fit to the others is named with its place") {
  std::ostringstream rows;
  rows << kOperatorColumns;
  for (int i = 1; i <= 20; ++i)
    rows << 'n' << i % 4 << ",c" << i << ",conv,,64,56,56," << 32 * i << ",56,56,1,1,1,1,1,1,gpu,"
         << (i == 13 ? 40000 : 100 * i) << '\n';
  write(folder() + "/outlier.csv", rows.str());
  const json fit = fit_json(kPhone + "--from outlier.csv");
  const json outliers = fit["units"][0]["tables"][0]["outliers"];
  bool named = false;
  for (const json& o : outliers)
    named = named || o.get<std::string>().starts_with("outlier.csv:14: n1 c13 takes 40 ms");
  CHECK(named);
}

TEST_CASE("times in the wrong unit are asked about") {
  write(folder() + "/us.csv", networks("mobilenetv2_w1,gpu,5860.7\nsqueezenet_v1_1,gpu,5569"));
  const auto said = run_partita("fit " + kPhone + "--from us.csv", folder());
  CHECK(said.code == 0);
  CHECK(said.out.find("are they in ms?") != std::string::npos);
}

TEST_CASE("benchncnn's output: cores from powersave and threads, other precisions left out") {
  const auto said =
      run_partita("fit --soc rk3588 --runtime ncnn --precision fp16 --from ncnn.txt", folder());
  INFO(said.err);
  REQUIRE(said.code == 0);
  CHECK(said.out.find("4 threads taken to run on big0:2 big1:2") != std::string::npos);
  CHECK(said.out.find("1 rows of another precision than fp16 left out") != std::string::npos);
  CHECK(said.out.find("nothing written") != std::string::npos);
  // All of them: the big cores first.
  const auto cores = [](const std::string& threads, const std::string& powersave) {
    write(folder() + "/cores.txt", "num_threads = " + threads + "\npowersave = " + powersave +
                                       "\nsqueezenet min = 5 max = 6 avg = 5.5\n");
    const json fit = fit_json("--soc rk3588 --runtime ncnn --precision fp16 --from cores.txt");
    return fit["units"][0]["unit"].get<std::string>();
  };
  CHECK(cores("8", "0") == "big0:2 big1:2 little:4");
  CHECK(cores("1", "0") == "big0:1");
  CHECK(cores("2", "1") == "little:2");
  CHECK(cores("8", "2") == "big0:2 big1:2");
}

TEST_CASE("a profile is written once, read back and used") {
  const std::string home = data_root() + "/traces/snapdragon-855/tflite-fp32";
  const std::string environment = "PARTITA_DATA='" + data_root() + "'";
  const std::string job =
      "run --soc snapdragon-855 --model mobilenetv2_w1 --runtime tflite --mapping " +
      std::string(83, 'G') + " --json";
  const auto latency = [&] {
    const auto said = run_partita(job, folder(), environment);
    INFO(said.err);
    REQUIRE(said.code == 0);
    return json::parse(said.out)["latency_s"].get<double>();
  };
  const double before = latency();
  const std::string fit =
      "fit --json --soc snapdragon-855 --runtime tflite --from networks.csv "
      "--device 'my phone: a \"test\"' --date 2026-01-31 --output ";
  const auto said = run_partita(fit + home, folder(), environment);
  INFO(said.err);
  REQUIRE(said.code == 0);
  CHECK(said.out.find("run --soc snapdragon-855 --runtime tflite uses it") != std::string::npos);
  CHECK(read(home + "/networks.csv").find("mobilenetv2_w1,gpu,5.8607,0.137") != std::string::npos);
  CHECK(read(home + "/meta.yaml").find("2026-01-31") != std::string::npos);
  const double after = latency();
  // Measured: 5.86 ms.
  CHECK(std::abs(after / 5.8607e-3 - 1) < std::abs(before / 5.8607e-3 - 1));
  CHECK(after == Approx(5.8607e-3).epsilon(0.15));
  // Once.
  const auto again = run_partita(fit + home, folder(), environment);
  CHECK(again.code == 2);
  CHECK(again.err.find("tflite-fp32: exists already; nothing written") != std::string::npos);
  // A second folder of the same runtime counts too.
  const auto second = run_partita(fit + data_root() + "/traces/snapdragon-855/tflite-mine-fp32",
                                  folder(), environment);
  CHECK(second.code == 0);
  const auto third = run_partita(
      "fit --soc snapdragon-855 --runtime tflite --from other.csv --json", folder(), environment);
  CHECK(json::parse(third.out)["existing_rows"] == 6);
}
