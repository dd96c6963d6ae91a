// Branches to units (nn-stretch) and pipelines over given units (pipe-it, pipe-all).
#include <catch2/catch.hpp>

#include <numeric>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

/// Least throughput value over the plans whose mode by position `assign` lists.
double best_of(const CostModel& model, const Graph& graph, Objective objective,
               const std::vector<std::vector<Mode>>& assignments) {
  double best = 1e9;
  for (const auto& by_position : assignments) {
    std::vector<Mode> modes(graph.size());
    std::size_t i = 0;
    for (OpId op : graph.order())
      if (is_placed(graph.op(op))) modes[index(op)] = by_position[i++];
    const Plan plan = plan_from_modes(model.soc(), graph, modes);
    if (check_plan(model, graph, plan).empty())
      best = std::min(best, plan_value(model, graph, plan, objective));
  }
  return best;
}

std::vector<std::vector<Mode>> three_stages(const Soc& soc, std::size_t operators) {
  std::vector<std::vector<Mode>> list;
  std::vector<int> order{0, 1, 2};
  do {
    for (std::size_t x = 1; x < operators; ++x)
      for (std::size_t y = x + 1; y < operators; ++y) {
        auto& modes = list.emplace_back();
        for (std::size_t p = 0; p < operators; ++p)
          modes.push_back(top_mode(soc, UnitId{order[p < x ? 0 : p < y ? 1 : 2]}));
      }
  } while (std::next_permutation(order.begin(), order.end()));
  return list;
}

std::vector<std::vector<Mode>> one_or_two_clusters(const Soc& soc, std::size_t operators) {
  std::vector<std::vector<Mode>> list;
  for (int first : {0, 1})
    for (std::size_t cut = 1; cut <= operators; ++cut) {
      auto& modes = list.emplace_back();
      for (std::size_t p = 0; p < operators; ++p)
        modes.push_back(top_mode(soc, UnitId{p < cut ? first : 1 - first}));
    }
  return list;
}

}  // namespace

TEST_CASE("pipe-all and pipe-it find what enumeration finds on chains") {
  std::mt19937_64 random(31);
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    const std::size_t operators = 3 + random() % 5;
    const Graph graph = make_chain(static_cast<int>(operators));
    const Soc soc = make_soc({4, 1});  // big, little, GPU, NPU
    CostOptions options;
    options.transfer_s = i % 2 ? 1e-4 : 5e-4;
    options.unsupported = i % 3 ? 0.02 : 0;
    const RandomCosts costs(soc, random(), options);
    const PartitionProblem problem{costs, graph, Objective::throughput, every_mode(soc), 0, {}, {}};
    CAPTURE(i, operators);
    const double pipe_all =
        best_of(costs, graph, Objective::throughput, three_stages(soc, operators));
    if (pipe_all < 1e9) {
      const PartitionResult result = partition("pipe-all", problem);
      CHECK(result.value == Approx(pipe_all).epsilon(1e-9));
      const std::string mapping = mapping_string(soc, graph, result.plan);
      for (const char* letter : {"B", "L", "G"}) CHECK_THAT(mapping, Contains(letter));
    } else {
      CHECK_THROWS_AS(partition("pipe-all", problem), UnsupportedError);
      ++refused;
    }
    const PartitionResult pipe_it = partition("pipe-it", problem);
    CHECK(pipe_it.value ==
          Approx(best_of(costs, graph, Objective::throughput, one_or_two_clusters(soc, operators)))
              .epsilon(1e-9));
    // Fewer units to choose from are never better.
    CHECK(partition("pipeline", problem).value <= pipe_it.value * (1 + 1e-9));
  }
  CHECK(refused < 20);
}

TEST_CASE("pipelines that lack their units say which") {
  const Soc soc = make_soc({4, 1});
  CostOptions everything;
  everything.unsupported = 0;
  const RandomCosts costs(soc, 1, everything);
  const Graph graph = make_chain(5), tiny = make_chain(2);
  const auto modes = every_mode(soc);
  const PartitionProblem cpus{costs, graph, Objective::throughput, {modes[0], modes[1]}, 0, {}, {}};
  CHECK_THROWS_WITH(partition("pipe-all", cpus), Contains("needs a GPU and two CPU clusters"));
  const PartitionProblem chips{costs, graph, Objective::throughput, {modes[2], modes[3]}, 0,
                               {},    {}};
  CHECK_THROWS_WITH(partition("pipe-it", chips), Contains("needs a CPU cluster"));
  const PartitionProblem small{costs, tiny, Objective::throughput, modes, 0, {}, {}};
  CHECK_THROWS_WITH(partition("pipe-all", small), Contains("three operators"));
}

