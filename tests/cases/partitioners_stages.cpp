// IOS: stages of operators that overlap on one unit, by dynamic programming.
#include <catch2/catch.hpp>

#include <map>

#include "partitioners/partitioner.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

/// One unit; seconds and occupancy by operator.
class KernelCosts : public CostModel {
 public:
  struct Kernel {
    double seconds = 0, occupancy = 1;
  };
  KernelCosts(const Soc& soc, std::map<std::string, Kernel> kernels)
      : soc_(soc), kernels_(std::move(kernels)) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode&,
                                    Precision) const override {
    const Kernel& kernel = kernels_.at(graph.op(op).name);
    Cost cost;
    cost.latency_s = kernel.seconds;
    cost.occupancy = kernel.occupancy;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode&,
                                     const Mode&) const override {
    return {};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  const Soc& soc_;
  std::map<std::string, Kernel> kernels_;
};

std::vector<OpId> placed_of(const Graph& graph) {
  std::vector<OpId> ops;
  for (OpId op : graph.order())
    if (is_placed(graph.op(op))) ops.push_back(op);
  return ops;
}

/// The plan with these stages, by placed operator.
Plan staged(const Soc& soc, const Graph& graph, const std::vector<int>& stage_of) {
  Plan plan =
      plan_from_modes(soc, graph, std::vector<Mode>(graph.size(), top_mode(soc, UnitId{0})));
  const auto ops = placed_of(graph);
  plan.stage.assign(graph.size(), 0);
  for (std::size_t i = 0; i < ops.size(); ++i) plan.stage[index(ops[i])] = stage_of[i];
  plan.order = ops;
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&](OpId a, OpId b) { return plan.stage[index(a)] < plan.stage[index(b)]; });
  return plan;
}

/// Operators joined by edges inside one stage.
bool groups_fit(const Graph& graph, const Plan& plan, std::size_t most_groups,
                std::size_t most_size) {
  std::map<int, std::vector<std::vector<OpId>>> stages;
  for (OpId op : plan.order) {
    auto& groups = stages[plan.stage[index(op)]];
    std::vector<OpId> merged{op};
    std::erase_if(groups, [&](const std::vector<OpId>& group) {
      const bool joined = std::any_of(group.begin(), group.end(), [&](OpId other) {
        const auto before = graph.predecessors(op);
        return std::find(before.begin(), before.end(), other) != before.end();
      });
      if (joined) merged.insert(merged.end(), group.begin(), group.end());
      return joined;
    });
    groups.push_back(merged);
  }
  for (const auto& [stage, groups] : stages) {
    if (groups.size() > most_groups) return false;
    for (const auto& group : groups)
      if (group.size() > most_size) return false;
  }
  return true;
}

/// Every assignment of stage numbers that ascends along edges.
double brute_force_s(const CostModel& model, const Graph& graph) {
  const auto ops = placed_of(graph);
  std::vector<int> stage_of(ops.size(), 0);
  double best = 1e9;
  const auto descend = [&](const auto& self, std::size_t i) -> void {
    if (i == ops.size()) {
      const Plan plan = staged(model.soc(), graph, stage_of);
      if (groups_fit(graph, plan, 8, 3))
        best = std::min(best, plan_value(model, graph, plan, Objective::latency));
      return;
    }
    int least = 0;
    for (std::size_t k = 0; k < i; ++k) {
      const auto before = graph.predecessors(ops[i]);
      if (std::find(before.begin(), before.end(), ops[k]) != before.end())
        least = std::max(least, stage_of[k]);
    }
    for (int s = least; s < static_cast<int>(ops.size()); ++s) {
      stage_of[i] = s;
      self(self, i + 1);
    }
  };
  descend(descend, 0);
  return best;
}

Soc one_unit() {
  return make_soc({1, 1});
}

}  // namespace

TEST_CASE("ios reproduces the example of its repository") {
  // README of mit-han-lab/inter-operator-scheduler: a (375 channels), b (750) and c (375) read the
  // input, d (750) reads a, the concat all of b, c, d. Measured one by one, ms: 0.1107, 0.1260,
  // 0.1060, 0.1255, 0.0179: 0.486. In the stages {a, b}, {d, c}, {concat}: 0.1615, 0.1545, 0.0173:
  // 0.333. Occupancy: a stage's time over the sum of its kernels, 0.1615 / 0.2367 = 0.682 and
  // 0.1545 / 0.2315 = 0.667; the concat's own two measurements differ, the second is taken.
  const Graph graph = make_graph({{-1}, {-1}, {-1}, {0}, {3, 1, 2}}, {0, 1, 2, 3, 4});
  const Soc soc = one_unit();
  const KernelCosts costs(soc, {{"op0", {0.11070578e-3, 0.16145067 / 0.23674311}},
                                {"op1", {0.12603733e-3, 0.16145067 / 0.23674311}},
                                {"op2", {0.10604089e-3, 0.15448178 / 0.23153778}},
                                {"op3", {0.12549689e-3, 0.15448178 / 0.23153778}},
                                {"op4", {0.01732267e-3, 1}}});
  const double its_own_s =
      plan_value(costs, graph, staged(soc, graph, {0, 0, 1, 1, 2}), Objective::latency);
  CHECK(its_own_s == Approx(0.3333e-3).margin(1e-7));
  CHECK(plan_value(costs, graph, staged(soc, graph, {0, 1, 2, 3, 4}), Objective::latency) ==
        Approx(0.4856e-3).margin(1e-7));
  const PartitionResult result =
      partition("ios", {costs, graph, Objective::latency, every_mode(soc), 0, {}, {}});
  CHECK(check_plan(costs, graph, result.plan).empty());
  CHECK(result.value == Approx(its_own_s).epsilon(1e-9));
  CHECK(brute_force_s(costs, graph) == Approx(its_own_s).epsilon(1e-9));
}

