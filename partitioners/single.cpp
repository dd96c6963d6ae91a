// The whole network on one unit: what every partition has to beat.
#include <algorithm>

#include "partitioners/search.h"

namespace partita {
namespace {

struct Candidate {
  std::vector<std::size_t> mode_of;
  double latency_s = 0, energy_j = 0;
  bool pure = true;  ///< One unit runs everything.
};

std::size_t cheapest_mode(const SearchSpace& space, std::size_t position, Objective objective) {
  std::size_t best = 0;
  double best_value = kInfinity;
  for (std::size_t m = 0; m < space.modes(); ++m) {
    if (!space.supported(position, m)) continue;
    const double value =
        combine(objective, space.latency_s(position, m), space.energy_j(position, m));
    if (value < best_value) best_value = value, best = m;
  }
  return best;
}

/// Everything the mode can run on it, the rest where it is cheapest; one operator at a time.
Candidate on_mode(SearchSpace& space, std::size_t mode, Objective objective) {
  Candidate plan;
  for (std::size_t p = 0; p < space.size(); ++p) {
    const bool runs = space.supported(p, mode);
    const std::size_t m = runs ? mode : cheapest_mode(space, p, objective);
    plan.pure = plan.pure && runs;
    plan.mode_of.push_back(m);
    plan.latency_s += space.latency_s(p, m);
    plan.energy_j += space.energy_j(p, m);
    for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e) {
      const HandOver& step = space.hand_over(e, plan.mode_of[space.edges()[e].from], m);
      plan.latency_s += step.latency_s;
      plan.energy_j += step.energy_j + space.base_power_w() * step.latency_s;
    }
  }
  return plan;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  Candidate best;
  double best_value = kInfinity;
  for (std::size_t m = 0; m < space.modes(); ++m) {
    Candidate plan = on_mode(space, m, problem.objective);
    const double value = combine(problem.objective, plan.latency_s, plan.energy_j);
    const bool purer = plan.pure && !best.pure;
    if (best.mode_of.empty() || purer || (plan.pure == best.pure && value < best_value)) {
      best_value = value;
      best = std::move(plan);
    }
  }
  PartitionResult result;
  result.plan = space.plan(best.mode_of);
  result.status = best.pure ? PartitionStatus::optimal : PartitionStatus::heuristic;
  return result;
}

}  // namespace

PartitionerInfo make_single() {
  return {"single",
          "the best single unit; if none runs every operator, the rest fall back to the cheapest",
          {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
          {},
          run};
}

}  // namespace partita
