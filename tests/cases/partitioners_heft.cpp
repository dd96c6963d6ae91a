// HEFT on the worked example of its paper: Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002, Fig. 3
// (the graph and its costs) and Fig. 4 (the schedule, length 80).
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "task_graph.h"

using namespace partita;
using namespace synthetic;

TEST_CASE("heft reproduces its paper's schedule of length 80") {
  const Soc soc = task_machine();
  const TaskCosts costs(soc, topcuoglu_example());
  const Graph graph = task_graph(topcuoglu_example());
  const std::vector<Mode> modes = task_modes(soc);
  const PartitionResult result =
      partition("heft", {costs, graph, Objective::latency, modes, 0, {}, {}});
  CHECK(result.value == Approx(80));

  check_slots(costs, graph, result.plan,
              {{1, 3, 0, 9},
               {2, 1, 27, 40},
               {3, 3, 9, 28},
               {4, 2, 18, 26},
               {5, 3, 28, 38},
               {6, 2, 26, 42},
               {7, 3, 38, 49},
               {8, 1, 57, 62},
               {9, 2, 56, 68},
               {10, 2, 73, 80}});
}

TEST_CASE("heft on one processor is the sum of its work") {
  const Soc soc = task_machine();
  const TaskCosts costs(soc, topcuoglu_example());
  const Graph graph = task_graph(topcuoglu_example());
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
