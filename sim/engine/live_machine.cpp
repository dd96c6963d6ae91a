#include "sim/engine/live_machine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

namespace partita::engine {

void LiveMachine::at(double seconds, Due::Kind kind, std::uint32_t index, std::int32_t extra) {
  if (!(seconds < 1e6)) return;  // Never, in a run.
  dues_.push({std::max(to_picoseconds(seconds), now_ps()), due_number_++, kind, index, extra});
}

/// A later wake than armed is left to come for nothing: cheaper than cancelling.
void LiveMachine::arm() {
  if (dues_.empty()) return;
  const std::int64_t next = dues_.top().at_ps;
  const std::int64_t now = now_ps();
  if (armed_ps_ > now && armed_ps_ <= next) return;
  armed_ps_ = next;
  timer_.notify(picoseconds(next - now));
}

bool LiveMachine::over() const {
  if (active_ > 0) return now_s() > setup_.duration_s + options_.longest_s;
  return arrivals_open_ == 0 && now_s() >= setup_.duration_s - 1e-12;
}

void LiveMachine::end_if_over() {
  ended_ = over();
  traffic_bytes_per_s_ = bus_->rate_bytes_per_s();
  if (ended_) dues_ = {};
  arm();
}

void LiveMachine::on_timer() try {
  if (ended_) return;  // What was still to come nobody waits for.
  ++wakes_;
  armed_ps_ = 0;
  account();
  while (!dues_.empty() && dues_.top().at_ps <= now_ps()) {
    const Due due = dues_.top();
    dues_.pop();
    handle(due);
  }
  ask_scheduler();
  dispatch();
  end_if_over();
} catch (...) {
  failure_ = std::current_exception();
}

void LiveMachine::handle(const Due& due) {
  switch (due.kind) {
    case Due::Kind::arrival:
      --arrivals_open_;
      for (int i = 0; i < setup_.streams[due.index].stream.batch; ++i)
        arrive(static_cast<int>(due.index), 0);
      next_arrival(due.index);
      return;
    case Due::Kind::follow:
      --arrivals_open_;
      arrive(static_cast<int>(due.index), due.extra);
      return;
    case Due::Kind::governor:
      governor_tick(due.index);
      return;
    case Due::Kind::clock:
      set_clock(due.index, due.extra);
      return;
    case Due::Kind::condition:
      if (options_.conditions) refresh_conditions();
      return;
    case Due::Kind::heat:
      poll_heat();
      return;
    case Due::Kind::wake:
      begin(due.index, waking_[due.index]);
      return;
    case Due::Kind::end:
      return;
    case Due::Kind::sample:
      sample();
      at(now_s() + options_.sample_s, Due::Kind::sample, 0);
      return;
  }
}

/// On every unit what ranks highest starts when all its hardware is free; what must wait keeps its
/// hardware from those that rank lower, so that nobody starves.
void LiveMachine::dispatch() {
  std::array<std::uint32_t, kMostUnits> heads;
  std::size_t count = 0;
  for (std::uint32_t u = 0; u < ready_.size(); ++u)
    if (!ready_[u].empty() && !offline_[u]) heads[count++] = u;
  std::sort(heads.begin(), heads.begin() + count, [&](std::uint32_t a, std::uint32_t b) {
    return ready_[b].front() < ready_[a].front();
  });
  std::uint64_t taken = busy_resources_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t unit = heads[i];
    const std::uint64_t needs = soc_.units[unit].resources;
    if ((needs & taken) == 0) {
      std::pop_heap(ready_[unit].begin(), ready_[unit].end());
      const Ready ready = ready_[unit].back();
      ready_[unit].pop_back();
      start(unit, ready);
    }
    taken |= needs;
  }
}

std::pair<std::int64_t, double> LiveMachine::pace_of(const Task& task,
                                                     const Schedule& schedule) const {
  if (task.pace < 0) return {task.duration_ps, task.power_w};
  const std::size_t cell = schedule.pace_cell(task, opps_);
  return {schedule.pace_duration_ps[cell], schedule.pace_power_w[cell]};
}

