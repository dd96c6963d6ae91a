// What runtimes hand to accelerators: regions, TensorFlow Lite's delegates, NNAPI, Band, Parallax.
#include "partitioners/regions.h"

#include <catch2/catch.hpp>

#include <set>

#include "partitioners/belief.h"
#include "sim/cost/profile.h"
#include "task_graph.h"

using namespace partita;
using namespace synthetic;

namespace {

using Options = std::map<std::string, double, std::less<>>;

std::string mapping(const char* name, const CostModel& costs, const Graph& graph,
                    Options options = {}) {
  const PartitionProblem problem{
      costs, graph, Objective::latency, every_mode(costs.soc()), 0, std::move(options), {}};
  return mapping_string(costs.soc(), graph, partition(name, problem).plan);
}

/// "{0 1}{2}" by the numbers of the operators.
std::string written(const SearchSpace& space, const std::vector<Region>& regions) {
  std::string text;
  for (const Region& region : regions) {
    for (std::size_t p : region.positions) {
      text += p == region.positions.front() ? '{' : ' ';
      text += space.costs().graph().op(space.op(p)).name.substr(2);
    }
    text += '}';
  }
  return text;
}

}  // namespace

TEST_CASE("epochs of a diamond, by hand") {
  const Soc soc = make_soc({2, 1});
  const Graph graph = make_graph({{-1}, {0}, {0}, {1, 2}}, {0, 1, 2, 3});
  const TableCosts costs(soc, {{1, 1}, {1, 1}, {1, 1}, {1, 1}});
  const CostTable table(costs, graph, every_mode(soc));
  const SearchSpace space(table);
  // 0 opens type 1 and takes 1; 3 waits for 2, which opens type 0; then 3.
  CHECK(written(space, epochs(space, {1, 1, 0, 1})) == "{0 1}{2}{3}");
  // 0 and 2 first, though 1 comes before 2 in order; then 1 and what it makes ready.
  CHECK(written(space, epochs(space, {0, 1, 0, 1})) == "{0 2}{1 3}");
  CHECK(written(space, epochs(space, {1, 1, 1, 1})) == "{0 1 2 3}");
  // Three types: each is a region of its own.
  CHECK(written(space, epochs(space, {0, 1, 2, 0})) == "{0}{1}{2}{3}");
}

TEST_CASE("epochs tile the network, each after what it reads and of the other type than the last") {
  std::mt19937_64 random(5);
  const Soc soc = make_soc({2, 1});
  for (int i = 0; i < 200; ++i) {
    const int n = 3 + static_cast<int>(random() % 12);
    std::vector<int> order(n);
    for (int k = 0; k < n; ++k) order[k] = k;
    const Graph graph = make_graph(random_reads(n, random), order);
    const TableCosts costs(soc, std::vector<std::vector<double>>(n, {1, 1}));
    const CostTable table(costs, graph, every_mode(soc));
    const SearchSpace space(table);
    std::vector<int> type;
    for (int k = 0; k < n; ++k) type.push_back(static_cast<int>(random() % 2));
    const auto regions = epochs(space, type);
    std::vector<std::size_t> region_of(n, 99);
    for (std::size_t r = 0; r < regions.size(); ++r) {
      if (r > 0) REQUIRE(regions[r].type != regions[r - 1].type);
      for (std::size_t p : regions[r].positions) {
        REQUIRE(region_of[p] == 99);
        REQUIRE(type[p] == regions[r].type);
        region_of[p] = r;
      }
    }
    for (const Edge& edge : space.edges()) REQUIRE(region_of[edge.from] <= region_of[edge.to]);
    for (std::size_t r : region_of) REQUIRE(r < regions.size());
  }
}

TEST_CASE("the partition with the most nodes is not the best one") {
  // The GPU runs 0, 1, 2 and 4. All but 4 is light: delegating {0 1 2} takes
  // 1 + 1 + 1 + 5 + 100 + 5 = 113 s, delegating {4} 2 + 2 + 2 + 5 + 10 + 5 = 26 s, both 23 s.
  const Soc soc = make_soc({3, 1});
  const TableCosts costs(soc,
                         {{2, 9, 1}, {2, 9, 1}, {2, 9, 1}, {5, 9, -1}, {100, 200, 10}, {5, 9, -1}});
  const Graph graph = make_chain(6);
  const auto value = [&](Options options) {
    return partition("tflite-delegate",
                     {costs, graph, Objective::latency, every_mode(soc), 0, std::move(options), {}})
        .value;
  };
  CHECK(mapping("tflite-delegate", costs, graph) == "GGGBBB");
  CHECK(value({}) == Approx(113));
  CHECK(mapping("tflite-delegate", costs, graph, {{"partition", 1}}) == "BBBBGB");
  CHECK(value({{"partition", 1}}) == Approx(26));
  CHECK(value({{"max_partitions", 2}}) == Approx(23));
  CHECK(mapping("tflite-delegate", costs, graph, {{"min_nodes", 4}}) == "BBBBBB");
  CHECK(mapping("tflite-delegate", costs, graph, {{"max_partitions", 0}}) == "BBBBBB");
  CHECK_THROWS_WITH(value({{"unit", 1}}), Catch::Matchers::Contains("2 (gpu)"));
}

