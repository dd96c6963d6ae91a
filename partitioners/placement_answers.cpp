// The program's answers: plans, and corrections where one is worth less than it says.
#include <algorithm>
#include <optional>

#include "partitioners/placement_program.h"

namespace partita {

double PlacementProgram::objective_scale() const {
  return options_.objective == Objective::latency
             ? scale_
             : scale_ * options_.worst_s / options_.worst_value;
}

bool PlacementProgram::matters(const Bit& bit, const std::vector<std::size_t>& mode_of) const {
  return bit.siblings ||
         (space_.unit(mode_of[bit.first]).resources & space_.unit(mode_of[bit.second]).resources);
}

PlacementProgram::Answer PlacementProgram::solve(const std::string& who,
                                                 const std::vector<std::size_t>& mode_of,
                                                 const std::vector<std::size_t>& sequence,
                                                 double most_nodes) {
  std::vector<std::pair<int, double>> start;
  std::vector<std::size_t> rank(space_.size());
  for (std::size_t i = 0; i < sequence.size(); ++i) rank[sequence[i]] = i;
  for (std::size_t p = 0; p < mode_of.size(); ++p)
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (x_[p][m] >= 0) start.emplace_back(x_[p][m], mode_of[p] == m ? 1 : 0);
  if (!mode_of.empty())
    for (const Bit& bit : bits_) {
      const bool kept = !matters(bit, mode_of) || rank[bit.first] < rank[bit.second];
      start.emplace_back(bit.variable, kept ? 1 : 0);
    }
  const auto solution = program_.solve(who, start, most_nodes);
  const double unit = objective_scale();
  Answer answer;
  answer.found = solution.found, answer.optimal = solution.optimal;
  answer.infeasible = solution.infeasible;
  answer.bound = solution.infeasible ? kInfinity : solution.bound / unit;
  if (!solution.found) return answer;
  answer.objective = solution.objective / unit;
  const auto value = [&](int variable) {
    return solution.values[static_cast<std::size_t>(variable)];
  };
  for (std::size_t p = 0; p < space_.size(); ++p) {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (x_[p][m] >= 0 && value(x_[p][m]) > most) most = value(x_[p][m]), best = m;
    answer.mode_of.push_back(best);
  }
  order(answer, solution.values);
  return answer;
}

/// Follows the edges and the order of those that share a unit; the rest as in the graph.
void PlacementProgram::order(Answer& answer, const std::vector<double>& values) const {
  const std::size_t n = space_.size();
  std::vector<std::vector<bool>> before = reaches_;
  for (const Bit& bit : bits_) {
    if (!matters(bit, answer.mode_of)) continue;
    const bool kept = values[static_cast<std::size_t>(bit.variable)] > 0.5;
    before[kept ? bit.first : bit.second][kept ? bit.second : bit.first] = true;
  }
  std::vector<bool> done(n, false);
  for (std::size_t i = 0; i < n; ++i) {
    std::optional<std::size_t> next, earliest;
    for (std::size_t p = 0; p < n && !next; ++p) {
      if (done[p]) continue;
      bool free = true, reachable = true;
      for (std::size_t o = 0; o < n; ++o) {
        free = free && (done[o] || !before[o][p]);
        reachable = reachable && (done[o] || !reaches_[o][p]);
      }
      if (free) next = p;
      if (reachable && !earliest) earliest = p;
    }
    // Operators that take no time may be ordered in a circle: then the graph decides.
    answer.sequence.push_back(next ? *next : *earliest);
    done[answer.sequence.back()] = true;
  }
}

void PlacementProgram::correct(const Answer& answer, double value, double bound) {
  const double unit = objective_scale();
  Linear distance;
  for (std::size_t p = 0; p < space_.size(); ++p)
    distance.add({{}, 1}).add(x_[p][answer.mode_of[p]], -1);
  std::vector<std::size_t> rank(space_.size());
  for (std::size_t i = 0; i < answer.sequence.size(); ++i) rank[answer.sequence[i]] = i;
  for (const Bit& bit : bits_) {
    const bool kept = !matters(bit, answer.mode_of) || rank[bit.first] < rank[bit.second];
    if (kept)
      distance.add({{}, 1}).add(bit.variable, -1);
    else
      distance.add(bit.variable, 1);
  }
  Linear least{{}, value * unit};
  program_.at_most(least.add(distance, -(value - bound) * unit), objective_);
}

}  // namespace partita
