// CoDL's algorithm 1 to the letter, with its four faults, to show what they cost.
#include "partitioners/codl.h"

namespace partita {
namespace {

/// T_chain. Fault (d): section 5.1 adds data sharing to operators outside of chains only, and line
/// 13 of the algorithm says "chained" of every member, so that a chain of two or more pays for no
/// sharing at all, not even at head and tail.
double chained_s(SplitChain& chain) {
  if (chain.cuts().size() == 1) return chain.sharing_s() + chain.compute_s();
  return chain.compute_s();
}

/// Algorithm 1 for one head.
std::vector<Cut> chain_from(SplitCosts& costs, const CodlSettings& settings,
                            std::span<const double> alone_s, const Cut& head, std::size_t i) {
  // Fault (a): algorithm 1 sets T_gain and the position before its loop over ratios and not again
  // inside it, so that when the first ratio's chain has ended those of the others never begin.
  const int share = chain_shares(settings, head.share).front();
  const Axis axis = head.axis == Axis::none ? settings.axes.front() : head.axis;
  SplitChain chain(costs, i, axis, share);
  if (!chain.valid()) return {};
  double previous_s = chained_s(chain), most_s = 0;
  // Fault (c): algorithm 1 emits Chain_maxGain, which has no value until an extension gains. What
  // its loops leave then is the head cut at the first ratio, which need not be its best.
  std::vector<Cut> best(chain.cuts().begin(), chain.cuts().end());
  while (chain.cuts().size() < settings.max_chain && chain.extend()) {
    // Fault (b): in algorithm 1 T_noChain is the chain before plus the next operator alone, so that
    // the gain is the last extension's and the prefix kept is not the one that gains most.
    const double now_s = chained_s(chain);
    const double gain_s = previous_s + alone_s[chain.end()] - now_s;
    previous_s = now_s;
    if (gain_s < 0) break;
    if (gain_s > most_s && chain.closed()) {
      most_s = gain_s;
      best.assign(chain.cuts().begin(), chain.cuts().end());
    }
  }
  return best;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& table) {
  return run_codl(problem, table, chain_from);
}

}  // namespace

PartitionerInfo make_codl_literal() {
  PartitionerInfo info{"codl-literal",
                       "CoDL's chain search to the letter of its algorithm 1, faults included",
                       {Objective::latency},
                       codl_options(),
                       run};
  info.belief = "codl";
  info.source = "CoDL, MobiSys 2022, algorithm 1 as printed";
  return info;
}

}  // namespace partita
