// HEFT: Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task scheduling for
// heterogeneous computing", IEEE TPDS 13(3), 2002, section 4.1.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "partitioners/search.h"

namespace partita {
namespace {

struct Interval {
  double start_s, finish_s;
};

/// Busy time of every resource bit, sorted by start.
class Occupancy {
 public:
  /// First time from `ready_s` on at which all `resources` are free for `duration_s`.
  double earliest(std::uint64_t resources, double ready_s, double duration_s) const {
    double start_s = ready_s;
    for (bool moved = true; moved;) {
      moved = false;
      for (std::uint64_t bits = resources; bits; bits &= bits - 1)
        for (const Interval& busy : busy_[std::countr_zero(bits)])
          if (busy.start_s < start_s + duration_s && busy.finish_s > start_s) {
            start_s = busy.finish_s;
            moved = true;
          }
    }
    return start_s;
  }
  void hold(std::uint64_t resources, Interval interval) {
    for (std::uint64_t bits = resources; bits; bits &= bits - 1) {
      auto& busy = busy_[std::countr_zero(bits)];
      busy.insert(std::upper_bound(
                      busy.begin(), busy.end(), interval,
                      [](const Interval& x, const Interval& y) { return x.start_s < y.start_s; }),
                  interval);
    }
  }

 private:
  std::array<std::vector<Interval>, 64> busy_;
};

class Heft {
 public:
  explicit Heft(const CostTable& costs) : space_(costs), modes_(space_.steady_modes()) {}

  PartitionResult run() {
    rank();
    std::vector<std::size_t> by_rank(space_.size());
    std::iota(by_rank.begin(), by_rank.end(), 0);
    std::stable_sort(by_rank.begin(), by_rank.end(),
                     [&](std::size_t x, std::size_t y) { return rank_[x] > rank_[y]; });
    mode_of_.resize(space_.size());
    when_.resize(space_.size());
    for (std::size_t p : by_rank) place(p);
    PartitionResult result;
    result.plan = space_.plan(mode_of_);
    result.plan.order = queue_order();
    return result;
  }

 private:
  /// Mean over the pairs of modes on different units that have a link.
  double mean_hand_over(std::size_t edge) {
    double sum = 0;
    int pairs = 0;
    for (std::size_t a : modes_)
      for (std::size_t b : modes_) {
        if (space_.costs().modes()[a].unit == space_.costs().modes()[b].unit) continue;
        const double latency_s = space_.hand_over(edge, a, b).latency_s;
        if (latency_s == kInfinity) continue;
        sum += latency_s;
        ++pairs;
      }
    return pairs ? sum / pairs : 0;
  }

  double mean_latency(std::size_t position) const {
    double sum = 0;
    int runs = 0;
    for (std::size_t m : modes_)
      if (space_.supported(position, m)) sum += space_.latency_s(position, m), ++runs;
    return sum / runs;
  }

  /// Upward rank: mean time from here to the end. A free operator ranks with its reader; by_rank's
  /// stable sort then keeps the topological order.
  void rank() {
    rank_.assign(space_.size(), 0);
    for (std::size_t p = space_.size(); p-- > 0;) {
      rank_[p] += mean_latency(p);
      for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e) {
        double& below = rank_[space_.edges()[e].from];
        below = std::max(below, mean_hand_over(e) + rank_[p]);
      }
    }
  }

  void place(std::size_t position) {
    Interval best{0, kInfinity};
    for (std::size_t m : modes_) {
      if (!space_.supported(position, m)) continue;
      double ready_s = 0;
      for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1);
           ++e) {
        const std::size_t producer = space_.edges()[e].from;
        const HandOver& step = space_.hand_over(e, mode_of_[producer], m);
        ready_s = std::max(ready_s, when_[producer].finish_s + step.latency_s);
      }
      if (ready_s == kInfinity) continue;
      const double duration_s = space_.latency_s(position, m);
      const double start_s = occupancy_.earliest(space_.unit(m).resources, ready_s, duration_s);
      if (start_s + duration_s < best.finish_s) {
        best = {start_s, start_s + duration_s};
        mode_of_[position] = m;
      }
    }
    if (best.finish_s == kInfinity)
      throw UnsupportedError(fmt::format("heft: no unit that runs \"{}\" has links from its inputs",
                                         space_.costs().graph().op(space_.op(position)).name));
    when_[position] = best;
    occupancy_.hold(space_.unit(mode_of_[position]).resources, best);
  }

  std::vector<OpId> queue_order() const {
    std::vector<std::size_t> by_start(space_.size());
    std::iota(by_start.begin(), by_start.end(), 0);
    std::stable_sort(by_start.begin(), by_start.end(), [&](std::size_t x, std::size_t y) {
      return when_[x].start_s < when_[y].start_s;
    });
    std::vector<OpId> order;
    for (std::size_t p : by_start) order.push_back(space_.op(p));
    return order;
  }

  SearchSpace space_;
  std::vector<std::size_t> modes_;
  std::vector<double> rank_;
  std::vector<std::size_t> mode_of_;
  std::vector<Interval> when_;
  Occupancy occupancy_;
};

PartitionResult run(const PartitionProblem&, const CostTable& costs) {
  return Heft(costs).run();
}

}  // namespace

PartitionerInfo make_heft() {
  return {"heft",
          "list scheduling by upward rank, earliest finish with insertion, at the highest clocks",
          {Objective::latency},
          {},
          run};
}

}  // namespace partita
