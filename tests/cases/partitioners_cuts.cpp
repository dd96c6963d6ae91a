// DADS and Neurosurgeon: are their cuts the best of all cuts?
#include <catch2/catch.hpp>

#include <algorithm>

#include "partitioners/two_units.h"
#include "task_graph.h"

using namespace partita;
using namespace synthetic;

namespace {

struct Parts {
  double first = 0, sent = 0, second = 0;
};

/// Of a cut, from the cost model itself; `second`: the operators there, a bit each by number.
Parts parts_of(const CostModel& costs, const Graph& graph, Objective objective, const Mode& a,
               const Mode& b, unsigned second) {
  std::vector<Mode> modes{a, b};  // and all others: a table needs every operator to run somewhere
  for (const Mode& mode : every_mode(costs.soc())) modes.push_back(mode);
  const CostTable table(costs, graph, modes);
  const auto is_second = [&](OpId op) {
    return (second >> std::stoul(graph.op(op).name.substr(2))) & 1U;
  };
  const bool energy = objective == Objective::energy;
  Parts parts;
  for (OpId op : table.placed()) {
    const std::size_t m = is_second(op);
    if (!table.supported(op, m)) return {kInfinity, kInfinity, kInfinity};
    (m ? parts.second : parts.first) +=
        energy ? table.energy_j(op, m) + costs.base_power_w() * table.latency_s(op, m)
               : table.latency_s(op, m);
  }
  for (std::size_t t = 0; t < graph.tensors().size(); ++t) {
    const Tensor& tensor = graph.tensors()[t];
    if (!is_placed(graph.op(tensor.producer)) || is_second(tensor.producer)) continue;
    if (std::none_of(tensor.consumers.begin(), tensor.consumers.end(), is_second)) continue;
    const Unit &from = costs.soc().unit(a.unit), &to = costs.soc().unit(b.unit);
    const auto count = static_cast<double>(elements(tensor.shape));
    for (const HandOverStep& step :
         hand_over_steps(costs, graph, make_id<TensorId>(t), count, tensor.consumers[0], a,
                         from.default_precision, b, to.default_precision))
      parts.sent += energy ? step.latency_s * (step.power_w + costs.base_power_w()) +
                                 step.bytes * costs.soc().memory.energy_per_byte_j
                           : step.latency_s;
  }
  return parts;
}

bool closed(const std::vector<std::vector<int>>& reads, unsigned second) {
  for (std::size_t i = 0; i < reads.size(); ++i)
    for (int from : reads[i])
      if (from >= 0 && ((second >> from) & 1U) && !((second >> i) & 1U)) return false;
  return true;
}

struct Case {
  std::vector<std::vector<int>> reads;
  Graph graph;
};

Case random_case(std::mt19937_64& random, bool chain) {
  const int n = 2 + static_cast<int>(random() % 6);
  std::vector<std::vector<int>> reads;
  if (chain)
    for (int i = 0; i < n; ++i) reads.push_back({i - 1});
  else
    reads = random_reads(n, random);
  std::vector<int> order(n);
  for (int k = 0; k < n; ++k) order[k] = k;
  Graph graph = make_graph(reads, order);
  return {std::move(reads), std::move(graph)};
}

/// The cut of a result: its pair and which operators are on the second unit. The input is on
/// neither.
unsigned cut_of(const Graph& graph, const Plan& plan, UnitId second) {
  unsigned cut = 0;
  for (std::size_t op = 0; op < graph.size(); ++op)
    if (!plan.shares[op].empty() && plan.shares[op][0].mode.unit == second)
      cut |= 1U << std::stoul(graph.op(make_id<OpId>(op)).name.substr(2));
  return cut;
}

}  // namespace

TEST_CASE("dads finds the minimum over every cut of random graphs") {
  std::mt19937_64 random(19);
  int real_cuts = 0;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const Soc soc = make_soc({3, 1});
    CostOptions options;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    options.detours = i % 5 == 0;
    const RandomCosts costs(soc, random(), options);
    const Case c = random_case(random, false);
    const Objective objective = i % 3 == 2 ? Objective::energy : Objective::latency;
    const auto modes = every_mode(soc);
    double best_of_pairs = kInfinity;
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        if (a == b) continue;
        double best = kInfinity;
        for (unsigned cut = 0; cut < 1U << c.reads.size(); ++cut) {
          if (!closed(c.reads, cut)) continue;
          const Parts p = parts_of(costs, c.graph, objective, modes[a], modes[b], cut);
          best = std::min(best, p.first + p.sent + p.second);
        }
        best_of_pairs = std::min(best_of_pairs, best);
        if (best == kInfinity) continue;
        const PartitionProblem problem{
            costs, c.graph, objective,
            modes, 0,       {{"first", static_cast<double>(a)}, {"second", static_cast<double>(b)}},
            {}};
        const unsigned cut = cut_of(c.graph, partition("dads", problem).plan, UnitId{b});
        REQUIRE(closed(c.reads, cut));
        const Parts p = parts_of(costs, c.graph, objective, modes[a], modes[b], cut);
        REQUIRE(p.first + p.sent + p.second == Approx(best).epsilon(1e-12));
        real_cuts += cut != 0 && cut + 1 != 1U << c.reads.size();
      }
    // All pairs: no pair's cut is better than the plan it returns.
    const PartitionProblem all{costs, c.graph, objective, modes, 0, {}, {}};
    const Plan plan = partition("dads", all).plan;
    double value = kInfinity;
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        if (a == b) continue;
        const unsigned cut = cut_of(c.graph, plan, UnitId{b});
        const unsigned rest = cut_of(c.graph, plan, UnitId{a});
        if ((cut | rest) + 1 != 1U << c.reads.size() || !closed(c.reads, cut)) continue;
        const Parts p = parts_of(costs, c.graph, objective, modes[a], modes[b], cut);
        value = std::min(value, p.first + p.sent + p.second);
      }
    REQUIRE(value == Approx(best_of_pairs).epsilon(1e-12));
  }
  CHECK(real_cuts > 100);
}

