// Neurosurgeon: Kang et al., "Neurosurgeon: collaborative intelligence between the cloud and mobile
// edge", ASPLOS 2017, algorithm 1: the best point to cut the layers in order, for latency or
// energy. On graphs that are no chains, every tensor that crosses the cut is sent.
#include <algorithm>

#include "partitioners/two_units.h"

namespace partita {
namespace {

struct Cut {
  std::size_t at = 0;  ///< Operators before this position run on the first unit.
  double value = kInfinity;
};

Cut best_cut(const TwoUnits& pair) {
  const std::size_t n = pair.on_first.size();
  // [k]: what is sent by a cut before k, as differences; infinite tensors are counted.
  std::vector<double> sent(n + 2);
  std::vector<int> missing(n + 2);
  for (const TwoUnits::Sent& tensor : pair.sent) {
    const std::size_t last = *std::max_element(tensor.readers.begin(), tensor.readers.end());
    if (tensor.value == kInfinity) {
      ++missing[tensor.maker + 1];
      --missing[last + 1];
    } else {
      sent[tensor.maker + 1] += tensor.value;
      sent[last + 1] -= tensor.value;
    }
  }
  std::vector<double> after(n + 1);
  for (std::size_t k = n; k-- > 0;) after[k] = after[k + 1] + pair.on_second[k];
  Cut best;
  double before = 0, crossing = 0;
  int no_link = 0;
  for (std::size_t k = 0; k <= n; ++k) {
    crossing += sent[k];
    no_link += missing[k];
    if (no_link == 0 && before + crossing + after[k] < best.value)
      best = {k, before + crossing + after[k]};
    if (k < n) before += pair.on_first[k];
  }
  return best;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  double best_value = kInfinity;
  PartitionResult result;
  for (const auto& [first, second] : unit_pairs(space, problem, "neurosurgeon")) {
    const TwoUnits pair = two_units(space, problem.objective, first, second);
    const Cut cut = best_cut(pair);
    if (cut.value >= best_value) continue;
    best_value = cut.value;
    std::vector<bool> is_second(space.size());
    std::fill(is_second.begin() + static_cast<std::ptrdiff_t>(cut.at), is_second.end(), true);
    result.plan = cut_plan(space, pair, is_second);
  }
  if (best_value == kInfinity)
    throw UnsupportedError(
        "neurosurgeon: no cut leaves two units given with operators they run and a link");
  return result;
}

}  // namespace

PartitionerInfo make_neurosurgeon() {
  PartitionerInfo info{"neurosurgeon",
                       "one cut of the operators in order, between the best pair of units",
                       {Objective::latency, Objective::energy},
                       pair_options(),
                       run};
  info.source = "Kang et al., ASPLOS 2017, algorithm 1";
  return info;
}

}  // namespace partita
