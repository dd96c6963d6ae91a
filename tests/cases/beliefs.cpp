// Do beliefs err in the way they say, and in no other?
#include "partitioners/belief.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "formula_costs.h"
#include "partitioners/partitioner.h"
#include "partitioners/regression.h"
#include "sim/base/error.h"
#include "sim/cost/kernel_work.h"
#include "sim/cost/mace_kernels.h"
#include "sim/cost/roofline.h"

using namespace partita;
using namespace synthetic;

namespace {

/// Any operator costs what a formula of its shape says.
class ShapeCosts : public RooflineModel {
 public:
  using Formula = std::function<double(const KernelWork&, const UnitTraits&)>;
  ShapeCosts(const Soc& soc, Formula formula) : RooflineModel(soc), formula_(std::move(formula)) {}
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    Cost cost;
    cost.latency_s =
        formula_(kernel_of(graph, op, slice, precision), traits_of(soc(), mode, precision));
    cost.source = CostSource::fitted;
    cost.power_w = 2;
    return cost;
  }

 private:
  Formula formula_;
};

/// make_pair_soc() with throughputs and links.
Soc described_soc() {
  Soc soc = make_pair_soc();
  for (Unit& unit : soc.units)
    for (Throughput& throughput : unit.throughput) throughput = {16, 0.5};
  soc.clusters.push_back({"big", "Cortex-A76", 4, DomainId{0}, {}, {}, {}, {}, 0});
  for (Throughput& throughput : soc.clusters[0].per_core) throughput = {8, 0.5};
  soc.units[0].cores = {{0, 4}};
  soc.links = {{kGpuUnit,
                kCpuUnit,
                {{LinkTermKind::transform, 1e-5, 6e-11, kGpuUnit},
                 {LinkTermKind::sync, 0.85e-3, 0, kCpuUnit},
                 {LinkTermKind::map, 7e-5, 0, kCpuUnit}}},
               {kCpuUnit,
                kGpuUnit,
                {{LinkTermKind::unmap, 3e-6, 0, kCpuUnit},
                 {LinkTermKind::sync, 6e-5, 0, kCpuUnit},
                 {LinkTermKind::transform, 0, 6e-11, kGpuUnit}}}};
  return soc;
}

Graph odd_layers() {
  return make_layers({{OpKind::conv, 3, 1, 36, {}},
                      {OpKind::conv, 1, 1, 52, {}},
                      {OpKind::conv, 5, 2, 44, {}},
                      {OpKind::conv, 7, 1, 24, {}}},
                     12, 33);
}

void check_equal(const CostModel& belief, const CostModel& truth, const Graph& graph, UnitId unit) {
  const Mode mode = top_mode(truth.soc(), unit);
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    const std::int64_t rows = cut_extent(graph, op, Axis::height);
    for (const Slice& slice :
         {Slice{}, Slice{Axis::height, 0, rows / 2}, Slice{Axis::channel, 4, 20}}) {
      CAPTURE(graph.op(op).name, to_string(slice.axis));
      CHECK(belief.operator_cost(graph, op, slice, mode, Precision::fp32)->latency_s ==
            Approx(truth.operator_cost(graph, op, slice, mode, Precision::fp32)->latency_s)
                .epsilon(1e-6));
    }
  }
}

}  // namespace

TEST_CASE("a regression finds the coefficients that made its data") {
  const std::vector<double> made{3e-5, 2e-11, 0, 7e-9};
  std::vector<std::vector<double>> rows;
  std::vector<double> latency_s;
  for (std::uint64_t i = 0; i < 30; ++i) {
    rows.push_back({1, static_cast<double>(mix(i) % 100000000),
                    static_cast<double>(mix(i + 99) % 1000),
                    static_cast<double>(mix(i + 7) % 50000)});
    latency_s.push_back(0);
    for (std::size_t t = 0; t < 4; ++t) latency_s.back() += made[t] * rows.back()[t];
  }
  const auto found = fit_terms(rows, latency_s);
  for (std::size_t t = 0; t < 4; ++t)
    CHECK(found[t] == Approx(made[t]).epsilon(1e-6).margin(1e-16));
}

TEST_CASE("flops is exact where latency is linear in its features, slices too") {
  const Soc soc = described_soc();
  // f0 = IH IW IC, f1 = (K / S)^2 OC.
  const ShapeCosts truth(soc, [](const KernelWork& w, const UnitTraits&) {
    const double f0 = w.in_height * w.in_width * w.in_channels;
    const double f1 =
        w.kernel_h * w.kernel_w / (w.stride_h * w.stride_w) * w.out_channels / w.groups;
    return 2e-5 + 1e-9 * f0 + 4e-12 * f0 * f1;
  });
  const Graph graph = odd_layers();
  const auto belief = make_belief("flops", truth, graph);
  check_equal(*belief, truth, graph, kCpuUnit);
  check_equal(*belief, truth, graph, kGpuUnit);
  // And hand-overs are free.
  const Operator& first = graph.op(graph.order()[1]);
  for (const TransferStep& step :
       belief->transfer(graph, first.outputs[0], 1e6, graph.order()[2], top_mode(soc, kGpuUnit),
                        top_mode(soc, kCpuUnit)))
    CHECK(step.latency_s == 0);
}

