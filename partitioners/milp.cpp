// Exact placement and ordering by mixed-integer linear programming, HEFT and others as its start.
#include <fmt/format.h>

#include <algorithm>

#include "partitioners/placement_program.h"
#include "partitioners/start_plans.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// Of what the program and the lowering add up in different ways.
constexpr double kRounding = 1e-7;

/// The modes at which no clock ever changes.
std::vector<Mode> steady_modes(const CostTable& costs) {
  if (costs.model().parks_idle_clocks())
    throw UnsupportedError("milp: clocks have to stand still, but the runtime parks idle ones");
  const SearchSpace space(costs);
  const std::vector<std::size_t> steady = space.steady_modes();
  if (!space.is_steady(steady))
    throw UnsupportedError(
        "milp: clocks have to stand still, but some operator runs only at others");
  std::vector<Mode> modes;
  for (std::size_t m : steady) modes.push_back(space.costs().modes()[m]);
  return modes;
}

class Milp {
 public:
  Milp(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        costs_(problem.belief, problem.graph, steady_modes(costs)),
        space_(costs_) {
    problem_.modes.assign(costs_.modes().begin(), costs_.modes().end());
    problem_.starts.clear();  // They may be of another space.
  }

  PartitionResult run() {
    any_order_ = problem_.options.at("any_order") > 0 && !wakes();
    std::vector<PartitionerInfo> starts{make_single(), make_greedy(), make_chain_dp()};
    if (any_order_) starts.push_back(make_heft());
    best_ = best_start(problem_, costs_, starts);
    if (best_.value == kInfinity)
      throw UnsupportedError("milp: no links join units that together run every operator");
    PlacementProgram program(space_, options());
    PartitionResult result;
    result.status = improve(program);
    result.plan = best_.plan;
    result.proven_bound = std::min(bound_, best_.value);
    return result;
  }

 private:
  PlacementProgram::Options options() {
    PlacementProgram::Options options;
    options.objective = problem_.objective;
    options.worst_value = best_.value;
    options.worst_s = best_.value;
    if (problem_.objective == Objective::energy) {
      options.worst_s = serial_s();
      if (const double base = space_.base_power_w(); base > 0)
        options.worst_s = std::min(options.worst_s, best_.value / base);
    }
    options.any_order = any_order_;
    return options;
  }

  /// Waking depends on who comes before in the order of all units.
  bool wakes() const {
    for (std::size_t p = 0; p < space_.size(); ++p)
      for (std::size_t m = 0; m < space_.modes(); ++m)
        if (space_.supported(p, m) && space_.arrival(p, m).latency_s > 0) return true;
    return false;
  }

  /// Everything one after another, at its slowest.
  double serial_s() {
    double sum = 0;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      double slowest = 0;
      for (std::size_t m = 0; m < space_.modes(); ++m)
        if (space_.supported(p, m))
          slowest = std::max(slowest, space_.latency_s(p, m) + space_.spread_s(p, m) +
                                          space_.arrival(p, m).latency_s);
      sum += slowest;
    }
    for (std::size_t e = 0; e < space_.edges().size(); ++e) {
      double slowest = 0;
      for (std::size_t a = 0; a < space_.modes(); ++a)
        for (std::size_t b = 0; b < space_.modes(); ++b)
          if (const double s = space_.hand_over(e, a, b).latency_s; s < kInfinity)
            slowest = std::max(slowest, s);
      sum += slowest;
    }
    return 2 * sum;  // Network inputs are handed over too.
  }

  /// The program leaves out what depends on the order in ways that are not linear, and never asks
  /// too much: where the truth asks more of an answer it is told so, and solves again.
  PartitionStatus improve(PlacementProgram& program) {
    const int rounds = static_cast<int>(problem_.options.at("max_rounds"));
    for (int round = 0; round < rounds; ++round) {
      if (problem_.progress && !problem_.progress(static_cast<double>(round) / rounds)) break;
      const auto [mode_of, sequence] = positions(best_.plan);
      const auto answer =
          program.solve("milp", mode_of, sequence, problem_.options.at("max_nodes"));
      bound_ = std::max(bound_, std::min(answer.bound, best_.value));
      if (answer.infeasible) return PartitionStatus::optimal;  // Nothing else is as good.
      if (!answer.found) break;
      Plan plan = space_.plan(answer.mode_of);
      if (!std::is_sorted(answer.sequence.begin(), answer.sequence.end()))
        for (std::size_t p : answer.sequence) plan.order.push_back(space_.op(p));
      const double value = plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
      if (value < best_.value) best_ = {std::move(plan), value};
      if (!answer.optimal) break;
      if (best_.value <= bound_ * (1 + kRounding)) {
        bound_ = best_.value;
        return PartitionStatus::optimal;
      }
      program.correct(answer, value, bound_);
    }
    return PartitionStatus::stopped;
  }

  /// Modes by position, and positions in order.
  std::pair<std::vector<std::size_t>, std::vector<std::size_t>> positions(const Plan& plan) const {
    std::vector<std::size_t> mode_of, sequence, position(problem_.graph.size());
    for (std::size_t p = 0; p < space_.size(); ++p) {
      const Mode& mode = plan.shares[index(space_.op(p))].front().mode;
      const auto modes = costs_.modes();
      mode_of.push_back(
          static_cast<std::size_t>(std::find(modes.begin(), modes.end(), mode) - modes.begin()));
      position[index(space_.op(p))] = p;
    }
    for (OpId op : plan.order) sequence.push_back(position[index(op)]);
    for (std::size_t p = 0; plan.order.empty() && p < space_.size(); ++p) sequence.push_back(p);
    return {mode_of, sequence};
  }

  PartitionProblem problem_;
  CostTable costs_;
  SearchSpace space_;
  Start best_;
  double bound_ = 0;
  bool any_order_ = true;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  if (!IntegerProgram::available()) IntegerProgram().solve("milp", {}, 0);
  check_choices("milp", costs, problem.options.at("max_choices"));
  return Milp(problem, costs).run();
}

}  // namespace

PartitionerInfo make_milp() {
  return {"milp",
          "modes and order of whole operators as an integer program (CBC), at the highest clocks",
          {Objective::latency, Objective::energy},
          {{"max_nodes", "nodes", "nodes of the search tree before stopping", 1, 2e9, 5000},
           {"max_rounds", "rounds", "times to correct the program and solve it anew", 1, 1e4, 20},
           {"max_choices", "", "operators x modes: a larger problem is refused", 1, 1e9, 120},
           {"any_order", "", "1: every order of the operators, 0: the graph's", 0, 1, 1}},
          run,
          "truth",
          Effort::search,
          "our formulation; solved by COIN-OR CBC"};
}

}  // namespace partita
