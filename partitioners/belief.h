// What a planner believes an operator or a hand-over costs. Papers plan by regressions, stale
// profiles or nothing at all; a belief stands between the true costs and the algorithm.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/wrapped_costs.h"

namespace partita {

/// The truth with some answers replaced: beliefs override what they get wrong.
class BeliefModel : public WrappedCosts {
 public:
  using WrappedCosts::WrappedCosts;

 protected:
  const CostModel& truth() const { return inner(); }
};

/// What a belief is made of. A planner profiles the truth, so it gets it.
struct BeliefRequest {
  const CostModel& truth;  ///< Outlives the belief.
  const Graph& graph;
  double parameter = 0;  ///< See BeliefInfo.
  std::uint64_t seed = 0;
};

struct BeliefInfo {
  std::string name;       ///< e.g. "flops"
  std::string summary;    ///< One line for --help.
  std::string parameter;  ///< What `NAME:VALUE` sets, with its unit; empty: nothing.
  double least = 0, most = 0, preset = 0;
  std::function<std::unique_ptr<CostModel>(const BeliefRequest&)> make;
};

/// The one table of beliefs.
std::span<const BeliefInfo> beliefs();
/// `spec`: NAME or NAME:VALUE. Throws InputError naming the known ones.
std::unique_ptr<CostModel> make_belief(std::string_view spec, const CostModel& truth,
                                       const Graph& graph, std::uint64_t seed = 0);

// One factory per belief, each defined in its own .cpp.
BeliefInfo belief_truth();
BeliefInfo belief_no_transfers();
BeliefInfo belief_ratios();
BeliefInfo belief_flops();
BeliefInfo belief_layers();
BeliefInfo belief_codl();
BeliefInfo belief_noisy();
BeliefInfo belief_stale();
BeliefInfo belief_roofline();

}  // namespace partita
