// Do planners that divide operators divide them as their theory says?
#include <catch2/catch.hpp>

#include "formula_costs.h"
#include "partitioners/partitioner.h"
#include "sim/base/error.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

using Options = std::map<std::string, double, std::less<>>;

PartitionResult solve(std::string_view name, const CostModel& costs, const Graph& graph,
                      const Options& options = {}) {
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < costs.soc().units.size(); ++u)
    modes.push_back(top_mode(costs.soc(), make_id<UnitId>(u)));
  return partition(name, {costs, graph, Objective::latency, modes, 0, options, {}});
}

/// Whole operators take these times on either unit, parts their part.
FormulaCosts::Time linear(double cpu_s, double gpu_s) {
  return [=](const Graph&, OpId, double part, const Mode& mode) -> std::optional<double> {
    return part * (on_gpu(mode) ? gpu_s : cpu_s);
  };
}

}  // namespace

TEST_CASE("codl balances two units of known speed") {
  // CPU 2 ms, GPU 3 ms: max(2 (1 - r), 3 r) is least at r = 0.4, 1.2 ms either side.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(2e-3, 3e-3), waits(0, 0));
  const Graph graph = make_layers({{}}, 8, 100);
  const PartitionResult result = solve("codl", costs, graph);
  const auto& shares = shares_of(graph, result.plan, "op0");
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].mode.unit == kGpuUnit);  // The top rows.
  CHECK(shares[0].slice == Slice{Axis::height, 0, 40});
  CHECK(shares[1].slice == Slice{Axis::height, 40, 100});
  CHECK(home_of(graph, result.plan, "op0") == kGpuUnit);
  CHECK(result.value == Approx(1.2e-3));
}

TEST_CASE("out channels are given by fours") {
  // 10 channels at 0.3: ceil(3 / 4) x 4 = 4 on the GPU, 6 on the CPU. CPU 1 ms, GPU 2 ms: of 0, 4
  // and 8 channels, max(0.6, 0.8) = 0.8 ms is least.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(1e-3, 2e-3), waits(0, 0));
  const Graph graph = make_layers({{OpKind::conv, 1, 1, 10, {}}}, 8, 10);
  const auto plan = solve("codl", costs, graph, {{"axes", 2}}).plan;
  const auto& shares = shares_of(graph, plan, "op0");
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].slice == Slice{Axis::channel, 0, 4});
  CHECK(shares[1].slice == Slice{Axis::channel, 4, 10});
}

TEST_CASE("a wait of 0.85 ms forbids splitting small operators, not large ones") {
  // Equal units: half the time and 0.85 ms pay from 1.7 ms on (CoDL, MobiSys 2022: the wait).
  const Soc soc = make_pair_soc();
  const Graph graph = make_layers({{}}, 8, 100);
  for (const auto& [whole_s, pieces] :
       {std::pair{1e-3, 1U}, {1.6e-3, 1U}, {1.8e-3, 2U}, {10e-3, 2U}}) {
    const FormulaCosts costs(soc, linear(whole_s, whole_s), waits(0.85e-3, 0));
    CHECK(shares_of(graph, solve("codl", costs, graph).plan, "op0").size() == pieces);
  }
}

TEST_CASE("codl divides also what had better stay whole when told to, but no activation") {
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(1e-3, 1e-3), waits(0.85e-3, 0));
  for (const auto& [kind, pieces] : {std::pair{OpKind::conv, 2U}, {OpKind::activation, 1U}}) {
    const Graph graph = make_layers({{kind, 1, 1, 8, {}}}, 8, 100);
    const auto plan = solve("codl", costs, graph, {{"divides", 1}, {"chains", 0}}).plan;
    CHECK(shares_of(graph, plan, "op0").size() == pieces);
  }
  // The cheapest of those that divide it: equal units, half each.
  const Graph graph = make_layers({{}}, 8, 100);
  const auto plan = solve("codl", costs, graph, {{"divides", 1}, {"chains", 0}}).plan;
  CHECK(shares_of(graph, plan, "op0")[0].slice == Slice{Axis::height, 0, 50});
}

