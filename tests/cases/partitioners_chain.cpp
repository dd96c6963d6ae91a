// Does the dynamic program find what trying everything finds?
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

/// Times are rounded to a picosecond per task and the oracle ignores gains below 1e-9.
constexpr double kTolerance = 1e-8;

void compare_on_chains(Objective objective, int cases, int opps, double dvfs_s,
                       std::uint64_t salt) {
  int mixed = 0;
  for (int i = 0; i < cases; ++i) {
    CAPTURE(i, to_string(objective));
    const std::uint64_t seed = mix(salt + i);
    const Soc soc = make_soc({2 + static_cast<int>(seed % (opps > 1 ? 2 : 3)), opps, i % 4 == 3});
    CostOptions options;
    options.dvfs_s = dvfs_s;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    options.detours = i % 3 == 0;
    const RandomCosts costs(soc, seed, options);
    const Graph graph = make_chain(1 + static_cast<int>((seed >> 8) % (opps > 1 ? 4 : 6)));
    const PartitionProblem problem{costs, graph, objective, every_mode(soc), 0, {}, {}};
    const PartitionResult dp = partition("chain-dp", problem);
    const PartitionResult oracle = partition("exhaustive", problem);
    REQUIRE(dp.status == PartitionStatus::optimal);
    REQUIRE(oracle.status == PartitionStatus::optimal);
    REQUIRE(dp.value == Approx(oracle.value).epsilon(kTolerance).margin(0));
    REQUIRE(dp.value >= dp.lower_bound * (1 - kTolerance));
    const std::string mapping = mapping_string(soc, graph, dp.plan);
    mixed += mapping.find_first_not_of(mapping[0]) != std::string::npos;
  }
  CHECK(mixed > cases / 5);  // the cases are not all trivial
}

}  // namespace

TEST_CASE("chain-dp equals exhaustive search on random chains") {
  compare_on_chains(Objective::latency, 1000, 1, 0, 11);
  compare_on_chains(Objective::energy, 200, 1, 0, 12);
  compare_on_chains(Objective::edp, 200, 1, 0, 13);
}

TEST_CASE("chain-dp equals exhaustive search with several OPPs and delays between them") {
  compare_on_chains(Objective::latency, 200, 2, 3e-4, 21);
  compare_on_chains(Objective::energy, 200, 2, 3e-4, 22);
  compare_on_chains(Objective::edp, 200, 2, 3e-4, 23);
  compare_on_chains(Objective::energy, 40, 3, 1e-3, 24);
}

TEST_CASE("chain-dp says when it could not be exact") {
  const Soc soc = make_soc({3, 3});
  CostOptions options;
  options.dvfs_s = 1e-3;
  const RandomCosts costs(soc, 5, options);
  const Graph graph = make_chain(12);
  PartitionProblem problem{costs, graph, Objective::edp, every_mode(soc), 0, {}, {}};
  const PartitionResult exact = partition("chain-dp", problem);
  CHECK(exact.status == PartitionStatus::optimal);
  problem.options = {{"max_clock_settings", 4}};
  const PartitionResult blind = partition("chain-dp", problem);
  CHECK(blind.status == PartitionStatus::heuristic);
  CHECK(blind.value >= exact.value * (1 - kTolerance));
  problem.options = {{"max_labels", 1}};
  CHECK(partition("chain-dp", problem).value >= exact.value * (1 - kTolerance));
}

namespace {

/// Two units; unit 1 takes 1 ms per operator, unit 0 5 ms, but op0 and op3 10 ms on unit 1. A
/// hand-over takes `transfer_s` on the reader.
class HandWorked : public CostModel {
 public:
  HandWorked(const Soc& soc, double transfer_s) : soc_(soc), transfer_s_(transfer_s) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                    Precision) const override {
    const std::string& name = graph.op(op).name;
    const bool ends = name == "op0" || name == "op3";
    Cost cost;
    cost.latency_s = mode.unit == UnitId{0} ? 5e-3 : ends ? 10e-3 : 1e-3;
    cost.power_w = mode.unit == UnitId{0} ? 1 : 4;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return {{LinkTermKind::copy, to.unit, transfer_s_, 0, 0, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 1; }

 private:
  const Soc& soc_;
  double transfer_s_;
};

}  // namespace

TEST_CASE("a chain worked by hand") {
  const Soc soc = make_soc({2, 1, false, false});
  const Graph graph = make_chain(4);
  const auto solve = [&](double transfer_s, Objective objective, std::string_view name) {
    const HandWorked costs(soc, transfer_s);
    return partition(name, {costs, graph, objective, every_mode(soc), 0, {}, {}});
  };
  // BLLB: 5 + x + 1 + 1 + x + 5 = 12 + 2x ms; BBBB: 20 ms; LLLL: 22 ms. Equal at x = 4 ms.
  CHECK(solve(1e-3, Objective::latency, "chain-dp").value == Approx(14e-3));
  CHECK(solve(5e-3, Objective::latency, "chain-dp").value == Approx(20e-3));
  CHECK(solve(5e-3, Objective::latency, "greedy").value == Approx(22e-3));
  CHECK(solve(1e-3, Objective::latency, "single").value == Approx(20e-3));
  // Energy at base 1 W: BBBB 20 ms x (1 + 1) W = 40 mJ; BLLB with x = 1 ms: base 14 mJ, big 10 mJ,
  // little 2 ms x 4 W = 8 mJ: 32 mJ.
  CHECK(solve(1e-3, Objective::energy, "single").value == Approx(40e-3));
  CHECK(solve(1e-3, Objective::energy, "chain-dp").value == Approx(32e-3));
  CHECK(solve(1e-3, Objective::edp, "chain-dp").value == Approx(32e-3 * 14e-3));
  // Pipeline B | LLL... : LLL takes 12 ms; BB | LL: 10 and x + 11; BLLB is no pipeline. With x = 1
  // ms the best is B|LLL or BBB|L, bottleneck max(5, 13) or max(15, 11), or BB|LL max(10, 12) = 12
  // ms: (10 + 12 + 31 x 12) / 32 ms.
  CHECK(solve(1e-3, Objective::throughput, "pipeline").value == Approx(394e-3 / 32));
}
