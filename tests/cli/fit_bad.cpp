// Does `partita fit` refuse what is wrong in one line with its place, and write nothing?
#include <catch2/catch.hpp>
#include <filesystem>

#include "cli/command.h"

using partita::test::check_refused;
using partita::test::scratch;
using partita::test::write;

namespace fs = std::filesystem;

namespace {

const std::string kPhone = "--soc snapdragon-855 --runtime tflite --fresh ";

constexpr char kOperatorColumns[] =
    "network,operator,kind,function,in_channels,in_height,in_width,out_channels,out_height,"
    "out_width,kernel_h,kernel_w,stride_h,stride_w,dilation,groups,unit,latency_us\n";

/// `content` as a file, refused.
void refused(const std::string& content, const std::string& says,
             const std::string& more = kPhone) {
  const std::string f = scratch() + "/fit-bad";
  fs::create_directories(f);
  write(f + "/rows", content);
  check_refused("fit " + more + " --from rows --output made", says, f);
}

std::string networks(const std::string& row) {
  return "network,unit,latency_ms\n" + row + "\n";
}

std::string operators(const std::string& row) {
  return kOperatorColumns + row + "\n";
}

}  // namespace

TEST_CASE("wrong files are refused, and nothing is written") {
  refused("", "rows: is empty");
  refused("hello\n", "rows: unknown format; known: output of benchmark_model");
  refused(networks("mobilenetv2_w1,gpu,0"), "rows:2: latency_ms: must be positive");
  refused(networks("mobilenetv2_w1,gpu,-5"), "rows:2: latency_ms: must be positive");
  refused(networks("mobilenetv2_w1,gpu,nan"), "rows:2: latency_ms");
  refused(networks("mobilenetv2_w1,gpu,fast"), "rows:2: latency_ms");
  refused(networks("mobilenetv2_w1,gpu"), "rows:2");
  refused("network,latency_ms\nmobilenetv2_w1,5\n", "unknown column \"unit\"");
  refused("network,unit,latency_ms\n", "rows: no rows");
  refused(networks("mobilenetv2_w1,gpuu,5"),
          "rows:2: unit: unknown unit or cores of snapdragon-855 \"gpuu\" (did you mean \"gpu\"?)");
  refused(networks("mobilenetv2_w1,prime:2,5"), "rows:2: unit: unknown unit or cores");
  refused(networks("mobilenetv2_w1,dsp,5"),
          "--precision: unknown precision of TensorFlow Lite on a dsp \"fp32\"; known: int8");
  refused(networks("mobilenetv2_w2,gpu,5"),
          "rows:2: network: unknown network \"mobilenetv2_w2\" (did you mean \"mobilenetv2_w1\"?)");
  const std::string conv = "n,c,conv,,3,224,224,32,112,112,3,3,2,2,1,1,gpu,";
  refused(operators(conv + "0"), "rows:2: latency_us: must be positive");
  refused(operators("n,c,convv,,3,224,224,32,112,112,3,3,2,2,1,1,gpu,9"),
          "rows:2: kind: unknown operator kind \"convv\" (did you mean \"conv\"?)");
  refused(operators("n,c,conv,,3,224,224,32,12,112,3,3,2,2,1,1,gpu,9"),
          "rows:2: out_height: 12 does not come of 224");
  refused(operators("n,c,conv,,3,224,224,32,112,112,3,3,2,2,1,2,gpu,9"),
          "rows:2: groups: 2 does not divide");
}

TEST_CASE("wrong logs are refused, and nothing is written") {
  const std::string rk3588 = "--soc rk3588 --runtime ncnn --precision fp16 ";
  refused("num_threads = 4\n squeezenet min = 5 max = 6 avg = -5\n",
          "rows:2: avg =: expected a positive time", rk3588);
  refused(" squeezenet min = 5 max = 6 avg = 5.5\n", "rows: says neither threads nor a GPU; name",
          rk3588);
  refused("num_threads = 4\nsqueeznet min = 5 max = 6 avg = 5.5\n",
          "rows:2: network: unknown network \"squeeznet\" (did you mean \"squeezenet\"?)", rk3588);
  refused("num_threads = 4\npowersave = 2\nsqueezenet_int8 min = 5 max = 6 avg = 5.5\n",
          "rows: no rows", rk3588);
  const std::string head = "Num threads: [1]\nGraph: [/x/mobilenet_w1.tflite]\n";
  refused(head +
              "Profiling Info for Benchmark Initialization:\n= Run Order =\n"
              "[node type]\t[first]\t[avg ms]\nAllocateTensors\t1\t1\n",
          "rows:1: neither `Inference (avg)` nor a run order");
  refused("Num threads: [1]\nInference timings in us: Inference (avg): 5000\n",
          "rows:2: no network's name; give --network");
  refused(head +
              "Inference timings in us: Inference (avg): 5000\n= Run Order =\n"
              "[node type]\t[first]\t[avg ms]\nCONV_2D\t1\t1\n",
          "rows:6: 1 nodes like CONV_2D against");
}

TEST_CASE("wrong arguments are refused, and nothing is written") {
  const std::string f = scratch() + "/fit-arguments";
  fs::create_directory(f);
  write(f + "/networks.csv", networks("mobilenetv2_w1,gpu,5.8607"));
  write(
      f + "/ncnn.txt",
      "num_threads = 4\nsqueezenet min = 5 max = 6 avg = 5.5\nalexnet min = 5 max = 6 avg = 5.5\n");
  check_refused("fit " + kPhone, "--from is required", f);
  check_refused("fit " + kPhone + "--from nowhere.csv", "nowhere.csv: no such file", f);
  check_refused("fit " + kPhone + "--from .", "is a folder, not a file", f);
  check_refused("fit --soc phone --runtime tflite --from networks.csv", "unknown SoC \"phone\"", f);
  check_refused("fit --soc snapdragon-855 --runtime tflight --from networks.csv",
                "unknown runtime \"tflight\"", f);
  check_refused("fit --soc snapdragon-855 --runtime armcl --from networks.csv",
                "networks.csv:2: no kernel model of ARM Compute Library on a gpu yet; known: ", f);
  check_refused("fit " + kPhone + "--from networks.csv --precision fp64",
                "--precision: unknown precision \"fp64\"", f);
  check_refused("fit " + kPhone + "--from networks.csv --precision int8",
                "--precision: unknown precision of TensorFlow Lite on a gpu \"int8\"; known: fp16, "
                "fp32",
                f);
  check_refused("fit " + kPhone + "--from networks.csv --output networks.csv",
                "networks.csv: is a file, not a folder", f);
  check_refused("fit " + kPhone + "--from networks.csv --unit gpu",
                "--unit: the tables given have a column for it", f);
  check_refused(
      "fit --soc rk3588 --runtime ncnn --precision fp16 --from ncnn.txt --network alexnet",
      "--network: names one network; ncnn.txt:3 holds another", f);
  check_refused("fit " + kPhone + "--from networks.csv --check nowhere.csv",
                "nowhere.csv: no such file", f);
  const std::string log = "Num threads: [1]\nInference timings in us: Inference (avg): 5000\n";
  refused(log + "= Run Order =\n[node type]\t[first]\t[avg ms]\nCONV_2D\t1\t1\n",
          "rows: --network: unknown network \"mobilenet_wd3\" (did you mean \"mobilenet_w",
          kPhone + "--network mobilenet_wd3");
}
