// Outputs of benchmark programs: what is read, and what is refused with its place.
#include <catch2/catch.hpp>
#include <filesystem>

#include "models/net.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/benchmark_logs.h"
#include "sim/cost/benchmark_rows.h"

using namespace partita;

namespace {

// The layout of benchncnn's output; the numbers are made up.
constexpr const char* kNcnn = R"(loop_count = 4
num_threads = 4
powersave = 2
gpu_device = -1
cooling_down = 1
          squeezenet  min =    5.10  max =    5.30  avg =    5.20
        mobilenet_v2  min =    6.00  max =    7.00  avg =    6.40
)";

// The layout of benchmark_model's output; the numbers are made up.
constexpr const char* kTflite =
    "STARTING!\nNum threads: [2]\nGraph: [/data/local/tmp/tiny.tflite]\n"
    "count=50 first=900 curr=800 min=700 max=950 avg=812.5 std=20\n\n"
    "Inference timings in us: Init: 855, First inference: 900, Warmup (avg): 830, Inference (avg): "
    "812.5\n"
    "Profiling Info for Benchmark Initialization:\n"
    "============================== Run Order ==============================\n"
    "\t [node type]\t [start]\t [first]\t [avg ms]\t [%]\t [cdf%]\t [mem KB]\t[times "
    "called]\t[Name]\n"
    "\t AllocateTensors\t 0.000\t 0.057\t 0.057\t 100%\t 100%\t 0.0\t 1\tAllocateTensors/0\n\n"
    "Operator-wise Profiling Info for Regular Benchmark Runs:\n"
    "============================== Run Order ==============================\n"
    "\t [node type]\t [start]\t [first]\t [avg ms]\t [%]\t [cdf%]\t [mem KB]\t[times "
    "called]\t[Name]\n"
    "\t CONV_2D\t 0.000\t 0.51\t 0.500\t 62%\t 62%\t 0.0\t 1\t[a/Relu]:0\n"
    "\t DEPTHWISE_CONV_2D\t 0.5\t 0.21\t 0.200\t 25%\t 87%\t 0.0\t 1\t[b/Relu]:1\n"
    "\t SOFTMAX\t 0.7\t 0.01\t 0.010\t 1%\t 88%\t 0.0\t 1\t[c]:2\n"
    "\t MYSTERY\t 0.7\t 0.01\t 0.010\t 1%\t 88%\t 0.0\t 1\t[d]:3\n\n"
    "============================== Top by Computation Time ==============================\n"
    "\t CONV_2D\t 0.000\t 0.51\t 0.500\t 62%\t 62%\t 0.0\t 1\t[a/Relu]:0\n";

Graph tiny() {
  Net net("tiny", 32, 32);
  auto x = net.conv(net.input(), {.channels = 8, .kernel = 3, .stride = 2, .act = "relu"});
  x = net.depthwise(x, 3, 1, "relu");
  net.softmax(net.reshape(x, {1, 8 * 16 * 16}));
  return net.build();
}

/// One kernel an operator, nothing fused.
std::vector<KernelWork> kernels(const Graph& graph) {
  std::vector<KernelWork> all;
  for (const OpId id : graph.order())
    if (is_placed(graph.op(id))) all.push_back(kernel_of(graph, id, {}, Precision::fp32));
  return all;
}