TEST_CASE("halos grow from a chain's tail to its head") {
  // 3x3, 3x3, 3x3 of stride 2 on 20 rows, half each. Tail: rows 0..5 and 5..10; padded below only,
  // it reads rows up to 4 x 2 + 3 = 11 and from 5 x 2 = 10 on. So the middle one has a row more on
  // the GPU and none on the CPU, and reads up to row 12 and from row 9 on.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(10e-3, 10e-3), waits(1e-3, 0.5e-3));
  const Graph graph = make_layers(
      {{OpKind::conv, 3, 1, 8, {}}, {OpKind::conv, 3, 1, 8, {}}, {OpKind::conv, 3, 2, 8, {}}}, 8,
      20);
  const Plan plan = solve("codl", costs, graph, {{"axes", 1}}).plan;
  const auto halo = [&](const char* name) {
    const auto& shares = shares_of(graph, plan, name);
    REQUIRE(shares.size() == 2);
    return std::pair{shares[0].halo.after, shares[1].halo.before};
  };
  CHECK(halo("op0") == std::pair<std::int64_t, std::int64_t>{2, 1});
  CHECK(halo("op1") == std::pair<std::int64_t, std::int64_t>{1, 0});
  CHECK(halo("op2") == std::pair<std::int64_t, std::int64_t>{0, 0});
  CHECK(shares_of(graph, plan, "op0")[0].slice == Slice{Axis::height, 0, 10});
  CHECK_FALSE(home_of(graph, plan, "op0"));
  CHECK_FALSE(home_of(graph, plan, "op1"));
  CHECK(home_of(graph, plan, "op2") == kGpuUnit);
  REQUIRE(chains(graph, plan).size() == 1);
  CHECK(chains(graph, plan)[0].ops.size() == 3);
  CHECK(check_plan(costs, graph, plan).empty());
}

TEST_CASE("the chain found is the best of all segmentations where operators are alike") {
  // n 1x1 convolutions, no halos: a segmentation costs, for each segment, the sharing once and the
  // slower part of each operator, or all of it on the GPU. Brute force over 2^(n-1) segmentations
  // and all shares of each.
  const Soc soc = make_pair_soc();
  for (const auto& [cpu_ms, gpu_ms, in_ms, out_ms] : {std::array{10.0, 10.0, 1.0, 0.2},
                                                      {6.0, 9.0, 4.0, 0.5},
                                                      {2.0, 2.0, 0.9, 0.1},
                                                      {1.0, 1.0, 9.0, 9.0}}) {
    constexpr int kLayers = 6;
    const FormulaCosts costs(soc, linear(cpu_ms * 1e-3, gpu_ms * 1e-3),
                             waits(in_ms * 1e-3, out_ms * 1e-3));
    const Graph graph = make_layers(std::vector<Layer>(kLayers), 8, 100);
    double least_ms = 1e9;
    for (int cuts = 0; cuts < 1 << (kLayers - 1); ++cuts) {
      double sum_ms = 0;
      int length = 0;
      for (int i = 0; i < kLayers; ++i) {
        ++length;
        const bool last = i == kLayers - 1;
        if (!last && (cuts >> i & 1) == 0) continue;
        double segment_ms = length * gpu_ms;
        for (int r = 0; r < 10; ++r)
          segment_ms = std::min(
              segment_ms, in_ms + out_ms + length * std::max(cpu_ms * (10 - r), gpu_ms * r) / 10);
        sum_ms += segment_ms;
        length = 0;
      }
      least_ms = std::min(least_ms, sum_ms);
    }
    CAPTURE(cpu_ms, gpu_ms, in_ms);
    CHECK(solve("codl", costs, graph, {{"delta", 1}}).value == Approx(least_ms * 1e-3));
  }
}

TEST_CASE("the greedy search sees neither far shares nor gains that come late") {
  // Whole on the GPU 6 x 2 ms. A chain at 0.5 takes 0.9 + 6 + 0.2 ms, but its head's share is 1,
  // and 0.7 is the least it tries: 6 x 1.4 on the GPU. With a wait of 2.5 ms two operators lose
  // (2.5 + 2 > 4), and the search stops, though six would gain (2.5 + 6 < 12).
  const Soc soc = make_pair_soc();
  const Graph graph = make_layers(std::vector<Layer>(6), 8, 100);
  const FormulaCosts near(soc, linear(2e-3, 2e-3), waits(0.9e-3, 0.2e-3));
  CHECK(solve("codl", near, graph).value == Approx(6 * 1.4e-3));  // The GPU need not wait.
  CHECK(solve("codl", near, graph, {{"delta", 1}}).value == Approx(7.1e-3));
  const FormulaCosts late(soc, linear(2e-3, 2e-3), waits(2.5e-3, 0));
  CHECK(solve("codl", late, graph, {{"delta", 1}}).value == Approx(12e-3));
}

TEST_CASE("chains end where the option says, and none are made without it") {
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(10e-3, 10e-3), waits(1e-3, 0.5e-3));
  const Graph graph = make_layers(std::vector<Layer>(6), 8, 100);
  const auto homes = [&](const Options& options) {
    std::string text;
    const Plan plan = solve("codl", costs, graph, options).plan;
    for (int i = 0; i < 6; ++i) text += home_of(graph, plan, "op" + std::to_string(i)) ? 'h' : '-';
    return text;
  };
  CHECK(homes({}) == "-----h");
  CHECK(homes({{"max_chain", 3}}) == "--h--h");
  CHECK(homes({{"chains", 0}}) == "hhhhhh");
}