/// Of the deepest state that a cluster of the unit has been idle long enough for (assumed: the
/// idle governor guesses right), the time to leave it; of a link to a second device what the
/// conditions add to its round trip.
double LiveMachine::wake_s(std::uint32_t unit) const {
  double longest = 0;
  const Unit& u = soc_.units[unit];
  if (u.kind == UnitKind::network)  // Whatever goes up comes back, by the wire or as the result.
    return options_.conditions && u.name.ends_with(".up")
               ? setup_.conditions.round_trip_s.at(now_s())
               : 0;
  for (const CoreUse& use : u.cores) {
    const auto c = static_cast<std::size_t>(use.cluster);
    const double idle = static_cast<double>(now_ps() - idle_since_ps_[c]) * 1e-12;
    double leave = 0;
    for (const IdleState& state : soc_.clusters[c].idle_states)
      if (options_.idle && idle >= state.residency_s && load_[c] == 0) leave = state.exit_s;
    longest = std::max(longest, leave);
  }
  return longest;
}

void LiveMachine::start(std::uint32_t unit, const Ready& ready) {
  const double wake = wake_s(unit);
  if (wake <= 0) {
    begin(unit, ready);
    return;
  }
  busy_resources_ |= soc_.units[unit].resources;
  waking_[unit] = ready;
  at(now_s() + wake, Due::Kind::wake, unit);
}

void LiveMachine::begin(std::uint32_t unit, const Ready& ready) {
  LiveJob& job = jobs_[ready.job];
  const Schedule& schedule = job.fragment->schedule;
  const Task& task = schedule.tasks[ready.task];
  RequestRecord& record = result_.requests[job.record];
  if (record.started_ps < 0) {
    record.started_ps = now_ps();
    --stream_waiting_[static_cast<std::size_t>(job.stream)];
  }
  if (job.piece_begun_ps < 0) job.piece_begun_ps = now_ps();
  const auto [alone_ps, power_w] = pace_of(task, schedule);
  const auto duration_ps =
      static_cast<std::int64_t>(std::llround(static_cast<double>(alone_ps) / speed_[unit]));
  Running& running = running_[unit];
  running = {true,    ready.job, ready.task, power_w, 0, task.bytes, to_seconds(task.duration_ps),
             now_ps()};
  if (task.pace >= 0) {
    running.expected_s =
        to_seconds(schedule.pace_duration_ps[schedule.pace_cell(task, schedule.initial_opp)]);
    // What the host does of it, by how the time goes with the host's clock: L = own + host / f.
    const Pace& pace = schedule.paces[static_cast<std::size_t>(task.pace)];
    if (pace.host_opps > 1) {
      const auto& host = soc_.domain(pace.host).opps;
      const std::size_t row =
          schedule.pace_cell(task, opps_) - static_cast<std::size_t>(opps_[index(pace.host)]);
      const auto slow = static_cast<double>(schedule.pace_duration_ps[row]);
      const auto fast = static_cast<double>(schedule.pace_duration_ps[row + pace.host_opps - 1u]);
      const double ratio = host.front().frequency_hz / host.back().frequency_hz;
      const double now_hz = host[static_cast<std::size_t>(opps_[index(pace.host)])].frequency_hz;
      if (slow > fast && alone_ps > 0)
        running.host_share = std::min(1.0, (slow - fast) / (1 - ratio) * host.front().frequency_hz /
                                               now_hz / static_cast<double>(alone_ps));
    }
  }
  busy_resources_ |= soc_.units[unit].resources;
  ++result_.tasks;
  result_.bytes += task.bytes;
  if (options_.contention && task.bytes > 0 && duration_ps > 0)
    bus_->add(unit, duration_ps, power_w, task.bytes, soc_.units[unit].memory_bandwidth_bytes_per_s,
              soc_.units[unit].contention ? &*soc_.units[unit].contention : nullptr);
  else
    units_[unit]->start(unit, duration_ps, power_w);
  if (options_.cache && !soc_.units[unit].cores.empty()) share_cache();
  load_changed(unit);
}