namespace {

/// YOLOv4-tiny on a Snapdragon 855 whose GPU delegate lacks `kind` as well.
struct Yolo {
  explicit Yolo(const std::string& kind)
      : soc(load_soc(std::string(PARTITA_ROOT) + "/socs/snapdragon-855.yaml")) {
    for (Unit& unit : soc.units)
      if (unit.kind != UnitKind::cpu) unit.unsupported.push_back(kind);
    truth = make_roofline_model(soc);
    for (std::size_t u = 0; u < soc.units.size(); ++u)
      modes.push_back(top_mode(soc, make_id<UnitId>(u)));
  }
  /// The true latency of what is planned without a cost model.
  double value(Options options) const {
    const PartitionProblem problem{*truth, graph, Objective::latency, modes, 0, std::move(options),
                                   {}};
    return partition("tflite-delegate", problem).value;
  }
  Soc soc;
  Graph graph = load_graph(std::string(PARTITA_ROOT) + "/models/yolov4-tiny.yaml");
  std::unique_ptr<CostModel> truth;
  std::vector<Mode> modes;
};

}  // namespace

TEST_CASE(
    "YOLOv4-tiny: the default partition is the best where crops fall back, not where concats do") {
  // Three crops cut it into four delegated parts of 3, 7, 7 and 15 nodes. TensorFlow issue 66677
  // has four too, of which the last is by far the best (669, 677, 645 and 402 ms on a Xavier NX).
  const Yolo crops("crop");
  const CostTable table(*crops.truth, crops.graph, crops.modes);
  const SearchSpace space(table);
  std::vector<std::size_t> sizes;
  for (const Region& region : epochs(space, support(space, *accelerator_mode(space, -1, "test"))))
    if (region.type == 1) sizes.push_back(region.positions.size());
  CHECK(sizes == std::vector<std::size_t>{3, 7, 7, 15});
  for (int n = 0; n < 3; ++n)
    CHECK(crops.value({{"partition", n}}) > 1.1 * crops.value({{"partition", 3}}));
  CHECK(crops.value({}) == crops.value({{"partition", 3}}));

  // Without concat the largest part has 7 nodes on 13 x 13 maps; the first has 6 and more work.
  const Yolo concats("concat");
  CHECK(concats.value({{"partition", 0}}) < 0.99 * concats.value({}));
}