TEST_CASE("nn-stretch puts branches on units as enumeration does") {
  // op0 forks into three branches: 1, 2 -> 3 and 4 -> 5; op6 joins; op7 follows. Free hand-overs:
  // then a branch's copies take nobody's time and the region's makespan is exact.
  const Graph graph =
      make_graph({{-1}, {0}, {0}, {2}, {0}, {4}, {1, 3, 5}, {6}}, {0, 1, 2, 3, 4, 5, 6, 7});
  constexpr std::size_t kBranch[] = {0, 1, 2, 2, 3, 3, 4, 5};  // placed alike
  std::mt19937_64 random(41);
  int several = 0;
  for (int i = 0; i < 40; ++i) {
    Soc soc = make_soc({3, 1, i % 4 == 3});
    for (Unit& unit : soc.units) unit.default_precision = Precision::fp32;  // no casts either
    CostOptions options;
    options.transfer_s = 0;
    const RandomCosts costs(soc, random(), options);
    const auto modes = every_mode(soc);
    std::vector<std::vector<Mode>> assignments;
    for (int code = 0; code < 729; ++code) {  // 3 ^ 6
      std::vector<std::size_t> unit;
      for (int rest = code, k = 0; k < 6; ++k, rest /= 3) unit.push_back(rest % 3);
      auto& list = assignments.emplace_back();
      for (std::size_t p = 0; p < 8; ++p) list.push_back(modes[unit[kBranch[p]]]);
    }
    const PartitionResult result =
        partition("nn-stretch", {costs, graph, Objective::latency, modes, 0, {}, {}});
    CAPTURE(i);
    CHECK(result.value ==
          Approx(best_of(costs, graph, Objective::latency, assignments)).epsilon(1e-9));
    const std::string mapping = mapping_string(soc, graph, result.plan);
    CHECK(mapping[2] == mapping[3]);
    CHECK(mapping[4] == mapping[5]);
    several += mapping[1] != mapping[2] || mapping[2] != mapping[4];
  }
  CHECK(several > 20);
}

TEST_CASE("nn-stretch by hand: copies decide whether a branch moves") {
  // 0 forks to 1 (3 s on either unit) and 2 (4 s), 3 joins; 0 and 3 take 1 s. One unit: 1 + 3 + 4 +
  // 1 = 9. Branch 1 away and back: 1 + max(copy + 3 + copy, 4) + 1, 6 for free copies and 7 for
  // copies of 1 s. With the join on branch 2's other unit 1 + max(3 + copy, copy + 4) + 1: 8 for
  // copies of 2 s, and 9, nothing gained, from 3 s on.
  struct Costs : CostModel {
    const Soc& machine;
    double copy_s;
    Costs(const Soc& soc, double copy) : machine(soc), copy_s(copy) {}
    const Soc& soc() const override { return machine; }
    std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode&,
                                      Precision) const override {
      constexpr double kSeconds[] = {1, 3, 4, 1};
      Cost cost;
      cost.latency_s = kSeconds[std::stoi(graph.op(op).name.substr(2))];
      return cost;
    }
    Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
    std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode& from,
                                       const Mode& to) const override {
      if (from.unit == to.unit) return {};
      return {{LinkTermKind::copy, UnitId{2}, copy_s, 0, 0, 0}};
    }
    double dvfs_delay_s(DomainId, int, int) const override { return 0; }
    double base_power_w() const override { return 0; }
  };
  Soc soc = make_soc({3, 1});
  soc.units[2].resources = 0;  // copies go over it and wait for nobody
  soc.units[2].host_domain.reset();
  const Graph graph = make_graph({{-1}, {0}, {0}, {1, 2}}, {0, 1, 2, 3});
  const auto value = [&](double copy_s) {
    const Costs costs(soc, copy_s);
    return partition("nn-stretch", {costs,
                                    graph,
                                    Objective::latency,
                                    {top_mode(soc, UnitId{0}), top_mode(soc, UnitId{1})},
                                    0,
                                    {},
                                    {}})
        .value;
  };
  CHECK(value(0) == Approx(6));
  CHECK(value(1) == Approx(7));
  CHECK(value(2) == Approx(8));
  CHECK(value(3) == Approx(9));
  CHECK(value(5) == Approx(9));
}