std::string error_of(std::string_view text) {
  try {
    parse_log(text, detect_log(text, "log.txt"), "log.txt");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("benchncnn: every network with its average, threads and cores") {
  CHECK(detect_log(kNcnn, "x") == LogFormat::ncnn);
  const BenchmarkLog log = parse_log(kNcnn, LogFormat::ncnn, "x");
  CHECK(log.threads == 4);
  CHECK(log.powersave == 2);
  CHECK_FALSE(log.gpu);
  REQUIRE(log.runs.size() == 2);
  CHECK(log.runs[1].network == "mobilenet_v2");
  CHECK(log.runs[1].latency_s == Approx(6.4e-3));
  CHECK(log.runs[1].least_s == Approx(6e-3));
  CHECK(log.runs[1].line == 7);
}

TEST_CASE("benchmark_model: the regular runs, not the initialization, not the ranking") {
  CHECK(detect_log(kTflite, "x") == LogFormat::tflite_text);
  const BenchmarkLog log = parse_log(kTflite, LogFormat::tflite_text, "x");
  CHECK(log.threads == 2);
  REQUIRE(log.runs.size() == 1);
  CHECK(log.runs[0].network == "tiny");
  CHECK(log.runs[0].latency_s == Approx(812.5e-6));
  CHECK(log.runs[0].sd_s == Approx(20e-6));
  REQUIRE(log.nodes.size() == 4);
  CHECK(log.nodes[0].type == "CONV_2D");
  CHECK(log.nodes[0].name == "a/Relu");
  CHECK(log.nodes[1].latency_s == Approx(0.2e-3));
}

TEST_CASE("benchmark_model's CSV, whose names hold commas") {
  const std::string csv =
      "node type,first,avg_ms,%,cdf%,mem KB,times called,name\n"
      "CONV_2D,0.5,0.49,60,60,0,1,[a;b, c]:0\n"
      "SOFTMAX,0.1,0.11,40,100,0,1,[d]:1\n";
  CHECK(detect_log(csv, "x") == LogFormat::tflite_csv);
  const BenchmarkLog log = parse_log(csv, LogFormat::tflite_csv, "x");
  REQUIRE(log.nodes.size() == 2);
  CHECK(log.nodes[0].latency_s == Approx(0.49e-3));
  CHECK(log.nodes[0].name == "[a;b, c]:0");
}

TEST_CASE("nodes get their shapes from the network they are from") {
  const BenchmarkLog log = parse_log(kTflite, LogFormat::tflite_text, "x");
  std::vector<std::string> left_out;
  const Graph graph = tiny();
  const auto rows = pair_with_graph(log, graph, kernels(graph), "cpu", "x", left_out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].work.operation == OpKind::conv);
  CHECK(rows[0].work.out_channels == 8);
  CHECK(rows[0].work.out_height == 16);
  CHECK(rows[0].latency_s == Approx(0.5e-3));
  CHECK(rows[1].work.groups == 8);
  REQUIRE(left_out.size() == 1);
  CHECK_THAT(left_out[0], Catch::Contains("MYSTERY"));
  // Written and read again: the same shapes and times.
  const std::string csv = operators_csv(rows);
  CHECK_THAT(csv, Catch::Contains("tiny,"));
  CHECK_THAT(csv, Catch::Contains(",cpu,500,"));
}

TEST_CASE("another network's nodes are refused") {
  Net net("two", 32, 32);
  auto x = net.conv(net.input(), {.channels = 8, .kernel = 3});
  x = net.conv(x, {.channels = 8, .kernel = 3});
  const BenchmarkLog log = parse_log(kTflite, LogFormat::tflite_text, "x");
  std::vector<std::string> left_out;
  const Graph graph = net.build();
  CHECK_THROWS_WITH(pair_with_graph(log, graph, kernels(graph), "cpu", "log.txt", left_out),
                    Catch::Contains("log.txt:15: 1 nodes like CONV_2D against 2 operators conv"));
}

TEST_CASE("what is no such output says what would be") {
  CHECK_THAT(error_of(" \n"), Catch::Contains("log.txt: is empty"));
  CHECK_THAT(error_of("hello\n"), Catch::Contains("unknown format; known: output of benchmark"));
  CHECK_THAT(error_of("x min = 1 max = 2 avg = -3\n"),
             Catch::Contains("log.txt:1: avg =: expected a positive time"));
  CHECK_THAT(error_of("x min = 1 max = 2 avg = nan\n"), Catch::Contains("expected a positive"));
  CHECK_THAT(error_of("x min = 3 max = 4 avg = 2\n"), Catch::Contains("out of order"));
  CHECK_THAT(error_of("num_threads = 0\nx min = 1 max = 2 avg = 1\n"),
             Catch::Contains("log.txt:1: num_threads: expected a number of threads"));
  CHECK_THAT(error_of("powersave = 3\nx min = 1 max = 2 avg = 1\n"),
             Catch::Contains("log.txt:1: powersave: known: 0"));
  CHECK_THAT(error_of("Inference timings in us: Init: 5, Inference (avg): fast\n"),
             Catch::Contains("log.txt:1: Inference (avg): expected a positive time"));
  CHECK_THAT(error_of("x min = 1 max = 2 avg = fast\n"), Catch::Contains("log.txt:1"));
  CHECK_THAT(error_of("= Run Order =\n[node type]\t[first]\t[avg ms]\nCONV_2D\t1\n"),
             Catch::Contains("log.txt:3: expected a node"));
  CHECK_THAT(error_of("node type,first,name\n"), Catch::Contains("no column \"avg_ms\""));
}

TEST_CASE("XNNPACK's nodes, and those of a delegate, by their names") {
  const std::string text =
      "Inference (avg): 500\n= Run Order =\n[node type]\t[first]\t[avg ms]\n"
      "TfLiteXNNPackDelegate\t0.5\t0.49\n"
      "Convolution (NHWC, F32) IGEMM\t0.3\t0.31\n"
      "Convolution (NHWC, F32) DWConv\t0.1\t0.11\n"
      "Softmax (NC, F32)\t0.1\t0\n";
  std::vector<std::string> left_out;
  const Graph graph = tiny();
  const auto rows = pair_with_graph(parse_log(text, LogFormat::tflite_text, "x"), graph,
                                    kernels(graph), "cpu", "x", left_out);
  REQUIRE(rows.size() == 2);  // a time of 0 is below the clock's resolution
  CHECK(rows[0].latency_s == Approx(0.31e-3));
  CHECK(rows[1].work.operation == OpKind::depthwise_conv);
  CHECK(left_out.size() == 1);
}

TEST_CASE("extents that do not belong together are refused") {
  const auto says = [](const std::string& from, const std::string& to) {
    // 224 -> 112 with a kernel of 3 and a stride of 2: 111 without padding, 113 at the most
    std::string line = "n,a,conv,,3,224,224,32,112,112,3,3,2,2,1,1,0,1,0,0,cpu,900,,";
    const auto at = line.find(from);
    if (at != std::string::npos) line.replace(at, from.size(), to);
    const auto file = std::filesystem::temp_directory_path() / "partita-shapes.csv";
    write_file(file, operators_csv({}) + line + "\n");
    const auto rows = read_operator_rows(file, Precision::fp32);
    std::filesystem::remove(file);
    try {
      check_shapes(rows.at(0), "f.csv");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("good");
  };
  CHECK(says("", "") == "good");
  CHECK(says("112,112", "111,113") == "good");
  CHECK_THAT(says("112,112", "224,112"),
             Catch::Contains("f.csv:2: out_height: 224 does not come of 224 with a kernel of 3"));
  CHECK_THAT(says("112,112", "112,56"), Catch::Contains("f.csv:2: out_width: 56 does not come"));
  CHECK_THAT(says("2,2,1,1,0", "2,2,1,2,0"),
             Catch::Contains("groups: 2 does not divide 3 in_channels and 32 out_channels"));
  CHECK_THAT(says("conv,,3", "depthwise_conv,,3"),
             Catch::Contains("groups: 1 of a depthwise_conv"));
}

TEST_CASE("every measured operator of the repository has extents that belong together") {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(PARTITA_ROOT) / "traces"))
    if (entry.path().filename() == "operators.csv")
      for (const OperatorRow& row : read_operator_rows(entry.path(), Precision::fp32))
        REQUIRE_NOTHROW(check_shapes(row, entry.path().string()));
}

TEST_CASE("tables written are read again as they were") {
  NetworkRow network;
  network.network = "resnet18, mine";
  network.unit = "prime:1 gold:3";
  network.latency_s = 12.5e-3;
  network.sd_s = 0.25e-3;
  network.macs = 1.8e9;
  const auto file = std::filesystem::temp_directory_path() / "partita-networks.csv";
  write_file(file, networks_csv({network}));
  const auto rows = read_network_rows(file);
  std::filesystem::remove(file);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].network == network.network);
  CHECK(rows[0].unit == network.unit);
  CHECK(rows[0].latency_s == Approx(12.5e-3));
  CHECK(*rows[0].sd_s == Approx(0.25e-3));
  CHECK(*rows[0].macs == Approx(1.8e9));
  CHECK_FALSE(rows[0].weights);
}