TEST_CASE("nnapi believes one ratio per driver") {
  // The reference convolution takes 10 on the CPU and 4 on the GPU: 0.4, for every operator. So
  // op1, which the GPU runs five times slower, goes there too, and op2 to the CPU, which alone runs
  // it.
  const Soc soc = make_soc({3, 1});
  TableCosts truth(soc, {{1, 2, 0.1}, {1, 2, 5}, {1, 2, -1}, {1, 2, 0.1}});
  const Graph graph = make_graph({{-1}, {0}, {0}, {1, 2}}, {0, 1, 2, 3});
  truth.reference_s = {10, 20, 4};
  const auto ratios = make_belief("ratios", truth, graph);
  const auto believed = [&](int op, int unit) {
    return ratios->operator_cost(graph, OpId{op + 1}, {}, top_mode(soc, UnitId{unit}),
                                 soc.units[unit].default_precision);
  };
  CHECK(believed(0, 0)->latency_s == Approx(1));
  CHECK(believed(0, 1)->latency_s == Approx(2));
  CHECK(believed(0, 2)->latency_s == Approx(0.4));
  CHECK(believed(1, 2)->latency_s == Approx(0.4));
  CHECK_FALSE(believed(2, 2));
  const PartitionProblem problem{*ratios, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  const PartitionResult result = partition("nnapi", problem);
  // Steps: the GPU takes 0 and 1, the CPU 2, the GPU 3.
  CHECK(order_numbers(graph, result.plan) == std::vector<int>{0, 1, 2, 3});
  CHECK(mapping_string(soc, graph, result.plan) == "GGBG");

  truth.reference_s = {10, 20, 10};  // not below 1
  const auto equal = make_belief("ratios", truth, graph);
  CHECK(mapping("nnapi", *equal, graph) == "BBBB");
}

TEST_CASE("nnapi's steps take the CPU's queue first and drain it") {
  // Ready: 0 on the GPU and 1, 2 on the CPU. The CPU takes 1, 2 and 3, which 2 made ready; the GPU
  // 0, and 4, which reads 0 and 3.
  const Soc soc = make_soc({3, 1});
  const TableCosts costs(soc, {{2, 9, 1}, {2, 9, -1}, {2, 9, -1}, {2, 9, -1}, {2, 9, 1}});
  const Graph graph = make_graph({{-1}, {-1}, {-1}, {2}, {0, 3}}, {0, 1, 2, 3, 4});
  const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  CHECK(order_numbers(graph, partition("nnapi", problem).plan) == std::vector<int>{1, 2, 3, 0, 4});
}

namespace {

/// The end of the units one after another, each on its worker: every choice.
double best_sequence(const std::vector<std::vector<double>>& unit_s,
                     const std::vector<double>& wait_s, std::size_t at, double end_s) {
  if (at == unit_s[0].size()) return end_s;
  double best = kInfinity;
  for (std::size_t w = 0; w < unit_s.size(); ++w)
    if (unit_s[w][at] < kInfinity)
      best = std::min(
          best, best_sequence(unit_s, wait_s, at + 1, std::max(end_s, wait_s[w]) + unit_s[w][at]));
  return best;
}

}  // namespace

TEST_CASE("band's path is the best over every choice of contiguous sub-graphs") {
  std::mt19937_64 random(77);
  int several = 0;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const Soc soc = make_soc({2 + i % 3, 1});
    const int n = 3 + static_cast<int>(random() % 7);
    std::vector<int> order(n);
    for (int k = 0; k < n; ++k) order[k] = k;
    const Graph graph = make_graph(random_reads(n, random), order);
    CostOptions options;
    options.unsupported = 0.4;
    const RandomCosts truth(soc, random(), options);
    const auto costs = make_belief("no-transfers", truth, graph);
    const CostTable table(*costs, graph, every_mode(soc));
    const SearchSpace space(table);
    const std::size_t workers = soc.units.size();
    const double busy_s = i % 2 ? 5e-4 : 0;
    std::vector<double> wait_s(workers, 0);
    wait_s[1] = busy_s;

    std::map<std::vector<int>, int> masks;
    std::vector<int> type;
    for (int p = 0; p < n; ++p) {
      std::vector<int> mask;
      for (std::size_t w = 0; w < workers; ++w) mask.push_back(space.supported(p, w));
      type.push_back(masks.emplace(mask, static_cast<int>(masks.size())).first->second);
    }
    const auto units = epochs(space, type);
    std::vector<std::vector<double>> unit_s(workers);
    for (std::size_t w = 0; w < workers; ++w)
      for (const Region& unit : units) {
        double sum = 0;
        for (std::size_t p : unit.positions)
          sum += space.supported(p, w) ? space.latency_s(p, w) : kInfinity;
        unit_s[w].push_back(sum);
      }
    const PartitionProblem problem{
        *costs,
        graph,
        Objective::latency,
        every_mode(soc),
        0,
        {{"minimum_subgraph_size", 0}, {"busy_unit", 1}, {"busy_ms", busy_s * 1e3}},
        {}};
    const PartitionResult result = partition("band", problem);
    double end_s = 0;
    std::set<std::size_t> used;
    for (std::size_t u = 0; u < units.size(); ++u) {
      const auto worker_of = [&](std::size_t p) {
        return index(result.plan.shares[index(space.op(p))][0].mode.unit);
      };
      const std::size_t w = worker_of(units[u].positions[0]);
      for (std::size_t p : units[u].positions) REQUIRE(worker_of(p) == w);
      end_s = std::max(end_s, wait_s[w]) + unit_s[w][u];
      used.insert(w);
    }
    several += used.size() > 1;
    REQUIRE(end_s == Approx(best_sequence(unit_s, wait_s, 0, 0)).epsilon(1e-12));
  }
  CHECK(several > 30);
}

TEST_CASE("band offers an accelerator no region below the minimum, and falls back by its mode") {
  // The GPU runs 0, 1, 2 and 4 to 10 faster; 3 is the CPU's alone. Units {0 1 2}{3}{4 ... 10}.
  const Soc soc = make_soc({3, 1});
  std::vector<std::vector<double>> seconds(11, {2, 3, 1});
  seconds[3] = {5, 9, -1};
  const TableCosts costs(soc, seconds);
  const Graph graph = make_chain(11);
  CHECK(mapping("band", costs, graph) == "BBBBGGGGGGG");
  CHECK(mapping("band", costs, graph, {{"minimum_subgraph_size", 3}}) == "GGGBGGGGGGG");
  CHECK(mapping("band", costs, graph, {{"minimum_subgraph_size", 8}}) == "BBBBBBBBBBB");
  CHECK(mapping("band", costs, graph, {{"mode", 0}, {"minimum_subgraph_size", 0}}) ==
        "BBBBBBBBBBB");
  CHECK(mapping("band", costs, graph, {{"mode", 1}, {"minimum_subgraph_size", 0}}) ==
        "GGGBGGGGGGG");
  // Unit 2, the GPU, is busy for 11 s: {0 1 2} and {3} end at 11 on B, as they would wait for it.
  CHECK(mapping("band", costs, graph,
                {{"minimum_subgraph_size", 0}, {"busy_unit", 2}, {"busy_ms", 11e3}}) ==
        "BBBBGGGGGGG");
}

