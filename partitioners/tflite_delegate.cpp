// How TensorFlow Lite hands a network to a delegate: the supported nodes as a sequence of
// partitions, of which the largest by node count are delegated. TensorFlow,
// tensorflow/lite/graph_info.cc (PartitionGraphIntoIndependentNodeSubsets) and
// tensorflow/lite/delegates/utils.cc (FirstNLargestPartitions). There is no cost model.
#include <algorithm>
#include <numeric>

#include "partitioners/regions.h"

namespace partita {
namespace {

/// Indices of the delegated regions.
std::vector<std::size_t> choose(const std::vector<Region>& regions,
                                const PartitionProblem& problem) {
  std::vector<std::size_t> chosen;
  for (std::size_t r = 0; r < regions.size(); ++r)
    if (regions[r].type == 1 &&
        static_cast<double>(regions[r].positions.size()) >= problem.options.at("min_nodes"))
      chosen.push_back(r);
  if (const double only = problem.options.at("partition"); only >= 0) {
    const auto nth = static_cast<std::size_t>(only);
    return nth < chosen.size() ? std::vector{chosen[nth]} : std::vector<std::size_t>{};
  }
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t x, std::size_t y) {
    return regions[x].positions.size() > regions[y].positions.size();
  });
  const auto most = static_cast<std::size_t>(problem.options.at("max_partitions"));
  if (chosen.size() > most) chosen.resize(most);
  return chosen;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  const std::size_t cpu = fallback_mode(space);
  const auto accelerator = accelerator_mode(space, problem.options.at("unit"), "tflite-delegate");
  std::vector<std::size_t> mode_of(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) mode_of[p] = fallback_mode_of(space, p, cpu);
  PartitionResult result;
  if (!accelerator) {
    result.plan = space.plan(mode_of);
    return result;
  }
  const auto regions = epochs(space, support(space, *accelerator));
  for (std::size_t r : choose(regions, problem))
    for (std::size_t p : regions[r].positions) mode_of[p] = *accelerator;
  result.plan = space.plan(mode_of);
  result.plan.order = order_of(space, regions);
  return result;
}

}  // namespace

PartitionerInfo make_tflite_delegate() {
  PartitionerInfo info{
      "tflite-delegate",
      "the supported regions with the most nodes to an accelerator, the rest to the CPU",
      {Objective::latency},
      {{"max_partitions", "", "regions to delegate; 1 is TensorFlow Lite's default for GPUs", 0,
        1e6, 1},
       {"min_nodes", "", "smallest region to delegate", 0, 1e6, 0},
       {"partition", "", "delegate only this region, counted from 0 in order; -1: the largest", -1,
        1e6, -1},
       {"unit", "", "accelerator, counted from 0 in the SoC; -1: the GPU or else the first other",
        -1, 63, -1}},
      run};
  info.belief = "no-transfers";
  info.source =
      "TensorFlow Lite, graph_info.cc and delegates/utils.cc; default choice: TensorFlow issue "
      "66677";
  return info;
}

}  // namespace partita
