// What CoDL as repaired and CoDL as printed have in common: options and the plan by operator.
#pragma once

#include <span>
#include <vector>

#include "partitioners/splits.h"

namespace partita {

struct CodlSettings {
  int steps = 10;  ///< 1 / grid.
  int reach = 3;   ///< delta in steps.
  bool chains = true;
  bool divides = false;    ///< Whatever can be divided is, also where it does not pay.
  std::vector<Axis> axes;  ///< Height before channels.
  std::size_t max_chain = 30;
};
std::vector<OptionInfo> codl_options();
CodlSettings codl_settings(const PartitionProblem& problem);

/// Shares of the GPU that a chain tries around its head's, ascending.
std::vector<int> chain_shares(const CodlSettings& settings, int head);

/// The chain that begins at an item, by what each item takes on its own; empty: there is none.
using ChainSearch = std::vector<Cut> (*)(SplitCosts& costs, const CodlSettings& settings,
                                         std::span<const double> alone_s, const Cut& head,
                                         std::size_t item);
/// Items on their own, then chains of them from the first on.
PartitionResult run_codl(const PartitionProblem& problem, const CostTable& table,
                         ChainSearch search);

}  // namespace partita
