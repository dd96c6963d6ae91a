#include <algorithm>
#include <bit>

#include "partitioners/co_run.h"
#include "partitioners/search.h"
#include "sim/plan/max_min.h"

namespace partita {
namespace {

constexpr double kTie = 1e-12;  ///< Relative: sums in another order are not an improvement.

void add_load(const CoRunTask& task, double seconds, std::vector<double>& load_s) {
  for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
    load_s[std::countr_zero(bits)] += seconds;
}

}  // namespace

CoRunLoad load_of(const std::vector<CoRunTask>& tasks) {
  CoRunLoad load;
  for (const CoRunTask& task : tasks) {
    load.chain_s += task.duration_s;
    const auto at = std::find_if(load.held_s.begin(), load.held_s.end(),
                                 [&](const auto& held) { return held.first == task.resources; });
    if (at == load.held_s.end())
      load.held_s.emplace_back(task.resources, task.duration_s);
    else
      at->second += task.duration_s;
  }
  return load;
}

double least_s(const std::vector<const CoRunLoad*>& networks) {
  double least = 0;
  for (const CoRunLoad* load : networks) {
    least = std::max(least, load->chain_s);
    // The busiest resource is one that somebody holds: sums over the holders of each bit.
    for (const auto& [resources, seconds] : load->held_s)
      for (std::uint64_t bits = resources; bits; bits &= bits - 1) {
        double sum_s = 0;
        for (const CoRunLoad* other : networks)
          for (const auto& [held, held_s] : other->held_s)
            if (held & bits & -bits) sum_s += held_s;
        least = std::max(least, sum_s);
      }
  }
  return least;
}

bool CoRun::improve(const std::vector<std::vector<CoRunTask>>& networks, std::int64_t& budget) {
  tasks_ = &networks;
  budget_ = &budget;
  improved_ = false;
  path_.start_s.clear();
  State state;
  state.load_s.assign(64, 0);
  for (const auto& tasks : networks) {
    path_.start_s.emplace_back(tasks.size(), 0.0);
    state.networks.emplace_back();
    state.chain_s.push_back(0);
    for (const CoRunTask& task : tasks) {
      state.chain_s.back() += task.duration_s;
      add_load(task, task.duration_s, state.load_s);
    }
  }
  descend(std::move(state));
  return improved_;
}

double CoRun::bound_s(const State& state) const {
  const double chain_s = *std::max_element(state.chain_s.begin(), state.chain_s.end());
  const double load_s = *std::max_element(state.load_s.begin(), state.load_s.end());
  return state.now_s + std::max(chain_s, load_s);
}

bool CoRun::starts(const State& state, std::size_t network) const {
  const Running& running = state.networks[network];
  const auto& tasks = (*tasks_)[network];
  return !running.runs && running.next < tasks.size() &&
         !(tasks[running.next].resources & state.busy);
}

void CoRun::start(State& state, std::size_t network) {
  Running& running = state.networks[network];
  const CoRunTask& task = (*tasks_)[network][running.next];
  running.runs = true;
  running.left_s = task.duration_s;
  state.busy |= task.resources;
  path_.start_s[network][running.next] = state.now_s;
}

/// To the next end of a task; false: nothing runs.
bool CoRun::advance(State& state) {
  demands_.clear();
  double step_s = kInfinity;
  for (std::size_t n = 0; n < state.networks.size(); ++n) {
    const Running& running = state.networks[n];
    if (!running.runs) continue;
    const CoRunTask& task = (*tasks_)[n][running.next];
    demands_.push_back(task.duration_s > 0 ? task.bytes / task.duration_s : 0);
  }
  if (demands_.empty()) return false;
  max_min_rates(demands_, bus_, rates_);
  const auto speed = [&](std::size_t flow) {
    return demands_[flow] > 0 ? rates_[flow] / demands_[flow] : 1;
  };
  std::size_t flow = 0;
  for (const Running& running : state.networks)
    if (running.runs) step_s = std::min(step_s, running.left_s / speed(flow++));
  flow = 0;
  for (std::size_t n = 0; n < state.networks.size(); ++n) {
    Running& running = state.networks[n];
    if (!running.runs) continue;
    const CoRunTask& task = (*tasks_)[n][running.next];
    const double pace = speed(flow++);
    const bool ends = running.left_s / pace <= step_s * (1 + kTie);
    const double done_s = ends ? running.left_s : step_s * pace;
    running.left_s -= done_s;
    state.chain_s[n] -= done_s;
    add_load(task, -done_s, state.load_s);
    if (!ends) continue;
    running.runs = false;
    ++running.next;
    state.busy &= ~task.resources;
  }
  state.now_s += step_s;
  return true;
}

void CoRun::descend(State state) {
  while (true) {
    if (--*budget_ < 0 && found_) return;
    if (found_ && bound_s(state) >= best_.makespan_s * (1 - kTie)) return;
    for (std::size_t n = 0; n < state.networks.size(); ++n)
      if (starts(state, n) && (*tasks_)[n][state.networks[n].next].sticky) start(state, n);
    // Whoever meets no rival starts; rivals are tried one after the other.
    std::vector<std::size_t> rivals;
    for (std::size_t n = 0; n < state.networks.size(); ++n) {
      if (!starts(state, n)) continue;
      const std::uint64_t wants = (*tasks_)[n][state.networks[n].next].resources;
      bool alone = true;
      for (std::size_t other = 0; other < state.networks.size(); ++other)
        if (other != n && starts(state, other) &&
            ((*tasks_)[other][state.networks[other].next].resources & wants))
          alone = false;
      if (alone)
        start(state, n);
      else
        rivals.push_back(n);
    }
    if (!rivals.empty()) {
      for (std::size_t n : rivals) {
        State next = state;
        start(next, n);
        descend(std::move(next));
      }
      return;
    }
    if (!advance(state)) break;
  }
  path_.makespan_s = state.now_s;
  best_ = path_;
  found_ = improved_ = true;
}

}  // namespace partita