TEST_CASE("the algorithm as printed believes that chains share for nothing") {
  // Two operators of 1 ms on either unit, 2 ms to share. Whole on the GPU: 2 ms. Printed: a chain
  // at the first share, 1 - 0.3, for which it counts 2 x 0.7 ms; with the sharing it takes 3.4 ms.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(1e-3, 1e-3), waits(2e-3, 0));
  const Graph graph = make_layers(std::vector<Layer>(2), 8, 100);
  const PartitionResult repaired = solve("codl", costs, graph);
  CHECK(repaired.value == Approx(2e-3));
  const PartitionResult printed = solve("codl-literal", costs, graph);
  CHECK(shares_of(graph, printed.plan, "op0")[0].slice == Slice{Axis::height, 0, 70});
  CHECK(printed.value == Approx(2.6e-3));
}

TEST_CASE("the algorithm as printed tries one share and emits heads it never checked") {
  // One operator, split best at 0.5 (10 ms each, no sharing): printed, the head alone is left at
  // 0.5 - 0.3, with 8 ms on the CPU.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(10e-3, 10e-3), waits(0, 0));
  const Graph graph = make_layers({{}}, 8, 100);
  CHECK(solve("codl", costs, graph).value == Approx(5e-3));
  CHECK(solve("codl-literal", costs, graph).value == Approx(8e-3));
  CHECK(solve("codl-literal", costs, graph, {{"chains", 0}}).value == Approx(5e-3));
}

TEST_CASE("mulayer divides out channels and gathers after every operator") {
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(6e-3, 4e-3), waits(0, 0));
  const Graph graph =
      make_layers({{OpKind::conv, 3, 1, 40, {}}, {OpKind::conv, 3, 1, 40, {}}}, 8, 20);
  const Plan plan = solve("mulayer", costs, graph).plan;
  for (const char* name : {"op0", "op1"}) {
    // max(6 (1 - r), 4 r) is least at 0.6: 24 of 40.
    REQUIRE(shares_of(graph, plan, name).size() == 2);
    CHECK(shares_of(graph, plan, name)[0].slice == Slice{Axis::channel, 0, 24});
    CHECK(home_of(graph, plan, name) == kGpuUnit);
  }
}

TEST_CASE("mulayer gives divergent branches a unit each where that is faster") {
  // Every operator takes 1 ms, however small its part: dividing saves nothing, 4 ms for the two
  // branches; side by side they take 2 ms.
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(
      soc, [](const Graph&, OpId, double, const Mode&) { return std::optional(1e-3); },
      waits(0, 0));
  const Graph graph = make_layers({{},
                                   {OpKind::conv, 1, 1, 8, {"op0"}},
                                   {},
                                   {OpKind::conv, 1, 1, 8, {"op0"}},
                                   {},
                                   {OpKind::elementwise, 1, 1, 8, {"op2", "op4"}}},
                                  8, 20);
  const PartitionResult both = solve("mulayer", costs, graph);
  const auto unit = [&](const char* name) {
    REQUIRE(shares_of(graph, both.plan, name).size() == 1);
    return shares_of(graph, both.plan, name)[0].mode.unit;
  };
  CHECK(unit("op1") == unit("op2"));
  CHECK(unit("op3") == unit("op4"));
  CHECK(unit("op1") != unit("op3"));
  CHECK(both.value == Approx(4e-3));
  CHECK(solve("mulayer", costs, graph, {{"branches", 0}}).value == Approx(6e-3));
}

TEST_CASE("mulayer's mixed precision is int8 beside fp16") {
  const Soc soc = make_pair_soc();
  const FormulaCosts costs(soc, linear(4e-3, 4e-3), waits(0, 0));
  const Graph graph = make_layers({{OpKind::conv, 3, 1, 40, {}}}, 8, 20);
  const Plan plan = solve("mulayer", costs, graph, {{"mixed_precision", 1}}).plan;
  const auto& shares = shares_of(graph, plan, "op0");
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].precision == Precision::fp16);
  CHECK(shares[1].precision == Precision::int8);
}

