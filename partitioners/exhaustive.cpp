// Every plan in the graph's order: the oracle for small networks, and the plainest of the exact
// searches, which the others are tested against.
#include "partitioners/exact_search.h"

namespace partita {
namespace {

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return exact_search(problem, costs,
                      {.name = "exhaustive",
                       .most_nodes = problem.options.at("max_plans"),
                       .any_order = problem.options.at("any_order") > 0});
}

}  // namespace

PartitionerInfo make_exhaustive() {
  return {"exhaustive",
          "every plan in the graph's topological order, by branch and bound: the oracle for small "
          "networks",
          {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
          {{"max_plans", "plans", "partial and complete plans to look at before stopping", 1, 1e12,
            1e4},
           {"any_order", "", "1: every order of the operators, 0: the graph's", 0, 1, 0}},
          run,
          "truth",
          Effort::search};
}

}  // namespace partita
