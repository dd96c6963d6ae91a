// What list schedulers share: ranks, and the earliest slot of an operator between those placed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "partitioners/search.h"

namespace partita {

struct Interval {
  double start_s = 0, finish_s = 0;
};

/// Busy time of every resource bit, sorted by start.
class Occupancy {
 public:
  /// First time from `ready_s` on at which all `resources` are free for `duration_s`.
  double earliest(std::uint64_t resources, double ready_s, double duration_s) const;
  void hold(std::uint64_t resources, Interval interval);
  /// Undoes one hold().
  void release(std::uint64_t resources, Interval interval);

 private:
  std::array<std::vector<Interval>, 64> busy_;
};

/// A schedule that grows operator by operator, at the highest clocks. Positions as in SearchSpace;
/// modes are indices of the table.
class ListSchedule {
 public:
  explicit ListSchedule(const CostTable& costs);

  SearchSpace& space() { return space_; }
  const SearchSpace& space() const { return space_; }
  const std::vector<std::size_t>& modes() const { return modes_; }
  /// Over the modes that run it.
  double mean_latency(std::size_t position) const;
  /// Over the pairs of modes on different units that have a link.
  double mean_hand_over(std::size_t edge);
  /// Mean time from the start of each operator to the end of the network.
  std::vector<double> upward_rank();
  /// Mean time from the start of the network to the start of each operator.
  std::vector<double> downward_rank();

  /// The earliest slot after the operator's producers, all of which are placed. Nothing: the mode
  /// cannot run it or has no link.
  std::optional<Interval> slot(std::size_t position, std::size_t mode);
  void place(std::size_t position, std::size_t mode, Interval when);
  /// In the mode where it finishes first. `name`: the partitioner's, for the error.
  void place_earliest(std::size_t position, const char* name);
  [[noreturn]] void throw_no_link(std::size_t position, const char* name) const;

  std::size_t mode_of(std::size_t position) const { return mode_of_[position]; }
  const Interval& when(std::size_t position) const { return when_[position]; }
  Occupancy& occupancy() { return occupancy_; }
  /// Operators queue by their start.
  Plan plan() const;

 private:
  SearchSpace space_;
  std::vector<std::size_t> modes_;
  std::vector<std::size_t> mode_of_;
  std::vector<Interval> when_;
  Occupancy occupancy_;
};

/// The operators whose producers have all been taken, by priority.
class ReadyList {
 public:
  ReadyList(const SearchSpace& space, std::vector<double> priority);
  bool empty() const { return ready_.empty(); }
  /// The one of highest priority; ties: the lowest position. Its readers may become ready.
  std::size_t take();

 private:
  std::vector<double> priority_;
  std::vector<std::vector<std::size_t>> readers_;
  std::vector<std::size_t> waits_for_;  ///< Producers not yet taken.
  std::vector<std::size_t> ready_;
};

}  // namespace partita
