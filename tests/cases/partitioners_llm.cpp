// Dividing matrix products between GPU and NPU, and batches over CPU clusters.
#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>

#include "partitioners/partitioner.h"
#include "sim/engine/engine.h"
#include "synthetic.h"

using namespace partita;

namespace {

/// One product of `rows` x 64 by 64 x 640, or a batch of `batch` rows.
Graph product(std::int64_t batch, std::int64_t rows) {
  GraphBuilder builder("product");
  GraphBuilder::Pending in;
  in.op.name = "input";
  in.op.kind = OpKind::input;
  in.output_names = {"input"};
  in.output_shapes = {{batch, rows, 64}};
  builder.add(in);
  GraphBuilder::Pending fc;
  fc.op.name = "fc";
  fc.op.kind = OpKind::fully_connected;
  fc.out_channels = 640;
  fc.bias = false;
  fc.input_names = {"input"};
  fc.output_names = {"fc"};
  builder.add(fc);
  return builder.build();
}

/// Time in proportion to the products computed, at a rate for each unit; weights read by each.
class Rates : public CostModel {
 public:
  Rates(const Soc& soc, std::vector<double> macs_per_s, double wait_s, double weight_bytes = 0)
      : soc_(soc), rates_(std::move(macs_per_s)), wait_s_(wait_s), weight_bytes_(weight_bytes) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision) const override {
    const Work work = work_of(graph, op, slice);
    Cost cost;
    cost.latency_s = work.macs / rates_[index(mode.unit)];
    cost.bytes = weight_bytes_;
    cost.source = CostSource::measured;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return {{LinkTermKind::sync, to.unit, wait_s_}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  const Soc& soc_;
  std::vector<double> rates_;
  double wait_s_, weight_bytes_;
};

std::vector<Mode> top_modes(const Soc& soc) {
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    modes.push_back(top_mode(soc, make_id<UnitId>(u)));
  return modes;
}

Soc one_precision(int units) {
  synthetic::SocOptions options;
  options.units = units;
  Soc soc = synthetic::make_soc(options);
  for (Unit& unit : soc.units) unit.default_precision = Precision::fp32;
  return soc;
}

}  // namespace

TEST_CASE("hetero-llm divides a product where both units end together") {
  const Soc soc = one_precision(4);
  const Graph graph = product(1, 320);
  // 320 x 64 x 640 = 13.1 M MACs; NPU 9 and GPU 1 G MAC/s. Whole on the NPU 1.456 ms; nine tenths
  // of 640 columns or 320 rows there: 1.311 ms on both; waiting out and back 2 x 20 us for the one
  // not at home: 1.351 ms where the input needs no hand-over (it is loaded at home).
  const Rates model(soc, {1e8, 1e8, 1e9, 9e9}, 20e-6);
  const OpId fc = graph.order().back();
  const PartitionResult result =
      partition("hetero-llm",
                {model, graph, Objective::latency, top_modes(soc), 0, {{"npu_rows", 32.0}}, {}});
  REQUIRE(check_plan(model, graph, result.plan).empty());
  const auto& shares = result.plan.shares[index(fc)];
  REQUIRE(shares.size() == 2);
  CHECK(soc.unit(shares[0].mode.unit).kind == UnitKind::npu);
  const double extent = static_cast<double>(cut_extent(graph, fc, shares[0].slice.axis));
  CHECK(static_cast<double>(shares[0].slice.end) == Approx(0.9 * extent));
  CHECK(result.value < 13.1072e6 / 9e9);
  CHECK(result.value >= 13.1072e6 / 10e9);
  // A wait longer than the gain: whole on the NPU.
  const Rates slow(soc, {1e8, 1e8, 1e9, 9e9}, 1e-3);
  const PartitionResult whole =
      partition("hetero-llm", {slow, graph, Objective::latency, top_modes(soc), 0, {}, {}});
  CHECK(whole.plan.shares[index(fc)].size() == 1);
  CHECK(whole.value == Approx(13.1072e6 / 9e9));
}

TEST_CASE("hetero-llm's NPU part comes in its granules, and it needs both units") {
  const Soc soc = one_precision(4);
  const Graph graph = product(1, 320);
  const Rates model(soc, {1e8, 1e8, 5e9, 9e9}, 1e-6);
  for (const double granule : {1.0, 16.0, 100.0}) {
    const PartitionResult result =
        partition("hetero-llm", {model,
                                 graph,
                                 Objective::latency,
                                 top_modes(soc),
                                 0,
                                 {{"npu_rows", granule}, {"npu_channels", granule}},
                                 {}});
    const auto& shares = result.plan.shares[index(graph.order().back())];
    REQUIRE(shares.size() == 2);
    CHECK(shares[0].slice.end % static_cast<std::int64_t>(granule) == 0);
  }
  const Soc without = one_precision(3);
  const Rates three(without, {1e8, 1e8, 5e9}, 1e-6);
  CHECK_THROWS_AS(
      partition("hetero-llm", {three, graph, Objective::latency, top_modes(without), 0, {}, {}}),
      UnsupportedError);
}

TEST_CASE("llm-batch: two equal workers halve the time, a slower one takes less of the batch") {
  const Soc soc = one_precision(2);
  const Graph graph = product(8, 1);
  const double macs = 8 * 64 * 640;
  const Rates equal(soc, {1e9, 1e9}, 0);
  CHECK(
      partition("llm-batch", {equal, graph, Objective::latency, top_modes(soc), 0, {}, {}}).value ==
      Approx(macs / 2e9));
  const Rates unequal(soc, {3e9, 1e9}, 0);
  const PartitionResult result =
      partition("llm-batch", {unequal, graph, Objective::latency, top_modes(soc), 0, {}, {}});
  const auto& shares = result.plan.shares[index(graph.order().back())];
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].slice.end - shares[0].slice.begin == 6);  // 6 / 3 = 2 / 1.
  CHECK(partition("llm-batch",
                  {equal, graph, Objective::latency, top_modes(soc), 0, {{"workers", 1.0}}, {}})
            .value == Approx(macs / 1e9));
}

