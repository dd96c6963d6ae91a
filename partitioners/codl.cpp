// CoDL (MobiSys 2022): each operator divided between CPU and GPU along height or out channels, then
// greedy chains of divided operators that exchange nothing. Algorithm 1 as printed has four faults
// (see codl_literal.cpp); this is what its text and code intend.
#include "partitioners/codl.h"

#include <algorithm>
#include <cmath>

namespace partita {

std::vector<OptionInfo> codl_options() {
  return {
      {"grid", "", "step of the GPU's share of an operator", 0.01, 0.5, 0.1},
      {"delta", "", "how far a chain's share may be from its head's", 0, 1, 0.3},
      {"chains", "", "1: chains of operators without exchange; 0: none", 0, 1, 1},
      {"axes", "",
       "0: height and out channels, 1: height only, 2: out channels only (what CoDL does where "
       "the GPU computes from buffers)",
       0, 2, 0},
      {"max_chain", "operators", "longest chain", 1, 1000, 30},
      {"divides", "",
       "1: every convolution, pooling and fully connected layer is divided, as in all of CoDL's "
       "measured plans; 0: only where that is faster",
       0, 1, 0}};
}

CodlSettings codl_settings(const PartitionProblem& problem) {
  const auto option = [&](std::string_view name) { return problem.options.find(name)->second; };
  CodlSettings settings;
  settings.steps = static_cast<int>(std::lround(1 / option("grid")));
  settings.reach = static_cast<int>(std::lround(option("delta") * settings.steps));
  settings.chains = option("chains") >= 0.5;
  settings.divides = option("divides") >= 0.5;
  const auto axes = std::lround(option("axes"));
  if (axes != 2) settings.axes.push_back(Axis::height);
  if (axes != 1) settings.axes.push_back(Axis::channel);
  settings.max_chain = static_cast<std::size_t>(option("max_chain"));
  return settings;
}

std::vector<int> chain_shares(const CodlSettings& settings, int head) {
  std::vector<int> shares;
  for (int share = std::max(0, head - settings.reach);
       share <= std::min(settings.steps, head + settings.reach); ++share)
    shares.push_back(share);
  return shares;
}

namespace {

/// The kinds CoDL divides (section 4; its code adds deconvolutions).
bool is_divided(const SplitCosts& costs, std::size_t i) {
  switch (costs.costs().graph().op(costs.item(i).ops.front()).kind) {
    case OpKind::conv:
    case OpKind::deconv:
    case OpKind::pool:
    case OpKind::fully_connected:
      return true;
    default:
      return false;
  }
}

/// The cheapest that gives both units a part; nothing when there is none.
std::optional<Cut> best_divided(SplitCosts& costs, std::size_t i, const CodlSettings& settings) {
  std::optional<Cut> best;
  double least_s = kInfinity;
  for (Axis axis : settings.axes)
    for (int share = 1; share < settings.steps; ++share)
      if (const auto cut = costs.cut(i, axis, share))
        if (const double price_s = costs.price_s(i, *cut); price_s < least_s)
          best = cut, least_s = price_s;
  return best;
}

/// Each item on its own: argmin of T_trans + T_map + T_sync + max(T_cpu, T_gpu) over axes and
/// shares.
std::vector<Cut> codl_base(SplitCosts& costs, const CodlSettings& settings) {
  std::vector<Cut> cuts;
  for (std::size_t i = 0; i < costs.items().size(); ++i) {
    cuts.push_back(costs.best(i, settings.axes));
    if (settings.divides && is_divided(costs, i))
      if (const auto cut = best_divided(costs, i, settings)) cuts.back() = *cut;
  }
  return cuts;
}

/// Marks a chain: all but its last item keep their pieces.
void put_chain(std::vector<Cut>& cuts, std::size_t begin, std::span<const Cut> chain) {
  for (std::size_t k = 0; k < chain.size(); ++k) {
    cuts[begin + k] = chain[k];
    cuts[begin + k].gathered = k + 1 == chain.size();
  }
}

}  // namespace

PartitionResult run_codl(const PartitionProblem& problem, const CostTable& table,
                         ChainSearch search) {
  const CodlSettings settings = codl_settings(problem);
  SplitCosts costs(table, find_pair(table), settings.steps);
  std::vector<Cut> cuts = codl_base(costs, settings);
  std::vector<double> alone_s;
  for (std::size_t i = 0; i < cuts.size(); ++i) alone_s.push_back(costs.price_s(i, cuts[i]));
  for (std::size_t i = 0; settings.chains && i < cuts.size();) {
    const std::vector<Cut> chain = search(costs, settings, alone_s, cuts[i], i);
    put_chain(cuts, i, chain);
    i += std::max<std::size_t>(1, chain.size());
  }
  PartitionResult result;
  result.plan = costs.plan(cuts);
  return result;
}

namespace {

/// The prefix that saves most against each operator on its own.
struct Best {
  double gain_s = 0;
  std::vector<Cut> cuts;
};

void grow(SplitCosts& costs, const CodlSettings& settings, std::span<const double> alone_s,
          std::size_t head, Axis axis, int share, Best& best) {
  SplitChain chain(costs, head, axis, share);
  if (!chain.valid()) return;
  double before_s = alone_s[head];
  while (chain.cuts().size() < settings.max_chain && chain.extend()) {
    before_s += alone_s[chain.end()];
    const double gain_s = before_s - (chain.sharing_s() + chain.compute_s());
    if (gain_s < 0) return;
    if (gain_s > best.gain_s && chain.closed())
      best = {gain_s, {chain.cuts().begin(), chain.cuts().end()}};
  }
}

std::vector<Cut> best_chain(SplitCosts& costs, const CodlSettings& settings,
                            std::span<const double> alone_s, const Cut& head, std::size_t item) {
  Best best;
  for (Axis axis : settings.axes)
    for (int share : chain_shares(settings, head.share))
      grow(costs, settings, alone_s, item, axis, share, best);
  return best.cuts;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& table) {
  return run_codl(problem, table, best_chain);
}

}  // namespace

PartitionerInfo make_codl() {
  PartitionerInfo info{"codl",
                       "CPU and GPU share each operator by rows or out channels, chains spare "
                       "exchanges (CoDL)",
                       {Objective::latency},
                       codl_options(),
                       run};
  info.belief = "codl";
  info.source = "CoDL, MobiSys 2022, sections 4 and 5, algorithm 1 repaired";
  return info;
}

}  // namespace partita
