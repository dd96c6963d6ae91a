// Pipelines over the clusters of one chip. Pipe-it (Wang et al., arXiv 1903.05898): stages
// on CPU clusters with a number of cores each. Pipe-All (ARM-CL examples of the same group): three
// stages on GPU, big and little cores in any order, two cut points.
#include <algorithm>

#include "partitioners/pipeline.h"

namespace partita {
namespace {

/// CPU units on one cluster, at the highest clocks.
std::vector<std::size_t> cluster_modes(const SearchSpace& space) {
  std::vector<std::size_t> modes;
  for (std::size_t m : space.steady_modes())
    if (space.unit(m).kind == UnitKind::cpu && space.unit(m).cores.size() <= 1) modes.push_back(m);
  return modes;
}

PartitionResult run_pipe_it(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  PipelineRules rules{"pipe-it", cluster_modes(space), false};
  if (rules.modes.empty()) throw UnsupportedError("pipe-it: needs a CPU cluster");
  return best_pipeline(problem, space, rules);
}

double alone_s(const SearchSpace& space, std::size_t mode) {
  double sum_s = 0;
  for (std::size_t p = 0; p < space.size(); ++p)
    sum_s += space.supported(p, mode) ? space.latency_s(p, mode) : kInfinity;
  return sum_s;
}

/// The GPU and the two fastest CPU clusters that share nothing.
PartitionResult run_pipe_all(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  PipelineRules rules{"pipe-all", {}, true};
  const auto steady = space.steady_modes();
  const auto gpu = std::find_if(steady.begin(), steady.end(),
                                [&](std::size_t m) { return space.unit(m).kind == UnitKind::gpu; });
  std::vector<std::size_t> clusters = cluster_modes(space);
  std::stable_sort(clusters.begin(), clusters.end(), [&](std::size_t a, std::size_t b) {
    return alone_s(space, a) < alone_s(space, b);
  });
  std::uint64_t used = 0;
  if (gpu != steady.end()) {
    rules.modes.push_back(*gpu);
    used = space.unit(*gpu).resources;
  }
  for (std::size_t m : clusters)
    if (!(space.unit(m).resources & used) && rules.modes.size() < 3) {
      rules.modes.push_back(m);
      used |= space.unit(m).resources;
    }
  if (gpu == steady.end() || rules.modes.size() < 3)
    throw UnsupportedError("pipe-all: needs a GPU and two CPU clusters");
  if (space.size() < 3) throw UnsupportedError("pipe-all: needs three operators or more");
  return best_pipeline(problem, space, rules);
}

}  // namespace

PartitionerInfo make_pipe_it() {
  return {"pipe-it",
          "pipeline over CPU clusters: contiguous stages, each on one cluster with as many cores "
          "as a unit of it has",
          {Objective::throughput},
          {},
          run_pipe_it,
          "layers",
          Effort::heuristic,
          "Wang et al., arXiv 1903.05898"};
}

PartitionerInfo make_pipe_all() {
  return {"pipe-all",
          "pipeline of three stages, on the GPU and two CPU clusters in the best order, both cuts "
          "searched",
          {Objective::throughput},
          {},
          run_pipe_all,
          "truth",
          Effort::heuristic,
          "Ehsan-aghapour/ARMCL-pipe-all; arXiv 1908.11450"};
}

}  // namespace partita