TEST_CASE("layers is exact for a latency that adds input and window, and misses a product") {
  const Soc soc = described_soc();
  const Graph graph = odd_layers();
  const auto f0 = [](const KernelWork& w) { return w.in_height * w.in_width * w.in_channels; };
  const auto f1 = [](const KernelWork& w) {
    return w.kernel_h * w.kernel_w / (w.stride_h * w.stride_w) * w.out_channels / w.groups;
  };
  const ShapeCosts sum(soc, [&](const KernelWork& w, const UnitTraits&) {
    return 1e-5 + 1e-9 * f0(w) + 1e-7 * f1(w);
  });
  check_equal(*make_belief("layers", sum, graph), sum, graph, kCpuUnit);
  const ShapeCosts product(
      soc, [&](const KernelWork& w, const UnitTraits&) { return 1e-12 * f0(w) * f1(w); });
  const auto belief = make_belief("layers", product, graph);
  const OpId op = graph.order()[1];
  const Mode mode = top_mode(soc, kCpuUnit);
  const double real = product.operator_cost(graph, op, {}, mode, Precision::fp32)->latency_s;
  CHECK(std::abs(belief->operator_cost(graph, op, {}, mode, Precision::fp32)->latency_s / real -
                 1) > 0.1);
}

TEST_CASE("codl is exact for kernels that go by its steps") {
  const Soc soc = described_soc();
  const ShapeCosts truth(soc, [](const KernelWork& w, const UnitTraits& unit) {
    if (w.operation != OpKind::conv) return 1e-5;
    if (unit.unit_kind == UnitKind::gpu) {
      const auto s = mace::gpu_steps(w, mace::gpu_shape(unit.core, unit.compute_units));
      return 3e-5 + s.waves * s.in_blocks * (1e-7 + 1e-10 * s.in_blocks);
    }
    switch (mace::cpu_kernel(w)) {
      case mace::CpuKernel::gemm: {
        const auto s = mace::gemm_steps(w, unit.threads);
        return 1e-9 * s.left + 2e-9 * s.right + 3e-8 * s.products;
      }
      case mace::CpuKernel::winograd: {
        const auto s = mace::winograd_steps(w, unit.threads);
        return 1e-5 + 1e-10 * s.padded + 3e-8 * s.products;
      }
      default:
        return 1e-5 + mace::direct_steps(w, unit.threads) * w.macs / w.out_channels * 2e-10;
    }
  });
  const Graph graph = odd_layers();
  const auto belief = make_belief("codl", truth, graph);
  check_equal(*belief, truth, graph, kCpuUnit);
  check_equal(*belief, truth, graph, kGpuUnit);
}

TEST_CASE("codl waits a millisecond for the GPU and for nothing else") {
  const Soc soc = described_soc();
  const RooflineModel truth(soc);
  const Graph graph = odd_layers();
  const auto belief = make_belief("codl", truth, graph);
  const OpId reader = graph.order()[2];
  const TensorId tensor = graph.op(reader).inputs[0];
  const Mode gpu = top_mode(soc, kGpuUnit), cpu = top_mode(soc, kCpuUnit);
  const auto in = belief->transfer(graph, tensor, 3e5, reader, gpu, cpu);
  REQUIRE(in.size() == 3);
  CHECK(in[0].latency_s == Approx(1e-5 + 6e-11 * 3e5));
  CHECK(in[1].latency_s == 1e-3);
  CHECK(in[2].latency_s == Approx(7e-5));
  const auto out = belief->transfer(graph, tensor, 3e5, reader, cpu, gpu);
  REQUIRE(out.size() == 3);
  CHECK(out[0].latency_s == 0);
  CHECK(out[1].latency_s == 0);
  CHECK(out[2].latency_s == Approx(6e-11 * 3e5));
}

TEST_CASE("noise has the spread it says, by operator and unit, and its seed") {
  const Soc soc = make_soc({3, 1});
  const RandomCosts truth(soc, 5, {0, 0, 0, 0});
  const Graph graph = make_chain(1000);
  const auto belief = make_belief("noisy:0.2", truth, graph, 1);
  const auto again = make_belief("noisy:0.2", truth, graph, 1);
  const auto other = make_belief("noisy:0.2", truth, graph, 2);
  double sum = 0, squares = 0, common = 0;
  int count = 0, differ = 0;
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    std::array<double, 2> off{};
    for (int u = 0; u < 2; ++u) {
      const Mode mode = top_mode(soc, make_id<UnitId>(u));
      const auto latency = [&](const CostModel& model, const Slice& slice = {}) {
        return model.operator_cost(graph, op, slice, mode, Precision::fp32)->latency_s;
      };
      off[u] = std::log(latency(*belief) / latency(truth));
      CHECK(latency(*belief) == latency(*again));
      CHECK(latency(*belief, {Axis::height, 0, 3}) == latency(*belief));  // The truth's are alike.
      differ += latency(*belief) != latency(*other);
      sum += off[u];
      squares += off[u] * off[u];
      ++count;
    }
    common += off[0] * off[1];
  }
  // Of 2000: the mean's standard error is 0.2 / 44.7 = 0.0045, the spread's 0.2 / 63 = 0.003, the
  // correlation's 1 / 31.6; four of each.
  CHECK(std::abs(sum / count) < 0.018);
  CHECK(std::sqrt(squares / count) == Approx(0.2).margin(0.013));
  CHECK(std::abs(common / (count / 2) / 0.04) < 0.13);
  CHECK(differ == count);
}