TEST_CASE("asymo divides by the speed of clusters, and not what dispatch would eat") {
  // Clusters of 1 and 3 ms: blocks end together at 3 : 1.
  Soc soc = make_soc({2, 1});
  const FormulaCosts costs(
      soc,
      [](const Graph&, OpId, double part, const Mode& mode) {
        return std::optional(part * (index(mode.unit) == 0 ? 1e-3 : 3e-3));
      },
      [](double, const Mode&, const Mode& to) {
        return std::vector<TransferStep>{{LinkTermKind::sync, to.unit, 1e-6, 0, 0, 0}};
      });
  const Graph graph = make_layers({{}, {OpKind::activation, 1, 1, 8, {}}}, 8, 100);
  const Plan plan = solve("asymo", costs, graph).plan;
  const auto& shares = shares_of(graph, plan, "op0");
  REQUIRE(shares.size() == 2);
  const double rows =
      static_cast<double>(shares[0].slice.end) /
      static_cast<double>(cut_extent(graph, graph.order()[1], shares[0].slice.axis));
  CHECK(rows == Approx(0.75).margin(0.011));
  // The next operator is cut at the same rows: nothing moves between.
  CHECK(shares_of(graph, plan, "op1")[0].slice == shares[0].slice);
  CHECK(chains(graph, plan).size() == 1);

  // Dispatch of 0.5 ms may be a tenth of a block's time: no block of a 1 ms operator is long
  // enough.
  for (Unit& unit : soc.units) unit.dispatch_s = 0.5e-3;
  CHECK(shares_of(graph, solve("asymo", costs, graph).plan, "op0").size() == 1);
}

TEST_CASE("asymo's clocks of least energy") {
  // Time falls with the clock, power rises with its cube: the lower of two OPPs takes less energy.
  Soc soc = make_soc({1, 2});
  RandomCosts costs(soc, 1, {0, 0, 0, 0});
  const Graph graph = make_chain(4);
  for (const int option : {0, 1}) {
    const PartitionProblem problem{
        costs, graph, Objective::latency, every_mode(soc), 0, {{"least_energy", option}}, {}};
    const Plan plan = partition("asymo", problem).plan;
    CHECK(shares_of(graph, plan, "op0")[0].mode.opp == 1 - option);
  }
}

TEST_CASE("without a CPU and a GPU there is nothing to divide") {
  const Soc soc = make_soc({2, 1});
  const RandomCosts costs(soc, 1, {});
  const Graph graph = make_chain(3);
  for (const char* name : {"codl", "codl-literal", "mulayer"}) {
    CHECK_THROWS_AS(solve(name, costs, graph), UnsupportedError);
    CHECK_THROWS_WITH(solve(name, costs, graph), Contains("needs a CPU unit and a GPU"));
  }
}

namespace {

/// RandomCosts, parts costing their part and a tenth.
class RandomParts : public RandomCosts {
 public:
  using RandomCosts::RandomCosts;
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    auto cost = RandomCosts::operator_cost(graph, op, slice, mode, precision);
    if (!cost || slice.axis == Axis::none) return cost;
    cost->latency_s *= 0.1 + 0.9 * static_cast<double>(slice.end - slice.begin) /
                                 static_cast<double>(cut_extent(graph, op, slice.axis));
    return cost;
  }
};

Graph random_layers(std::mt19937_64& random) {
  std::vector<Layer> layers;
  const int count = 3 + static_cast<int>(random() % 12);
  for (int i = 0; i < count; ++i) {
    Layer layer;
    layer.kind = std::array{OpKind::conv, OpKind::depthwise_conv, OpKind::activation,
                            OpKind::elementwise}[random() % 4];
    layer.kernel = 1 + 2 * static_cast<int>(random() % 3);
    const auto earlier = [&] {
      const auto at = random() % static_cast<std::uint64_t>(i + 1);
      return at == 0 ? std::string("input") : "op" + std::to_string(at - 1);
    };
    if (random() % 3 == 0) layer.reads = {earlier()};
    if (layer.kind == OpKind::elementwise) layer.reads = {earlier(), earlier()};
    layers.push_back(layer);
  }
  return make_layers(layers, 8, 12);
}

}  // namespace

TEST_CASE("plans that divide operators are legal on random networks") {
  std::mt19937_64 random(4);
  std::map<std::string, int> divided;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const Soc soc = make_soc({3 + static_cast<int>(seed % 2), 1});
    CostOptions options;
    options.unsupported = seed % 3 == 0 ? 0.3 : 0.05;
    options.transfer_s = seed % 5 == 0 ? 0 : 1e-4;
    const RandomParts costs(soc, seed, options);
    const Graph graph = random_layers(random);
    for (const char* name : {"codl", "codl-literal", "mulayer", "asymo"}) {
      CAPTURE(name, seed);
      const PartitionResult result = solve(name, costs, graph);
      CHECK(check_plan(costs, graph, result.plan).empty());
      CHECK(result.value > 0);
      for (const auto& shares : result.plan.shares) divided[name] += shares.size() > 1;
    }
  }
  for (const auto& [name, operators] : divided) {
    CAPTURE(name);
    CHECK(operators > 100);
  }
}
