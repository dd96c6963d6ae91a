// HEFT on the worked example of its paper: Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002, Fig. 3
// (the graph and its costs) and Fig. 4 (the schedule, length 80).
#include <catch2/catch.hpp>

#include <map>

#include "partitioners/partitioner.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

constexpr int kTasks = 10;
/// Seconds of task i + 1 on processors 1 to 3.
constexpr double kWork[kTasks][3] = {{14, 16, 9},  {13, 19, 18}, {11, 13, 19}, {13, 8, 17},
                                     {12, 13, 10}, {13, 16, 9},  {7, 15, 11},  {5, 11, 14},
                                     {18, 12, 20}, {21, 7, 16}};
/// Seconds between tasks on different processors.
const std::map<std::pair<int, int>, double> kCommunication{
    {{1, 2}, 18}, {{1, 3}, 12}, {{1, 4}, 9},   {{1, 5}, 11},  {{1, 6}, 14},
    {{2, 8}, 19}, {{2, 9}, 16}, {{3, 7}, 23},  {{4, 8}, 27},  {{4, 9}, 23},
    {{5, 9}, 13}, {{6, 8}, 15}, {{7, 10}, 17}, {{8, 10}, 11}, {{9, 10}, 13}};

/// Three processors and a network that takes nobody's time, as the paper assumes.
Soc paper_machine() {
  Soc soc = make_soc({4, 1});
  soc.units[2].host_domain.reset();
  soc.units[3].resources = 0;
  return soc;
}

class PaperCosts : public CostModel {
 public:
  explicit PaperCosts(const Soc& soc) : soc_(soc) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    if (mode.unit == UnitId{3}) return std::nullopt;
    Cost cost;
    cost.latency_s = kWork[task(graph, op) - 1][index(mode.unit)];
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double, OpId consumer,
                                     const Mode& from, const Mode& to) const override {
    if (from.unit == to.unit) return {};
    const double seconds =
        kCommunication.at({task(graph, graph.tensor(tensor).producer), task(graph, consumer)});
    return {{LinkTermKind::copy, UnitId{3}, seconds, 0, 0, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  static int task(const Graph& graph, OpId op) { return std::stoi(graph.op(op).name.substr(2)); }
  const Soc& soc_;
};

/// Task numbers as in the paper; index 0 is not used.
Graph paper_graph() {
  std::vector<std::vector<int>> reads(kTasks + 1);
  for (const auto& [edge, seconds] : kCommunication) reads[edge.second].push_back(edge.first);
  reads[1] = {-1};
  std::vector<int> order;
  for (int i = 1; i <= kTasks; ++i) order.push_back(i);
  return make_graph(reads, order);
}

}  // namespace

TEST_CASE("heft reproduces its paper's schedule of length 80") {
  const Soc soc = paper_machine();
  const PaperCosts costs(soc);
  const Graph graph = paper_graph();
  std::vector<Mode> modes;
  for (int u = 0; u < 3; ++u) modes.push_back(top_mode(soc, UnitId{u}));
  const PartitionResult result =
      partition("heft", {costs, graph, Objective::latency, modes, 0, {}, {}});
  CHECK(result.value == Approx(80));

  struct Slot {
    int task, processor, start, finish;
  };
  constexpr Slot kFigure4[] = {{1, 3, 0, 9},   {2, 1, 27, 40}, {3, 3, 9, 28},  {4, 2, 18, 26},
                               {5, 3, 28, 38}, {6, 2, 26, 42}, {7, 3, 38, 49}, {8, 1, 57, 62},
                               {9, 2, 56, 68}, {10, 2, 73, 80}};
  const Schedule schedule = lower(costs, graph, result.plan);
  const Timeline timeline = estimate(schedule);
  int seen = 0;
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    if (schedule.tasks[i].kind != TaskKind::compute) continue;
    const std::string& name = graph.op(schedule.tasks[i].op).name;
    for (const Slot& slot : kFigure4) {
      if (name != "op" + std::to_string(slot.task)) continue;
      CAPTURE(name);
      ++seen;
      CHECK(schedule.tasks[i].unit + 1 == slot.processor);
      CHECK(timeline.start_ps[i] == slot.start * 1'000'000'000'000);
      CHECK(timeline.finish_ps[i] == slot.finish * 1'000'000'000'000);
    }
  }
  CHECK(seen == kTasks);
}

TEST_CASE("heft on one processor is the sum of its work") {
  const Soc soc = paper_machine();
  const PaperCosts costs(soc);
  const Graph graph = paper_graph();
  const PartitionResult alone =
      partition("heft", {costs, graph, Objective::latency, {top_mode(soc, UnitId{0})}, 0, {}, {}});
  // 14 + 13 + 11 + 13 + 12 + 13 + 7 + 5 + 18 + 21 = 127
  CHECK(alone.value == Approx(127));
  CHECK(alone.gap == Approx(0).margin(1e-9));
}

namespace {

/// Seconds of operators 0 to 3 on two units; hand-overs are free.
class GapCosts : public CostModel {
 public:
  explicit GapCosts(const Soc& soc) : soc_(soc) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    constexpr double kSeconds[4][2] = {{1, 100}, {100, 4}, {1, 100}, {2, 2.5}};
    Cost cost;
    cost.latency_s = kSeconds[std::stoi(graph.op(op).name.substr(2))][index(mode.unit)];
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
};

}  // namespace

TEST_CASE("heft inserts a low-ranked operator into an earlier gap") {
  // 0 -> 1 -> 2 and 0 -> 3. Upward ranks by mean work: 153, 102.5, 50.5, 2.25, so 3 is placed last.
  // By then unit 0 has 0 in [0, 1] and 2 in [5, 6], unit 1 has 1 in [1, 5]. 3 takes 2 s on unit 0:
  // in the gap from 1 it ends at 3; behind the others at 8 there, or 7.5 on unit 1. Makespan 6.
  const Soc soc = make_soc({2, 1});
  const GapCosts costs(soc);
  const Graph graph = make_graph({{-1}, {0}, {1}, {0}}, {0, 1, 2, 3});
  const PartitionResult result =
      partition("heft", {costs, graph, Objective::latency, every_mode(soc), 0, {}, {}});
  CHECK(result.value == Approx(6));
  CHECK(mapping_string(soc, graph, result.plan) == "BLBB");
  REQUIRE(result.plan.order.size() == 4);
  CHECK(graph.op(result.plan.order[2]).name == "op3");  // before op2
}