TEST_CASE("ios on three kernels by hand") {
  // 0 and 1 read the input, 2 reads both. Halves of a unit for 4 and 3 s, all of it for 1 s: alone
  // 8; {0, 1} together max(4, 2 + 1.5) = 4, then 1: 5.
  const Graph graph = make_graph({{-1}, {-1}, {0, 1}}, {0, 1, 2});
  const Soc soc = one_unit();
  const KernelCosts costs(soc, {{"op0", {4, 0.5}}, {"op1", {3, 0.5}}, {"op2", {1, 1}}});
  const PartitionResult result =
      partition("ios", {costs, graph, Objective::latency, every_mode(soc), 0, {}, {}});
  CHECK(result.value == Approx(5));
  // A group of one operator and a stage of one group: nothing overlaps.
  PartitionProblem narrow{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  narrow.options = {{"max_groups_in_stage", 1}, {"max_group_size", 1}};
  CHECK(partition("ios", narrow).value == Approx(8));
}

TEST_CASE("ios finds the best stages of small networks") {
  std::mt19937_64 random(17);
  int gains = 0;
  for (int i = 0; i < 60; ++i) {
    const int operators = 3 + static_cast<int>(random() % 4);
    std::vector<int> order;
    std::map<std::string, KernelCosts::Kernel> kernels;
    for (int k = 0; k < operators; ++k) {
      order.push_back(k);
      kernels["op" + std::to_string(k)] = {1 + static_cast<double>(random() % 9),
                                           0.1 + 0.1 * static_cast<double>(random() % 10)};
    }
    const Graph graph = make_graph(random_reads(operators, random), order);
    const Soc soc = one_unit();
    const KernelCosts costs(soc, kernels);
    const PartitionResult result =
        partition("ios", {costs, graph, Objective::latency, every_mode(soc), 0, {}, {}});
    CAPTURE(i, operators);
    REQUIRE(check_plan(costs, graph, result.plan).empty());
    REQUIRE(groups_fit(graph, result.plan, 8, 3));
    const double best_s = brute_force_s(costs, graph);
    CHECK(result.value == Approx(best_s).epsilon(1e-9));
    double sum_s = 0;
    for (const auto& [name, kernel] : kernels) sum_s += kernel.seconds;
    gains += best_s < sum_s * (1 - 1e-9);
  }
  CHECK(gains > 30);
}

TEST_CASE("ios and nn-stretch give legal plans on any network") {
  std::mt19937_64 random(23);
  int away = 0;
  for (int i = 0; i < 200; ++i) {
    const int operators = 5 + static_cast<int>(random() % 40);
    std::vector<int> order;
    for (int k = 0; k < operators; ++k) order.push_back(k);
    const Graph graph = make_graph(random_reads(operators, random), order);
    const Soc soc = make_soc({2 + i % 3, 1, i % 5 == 4});
    CostOptions options;
    options.transfer_s = i % 2 ? 1e-5 : 3e-4;
    options.arrival_s = i % 3 == 1 ? 1e-4 : 0;
    options.spread_s = i % 4 == 2 ? 1e-4 : 0;
    const RandomCosts costs(soc, random(), options);
    for (const char* name : {"ios", "nn-stretch"}) {
      CAPTURE(i, name);
      const PartitionResult result =
          partition(name, {costs, graph, Objective::latency, every_mode(soc), 0, {}, {}});
      REQUIRE(check_plan(costs, graph, result.plan) == std::vector<std::string>{});
      const Schedule schedule = lower(costs, graph, result.plan);
      REQUIRE(check_timeline(soc, schedule, estimate(schedule)) == std::vector<std::string>{});
      CHECK(result.value >= result.lower_bound * (1 - 1e-9));
      const std::string mapping = mapping_string(soc, graph, result.plan);
      away += mapping.find_first_not_of(mapping[0]) != std::string::npos;
    }
  }
  CHECK(away > 100);
}
