// Branch and bound over modes and orders with bounds on what is left: hand-overs along every path,
// the least priced load, the least energy. The prices are those of the Lagrangian dual of the load
// (Held and Karp, 1971, for the idea); they are found once.
#include "partitioners/exact_search.h"

namespace partita {
namespace {

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return exact_search(problem, costs,
                      {.name = "branch-and-bound",
                       .most_nodes = problem.options.at("max_nodes"),
                       .any_order = problem.options.at("any_order") > 0,
                       .strong = true});
}

}  // namespace

PartitionerInfo make_branch_and_bound() {
  return {"branch-and-bound",
          "every unsplit plan in every order, best bound first; proves a bound when stopped",
          {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
          {{"max_nodes", "nodes", "partial and complete plans to look at before stopping", 1, 1e12,
            2e3},
           {"any_order", "", "1: every order of the operators, 0: the graph's", 0, 1, 1}},
          run,
          "truth",
          Effort::search,
          "exact; after the branch and bound of Land and Doig, 1960"};
}

}  // namespace partita