namespace {

void add_conv(GraphBuilder& builder, const std::string& name, const std::string& input,
              std::int64_t channels) {
  GraphBuilder::Pending conv;
  conv.op.name = name;
  conv.op.kind = OpKind::conv;
  conv.op.window.kernel_h = conv.op.window.kernel_w = 3;
  conv.op.window.pad_top = conv.op.window.pad_bottom = 1;
  conv.op.window.pad_left = conv.op.window.pad_right = 1;
  conv.out_channels = channels;
  conv.input_names = {input};
  conv.output_names = {name};
  builder.add(std::move(conv));
}

}  // namespace

TEST_CASE("parallax delegates what outweighs a launch") {
  // 3x3 on 16 x 16, from 8 channels: 8 x 9 x 256 = 18432 MACs per channel made. At 1 GMAC/s, 10
  // channels take 184 us, less than the launch of 200 us; 11 take 202.75 us, more than
  // 200 + 0.0078 (203 kMAC at 26 TMAC/s) + 0.19 ((2048 + 2816) x 2 bytes at 51.2 GB/s) = 200.2 us.
  const Soc soc = make_soc({3, 1});
  const TableCosts costs(soc, {{2, 9, 1}});
  const auto network = [](std::int64_t channels) {
    GraphBuilder builder("convolution");
    add_input(builder, "input");
    add_conv(builder, "op0", "input", channels);
    return builder.build();
  };
  CHECK(mapping("parallax", costs, network(10)) == "B");
  CHECK(mapping("parallax", costs, network(11)) == "G");
  CHECK(mapping("parallax", costs, network(10), {{"launch_ms", 0.18}}) == "G");
  CHECK(mapping("parallax", costs, network(11), {{"cpu_gmacs", 2}}) == "B");
  CHECK(mapping("parallax", costs, network(11), {{"rule", 1}}) == "B");  // one operator, few MACs
}

TEST_CASE("parallax runs balanced branches side by side") {
  const Soc soc = make_soc({2, 1});
  const TableCosts costs(soc, {{1, 2}, {1, 2}, {1, 2}, {1, 2}});
  const auto network = [](std::int64_t second) {
    GraphBuilder builder("branches");
    add_input(builder, "input");
    add_conv(builder, "op0", "input", 8);
    add_conv(builder, "op1", "op0", 12);
    add_conv(builder, "op2", "op0", second);
    return builder.build();
  };
  // op1 on B ends at 1; op2 there at 2, on L at 2 as well: B.
  CHECK(mapping("parallax", costs, network(12)) == "BBB");
  const TableCosts even(soc, {{1, 2}, {1, 1.5}, {1, 1.5}, {1, 1.5}});
  CHECK(mapping("parallax", even, network(12)) == "BBL");
  CHECK(mapping("parallax", even, network(8)) == "BBL");  // 12 / 8 = 1.5
  CHECK(mapping("parallax", even, network(7)) == "BBB");
  CHECK(mapping("parallax", even, network(7), {{"balance", 2}}) == "BBL");
}

TEST_CASE("parallax keeps branches in a row where memory is short") {
  // fp32: weights 8 x 8 x 9 + 8 + 2 x (8 x 12 x 9 + 12) = 2336, branches 2 x (2048 + 3072) = 10240
  // elements: 50304 bytes, which must be at most 70 % of the budget: 71863 bytes.
  const Soc soc = make_soc({2, 1});
  const TableCosts even(soc, {{1, 2}, {1, 1.5}, {1, 1.5}});
  GraphBuilder builder("branches");
  add_input(builder, "input");
  add_conv(builder, "op0", "input", 8);
  add_conv(builder, "op1", "op0", 12);
  add_conv(builder, "op2", "op0", 12);
  const Graph graph = builder.build();
  PartitionProblem problem{even, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  problem.memory_budget_bytes = 71864;
  CHECK(mapping_string(soc, graph, partition("parallax", problem).plan) == "BBL");
  problem.memory_budget_bytes = 71862;
  CHECK(mapping_string(soc, graph, partition("parallax", problem).plan) == "BBB");
}
