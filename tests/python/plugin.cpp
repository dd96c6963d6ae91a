// A partitioner in a library: every operator on the last mode that all of them can run in.
#include "partitioners/plugin.h"
#include "sim/base/error.h"

namespace {

using namespace partita;

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  for (std::size_t mode = problem.modes.size(); mode-- > 0;) {
    bool all = true;
    for (const OpId op : costs.placed()) all = all && costs.supported(op, mode);
    if (!all) continue;
    PartitionResult result;
    result.plan = plan_from_modes(problem.belief.soc(), problem.graph,
                                  std::vector<Mode>(problem.graph.size(), problem.modes[mode]));
    return result;
  }
  throw UnsupportedError("last-mode: no mode runs every operator");
}

PartitionerInfo make_last_mode() {
  return {"last-mode", "All on the last mode", {Objective::latency}, {}, &run};
}

}  // namespace

PARTITA_PLUGIN(make_last_mode)
