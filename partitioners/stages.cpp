#include "partitioners/stages.h"

#include <algorithm>
#include <bit>
#include <map>

namespace partita {
namespace {

/// What an operator that home lacks counts for, times its fastest unit: hand-overs come with it.
constexpr double kAway = 2;

}  // namespace

StageCosts::StageCosts(SearchSpace& space, std::vector<std::size_t> modes)
    : space_(space), modes_(std::move(modes)), outgoing_(space.size()) {
  const CostTable& costs = space_.costs();
  for (std::size_t e = 0; e < space_.edges().size(); ++e)
    outgoing_[space_.edges()[e].from].push_back(e);
  fills_.resize(space_.size() * modes_.size());
  std::vector<double> sum_s(modes_.size(), 0);
  for (std::size_t p = 0; p < space_.size(); ++p) {
    double fastest_s = kInfinity;
    for (std::size_t k = 0; k < modes_.size(); ++k) {
      const std::size_t m = modes_[k];
      if (!space_.supported(p, m)) continue;
      const auto cost = costs.model().operator_cost(
          costs.graph(), space_.op(p), {}, costs.modes()[m], space_.unit(m).default_precision);
      const double work_s = space_.latency_s(p, m);
      const double input_s = costs.input_latency_s(space_.op(p), m);  // loading overlaps nothing
      fills_[p * modes_.size() + k] = {work_s, input_s + (work_s - input_s) * cost->occupancy};
      fastest_s = std::min(fastest_s, work_s);
    }
    for (std::size_t k = 0; k < modes_.size(); ++k)
      sum_s[k] += space_.supported(p, modes_[k]) ? fill_of(p, k).latency_s : kAway * fastest_s;
  }
  home_ = static_cast<std::size_t>(std::min_element(sum_s.begin(), sum_s.end()) - sum_s.begin());
}

StageCosts::Part StageCosts::part_of(const std::vector<std::size_t>& group, std::size_t k) {
  Part part;
  std::map<std::size_t, double> finish_s;
  std::vector<std::size_t> fetched;
  for (std::size_t p : group) {
    double start_s = 0;
    for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e) {
      const std::size_t from = space_.edges()[e].from;
      if (const auto at = finish_s.find(from); at != finish_s.end()) {
        start_s = std::max(start_s, at->second);
      } else if (k != home_ && std::find(fetched.begin(), fetched.end(), from) == fetched.end()) {
        fetched.push_back(from);
        part.hand_over_s += space_.hand_over(e, modes_[home_], modes_[k]).latency_s;
      }
    }
    finish_s[p] = start_s + fill_of(p, k).latency_s;
    part.path_s = std::max(part.path_s, finish_s[p]);
    part.filled_s += fill_of(p, k).filled_s;
  }
  if (k == home_) return part;
  for (std::size_t p : group)
    for (std::size_t e : outgoing_[p])
      if (!finish_s.contains(space_.edges()[e].to)) {
        part.hand_over_s += space_.hand_over(e, modes_[k], modes_[home_]).latency_s;
        break;  // once there, every reader finds it
      }
  return part;
}

/// Units that share a resource run one after the other.
double StageCosts::stage_s(const std::vector<std::vector<Part>>& parts,
                           const std::vector<std::size_t>& units) const {
  std::vector<Part> on(modes_.size());
  for (std::size_t g = 0; g < parts.size(); ++g) {
    const Part& part = parts[g][units[g]];
    Part& sum = on[units[g]];
    sum.path_s = std::max(sum.path_s, part.path_s);
    sum.filled_s += part.filled_s;
    sum.hand_over_s += part.hand_over_s;
  }
  double longest_s = 0;
  for (std::size_t k = 0; k < modes_.size(); ++k) {
    double together_s = 0;
    for (std::size_t other = 0; other < modes_.size(); ++other)
      if (space_.unit(modes_[other]).resources & space_.unit(modes_[k]).resources)
        together_s += std::max(on[other].path_s, on[other].filled_s) + on[other].hand_over_s;
    longest_s = std::max(longest_s, together_s);
  }
  return longest_s;
}

StageChoice StageCosts::choose(std::vector<std::vector<std::size_t>> groups) {
  std::vector<std::vector<Part>> parts(groups.size());
  std::vector<std::size_t> units;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t k = 0; k < modes_.size(); ++k) parts[g].push_back(part_of(groups[g], k));
    const auto total_s = [&](std::size_t k) {
      return parts[g][k].path_s + parts[g][k].hand_over_s;
    };
    units.push_back(home_);
    for (std::size_t k = 0; k < modes_.size() && total_s(home_) == kInfinity; ++k)
      if (total_s(k) < total_s(units[g])) units[g] = k;
  }
  double now_s = stage_s(parts, units);
  for (bool better = true; better && groups.size() > 1;) {
    better = false;
    std::size_t best_group = 0, best_unit = 0;
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::size_t k = 0; k < modes_.size(); ++k) {
        const std::size_t before = units[g];
        if (k == before) continue;
        units[g] = k;
        const double then_s = stage_s(parts, units);
        units[g] = before;
        if (then_s < now_s) {
          now_s = then_s;
          best_group = g, best_unit = k;
          better = true;
        }
      }
    if (better) units[best_group] = best_unit;
  }
  StageChoice choice{now_s, std::move(groups), {}};
  for (std::size_t k : units) choice.modes.push_back(modes_[k]);
  return choice;
}

}  // namespace partita