TEST_CASE("llm-batch: a bus that one worker fills leaves nothing for a second") {
  Soc soc = one_precision(2);
  const Graph graph = product(8, 1);
  const double macs = 8 * 64 * 640;
  // Alone a worker draws 10 GB/s for its whole time, which is all the bus has.
  soc.memory.shared_bytes_per_s = 1e10;
  const Rates model(soc, {1e9, 1e9}, 0, macs / 1e9 * 1e10);
  const auto simulated = [&](double workers, double bus) {
    const PartitionResult result = partition("llm-batch", {model,
                                                           graph,
                                                           Objective::latency,
                                                           top_modes(soc),
                                                           0,
                                                           {{"workers", workers}, {"bus", bus}},
                                                           {}});
    const Schedule schedule = lower(model, graph, result.plan);
    return to_seconds(simulate(schedule, {.contention = true}).timeline.makespan_ps);
  };
  const double alone = simulated(1, 1);
  CHECK(alone == Approx(macs / 1e9));
  CHECK(simulated(2, 1) == Approx(2 * alone));  // Each reads all the weights.
  CHECK(simulated(0, 0) > 1.9 * alone);         // Blind to the bus: both.
  CHECK(simulated(0, 1) == Approx(alone));      // One is as good as it gets.
}

TEST_CASE("llm-batch: as many workers as are asked for, also where one alone is faster") {
  const Soc soc = one_precision(2);
  const Graph graph = product(4, 1);
  const Rates model(soc, {9e9, 1e9}, 0);
  const auto requests = [&](double workers) {
    const PartitionResult result = partition("llm-batch", {model,
                                                           graph,
                                                           Objective::latency,
                                                           top_modes(soc),
                                                           0,
                                                           {{"workers", workers}, {"bus", 0}},
                                                           {}});
    std::vector<std::int64_t> counts;
    for (const Share& share : result.plan.shares[index(graph.order().back())])
      counts.push_back(share.slice.axis == Axis::none ? 4 : share.slice.end - share.slice.begin);
    return counts;
  };
  CHECK(requests(0) == std::vector<std::int64_t>{4});  // 4 / 9 < 1 / 1
  CHECK(requests(2) == std::vector<std::int64_t>{3, 1});
  CHECK_THROWS_WITH(requests(5), Catch::Contains("a batch of 4 leaves some of 5 workers"));
}

TEST_CASE("llm-batch needs a batch") {
  const Soc soc = one_precision(2);
  const Graph graph = product(1, 4);
  const Rates model(soc, {1e9, 1e9}, 0);
  CHECK_THROWS_AS(
      partition("llm-batch", {model, graph, Objective::latency, top_modes(soc), 0, {}, {}}),
      UnsupportedError);
}
