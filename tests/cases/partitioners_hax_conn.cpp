// HaX-CoNN: layer groups of two networks on exclusive units and one bus.
#include <catch2/catch.hpp>

#include <bit>
#include <map>
#include <set>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "sim/engine/engine.h"
#include "sim/graph/merge.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

Graph two_chains(int a, int b) {
  std::vector<Graph> graphs;
  for (const auto& [name, length] : {std::pair{"a", a}, std::pair{"b", b}}) {
    GraphBuilder builder(name);
    add_input(builder, "input");
    for (int i = 0; i < length; ++i)
      add_operator(builder, "op" + std::to_string(i),
                   {i == 0 ? "input" : "op" + std::to_string(i - 1)});
    graphs.push_back(builder.build());
  }
  return merge_graphs(graphs);
}

/// Times of layer groups by network ("a", "b"), operator and unit (0 GPU, 1 DLA); a hand-over
/// takes the unit left some time; traffic by demand.
class GroupCosts : public CostModel {
 public:
  using Times = std::map<std::string, std::array<std::vector<double>, 2>>;
  GroupCosts(const Soc& soc, Times times_ms, std::array<double, 2> leave_ms,
             double demand_bytes_per_s = 0)
      : soc_(soc),
        times_ms_(std::move(times_ms)),
        leave_ms_(leave_ms),
        demand_bytes_per_s_(demand_bytes_per_s) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    const std::string& name = graph.op(op).name;  // "a/op3"
    const int layer = std::stoi(name.substr(4));
    Cost cost;
    cost.latency_s =
        1e-3 * times_ms_.at(name.substr(0, 1))[index(mode.unit)][static_cast<std::size_t>(layer)];
    cost.bytes = cost.latency_s * demand_bytes_per_s_;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return {{LinkTermKind::copy, from.unit, 1e-3 * leave_ms_[index(from.unit)], 0, 0, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  const Soc& soc_;
  Times times_ms_;
  std::array<double, 2> leave_ms_;
  double demand_bytes_per_s_;
};

/// Best simulated makespan over every plan with one switch a network at most, and every order in
/// which two chains can enter the queues.
double brute_force_s(const CostModel& model, const Graph& graph, const std::vector<Mode>& modes) {
  std::vector<std::vector<OpId>> networks;
  for (const auto& network : components(graph)) {
    auto& ops = networks.emplace_back();
    for (OpId op : network)
      if (is_placed(graph.op(op))) ops.push_back(op);
  }
  std::vector<std::vector<std::vector<Mode>>> choices;  // by network
  for (const auto& ops : networks) {
    auto& list = choices.emplace_back();
    for (const Mode& first : modes)
      for (const Mode& second : modes)
        for (std::size_t cut = first == second ? ops.size() : 1;
             cut < ops.size() || (first == second && cut == ops.size()); ++cut) {
          auto& choice = list.emplace_back();
          for (std::size_t i = 0; i < ops.size(); ++i) choice.push_back(i < cut ? first : second);
        }
  }
  const std::size_t a = networks[0].size(), b = networks[1].size();
  double best = 1e9;
  for (const auto& mode_a : choices[0])
    for (const auto& mode_b : choices[1]) {
      std::vector<Mode> mode_of(graph.size());
      for (std::size_t i = 0; i < a; ++i) mode_of[index(networks[0][i])] = mode_a[i];
      for (std::size_t i = 0; i < b; ++i) mode_of[index(networks[1][i])] = mode_b[i];
      Plan plan = plan_from_modes(model.soc(), graph, mode_of);
      if (!check_plan(model, graph, plan).empty()) continue;
      for (std::uint32_t code = 0; code < 1U << (a + b); ++code) {
        if (static_cast<std::size_t>(std::popcount(code)) != a) continue;
        plan.order.clear();
        std::size_t i = 0, k = 0;
        for (std::size_t at = 0; at < a + b; ++at)
          plan.order.push_back(code >> at & 1 ? networks[0][i++] : networks[1][k++]);
        const Schedule schedule = lower(model, graph, plan);
        best = std::min(best, to_seconds(simulate(schedule).timeline.makespan_ps));
      }
    }
  return best;
}

/// Unit letters, network by network.
std::string letters(const Soc& soc, const Graph& graph, Plan plan) {
  plan.order.clear();
  return mapping_string(soc, graph, plan);
}

double simulated_s(const CostModel& model, const Graph& graph, const Plan& plan) {
  return to_seconds(simulate(lower(model, graph, plan)).timeline.makespan_ps);
}

/// Layer groups on Jetson AGX Xavier, ms, GPU and DLA, as published with HaX-CoNN (github.com/
/// ismetdagli/HaX-CoNN, branch ismet-dagli at 87f5f25e, tables of its solver). What leaving a unit
/// takes: the mean of its measured transitions, 0.030 and 0.055.
const GroupCosts::Times kXavier = {
    {"a",  // GoogLeNet
     {{{.35, .15, .20, .11, .12, .13, .15, .19, .12, .20},
       {.75, .34, .45, .37, .31, .33, .31, .35, .27, .36}}}},
    {"b",  // AlexNet
     {{{.15, .06, .22, .08, .16, .70, .32, .10}, {.41, .20, .45, .22, .41, 1.91, .68, .13}}}}};

/// Part of a network on one unit, with the time it takes to leave it.
struct Segment {
  std::size_t unit = 0;
  double seconds = 0;
};

std::vector<std::vector<Segment>> segmentations(const std::array<std::vector<double>, 2>& ms,
                                                std::array<double, 2> leave_ms) {
  std::vector<std::vector<Segment>> list;
  for (std::size_t unit = 0; unit < 2; ++unit)
    for (std::size_t cut = 1; cut <= ms[unit].size(); ++cut) {
      double before = 0, after = 0;
      for (std::size_t g = 0; g < ms[unit].size(); ++g)
        (g < cut ? before : after) += ms[g < cut ? unit : 1 - unit][g];
      if (cut == ms[unit].size())
        list.push_back({{unit, 1e-3 * before}});
      else
        list.push_back({{unit, 1e-3 * (before + leave_ms[unit])}, {1 - unit, 1e-3 * after}});
    }
  return list;
}

/// When both end if `first[unit]` is served first on it, or infinity when they wait for each other.
double makespan_s(const std::array<std::vector<Segment>, 2>& networks,
                  std::array<std::size_t, 2> first) {
  std::array<std::vector<double>, 2> end{std::vector<double>(networks[0].size(), 0),
                                         std::vector<double>(networks[1].size(), 0)};
  for (int round = 0; round < 8; ++round) {
    const auto before = end;
    for (std::size_t n = 0; n < 2; ++n)
      for (std::size_t s = 0; s < networks[n].size(); ++s) {
        double start_s = s == 0 ? 0 : end[n][s - 1];
        for (std::size_t t = 0; t < networks[1 - n].size(); ++t)
          if (networks[1 - n][t].unit == networks[n][s].unit && first[networks[n][s].unit] != n)
            start_s = std::max(start_s, end[1 - n][t]);
        end[n][s] = start_s + networks[n][s].seconds;
      }
    if (end == before) return std::max(end[0].back(), end[1].back());
  }
  return 1e9;
}

/// Without a bus nothing is gained by breaking up what a network does on a unit.
double segments_s(const GroupCosts::Times& times_ms, std::array<double, 2> leave_ms) {
  double best = 1e9;
  for (const auto& a : segmentations(times_ms.at("a"), leave_ms))
    for (const auto& b : segmentations(times_ms.at("b"), leave_ms))
      for (std::size_t first : {0, 1, 2, 3})
        best = std::min(best, makespan_s({a, b}, {first & 1, first >> 1}));
  return best;
}

Soc two_units(double bus_bytes_per_s) {
  Soc soc = make_soc({2, 1});
  soc.memory.shared_bytes_per_s = bus_bytes_per_s;
  for (Unit& unit : soc.units) unit.memory_bandwidth_bytes_per_s = 1e12;
  return soc;
}

}  // namespace

TEST_CASE("hax-conn on a hand-worked pair") {
  // a: 4 + 1 on unit 0, 9 + 2 on unit 1; b: 2 + 5 and 3 + 3; leaving a unit takes 0.5.
  // a on 0 (5), b on 1 (6): 6 ms, and nothing is shorter: a needs 5 alone; for less than 6, b must
  // end on another unit than 1 alone. b on 0 then 1: 2 + 0.5 + 3 = 5.5, but 0 is also a's for 5:
  // whoever comes first there, a then ends at 7.5 or later, or b at 4 + 5.5 or later.
  const Soc soc = two_units(1e12);
  const GroupCosts costs(soc, {{"a", {{{4, 1}, {9, 2}}}}, {"b", {{{2, 5}, {3, 3}}}}}, {0.5, 0.5});
  const Graph graph = two_chains(2, 2);
  const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  const PartitionResult result = partition("hax-conn", problem);
  CHECK(result.value == Approx(6e-3));
  CHECK(letters(soc, graph, result.plan) == "BBLL");
  CHECK(brute_force_s(costs, graph, problem.modes) == Approx(6e-3));
}

TEST_CASE("hax-conn slows only what overlaps") {
  // Each alone wants the whole bus for 4 ms on its own unit: together they take 8, as one after the
  // other. With half the demand nothing is slowed.
  const Graph graph = two_chains(1, 1);
  const Soc soc = two_units(1e9);
  const GroupCosts::Times times = {{"a", {{{4}, {4}}}}, {"b", {{{4}, {4}}}}};
  const auto value = [&](double demand) {
    const GroupCosts costs(soc, times, {0, 0}, demand);
    const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
    return simulated_s(costs, graph, partition("hax-conn", problem).plan);
  };
  CHECK(value(1e9) == Approx(8e-3));
  CHECK(value(5e8) == Approx(4e-3));
}

TEST_CASE("hax-conn on the published layer groups of Xavier") {
  const Soc soc = two_units(1e12);
  const GroupCosts costs(soc, kXavier, {0.030, 0.055});
  const Graph graph = two_chains(10, 8);
  const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
  const PartitionResult result = partition("hax-conn", problem);
  CHECK(result.status == PartitionStatus::heuristic);
  // By hand. All on the GPU: 1.72 + 1.79 = 3.51; one each: 3.84 or 4.41. The best crosses over:
  // GoogLeNet's first 6 groups on the GPU, 1.06 + 0.030 = 1.09; AlexNet's first 3 on the DLA,
  // 1.06 + 0.055 = 1.115. From then on AlexNet's other 5 on the GPU, 1.36, up to 2.475, beside
  // GoogLeNet's other 4 on the DLA, 1.29, up to 2.405.
  CHECK(result.value == Approx(2.475e-3));
  CHECK(letters(soc, graph, result.plan) == "BBBBBBLLLLLLLBBBBB");
  CHECK(segments_s(kXavier, {0.030, 0.055}) == Approx(2.475e-3));
  CHECK(simulated_s(costs, graph, result.plan) == Approx(result.value).epsilon(1e-9));
}

TEST_CASE("hax-conn finds what enumeration finds, bus and hand-overs included") {
  std::mt19937_64 random(11);
  int contended = 0, switched = 0;
  for (int i = 0; i < 40; ++i) {
    const int a = 1 + static_cast<int>(random() % 3), b = 1 + static_cast<int>(random() % 3);
    const Graph graph = two_chains(a, b);
    Soc soc = two_units(i % 2 ? 1e12 : 1e9);
    GroupCosts::Times times;
    for (const auto& [name, length] : {std::pair{"a", a}, std::pair{"b", b}})
      for (int unit = 0; unit < 2; ++unit)
        for (int g = 0; g < length; ++g)
          times[name][unit].push_back(0.1 + 1e-3 * static_cast<double>(random() % 1000));
    const GroupCosts costs(soc, times, {0.05, 0.02}, 2e8 * static_cast<double>(1 + random() % 5));
    const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
    const Plan plan = partition("hax-conn", problem).plan;
    CAPTURE(i, a, b);
    REQUIRE(check_plan(costs, graph, plan).empty());
    const double best_s = brute_force_s(costs, graph, problem.modes);
    CHECK(simulated_s(costs, graph, plan) == Approx(best_s).epsilon(1e-9));
    const double still_s = plan_value(costs, graph, plan, Objective::latency);
    contended += still_s < best_s * (1 - 1e-6);
    for (char network : {'a', 'b'}) {
      std::set<UnitId> units;
      for (OpId op : graph.order())
        if (is_placed(graph.op(op)) && graph.op(op).name[0] == network)
          units.insert(plan.shares[index(op)][0].mode.unit);
      switched += units.size() == 2;
    }
  }
  CHECK(contended > 5);
  CHECK(switched > 5);
}

TEST_CASE("hax-conn keeps to one switch and to groups between cuts") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 50; ++i) {
    std::vector<Graph> graphs;
    for (int k = 0; k < 2 + i % 2; ++k) {
      const int operators = 4 + static_cast<int>(random() % 8);
      std::vector<int> order;
      for (int n = 0; n < operators; ++n) order.push_back(n);
      graphs.push_back(make_graph(random_reads(operators, random), order));
    }
    const Graph graph = merge_graphs(graphs);
    const Soc soc = make_soc({4, 1});
    const RandomCosts costs(soc, random(), {});
    PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
    problem.options = {{"max_groups", 3 + i % 3}};
    const PartitionResult result = partition("hax-conn", problem);
    CAPTURE(i);
    REQUIRE(check_plan(costs, graph, result.plan).empty());
    const PartitionResult again = partition("hax-conn", problem);
    CHECK(again.value == result.value);
    CHECK(again.plan.order == result.plan.order);
    CHECK(result.value >= result.lower_bound * (1 - 1e-9));
    for (const auto& network : components(graph)) {
      int switches = 0;
      std::optional<UnitId> last;
      for (OpId op : network) {
        if (!is_placed(graph.op(op))) continue;
        const UnitId unit = result.plan.shares[index(op)][0].mode.unit;
        switches += last && *last != unit;
        last = unit;
      }
      CHECK(switches <= 1);
    }
  }
}

TEST_CASE("hax-conn needs two networks and says so, and stops at its limit") {
  const Soc soc = make_soc({3, 1});
  const RandomCosts costs(soc, 1, {});
  const Graph one = make_chain(4);
  const PartitionProblem alone{costs, one, Objective::latency, every_mode(soc), 0, {}, {}};
  CHECK_THROWS_AS(partition("hax-conn", alone), UnsupportedError);
  CHECK_THROWS_WITH(partition("hax-conn", alone), Contains("two networks or more: --model a+b"));
  const Graph two = two_chains(6, 6);
  PartitionProblem short_of{costs, two, Objective::latency, every_mode(soc), 0, {}, {}};
  short_of.options = {{"max_events", 3}};
  const PartitionResult stopped = partition("hax-conn", short_of);
  CHECK(stopped.status == PartitionStatus::stopped);
  CHECK(check_plan(costs, two, stopped.plan).empty());
}
