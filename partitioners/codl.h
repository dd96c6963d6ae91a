// What CoDL as repaired and CoDL as printed have in common: options and the plan by operator.
#pragma once

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

/// Each item on its own: argmin of T_trans + T_map + T_sync + max(T_cpu, T_gpu) over axes and
/// shares.
std::vector<Cut> codl_base(SplitCosts& costs, const CodlSettings& settings);

/// Marks a chain: all but its last item keep their pieces.
void put_chain(std::vector<Cut>& cuts, std::size_t begin, std::span<const Cut> chain);

}  // namespace partita
