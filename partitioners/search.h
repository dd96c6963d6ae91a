// What the algorithms share: the costs by position in the topological order, and hand-overs asked
// from the cost model once.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "partitioners/partitioner.h"

namespace partita {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Handing one producer's outputs to one consumer, with what the consumer then takes longer because
/// it is cut off from the producer's kernel. Infinite latency: the SoC has no link.
struct HandOver {
  double latency_s = 0;
  double energy_j = 0;   ///< Above the base power.
  double on_from_s = 0;  ///< Of latency_s, on the producer's unit.
  double on_to_s = 0;    ///< Of latency_s, on the consumer's unit.
  double longest_s = 0;  ///< Of one tensor's steps (tensors may overlap, its steps cannot), and the
                         ///< consumer's own.
  bool forward = true;   ///< First steps on the producer's unit, then on the consumer's, no others.
};

/// Seconds and joules (with the base power).
struct Price {
  double latency_s = 0, energy_j = 0;
};

/// A hand-over between two placed operators, by position.
struct Edge {
  std::size_t from = 0, to = 0;
};

/// A problem laid out for search. Positions count the table's placed operators.
class SearchSpace {
 public:
  explicit SearchSpace(const CostTable& costs);

  const CostTable& costs() const { return *costs_; }
  std::size_t size() const { return costs_->placed().size(); }
  std::size_t modes() const { return costs_->modes().size(); }
  OpId op(std::size_t position) const { return costs_->placed()[position]; }
  const Unit& unit(std::size_t mode) const { return soc_->unit(costs_->modes()[mode].unit); }
  bool same_unit(std::size_t a, std::size_t b) const {
    return costs_->modes()[a].unit == costs_->modes()[b].unit;
  }
  bool supported(std::size_t position, std::size_t mode) const {
    return costs_->supported(op(position), mode);
  }
  double latency_s(std::size_t position, std::size_t mode) const {
    return costs_->latency_s(op(position), mode);
  }
  /// Of latency_s, what loading the network's input takes: it does not wait for predecessors.
  double load_s(std::size_t position, std::size_t mode) const {
    return load_s_.empty() ? 0 : load_s_[position * modes() + mode];
  }
  /// Seconds more in a plan that spreads over several units.
  double spread_s(std::size_t position, std::size_t mode) const;
  /// Beginning to run on a unit with this operator, the one before it having run elsewhere.
  Price arrival(std::size_t position, std::size_t mode) const;
  /// With the base power.
  double energy_j(std::size_t position, std::size_t mode) const {
    return costs_->energy_j(op(position), mode) + base_power_w_ * latency_s(position, mode);
  }
  double base_power_w() const { return base_power_w_; }

  std::span<const Edge> edges() const { return edges_; }
  /// Indices into edges(): [first_input(p), first_input(p + 1)) lead to position p.
  std::size_t first_input(std::size_t position) const { return first_input_[position]; }
  const HandOver& hand_over(std::size_t edge, std::size_t from_mode, std::size_t to_mode);
  /// Every placed operator reads exactly the one before it, and only the first the network's input:
  /// then nothing overlaps and times add up.
  bool is_chain() const;

  /// Indices of the modes in which every clock is at the highest OPP that any mode asks of it: with
  /// these no clock ever changes. All modes if those cannot run every operator.
  std::vector<std::size_t> steady_modes() const;
  /// Do these modes ask for one OPP of each clock?
  bool is_steady(std::span<const std::size_t> modes) const;

  /// `mode_of`: a mode index by position.
  Plan plan(std::span<const std::size_t> mode_of) const;

 private:
  void find_loads();
  HandOver ask(std::size_t e, std::size_t from_mode, std::size_t to_mode);
  /// What the edge's reader costs more in a mode on another unit; J without the base power.
  const Price& cut_off(std::size_t edge, std::size_t mode);

  const CostTable* costs_;
  const Soc* soc_;
  double base_power_w_;
  std::vector<Edge> edges_;
  std::vector<std::size_t> first_input_;
  std::vector<double>
      load_s_;  ///< [position * modes + mode]; empty: only the first operator loads.
  std::vector<std::vector<std::unique_ptr<HandOver>>> hand_overs_;  ///< [edge][from * modes + to]
  std::vector<std::vector<std::optional<Price>>> cut_offs_;         ///< [edge][mode]
  std::vector<bool> no_link_;                                       ///< [from * modes + to]
};

/// Of a whole plan or one operator: s, J or J s; throughput counts as latency.
inline double combine(Objective objective, double latency_s, double energy_j) {
  switch (objective) {
    case Objective::energy:
      return energy_j;
    case Objective::edp:
      return energy_j * latency_s;
    default:
      return latency_s;
  }
}

}  // namespace partita
