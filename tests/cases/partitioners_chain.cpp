// Does the dynamic program find what trying everything finds?
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

/// Times are rounded to a picosecond per task and the oracle ignores gains below 1e-9.
constexpr double kTolerance = 1e-8;

struct Comparison {
  int mixed = 0;               ///< Plans with more than one unit.
  std::vector<double> excess;  ///< value / the oracle's - 1
};

Comparison compare_on_chains(Objective objective, int cases, int opps, double dvfs_s,
                             std::uint64_t salt, bool parks = false) {
  Comparison result;
  for (int i = 0; i < cases; ++i) {
    CAPTURE(i, to_string(objective));
    const std::uint64_t seed = mix(salt + i);
    const Soc soc = make_soc({2 + static_cast<int>(seed % (opps > 1 ? 2 : 3)), opps, i % 4 == 3});
    CostOptions options;
    options.dvfs_s = dvfs_s;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    options.detours = opps == 1 && i % 3 == 0;
    options.parks = parks;
    options.arrival_s = i % 5 == 1 ? 1e-4 : 0;
    options.spread_s = i % 5 == 2 ? 1e-4 : 0;
    options.fused = i % 7 > 3 ? 0.5 : 0;
    const RandomCosts costs(soc, seed, options);
    const Graph graph = make_chain(1 + static_cast<int>((seed >> 8) % (opps > 1 ? 4 : 6)));
    const PartitionProblem problem{costs, graph, objective, every_mode(soc), 0, {}, {}};
    const PartitionResult dp = partition("chain-dp", problem);
    const PartitionResult oracle = partition("exhaustive", problem);
    REQUIRE((dp.status == PartitionStatus::optimal) == (opps == 1));
    REQUIRE(oracle.status == PartitionStatus::optimal);
    REQUIRE(dp.value >= oracle.value * (1 - kTolerance));
    result.excess.push_back(dp.value / oracle.value - 1);
    const std::string mapping = mapping_string(soc, graph, dp.plan);
    result.mixed += mapping.find_first_not_of(mapping[0]) != std::string::npos;
  }
  return result;
}

void require_equal(Objective objective, int cases, std::uint64_t salt) {
  const Comparison result = compare_on_chains(objective, cases, 1, 0, salt);
  for (double excess : result.excess) REQUIRE(excess <= kTolerance);
  CHECK(result.mixed > cases / 5);  // the cases are not all trivial
}

}  // namespace

TEST_CASE("chain-dp equals exhaustive search on random chains") {
  require_equal(Objective::latency, 1000, 11);
  require_equal(Objective::energy, 200, 12);
  require_equal(Objective::edp, 200, 13);
}

TEST_CASE(
    "with clocks that change while operators run, chain-dp stays close to exhaustive search") {
  // An operator shorter than the change before it hands the old clock on, which the program does
  // not follow: changes up to 0.3 ms beside operators of 0.1 to 2 ms.
  // What the last operator leaves is what the first finds.
  for (bool parks : {false, true})
    for (Objective objective : {Objective::latency, Objective::energy, Objective::edp}) {
      CAPTURE(parks, to_string(objective));
      const Comparison result = compare_on_chains(
          objective, 200, 2, 3e-4, 21 + static_cast<std::uint64_t>(objective), parks);
      double mean = 0;
      int equal = 0;
      for (double excess : result.excess) {
        mean += excess / 200;
        equal += excess <= kTolerance;
      }
      CHECK(mean < 0.01);
      CHECK(equal > 150);
      CHECK(result.mixed > 20);
    }
}

TEST_CASE("without delays a clock change costs chain-dp nothing") {
  const Comparison result = compare_on_chains(Objective::energy, 100, 2, 0, 31);
  for (std::size_t i = 0; i < result.excess.size(); ++i) {
    // Where spreading costs, one unit at several clocks is a plan that the program prices as
    // spread.
    if (i % 5 != 2) CHECK(result.excess[i] <= kTolerance);
  }
}

TEST_CASE("a limit on labels makes chain-dp worse, never better, and it says so") {
  const Soc soc = make_soc({4, 1});
  const Graph graph = make_chain(10);
  int cuts = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CostOptions options;
    options.transfer_s = 3e-3;
    options.base_power_w = 0.05;
    const RandomCosts costs(soc, seed, options);
    PartitionProblem problem{costs, graph, Objective::edp, every_mode(soc), 0, {}, {}};
    const PartitionResult exact = partition("chain-dp", problem);
    CHECK(exact.status == PartitionStatus::optimal);
    problem.options = {{"max_labels", 1}};
    const PartitionResult cut = partition("chain-dp", problem);
    CHECK(cut.value >= exact.value * (1 - kTolerance));
    cuts += cut.status == PartitionStatus::heuristic;
  }
  CHECK(cuts > 5);
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
  // Pipelines at x = 1 ms, stage times in ms: B|LLL 5, 13; BB|LL 10, 12; BBB|L 15, 11; L|BBB 10,
  // 16; LL|BB 11, 11; LLL|B 12, 6. 32 requests through LL|BB: (11 + 11 + 31 x 11) / 32 = 363 / 32
  // ms.
  CHECK(solve(1e-3, Objective::throughput, "pipeline").value == Approx(363e-3 / 32));
}