/// Clusters at work have equal parts of the cache that they share, and a task misses with the
/// square root of what is taken away (Hartstein et al., Computing Frontiers 2006; measured
/// exponents are 0.3 to 0.7).
void LiveMachine::share_cache() {
  const auto shares = [&](const CoreUse& use) {
    const Cluster& cluster = soc_.clusters[static_cast<std::size_t>(use.cluster)];
    return !cluster.caches.empty() && cluster.caches.back().shared_by_cores > cluster.cores;
  };
  int busy = 0;
  for (std::size_t u = 0; u < running_.size(); ++u)
    if (running_[u].active)
      for (const CoreUse& use : soc_.units[u].cores) busy += shares(use);
  for (std::uint32_t u = 0; u < running_.size(); ++u) {
    if (!running_[u].active) continue;
    int own = 0;
    for (const CoreUse& use : soc_.units[u].cores) own += shares(use);
    if (own > 0) bus_->change_bytes(u, running_[u].bytes * std::sqrt(double(busy) / own));
  }
}

/// Its clock, or what others leave of the unit, has changed.
void LiveMachine::repace(std::uint32_t unit) {
  Running& running = running_[unit];
  if (!running.active) return;
  const LiveJob& job = jobs_[running.job];
  const Schedule& schedule = job.fragment->schedule;
  const auto [alone_ps, power_w] = pace_of(schedule.tasks[running.task], schedule);
  const auto duration_ps =
      static_cast<std::int64_t>(std::llround(static_cast<double>(alone_ps) / speed_[unit]));
  running.power_w = power_w;
  if (!bus_->change_pace(unit, duration_ps, power_w))
    units_[unit]->change_pace(duration_ps, power_w);
}

void LiveMachine::finished(std::uint32_t unit, double) try {
  if (ended_) return;
  account();
  Running& running = running_[unit];
  const std::uint32_t id = running.job, task_id = running.task;
  LiveJob& job = jobs_[id];
  const Fragment& fragment = *job.fragment;
  const Task& task = fragment.schedule.tasks[task_id];
  if (options_.spans)
    result_.spans.push_back({running.begun_ps, now_ps(), job.stream, job.record,
                             static_cast<std::uint8_t>(unit), task.kind, task.op});
  // EWMA with 0.1, as Band's profiler keeps it.
  if (task.kind == TaskKind::compute && running.expected_s > 0)
    unit_slowdown_[unit] +=
        0.1 * (to_seconds(now_ps() - running.begun_ps) / running.expected_s - unit_slowdown_[unit]);
  running.active = false;
  busy_resources_ &= ~soc_.units[unit].resources;
  for (const CoreUse& use : soc_.units[unit].cores)
    idle_since_ps_[static_cast<std::size_t>(use.cluster)] = now_ps();
  if (options_.cache && !soc_.units[unit].cores.empty()) share_cache();
  load_changed(unit);
  --job.left;
  if (!job.failed)
    for (std::uint32_t r = fragment.reader_begin[task_id]; r < fragment.reader_begin[task_id + 1];
         ++r) {
      const std::uint32_t reader = fragment.readers[r];
      if (--job.missing[reader] > 0) continue;
      const std::uint32_t on = fragment.schedule.tasks[reader].unit;
      ready_[on].push_back({setup_.streams[static_cast<std::size_t>(job.stream)].stream.priority,
                            job.turn, reader, id});
      std::push_heap(ready_[on].begin(), ready_[on].end());
    }
  if (job.left == 0) piece_ended(id);
  ask_scheduler();
  dispatch();
  end_if_over();
} catch (...) {
  failure_ = std::current_exception();  // The kernel would hide its type.
}

void LiveMachine::conclude() {
  if (failure_) std::rethrow_exception(failure_);
  result_.elapsed_s = static_cast<double>(accounted_ps_) * 1e-12;
  for (std::size_t d = 0; d < clocks_.size(); ++d)
    result_.mean_clock_hz.push_back(
        result_.elapsed_s > 0
            ? clock_sum_hz_s_[d] / result_.elapsed_s
            : soc_.domains[d].opps[static_cast<std::size_t>(opps_[d])].frequency_hz);
  result_.events = wakes_;
  for (const RequestRecord& record : result_.requests)
    if (record.end == RequestEnd::unfinished && active_ == 0)
      throw std::logic_error("live: a request was lost");
}

}  // namespace partita::engine
