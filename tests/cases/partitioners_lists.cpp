// CPOP and PEFT on the worked examples of their papers, ONE's scheduler by hand.
#include <catch2/catch.hpp>

#include "task_graph.h"

using namespace partita;
using namespace synthetic;

TEST_CASE("cpop reproduces its paper's length of 86") {
  // The critical path is 1, 2, 9, 10; its work sums to 66, 54 and 63 on processors 1 to 3.
  const Soc soc = task_machine();
  const TaskCosts costs(soc, topcuoglu_example());
  const Graph graph = task_graph(topcuoglu_example());
  const PartitionResult result =
      partition("cpop", {costs, graph, Objective::latency, task_modes(soc), 0, {}, {}});
  CHECK(result.value == Approx(86));
  for (const Operator& op : graph.operators()) {
    CAPTURE(op.name);
    if (op.name != "op1" && op.name != "op2" && op.name != "op9" && op.name != "op10") continue;
    const auto id = make_id<OpId>(static_cast<std::size_t>(&op - graph.operators().data()));
    CHECK(result.plan.shares[index(id)][0].mode.unit == UnitId{1});
  }
}

TEST_CASE("peft reproduces its paper's schedule of length 122, where heft takes 133") {
  // Tables 5 and 6: rank_oct orders the tasks 1, 4, 6, 2, 3, 5, 8, 7, 9, 10.
  const Soc soc = task_machine();
  const TaskCosts costs(soc, arabnejad_example());
  const Graph graph = task_graph(arabnejad_example());
  const PartitionProblem problem{costs, graph, Objective::latency, task_modes(soc), 0, {}, {}};
  const PartitionResult result = partition("peft", problem);
  CHECK(result.value == Approx(122));
  check_slots(costs, graph, result.plan,
              {{1, 1, 0, 22},
               {2, 1, 29, 51},
               {3, 1, 51, 83},
               {4, 1, 22, 29},
               {5, 3, 35, 70},
               {6, 2, 29, 46},
               {7, 1, 83, 97},
               {8, 2, 54, 77},
               {9, 3, 81, 89},
               {10, 2, 106, 122}});
  CHECK(partition("heft", problem).value == Approx(133));
}

TEST_CASE("cpop places what its unit lacks where it ends first") {
  // A chain is its own critical path. L takes 1 + 1 for what it runs but lacks op1, so the path is
  // B's, which runs all of it. Where nobody runs all, the one that misses least and is fastest.
  const Soc soc = make_soc({2, 1});
  const Graph graph = make_graph({{-1}, {0}, {1}}, {0, 1, 2});
  const TableCosts lacks(soc, {{5, 1}, {2, -1}, {5, 1}});
  CHECK(
      mapping_string(
          soc, graph,
          partition("cpop", {lacks, graph, Objective::latency, every_mode(soc), 0, {}, {}}).plan) ==
      "BBB");
  const TableCosts runs(soc, {{5, 1}, {2, 2}, {5, 1}});
  CHECK(
      mapping_string(
          soc, graph,
          partition("cpop", {runs, graph, Objective::latency, every_mode(soc), 0, {}, {}}).plan) ==
      "LLL");
  const Soc three = make_soc({3, 1});
  const TableCosts nobody(three, {{5, 1, 9}, {-1, -1, 2}, {5, 1, -1}});
  CHECK(mapping_string(
            three, graph,
            partition("cpop", {nobody, graph, Objective::latency, every_mode(three), 0, {}, {}})
                .plan) == "LGL");
}

TEST_CASE("one moves an operator when the guessed permutation is cheap enough") {
  // op0 takes 1 ms on B, op1 2 ms on B or 0.93 ms on L. CPUs count double in parallel: B ends op1
  // at 2 + 4 = 6 ms. The tensor, 1x8x16x16 fp32, is 8192 bytes, read and written: 16384 bytes at
  // 400 bytes/us are 40.96 us, doubled 81.92 us, and 1 ms doubled because op1 could be merged: L
  // ends it at 2 + 2.08192 + 1.86 = 5.94192 ms. At 200 bytes/us: 6.02384 ms. With 1.1 ms: 6.14192
  // ms.
  const Soc soc = make_soc({2, 1});
  const Graph graph = make_chain(2);
  const TableCosts costs(soc, {{1e-3, 10e-3}, {2e-3, 0.93e-3}});
  const auto mapping = [&](std::map<std::string, double, std::less<>> options) {
    const PartitionProblem problem{
        costs, graph, Objective::latency, every_mode(soc), 0, std::move(options), {}};
    return mapping_string(soc, graph, partition("one", problem).plan);
  };
  CHECK(mapping({}) == "BL");
  CHECK(mapping({{"bytes_per_us", 200}}) == "BB");
  CHECK(mapping({{"permute_ms", 1.1}}) == "BB");
  // One after another: 2 ms on B; 0.04096 + 2 + 0.93 = 2.97096 ms on L, or 0.97096 without the 1
  // ms.
  CHECK(mapping({{"parallel", 0}}) == "BB");
  CHECK(mapping({{"parallel", 0}, {"permute_ms", 0}}) == "BL");
}

TEST_CASE("one ranks by mean times deviation, heft by mean") {
  // op1 takes 4 or 2 ms, op2 10 or 9.9 ms, both after op0. Means 3 and 9.95 ms: heft places op2
  // first, on L. Mean x deviation in us: 3000 x 1000 and 9950 x 50: one places op1 first, on L, and
  // op2 ends on B at 2 + 20 = 22 ms, on L at 6 + 19.8 = 25.8 ms.
  const Soc soc = make_soc({2, 1});
  const Graph graph = make_graph({{-1}, {0}, {0}}, {0, 1, 2});
  const TableCosts costs(soc, {{1e-3, 100e-3}, {4e-3, 2e-3}, {10e-3, 9.9e-3}});
  const auto unit = [&](const char* name, std::map<std::string, double, std::less<>> options,
                        std::size_t op) {
    const PartitionProblem problem{
        costs, graph, Objective::latency, every_mode(soc), 0, std::move(options), {}};
    return index(partition(name, problem).plan.shares[op + 1][0].mode.unit);
  };
  const std::map<std::string, double, std::less<>> cheap{{"permute_ms", 0}, {"bytes_per_us", 1e6}};
  CHECK(unit("heft", {}, 1) == 0);
  CHECK(unit("heft", {}, 2) == 1);
  CHECK(unit("one", cheap, 1) == 1);
  CHECK(unit("one", cheap, 2) == 0);
}