TEST_CASE("under heavy load dads is within three times the best, and no worse than under light") {
  std::mt19937_64 random(23);
  int better = 0;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const Soc soc = make_soc({2, 1});
    CostOptions options;
    options.transfer_s = i % 2 ? 3e-4 : 5e-5;
    const RandomCosts costs(soc, random(), options);
    const Case c = random_case(random, i % 4 == 0);
    const auto modes = every_mode(soc);
    const auto largest = [&](unsigned cut) {
      const Parts p = parts_of(costs, c.graph, Objective::latency, modes[0], modes[1], cut);
      return std::max({p.first, p.sent, p.second});
    };
    double best = kInfinity;
    for (unsigned cut = 0; cut < 1U << c.reads.size(); ++cut)
      if (closed(c.reads, cut)) best = std::min(best, largest(cut));
    const auto value = [&](double heavy) {
      const PartitionProblem problem{
          costs, c.graph, Objective::latency,
          modes, 0,       {{"first", 0}, {"second", 1}, {"heavy_load", heavy}},
          {}};
      return largest(cut_of(c.graph, partition("dads", problem).plan, UnitId{1}));
    };
    const double light = value(0), heavy = value(1);
    REQUIRE(heavy <= 3 * best * (1 + 1e-12));
    REQUIRE(heavy <= light * (1 + 1e-12));
    better += heavy < light * (1 - 1e-9);
  }
  CHECK(better > 30);
}

TEST_CASE("neurosurgeon finds the best cut in order, and on chains the minimum cut") {
  std::mt19937_64 random(29);
  int chains_cut = 0;
  for (int i = 0; i < 300; ++i) {
    CAPTURE(i);
    const bool chain = i % 2 == 0;
    const Soc soc = make_soc({2 + i % 2, 1});
    CostOptions options;
    options.transfer_s = i % 3 ? 1e-4 : 3e-5;
    const RandomCosts costs(soc, random(), options);
    const Case c = random_case(random, chain);
    const Objective objective = i % 5 == 4 ? Objective::energy : Objective::latency;
    const auto modes = every_mode(soc);
    const unsigned full = (1U << c.reads.size()) - 1;
    double best = kInfinity;
    for (std::size_t k = 0; k <= c.reads.size(); ++k) {
      const Parts p =
          parts_of(costs, c.graph, objective, modes[0], modes[1], full & ~((1U << k) - 1));
      best = std::min(best, p.first + p.sent + p.second);
    }
    const PartitionProblem problem{
        costs, c.graph, objective, modes, 0, {{"first", 0}, {"second", 1}}, {}};
    const Plan plan = partition("neurosurgeon", problem).plan;
    const unsigned cut = cut_of(c.graph, plan, UnitId{1});
    const Parts p = parts_of(costs, c.graph, objective, modes[0], modes[1], cut);
    REQUIRE(p.first + p.sent + p.second == Approx(best).epsilon(1e-12));
    if (!chain) continue;
    REQUIRE(cut == cut_of(c.graph, partition("dads", problem).plan, UnitId{1}));
    chains_cut += cut != 0 && cut != full;
  }
  CHECK(chains_cut > 20);
}

TEST_CASE("a tensor that several operators read is sent once") {
  // op0 takes 1 on B and 10 on L; op1 and op2 take 5 on B and 1 on L; the hand-over 3. Sent once:
  // 1 + 3 + 1 + 1 = 6; sent twice it would be 9; all on B 11, all on L 12.
  const Soc soc = make_soc({2, 1});
  const TableCosts costs(soc, {{1, 10}, {5, 1}, {5, 1}}, 3);
  const Graph graph = make_graph({{-1}, {0}, {0}}, {0, 1, 2});
  const CostTable table(costs, graph, every_mode(soc));
  const SearchSpace space(table);
  const TwoUnits pair = two_units(space, Objective::latency, 0, 1);
  const auto parts = pair.parts({false, true, true});
  CHECK(parts.first == 1);
  CHECK(parts.sent == 3);
  CHECK(parts.second == 2);
  CHECK(parts.sum() == 6);
  CHECK(parts.largest() == 3);
  for (const char* name : {"dads", "neurosurgeon"}) {
    const PartitionProblem problem{costs, graph, Objective::latency, every_mode(soc), 0, {}, {}};
    CHECK(mapping_string(soc, graph, partition(name, problem).plan) == "BLL");
    PartitionProblem wrong = problem;
    wrong.options = {{"first", 7}};
    CHECK_THROWS_AS(partition(name, wrong), InputError);
  }
}
