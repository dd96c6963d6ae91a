// Clocks, power and conditions of the living phone.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/engine/live_machine.h"

namespace partita::engine {

/// Everything that goes on at the present rates, up to now.
void LiveMachine::account() {
  const std::int64_t now = now_ps();
  const double seconds = static_cast<double>(now - accounted_ps_) * 1e-12;
  if (now == accounted_ps_) return;
  accounted_ps_ = now;
  double power_w = setup_.base_power_w;
  for (std::size_t u = 0; u < running_.size(); ++u) {
    const Running& running = running_[u];
    if (!running.active) continue;
    power_w += running.power_w;
    result_.unit_busy_s[u] += seconds;
    busy_since_s_[u] += seconds;
    result_.unit_energy_j[u] += running.power_w * seconds;
    result_.stream_energy_j[static_cast<std::size_t>(jobs_[running.job].stream)] +=
        running.power_w * seconds;
  }
  const double memory_w = traffic_bytes_per_s_ * soc_.memory.energy_per_byte_j;
  power_w += memory_w;
  for (std::size_t h = 0; h < load_.size(); ++h) power_w += others_w_[h];
  result_.energy_j += power_w * seconds;
  energy_since_j_ += power_w * seconds;
  for (std::size_t d = 0; d < clocks_.size(); ++d) {
    Clock& clock = clocks_[d];
    clock.governor.advance(seconds, clock.busy);
    clock.busy_s += clock.busy * seconds;
    clock_sum_hz_s_[d] +=
        soc_.domains[d].opps[static_cast<std::size_t>(opps_[d])].frequency_hz * seconds;
    if (clock.wanted > clock.limit()) result_.capped_s[d] += seconds;
  }
  if (heat_) advance_heat(seconds, memory_w);
}

void LiveMachine::load_changed(std::uint32_t unit) {
  const Unit& u = soc_.units[unit];
  const auto changed = [&](DomainId domain) {
    const std::size_t d = index(domain);
    const double before = clocks_[d].busy;
    refresh_busy(d);
    if (clocks_[d].busy > before && clocks_[d].governor.due()) decide_clock(d);
    keep_ticking(d);
  };
  if (u.cores.empty())
    changed(u.domain);
  else
    for (const CoreUse& use : u.cores)
      changed(soc_.clusters[static_cast<std::size_t>(use.cluster)].domain);
  if (u.host_domain) changed(*u.host_domain);
}

/// A core that runs a thread is busy however long its loads take; the rest is background load. A
/// host is busy for its share of what it launches.
void LiveMachine::refresh_busy(std::size_t domain) {
  Clock& clock = clocks_[domain];
  double busy = 0, host = 0;
  for (const std::size_t h : clock.hardware) busy = std::max(busy, load_[h]);
  for (const std::uint32_t u : clock.units) {
    if (!running_[u].active) continue;
    if (soc_.units[u].host_domain && index(*soc_.units[u].host_domain) == domain)
      host += running_[u].host_share;
    else
      busy = 1;
  }
  clock.busy = std::min(1.0, std::max(busy, host));
  // Others' power, where nothing of ours keeps the hardware busy anyway.
  for (const std::size_t h : clock.hardware)
    others_w_[h] = busy < 1 ? load_[h] * hardware_power_w(h, opps_[domain]) : 0;
  if (options_.memory_clock && soc_.memory.top_vote_bytes_per_s > 0) refresh_memory();
}

void LiveMachine::keep_ticking(std::size_t domain) {
  Clock& clock = clocks_[domain];
  if (clock.ticking) return;
  const double wait_s = clock.governor.next_decision_s(clock.busy);
  if (!(wait_s < std::numeric_limits<double>::infinity())) return;
  clock.ticking = true;
  at(now_s() + wait_s, Due::Kind::governor, static_cast<std::uint32_t>(domain));
}

void LiveMachine::governor_tick(std::size_t domain) {
  clocks_[domain].ticking = false;
  if (clocks_[domain].governor.due()) decide_clock(domain);
  keep_ticking(domain);
}

void LiveMachine::decide_clock(std::size_t domain) {
  Clock& clock = clocks_[domain];
  clock.wanted = clock.governor.decide(clock.busy);
  ask_clock(domain);
}

void LiveMachine::ask_clock(std::size_t domain) {
  Clock& clock = clocks_[domain];
  const int target = std::min(clock.wanted, clock.limit());
  if (clock.pending >= 0 || target == opps_[domain]) return;
  clock.pending = target;
  // As measured, where the runtime's profile has a table of delays.
  const double delay_s =
      programs_.front()->model().dvfs_delay_s(make_id<DomainId>(domain), opps_[domain], target);
  if (delay_s > 0)
    at(now_s() + delay_s, Due::Kind::clock, static_cast<std::uint32_t>(domain), target);
  else
    set_clock(domain, target);
}

void LiveMachine::set_clock(std::size_t domain, int opp) {
  Clock& clock = clocks_[domain];
  clock.pending = -1;
  opps_[domain] = static_cast<std::int16_t>(opp);
  clock.governor.set_opp(opp);
  ++result_.clock_changes;
  for (const std::uint32_t u : clock.units) repace(u);
  refresh_busy(domain);
  ask_clock(domain);  // It may want another by now.
}

/// The memory runs as fast as the highest vote of a busy clock asks; a unit without votes asks for
/// the highest.
void LiveMachine::refresh_memory() {
  const Memory& memory = soc_.memory;
  double share = 1;
  if (options_.memory_clock && memory.top_vote_bytes_per_s > 0) {
    share = 0;
    for (std::size_t d = 0; d < clocks_.size(); ++d) {
      const auto& vote =
          soc_.domains[d].opps[static_cast<std::size_t>(opps_[d])].memory_vote_bytes_per_s;
      if (clocks_[d].busy > 0)
        share = std::max(share, vote ? *vote / memory.top_vote_bytes_per_s : 1);
    }
    if (share == 0) return;  // Nobody is there to feel it.
  }
  const double top = memory.shared_bytes_per_s * std::min(share, 1.0);
  bus_->set_capacity(std::max(top * 0.01, top - others_bytes_per_s_));
}

void LiveMachine::refresh_conditions() {
  // A change at a time between two picoseconds has happened at the first of them.
  const double now = now_s() + 1e-12;
  const Conditions& conditions = setup_.conditions;
  double next = std::numeric_limits<double>::infinity();
  const auto look = [&](const Course& course) {
    next = std::min(next, course.next_change_s(now));
    return course.at(now);
  };
  for (std::size_t h = 0; h < load_.size(); ++h)
    load_[h] = std::min(kMostLoad, look(conditions.load[h]));
  std::vector<double> missing;
  for (const Course& course : conditions.offline) missing.push_back(look(course));
  for (std::size_t u = 0; u < soc_.units.size(); ++u) {
    const double speed = speed_left(soc_, make_id<UnitId>(u), load_, missing);
    // What runs when its unit leaves runs to its end.
    offline_[u] = speed == 0;
    if (offline_[u] || speed == speed_[u]) continue;
    speed_[u] = speed;
    repace(static_cast<std::uint32_t>(u));
  }
  others_bytes_per_s_ = look(conditions.memory_bytes_per_s);
  double programs = 0;
  for (const Program* program : programs_) programs += program->memory_bytes();
  result_.peak_memory_bytes =
      std::max(result_.peak_memory_bytes, programs + look(conditions.memory_bytes));
  if (heat_ && conditions.ambient_c) heat_->state.set_ambient(look(*conditions.ambient_c));
  for (std::size_t d = 0; d < clocks_.size(); ++d) {
    Clock& clock = clocks_[d];
    const double cap_hz = look(conditions.cap_hz[d]);
    const auto& opps = soc_.domains[d].opps;
    int cap = static_cast<int>(opps.size()) - 1;
    while (cap > 0 && opps[static_cast<std::size_t>(cap)].frequency_hz > cap_hz * (1 + 1e-9)) --cap;
    clock.cap = cap;
    refresh_busy(d);
    ask_clock(d);
    keep_ticking(d);
  }
  refresh_memory();
  for (const Failure& failure : conditions.failures)
    for (const double edge : {failure.at_s, failure.until_s})
      if (edge > now) next = std::min(next, edge);
  at(next, Due::Kind::condition, 0);
}

void LiveMachine::sample() {
  const double now = now_s();
  const double seconds = now - sampled_s_;
  LiveSample s;
  s.at_s = now;
  for (std::size_t d = 0; d < clocks_.size(); ++d)
    s.clock_hz.push_back(soc_.domains[d].opps[static_cast<std::size_t>(opps_[d])].frequency_hz);
  for (double& busy : busy_since_s_) {
    s.unit_busy.push_back(seconds > 0 ? busy / seconds : 0);
    busy = 0;
  }
  if (heat_)
    s.temperature_c.assign(heat_->state.temperatures().begin(), heat_->state.temperatures().end());
  s.power_w = seconds > 0 ? energy_since_j_ / seconds : setup_.base_power_w;
  s.bandwidth_bytes_per_s = traffic_bytes_per_s_;
  energy_since_j_ = 0;
  sampled_s_ = now;
  result_.samples.push_back(std::move(s));
}

}  // namespace partita::engine
