// Every operator where it alone is cheapest, blind to hand-overs: what a partitioner without a
// transfer model does.
#include "partitioners/search.h"

namespace partita {
namespace {

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  std::vector<std::size_t> mode_of(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) {
    double best = kInfinity;
    for (std::size_t m = 0; m < space.modes(); ++m) {
      if (!space.supported(p, m)) continue;
      const double value = combine(problem.objective, space.latency_s(p, m), space.energy_j(p, m));
      if (value < best) best = value, mode_of[p] = m;
    }
  }
  PartitionResult result;
  result.plan = space.plan(mode_of);
  return result;
}

}  // namespace

PartitionerInfo make_greedy() {
  return {"greedy",
          "each operator in its own best mode, blind to hand-overs",
          {Objective::latency, Objective::energy, Objective::edp},
          {},
          run};
}

}  // namespace partita
