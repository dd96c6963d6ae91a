// Simulated annealing (Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing", Science
// 220, 1983) that asks the simulator what a plan is worth, so that contention for the bus, which no
// planner's formula knows, counts too.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "partitioners/draw.h"
#include "partitioners/plan_moves.h"
#include "partitioners/search.h"
#include "partitioners/start_plans.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// Steps of the temperature over the whole budget.
constexpr double kLevels = 100;
/// A move that is not legal costs no evaluation; so many of them for each one end the walk.
constexpr std::size_t kDrawsPerEvaluation = 20;

/// How good a plan is: first whether it fits the memory.
struct Worth {
  double excess_bytes = kInfinity;
  double value = kInfinity;  ///< Infinite: it does not fit, or needs a link that is missing.
  bool operator<(const Worth& other) const {
    if (excess_bytes != other.excess_bytes) return excess_bytes < other.excess_bytes;
    return value < other.value;
  }
};

struct State {
  Plan plan;
  Worth worth;
};

class Annealing {
 public:
  Annealing(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        moves_(problem, costs),
        most_(static_cast<std::size_t>(problem.options.at("max_evaluations"))),
        random_(problem.seed) {
    const PartitionerInfo algorithms[] = {make_single(), make_greedy(), make_heft()};
    for (Plan& plan : start_plans(problem, costs, algorithms)) {
      if (asked_ == most_) break;
      if (const auto worth = judge(plan);
          worth && (best_.plan.shares.empty() || *worth < best_.worth))
        best_ = {std::move(plan), *worth};
    }
  }

  PartitionResult run() {
    const bool stopped = !best_.plan.shares.empty() && !walk();
    if (best_.worth.excess_bytes > 0)
      throw UnsupportedError(fmt::format(
          "annealing: none of the plans looked at keeps to the memory budget of {:.6g} bytes",
          problem_.memory_budget_bytes));
    if (best_.worth.value == kInfinity)
      throw UnsupportedError("annealing: no links join units that together run every operator");
    PartitionResult result;
    result.plan = std::move(best_.plan);
    result.status = stopped ? PartitionStatus::stopped : PartitionStatus::heuristic;
    return result;
  }

 private:
  /// Nothing: not legal. Plans beyond the memory are not asked for.
  std::optional<Worth> judge(const Plan& plan) {
    if (!check_plan(problem_.belief, problem_.graph, plan).empty()) return std::nullopt;
    Worth worth{0, kInfinity};
    if (problem_.memory_budget_bytes < kInfinity)
      worth.excess_bytes =
          std::max(0.0, memory_use(problem_.belief.soc(), problem_.graph, plan).total_bytes() -
                            problem_.memory_budget_bytes);
    if (worth.excess_bytes > 0) return worth;
    ++asked_;
    try {
      worth.value = problem_.ask
                        ? problem_.ask(plan)
                        : plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
    } catch (const UnsupportedError&) {  // a missing link is a price too high, not a failure
    }
    return worth;
  }

  /// False: asked to stop.
  bool walk() {
    constexpr std::size_t kReport = 16;  // Evaluations.
    const std::size_t patience = std::max<std::size_t>(50, most_ / 10);
    State at = best_;
    std::size_t reported = 0, since = 0;
    if (!report()) return false;
    for (std::size_t drawn = 0; asked_ < most_ && drawn < kDrawsPerEvaluation * most_; ++drawn) {
      if (asked_ / kReport != reported) {
        reported = asked_ / kReport;
        if (!report()) return false;
      }
      auto plan = moves_.draw(at.plan, random_);
      const auto worth = plan ? judge(*plan) : std::nullopt;
      if (!worth) continue;
      ++since;
      if (accepts(at.worth, *worth)) at = {std::move(*plan), *worth};
      if (at.worth < best_.worth) best_ = at, since = 0;
      if (since > patience) at = best_, since = 0;  // It has strayed.
    }
    return true;
  }

  bool report() const { return !problem_.progress || problem_.progress(done()); }
  double done() const { return static_cast<double>(asked_) / static_cast<double>(most_); }

  /// Metropolis' rule on the relative difference. Never away from the memory budget.
  bool accepts(const Worth& here, const Worth& there) {
    if (there.excess_bytes != here.excess_bytes) return there.excess_bytes < here.excess_bytes;
    if (there.value <= here.value) return true;
    if (there.value == kInfinity || here.value <= 0) return false;
    const double temperature =
        problem_.options.at("start_temperature") *
        std::pow(problem_.options.at("cooling"), std::floor(kLevels * done()));
    const double chance = std::exp(-(there.value / here.value - 1) / temperature);
    return draw_unit(random_) < chance;
  }

  const PartitionProblem& problem_;
  PlanMoves moves_;
  std::size_t most_, asked_ = 0;
  std::mt19937_64 random_;
  State best_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Annealing(problem, costs).run();
}

}  // namespace

PartitionerInfo make_annealing() {
  return {
      "annealing",
      "simulated annealing that asks the simulator itself, from the best of single, greedy, heft",
      {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
      {{"max_evaluations", "plans", "plans to simulate", 1, 1e9, 300},
       {"start_temperature", "", "a plan worse by this part is accepted with chance 1/e at first",
        0, 10, 0.2},
       {"cooling", "", "factor on the temperature after each hundredth of the evaluations", 0, 1,
        0.93}},
      run,
      "truth",
      Effort::search,
      "Kirkpatrick, Gelatt, Vecchi, Science 220, 1983; moves, schedule and start are ours"};
}

}  // namespace partita
