// Heat of the living phone: powers into the RC network at every event, zones that cap clocks.
#include <algorithm>
#include <limits>

#include "sim/engine/live_machine.h"

namespace partita::engine {

/// All cores of a cluster, or an accelerator, fully busy, above the base.
double LiveMachine::hardware_power_w(std::size_t hardware, int opp) const {
  if (hardware >= soc_.clusters.size())
    return busy_power_w(soc_, make_id<UnitId>(hardware - soc_.clusters.size()), opp);
  const Cluster& cluster = soc_.clusters[hardware];
  const PowerModel& power = cluster.power_per_core;
  if (!power.busy_w.empty()) return power.busy_w[static_cast<std::size_t>(opp)] * cluster.cores;
  const Opp& point = soc_.domain(cluster.domain).opps[static_cast<std::size_t>(opp)];
  const double volt = point.voltage_v.value_or(1);
  return (power.static_w + power.capacitance_f * volt * volt * point.frequency_hz) * cluster.cores;
}

void LiveMachine::begin_heat() {
  std::vector<std::vector<double>> powers(soc_.domains.size());
  for (std::size_t d = 0; d < powers.size(); ++d)
    for (int opp = 0; opp <= soc_.top_opp(make_id<DomainId>(d)); ++opp) {
      double sum = 0;
      for (const std::size_t h : clocks_[d].hardware) sum += hardware_power_w(h, opp);
      powers[d].push_back(sum);
    }
  const auto& given = setup_.conditions.ambient_c;
  const double ambient_c = options_.conditions && given ? given->at(0) : soc_.thermal->ambient_c;
  heat_ = std::make_unique<Heat>(soc_, ambient_c, std::move(powers));
  result_.peak_temperature_c.assign(soc_.thermal->nodes.size(), ambient_c);
  plan_poll();
}

/// A CPU unit over several clusters heats them by its threads.
void LiveMachine::advance_heat(double seconds, double memory_w) {
  auto& domain_w = heat_->domain_w;
  std::fill(domain_w.begin(), domain_w.end(), 0);
  for (std::size_t u = 0; u < running_.size(); ++u) {
    if (!running_[u].active) continue;
    const Unit& unit = soc_.units[u];
    int threads = 0;
    for (const CoreUse& use : unit.cores) threads += use.threads;
    if (threads == 0) domain_w[index(unit.domain)] += running_[u].power_w;
    for (const CoreUse& use : unit.cores)
      domain_w[index(soc_.clusters[static_cast<std::size_t>(use.cluster)].domain)] +=
          running_[u].power_w * use.threads / threads;
  }
  for (std::size_t d = 0; d < clocks_.size(); ++d)
    for (const std::size_t h : clocks_[d].hardware) domain_w[d] += others_w_[h];
  node_powers(*soc_.thermal, domain_w, memory_w, setup_.base_power_w, heat_->node_w);
  heat_->state.advance(seconds, heat_->node_w);
  const auto now_c = heat_->state.temperatures();
  for (std::size_t n = 0; n < now_c.size(); ++n)
    result_.peak_temperature_c[n] = std::max(result_.peak_temperature_c[n], now_c[n]);
  for (const Throttle::Wake& wake : heat_->throttle.wakes_at_c())
    if (heat_->state.temperature(wake.node) >= wake.temperature_c && heat_->due_ps != now_ps()) {
      heat_->due_ps = now_ps();
      at(now_s(), Due::Kind::heat, 0);
    }
}

void LiveMachine::plan_poll() {
  const double next = heat_->throttle.next_poll_s();
  if (next < std::numeric_limits<double>::infinity()) at(next, Due::Kind::heat, 0);
}

void LiveMachine::poll_heat() {
  const double now = now_s(), window = now - heat_->polled_s;
  std::vector<DomainDemand> demands;
  for (std::size_t d = 0; d < clocks_.size(); ++d) {
    demands.push_back(
        {opps_[d], window > 0 ? std::min(1.0, clocks_[d].busy_s / window) : clocks_[d].busy});
    clocks_[d].busy_s = 0;
  }
  heat_->polled_s = now;
  const double before = heat_->throttle.next_poll_s();
  heat_->throttle.poll(now + 1e-12, heat_->state.temperatures(), demands);
  result_.critical |= heat_->throttle.critical();
  for (std::size_t d = 0; d < clocks_.size(); ++d) {
    const int cool = heat_->throttle.caps()[d];
    if (cool == clocks_[d].cool) continue;
    clocks_[d].cool = cool;
    ask_clock(d);
  }
  if (heat_->throttle.next_poll_s() != before) plan_poll();
}

}  // namespace partita::engine