TEST_CASE("a stale profile is of other clocks") {
  // Latency is inverse to the clock; OPPs at 1, 2, 3, 4 quarters. Half of 1 GHz is the second, half
  // of 0.75 GHz lies between the first and the second: the first.
  const Soc soc = make_soc({2, 4});
  const RandomCosts truth(soc, 5, {0, 0, 0, 0});
  const Graph graph = make_chain(2);
  const auto belief = make_belief("stale:0.5", truth, graph);
  const OpId op = graph.order()[1];
  const auto latency = [&](const CostModel& model, std::int16_t opp) {
    return model.operator_cost(graph, op, {}, {UnitId{0}, opp, -1}, Precision::fp32)->latency_s;
  };
  CHECK(latency(*belief, 3) == latency(truth, 1));
  CHECK(latency(*belief, 3) == Approx(2 * latency(truth, 3)));
  CHECK(latency(*belief, 2) == latency(truth, 0));
  CHECK(latency(*belief, 0) == latency(truth, 0));
  CHECK(latency(*make_belief("stale:1", truth, graph), 2) == latency(truth, 2));
}

TEST_CASE("roofline believes the description, but not that a unit runs what it cannot") {
  const Soc soc = described_soc();
  const FormulaCosts truth(
      soc,
      [](const Graph& graph, OpId op, double, const Mode& mode) -> std::optional<double> {
        if (on_gpu(mode) && graph.op(op).name == "op1") return std::nullopt;
        return 1.0;
      },
      waits(0, 0));
  const Graph graph = odd_layers();
  const auto belief = make_belief("roofline", truth, graph);
  const RooflineModel description(soc);
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    for (UnitId unit : {kCpuUnit, kGpuUnit}) {
      const Mode mode = top_mode(soc, unit);
      const auto cost = belief->operator_cost(graph, op, {}, mode, Precision::fp32);
      if (on_gpu(mode) && graph.op(op).name == "op1") {
        CHECK_FALSE(cost);
      } else {
        CHECK(cost->latency_s ==
              description.operator_cost(graph, op, {}, mode, Precision::fp32)->latency_s);
      }
    }
  }
}

TEST_CASE("every belief keeps to what the truth can run, and plans by it are the truth's to run") {
  Soc soc = make_soc({4, 1});
  soc.clusters.push_back({"big", "Cortex-A76", 4, DomainId{0}, {}, {}, {}, {}, 0});
  for (Throughput& throughput : soc.clusters[0].per_core) throughput = {8, 0.5};
  for (Unit& unit : soc.units) {
    for (Throughput& throughput : unit.throughput) throughput = {16, 0.5};
    if (unit.kind == UnitKind::cpu) unit.cores = {{0, 4}};
  }
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CostOptions options;
    options.unsupported = 0.3;
    const RandomCosts truth(soc, seed, options);
    const Graph graph = make_chain(12);
    for (const BeliefInfo& info : beliefs()) {
      CAPTURE(info.name, seed);
      const auto belief = make_belief(info.name, truth, graph, seed);
      for (OpId op : graph.order()) {
        if (!is_placed(graph.op(op))) continue;
        for (const Mode& mode : every_mode(soc)) {
          const Precision precision = soc.unit(mode.unit).default_precision;
          const auto real = truth.operator_cost(graph, op, {}, mode, precision);
          const auto believed = belief->operator_cost(graph, op, {}, mode, precision);
          REQUIRE(real.has_value() == believed.has_value());
          if (believed) CHECK(believed->latency_s >= 0);
        }
      }
      for (const char* name : {"heft", "codl", "mulayer"}) {
        const Plan plan =
            partition(name, {*belief, graph, Objective::latency, every_mode(soc), 0, {}, {}}).plan;
        CHECK(check_plan(truth, graph, plan).empty());
      }
    }
  }
}

TEST_CASE("beliefs refuse what they do not know") {
  const Soc soc = make_soc({2, 1});
  const RandomCosts truth(soc, 5, {});
  const Graph graph = make_chain(2);
  CHECK_THROWS_AS(make_belief("flop", truth, graph), InputError);
  CHECK_THROWS_AS(make_belief("flops:2", truth, graph), InputError);
  for (const char* spec : {"noisy:-1", "noisy:x", "stale:0", "stale:2", "stale:nan"})
    CHECK_THROWS_AS(make_belief(spec, truth, graph), InputError);
}
