#include "partitioners/list_schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace partita {

double Occupancy::earliest(std::uint64_t resources, double ready_s, double duration_s) const {
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

void Occupancy::hold(std::uint64_t resources, Interval interval) {
  for (std::uint64_t bits = resources; bits; bits &= bits - 1) {
    auto& busy = busy_[std::countr_zero(bits)];
    busy.insert(std::upper_bound(
                    busy.begin(), busy.end(), interval,
                    [](const Interval& x, const Interval& y) { return x.start_s < y.start_s; }),
                interval);
  }
}

void Occupancy::release(std::uint64_t resources, Interval interval) {
  for (std::uint64_t bits = resources; bits; bits &= bits - 1) {
    auto& busy = busy_[std::countr_zero(bits)];
    busy.erase(std::find_if(busy.begin(), busy.end(), [&](const Interval& x) {
      return x.start_s == interval.start_s && x.finish_s == interval.finish_s;
    }));
  }
}

ListSchedule::ListSchedule(const CostTable& costs)
    : space_(costs), modes_(space_.steady_modes()), mode_of_(space_.size()), when_(space_.size()) {}

double ListSchedule::mean_hand_over(std::size_t edge) {
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

double ListSchedule::mean_latency(std::size_t position) const {
  double sum = 0;
  int runs = 0;
  for (std::size_t m : modes_)
    if (space_.supported(position, m)) sum += space_.latency_s(position, m), ++runs;
  return sum / runs;
}

std::vector<double> ListSchedule::upward_rank() {
  std::vector<double> rank(space_.size());
  for (std::size_t p = space_.size(); p-- > 0;) {
    rank[p] += mean_latency(p);
    for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e) {
      double& below = rank[space_.edges()[e].from];
      below = std::max(below, mean_hand_over(e) + rank[p]);
    }
  }
  return rank;
}

std::vector<double> ListSchedule::downward_rank() {
  std::vector<double> rank(space_.size());
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e) {
      const std::size_t producer = space_.edges()[e].from;
      rank[p] = std::max(rank[p], rank[producer] + mean_latency(producer) + mean_hand_over(e));
    }
  return rank;
}

std::optional<Interval> ListSchedule::slot(std::size_t position, std::size_t mode) {
  if (!space_.supported(position, mode)) return std::nullopt;
  double ready_s = 0;
  for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1); ++e) {
    const std::size_t producer = space_.edges()[e].from;
    const HandOver& step = space_.hand_over(e, mode_of_[producer], mode);
    ready_s = std::max(ready_s, when_[producer].finish_s + step.latency_s);
  }
  if (ready_s == kInfinity) return std::nullopt;
  const double duration_s = space_.latency_s(position, mode);
  const double start_s = occupancy_.earliest(space_.unit(mode).resources, ready_s, duration_s);
  return Interval{start_s, start_s + duration_s};
}

void ListSchedule::place(std::size_t position, std::size_t mode, Interval when) {
  mode_of_[position] = mode;
  when_[position] = when;
  occupancy_.hold(space_.unit(mode).resources, when);
}

void ListSchedule::place_earliest(std::size_t position, const char* name) {
  Interval best{0, kInfinity};
  std::size_t best_mode = 0;
  for (std::size_t m : modes_)
    if (const auto when = slot(position, m); when && when->finish_s < best.finish_s) {
      best = *when;
      best_mode = m;
    }
  if (best.finish_s == kInfinity) throw_no_link(position, name);
  place(position, best_mode, best);
}

void ListSchedule::throw_no_link(std::size_t position, const char* name) const {
  throw UnsupportedError(fmt::format("{}: no unit that runs \"{}\" has links from its inputs", name,
                                     space_.costs().graph().op(space_.op(position)).name));
}

Plan ListSchedule::plan() const {
  std::vector<std::size_t> by_start(space_.size());
  std::iota(by_start.begin(), by_start.end(), 0);
  // Free operators start with their readers: positions, which are topological, break the tie.
  std::stable_sort(by_start.begin(), by_start.end(), [&](std::size_t x, std::size_t y) {
    return when_[x].start_s < when_[y].start_s;
  });
  Plan plan = space_.plan(mode_of_);
  for (std::size_t p : by_start) plan.order.push_back(space_.op(p));
  return plan;
}

ReadyList::ReadyList(const SearchSpace& space, std::vector<double> priority)
    : priority_(std::move(priority)), readers_(space.size()), waits_for_(space.size()) {
  for (const Edge& edge : space.edges()) {
    readers_[edge.from].push_back(edge.to);
    ++waits_for_[edge.to];
  }
  for (std::size_t p = 0; p < space.size(); ++p)
    if (waits_for_[p] == 0) ready_.push_back(p);
}

std::size_t ReadyList::take() {
  const auto first = std::min_element(ready_.begin(), ready_.end(), [&](auto x, auto y) {
    return priority_[x] != priority_[y] ? priority_[x] > priority_[y] : x < y;
  });
  const std::size_t position = *first;
  ready_.erase(first);
  for (std::size_t reader : readers_[position])
    if (--waits_for_[reader] == 0) ready_.push_back(reader);
  return position;
}

}  // namespace partita
