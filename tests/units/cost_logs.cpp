// Outputs of benchmark programs: what is read, and what is refused with its place.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/net.h"
#include "sim/base/error.h"
#include "sim/cost/benchmark_logs.h"
#include "sim/cost/runtime.h"

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
  const auto rows = pair_with_graph(log, tiny(), "cpu", Precision::fp32, "x", left_out);
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
  CHECK_THROWS_WITH(pair_with_graph(log, graph, "cpu", Precision::fp32, "log.txt", left_out),
                    Catch::Contains("log.txt:13: 1 nodes like CONV_2D against 2 operators conv"));
}

TEST_CASE("what is no such output says what would be") {
  CHECK_THAT(error_of("hello\n"), Catch::Contains("unknown format; known: output of benchmark"));
  CHECK_THAT(error_of("x min = 1 max = 2 avg = -3\n"), Catch::Contains("must be positive"));
  CHECK_THAT(error_of("x min = 1 max = 2 avg = fast\n"), Catch::Contains("log.txt:1"));
  CHECK_THAT(error_of("= Run Order =\n[node type]\t[first]\t[avg ms]\nCONV_2D\t1\n"),
             Catch::Contains("log.txt:3: expected a node"));
  CHECK_THAT(error_of("node type,first,name\n"), Catch::Contains("no column \"avg_ms\""));
}

TEST_CASE("what a runtime fuses runs inside the kernel before it") {
  Net net("fusing", 16, 16);
  const auto a = net.conv(net.input(), {.channels = 8, .kernel = 3});
  const auto b = net.conv(net.input(), {.channels = 8, .kernel = 1});
  const auto sum = net.add(a, b);  // after b, which comes last
  net.activation(sum, "hard-swish");
  const Graph graph = net.build();
  const std::vector<FusionRule> rules{
      {{OpKind::conv}, {OpKind::elementwise, OpKind::activation}, {}}};
  const auto lead = fuse(graph, rules);
  std::vector<std::string> leaders;
  for (std::size_t i = 0; i < graph.size(); ++i)
    if (lead[i] == make_id<OpId>(i))
      leaders.push_back(std::string(to_string(graph.operators()[i].kind)));
  CHECK(leaders == std::vector<std::string>{"input", "conv", "conv"});
  CHECK(lead[3] == make_id<OpId>(2));
  CHECK(lead[4] == make_id<OpId>(2));
  // Another function, no rule: a kernel of its own.
  const std::vector<FusionRule> relu{{{OpKind::conv}, {OpKind::activation}, {"relu"}}};
  CHECK(fuse(graph, relu)[4] == make_id<OpId>(4));
}

TEST_CASE("every runtime of the repository reads, and says what it cannot run") {
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(PARTITA_ROOT) /
                                                               "traces" / "runtimes")) {
    const Runtime runtime = load_runtime(entry.path());
    INFO(runtime.name);
    CHECK_FALSE(runtime.title.empty());
    CHECK_FALSE(runtime.units.empty());
  }
}
