// Stages: sets of operators that run between two barriers, the unconnected ones among them at the
// same time. What a stage takes, and on which units.
#pragma once

#include <cstdint>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// Groups of operators, each on one unit, that wait for none of each other.
struct StageChoice {
  double latency_s = kInfinity;
  std::vector<std::vector<std::size_t>> groups;  ///< Positions.
  std::vector<std::size_t> modes;                ///< By group.
};

/// Everything is at home on one unit: a group elsewhere fetches what it reads from there and hands
/// back what it makes. Groups on one unit overlap as far as Plan::stage lets them: the longest path
/// or the sum of what they fill, whichever is longer.
class StageCosts {
 public:
  /// Home: the unit that runs everything fastest.
  StageCosts(SearchSpace& space, std::vector<std::size_t> modes);

  std::size_t home() const { return modes_[home_]; }
  /// The groups at home, and then one by one where the stage ends sooner.
  StageChoice choose(std::vector<std::vector<std::size_t>> groups);

 private:
  struct Fill {
    double latency_s = kInfinity, filled_s = kInfinity;
  };
  /// A group on a unit.
  struct Part {
    double path_s = 0, filled_s = 0;
    double hand_over_s = 0;
  };
  const Fill& fill_of(std::size_t position, std::size_t k) const {
    return fills_[position * modes_.size() + k];
  }
  Part part_of(const std::vector<std::size_t>& group, std::size_t k);
  double stage_s(const std::vector<std::vector<Part>>& parts,
                 const std::vector<std::size_t>& units) const;

  SearchSpace& space_;
  std::vector<std::size_t> modes_;
  std::size_t home_ = 0;
  std::vector<Fill> fills_;                         ///< [position * modes + k]
  std::vector<std::vector<std::size_t>> outgoing_;  ///< Edges by position.
};

}  // namespace partita
