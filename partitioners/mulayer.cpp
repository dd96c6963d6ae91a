// muLayer (EuroSys 2019): the out channels of every layer divided between CPU and GPU by predicted
// times, divergent branches given to one of them each where that is faster, int8 on the CPU and
// fp16 on the GPU. Pieces come together in memory both share, after every operator.
#include <algorithm>
#include <array>
#include <cmath>

#include "partitioners/splits.h"

namespace partita {
namespace {

constexpr std::size_t kMostBranches = 10;  ///< 2^branches assignments are tried.

/// Items between a fork and a join, one row a branch.
using Branches = std::vector<std::vector<std::size_t>>;

/// Readers of each item, by item.
std::vector<std::vector<std::size_t>> readers(const SplitCosts& costs) {
  std::vector<std::vector<std::size_t>> out(costs.items().size());
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const auto& input : costs.item(i).inputs)
      if (input.from && (out[*input.from].empty() || out[*input.from].back() != i))
        out[*input.from].push_back(i);
  return out;
}

/// Branches that leave an item and meet again in one other. Empty: there are none.
Branches branches_of(const SplitCosts& costs, const std::vector<std::vector<std::size_t>>& readers,
                     std::size_t fork) {
  Branches branches;
  std::optional<std::size_t> meeting;
  for (std::size_t at : readers[fork]) {
    std::vector<std::size_t> branch;
    while (costs.item(at).inputs.size() == 1) {
      branch.push_back(at);
      if (readers[at].size() != 1) return {};
      at = readers[at][0];
    }
    if (meeting && *meeting != at) return {};
    meeting = at;
    if (!branch.empty()) branches.push_back(std::move(branch));
  }
  return branches.size() < 2 || branches.size() > kMostBranches ? Branches{} : branches;
}

/// What a branch takes on one unit, with what it hands over at its ends.
double branch_s(SplitCosts& costs, const std::vector<std::size_t>& branch, std::size_t mode) {
  double sum_s = 0;
  for (std::size_t i : branch) sum_s += costs.whole_s(i, mode);
  if (mode != costs.pair().cpu || sum_s == kInfinity) return sum_s;
  const auto all = [&](std::size_t i) {
    return std::max<std::int64_t>(1, costs.extent(i, Axis::channel));
  };
  const std::size_t head = branch.front(), tail = branch.back();
  return sum_s + costs.share_in_s(head, Axis::channel, all(head), head) +
         costs.share_out_s(tail, Axis::channel, all(tail));
}

/// Each branch whole on the unit where the slower of the two ends first, if that is faster than
/// dividing every operator.
void distribute(SplitCosts& costs, const Branches& branches, std::vector<Cut>& cuts) {
  double divided_s = 0;
  std::vector<std::array<double, 2>> on;  // GPU, CPU.
  for (const auto& branch : branches) {
    for (std::size_t i : branch) divided_s += costs.price_s(i, cuts[i]);
    on.push_back(
        {branch_s(costs, branch, costs.pair().gpu), branch_s(costs, branch, costs.pair().cpu)});
  }
  double least_s = divided_s;
  std::optional<std::size_t> chosen;
  for (std::size_t mask = 0; mask < std::size_t{1} << branches.size(); ++mask) {
    std::array<double, 2> busy_s{};
    for (std::size_t b = 0; b < branches.size(); ++b) busy_s[mask >> b & 1] += on[b][mask >> b & 1];
    const double slower_s = std::max(busy_s[0], busy_s[1]);
    if (slower_s < least_s) least_s = slower_s, chosen = mask;
  }
  if (!chosen) return;
  for (std::size_t b = 0; b < branches.size(); ++b)
    for (std::size_t i : branches[b])
      cuts[i] = costs.whole(*chosen >> b & 1 ? costs.pair().cpu : costs.pair().gpu);
}

/// The wanted precision, if the model knows every operator in it that the mode can run.
Precision if_known(const CostTable& costs, std::size_t m, Precision wanted) {
  for (OpId op : costs.placed())
    if (costs.supported(op, m) &&
        !costs.model().operator_cost(costs.graph(), op, {}, costs.modes()[m], wanted))
      return costs.model().soc().unit(costs.modes()[m].unit).default_precision;
  return wanted;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& table) {
  const auto option = [&](std::string_view name) { return problem.options.find(name)->second; };
  const SplitPair pair = find_pair(table);
  const auto preset = [&](std::size_t m) {
    return table.model().soc().unit(table.modes()[m].unit).default_precision;
  };
  SplitCosts::Settings settings;
  settings.precision = {preset(pair.gpu), preset(pair.cpu)};
  if (option("mixed_precision") >= 0.5)
    settings.precision = {if_known(table, pair.gpu, Precision::fp16),
                          if_known(table, pair.cpu, Precision::int8)};
  settings.steps = static_cast<int>(std::lround(1 / option("grid")));
  SplitCosts costs(table, pair, settings);

  const std::array axes{Axis::channel};
  std::vector<Cut> cuts;
  for (std::size_t i = 0; i < costs.items().size(); ++i) cuts.push_back(costs.best(i, axes));
  if (option("branches") >= 0.5) {
    const auto read_by = readers(costs);
    for (std::size_t i = 0; i < cuts.size(); ++i)
      if (const Branches branches = branches_of(costs, read_by, i); !branches.empty())
        distribute(costs, branches, cuts);
  }
  PartitionResult result;
  result.plan = costs.plan(cuts);
  return result;
}

}  // namespace

PartitionerInfo make_mulayer() {
  PartitionerInfo info{
      "mulayer",
      "CPU and GPU share the out channels of each operator, or take a branch each (muLayer)",
      {Objective::latency},
      {{"grid", "", "step of the GPU's share of an operator", 0.01, 0.5, 0.1},
       {"branches", "", "1: divergent branches may go to a unit each; 0: all divided", 0, 1, 1},
       {"mixed_precision", "", "1: int8 on the CPU and fp16 on the GPU, where known", 0, 1, 0}},
      run};
  info.belief = "flops";
  info.source = "muLayer, EuroSys 2019, as CoDL (MobiSys 2022) describes its predictor";
  return info;
}

}  // namespace partita
