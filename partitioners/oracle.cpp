// The best plan that can be found under the true costs: what every other plan's regret is measured
// against. It starts from the best of all heuristics' plans, each under the truth and under its own
// belief, so that none of them is better.
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "partitioners/belief.h"
#include "partitioners/exact_search.h"
#include "partitioners/plan_moves.h"
#include "partitioners/start_plans.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// Beyond these branch and bound rarely ends within its nodes.
constexpr std::size_t kSmallGraph = 12, kFewModes = 8;
constexpr double kNodes = 5000;

class Oracle {
 public:
  Oracle(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        costs_(costs),
        most_(static_cast<std::size_t>(problem.options.at("max_evaluations"))),
        random_(problem.seed) {}

  PartitionResult run() {
    PartitionResult result;
    for (const Plan& plan : problem_.starts) consider(plan);
    for (const PartitionerInfo& info : partitioners())
      if (info.effort == Effort::heuristic) ask(info);
    if (costs_.placed().size() <= kSmallGraph && costs_.modes().size() <= kFewModes) enumerate();
    if (best_value_ == kInfinity)
      throw UnsupportedError("oracle: no links join units that together run every operator");
    const bool stopped = !improve();
    result.plan = best_;
    result.status = stopped ? PartitionStatus::stopped : PartitionStatus::heuristic;
    return result;
  }

 private:
  /// Infinite where the plan is not legal or needs a link that is missing.
  double value_of(const Plan& plan) const {
    try {
      if (problem_.ask) return problem_.ask(plan);
      return plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
    } catch (const InputError&) {
    } catch (const UnsupportedError&) {
    }
    return kInfinity;
  }

  void consider(Plan plan) {
    const double value = value_of(plan);
    if (value < best_value_) best_value_ = value, best_ = std::move(plan);
  }

  void ask(const PartitionerInfo& info) {
    ask(info, costs_);
    if (info.belief == "truth") return;
    try {
      auto& belief = beliefs_[info.belief];
      if (!belief)
        belief = make_belief(info.belief, problem_.belief, problem_.graph, problem_.seed);
      ask(info, CostTable(*belief, problem_.graph, problem_.modes));
    } catch (const UnsupportedError&) {  // e.g. the belief knows no cost of an operator
    }
  }

  void ask(const PartitionerInfo& info, const CostTable& costs) {
    if (auto plan = preset_plan(problem_, costs, info)) consider(std::move(*plan));
  }

  void enumerate() {
    PartitionProblem question = problem_;
    question.progress = nullptr;
    try {
      consider(
          exact_search(question, costs_,
                       {.name = "oracle", .most_nodes = kNodes, .any_order = true, .strong = true})
              .plan);
    } catch (const UnsupportedError&) {
    }
  }

  /// Accepts what is better and, less and less, what is a little worse (threshold accepting, Dueck
  /// and Scheuer, 1990). Returns to the best when it has strayed. False: asked to stop.
  bool improve() {
    constexpr double kThreshold = 0.01;  // Of the value, at the beginning.
    const std::size_t patience = std::max<std::size_t>(50, most_ / 10);
    const PlanMoves moves(problem_, costs_);
    Plan at = best_;
    double value = best_value_;
    std::size_t since = 0;
    // A move that does not fit costs nothing but ends the walk in the end.
    for (std::size_t asked = 0, drawn = 0; asked < most_ && drawn < 20 * most_; ++drawn) {
      auto next = moves.draw(at, random_);
      if (!next) continue;
      const double done = static_cast<double>(asked) / static_cast<double>(most_);
      if (asked % 64 == 0 && problem_.progress && !problem_.progress(done)) return false;
      ++asked;
      const double there = value_of(*next);
      if (there > value * (1 + kThreshold * (1 - done))) {
        ++since;
      } else {
        since = there < best_value_ ? 0 : since + 1;
        if (there < best_value_) best_ = *next, best_value_ = there;
        at = std::move(*next), value = there;
      }
      if (since > patience) at = best_, value = best_value_, since = 0;
    }
    return true;
  }

  const PartitionProblem& problem_;
  const CostTable& costs_;
  std::size_t most_;
  std::mt19937_64 random_;
  std::map<std::string, std::unique_ptr<CostModel>> beliefs_;  ///< By name: some are trained.
  Plan best_;
  double best_value_ = kInfinity;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Oracle(problem, costs).run();
}

}  // namespace

PartitionerInfo make_oracle() {
  return {"oracle",
          "the best of every heuristic's plan, improved by local search under the true costs",
          {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
          {{"max_evaluations", "plans", "plans to look at in the local search", 0, 1e9, 500}},
          run,
          "truth",
          Effort::search,
          "ours; threshold accepting after Dueck and Scheuer, 1990",
          true};
}

}  // namespace partita
