// The first operators of a plan with their modes, and what the whole takes at least.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// A partial plan's lower bounds.
struct Partial {
  std::array<double, 64> free_s{};  ///< By resource: queues serve in order.
  std::array<double, 64> load_s{};
  double longest_s = 0;    ///< Bound on the makespan.
  double energy_j = 0;     ///< Above the base power.
  double rest_j = 0;       ///< Least energy of the operators to come.
  double rest_priced = 0;  ///< Their least time at the prices of the units.
};

/// Bounds on partial plans. Operators are placed one by one, in an order that follows the edges.
class PartialPlans {
 public:
  PartialPlans(const PartitionProblem& problem, const CostTable& costs, bool strong);

  SearchSpace& space() { return space_; }
  Partial root() const;
  /// `before` with `position` in mode `m` next; false: a link is missing. Sets finish_s.
  bool place(std::size_t position, std::size_t m, const Partial& before, Partial& after,
             double& finish_s);
  void accept(std::size_t position, std::size_t m, double finish_s) {
    mode_of_[position] = m;
    finish_s_[position] = finish_s;
  }
  void withdraw(std::size_t position) { mode_of_[position] = kNoMode; }
  const std::vector<std::size_t>& mode_of() const { return mode_of_; }
  /// On the objective, of every plan that begins like this.
  double bound(const Partial& partial) const;
  /// Two operators in a row, on units that share nothing, may swap without changing a time.
  bool commute(std::size_t p, std::size_t q);

 private:
  static constexpr std::size_t kNoMode = static_cast<std::size_t>(-1);
  /// Lower bounds on one operator in one mode.
  struct Floor {
    double load_s = 0;  ///< Loading the network's input.
    double work_s = 0;
    double energy_j = 0;  ///< Above the base power.
  };
  void find_floors();
  void lower_floor(std::size_t p, std::size_t m, Floor& floor) const;
  void find_tails();
  void find_prices();
  bool arrive(std::size_t position, std::size_t m, Partial& partial, double& ready_s);
  void run_on(std::size_t position, std::size_t m, double ready_s, Partial& partial,
              double& finish_s) const;
  double least_wait(std::size_t edge, std::size_t from, std::size_t to);
  const Floor& floor(std::size_t position, std::size_t m) const {
    return floors_[position * space_.modes() + m];
  }

  const PartitionProblem& problem_;
  SearchSpace space_;
  bool strong_;
  bool moving_ = false;                              ///< Clocks change on the way.
  bool arrivals_ = false;                            ///< Units take time to wake.
  std::vector<Floor> floors_;                        ///< [position * modes + mode]
  std::vector<double> tail_s_;                       ///< [position * modes + mode], after its end.
  std::vector<double> least_j_, priced_;             ///< By position.
  std::array<double, 64> price_{};                   ///< By resource.
  std::vector<std::vector<std::size_t>> out_edges_;  ///< By position.
  std::vector<std::size_t> mode_of_;
  std::vector<double> finish_s_;
};

}  // namespace partita
