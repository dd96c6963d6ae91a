#include "sim/engine/throttle.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

const ThermalTrip& trip_of(const ThermalZone& zone, int trip) {
  return zone.trips[static_cast<std::size_t>(trip)];
}

}  // namespace

Throttle::Throttle(const Soc& soc, std::vector<std::vector<double>> opp_power_w)
    : soc_(&soc), opp_power_w_(std::move(opp_power_w)) {
  if (!soc.thermal) throw std::logic_error("throttling needs a thermal section");
  if (opp_power_w_.size() != soc.domains.size())
    throw std::logic_error("powers for every domain are expected");
  for (const ThermalZone& zone : soc.thermal->zones) {
    Zone state;
    if (zone.polling_s == 0) state.due_s = kNever;
    state.states.assign(zone.cooling.size(), 0);
    zones_.push_back(std::move(state));
  }
  apply();
}

double Throttle::next_poll_s() const {
  double next = kNever;
  for (const Zone& zone : zones_) next = std::min(next, zone.due_s);
  return next;
}

std::vector<Throttle::Wake> Throttle::wakes_at_c() const {
  std::vector<Wake> out;
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    const ThermalZone& zone = soc_->thermal->zones[z];
    if (zones_[z].due_s != kNever) continue;
    for (const ThermalTrip& trip : zone.trips) out.push_back({zone.node, trip.temperature_c});
  }
  return out;
}

void Throttle::poll(double now_s, std::span<const double> temperatures_c,
                    std::span<const DomainDemand> demands) {
  if (demands.size() != soc_->domains.size())
    throw std::logic_error("a demand of every domain is expected");
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    const ThermalZone& zone = soc_->thermal->zones[z];
    const double now_c = temperatures_c[static_cast<std::size_t>(zone.node)];
    const bool woken = zones_[z].due_s == kNever &&
                       std::any_of(zone.trips.begin(), zone.trips.end(),
                                   [&](const ThermalTrip& t) { return now_c >= t.temperature_c; });
    if (zones_[z].due_s <= now_s || woken) look(z, now_s, now_c, demands);
  }
  apply();
}

void Throttle::look(std::size_t index, double now_s, double now_c,
                    std::span<const DomainDemand> demands) {
  const ThermalZone& zone = soc_->thermal->zones[index];
  Zone& state = zones_[index];
  for (const ThermalTrip& trip : zone.trips)
    if (trip.kind == TripKind::critical && now_c >= trip.temperature_c) critical_ = true;
  if (zone.allocator)
    allocate(zone, state, now_c, demands);
  else
    step(zone, state, now_c);
  const bool any_trip =
      std::any_of(zone.trips.begin(), zone.trips.end(), [&](const ThermalTrip& t) {
        return t.kind == TripKind::passive && now_c >= t.temperature_c;
      });
  state.passive = any_trip || std::any_of(state.states.begin(), state.states.end(),
                                          [](int s) { return s > 0; });
  state.last_c = now_c;
  state.seen = true;
  const double wait = state.passive ? zone.passive_s : zone.polling_s;
  state.due_s = wait > 0 ? now_s + wait : kNever;
}

void Throttle::step(const ThermalZone& zone, Zone& state, double now_c) const {
  for (std::size_t m = 0; m < zone.cooling.size(); ++m) {
    const CoolingMap& map = zone.cooling[m];
    const ThermalTrip& trip = trip_of(zone, map.trip);
    int& s = state.states[m];
    if (now_c >= trip.temperature_c) {
      const bool falls = state.seen && now_c < state.last_c;
      if (!falls) s = std::clamp(s + 1, map.least_state, map.most_state);
    } else if (now_c < trip.temperature_c - trip.hysteresis_k) {
      s = s > map.least_state ? s - 1 : 0;  // Off: not even the least state.
    }
  }
}

double Throttle::power_w(DomainId domain, int opp) const {
  const auto& table = opp_power_w_[static_cast<std::size_t>(partita::index(domain))];
  return table.at(static_cast<std::size_t>(opp));
}

/// What may be drawn now: sustainable power, corrected by proportion and integral of the error.
double Throttle::budget_w(const PowerAllocator& pid, Zone& state, double error_k,
                          double dt_s) const {
  const double proportion = (error_k < 0 ? pid.k_po_w_per_k : pid.k_pu_w_per_k) * error_k;
  if (error_k < pid.integral_cutoff_k) state.integral_k_s += error_k * dt_s;
  return std::max(0.0, pid.sustainable_w + proportion + pid.k_i_w_per_k_s * state.integral_k_s);
}

void Throttle::allocate(const ThermalZone& zone, Zone& state, double now_c,
                        std::span<const DomainDemand> demands) const {
  const PowerAllocator& pid = *zone.allocator;
  if (now_c < trip_of(zone, pid.switch_on_trip).temperature_c) {
    state.integral_k_s = 0;
    std::fill(state.states.begin(), state.states.end(), 0);
    return;
  }
  const double budget =
      budget_w(pid, state, trip_of(zone, pid.control_trip).temperature_c - now_c, zone.passive_s);
  const std::size_t n = zone.cooling.size();
  std::vector<double> asked(n), most(n), granted(n);
  double total = 0;
  for (std::size_t m = 0; m < n; ++m) {
    const CoolingMap& map = zone.cooling[m];
    const DomainDemand& demand = demands[partita::index(map.domain)];
    asked[m] = map.weight * demand.load * power_w(map.domain, demand.opp);
    most[m] = power_w(map.domain, soc_->top_opp(map.domain));
    total += asked[m];
  }
  // In proportion to what is asked, none above its most; what is spare to those below theirs.
  double spare = 0, room = 0;
  for (std::size_t m = 0; m < n; ++m) {
    granted[m] = total > 0 ? budget * asked[m] / total : budget / static_cast<double>(n);
    spare += std::max(0.0, granted[m] - most[m]);
    granted[m] = std::min(granted[m], most[m]);
    room += most[m] - granted[m];
  }
  for (std::size_t m = 0; m < n; ++m) {
    const CoolingMap& map = zone.cooling[m];
    if (room > 0) granted[m] += std::min(1.0, spare / room) * (most[m] - granted[m]);
    // A domain that is half busy may run at twice the power of its share.
    const double load = std::max(demands[partita::index(map.domain)].load, 0.01);
    const int top = soc_->top_opp(map.domain);
    int opp = 0;
    for (int o = 0; o <= top; ++o)
      if (power_w(map.domain, o) * load <= granted[m] * (1 + 1e-12)) opp = o;
    state.states[m] = std::clamp(top - opp, map.least_state, map.most_state);
  }
}

void Throttle::apply() {
  caps_.clear();
  for (const Domain& domain : soc_->domains)
    caps_.push_back(static_cast<int>(domain.opps.size()) - 1);
  for (std::size_t z = 0; z < zones_.size(); ++z) {
    const ThermalZone& zone = soc_->thermal->zones[z];
    for (std::size_t m = 0; m < zone.cooling.size(); ++m) {
      const DomainId domain = zone.cooling[m].domain;
      int& cap = caps_[partita::index(domain)];
      cap = std::min(cap, std::max(0, soc_->top_opp(domain) - zones_[z].states[m]));
    }
  }
}

}  // namespace partita
