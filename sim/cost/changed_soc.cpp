// The description of a changed SoC: what the engine, bounds and beliefs read beside the costs.
#include <algorithm>
#include <optional>

#include "sim/cost/device_changes.h"

namespace partita {
namespace {

/// The factor that every CPU unit on this cluster has; 1 where they differ, for cores are shared.
double common_factor(const Soc& soc, std::size_t cluster, const DeviceChanges& changes,
                     double DeviceChanges::OfUnit::*part) {
  std::optional<double> common;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    for (const CoreUse& use : soc.units[u].cores) {
      if (static_cast<std::size_t>(use.cluster) != cluster) continue;
      const double factor = changes.units[u].*part;
      if (common && *common != factor) return 1;
      common = factor;
    }
  return common.value_or(1);
}

PowerModel scaled(PowerModel power, double factor) {
  if (factor == 1) return power;
  power.static_w *= factor;
  power.capacitance_f *= factor;
  for (double& watts : power.busy_w) watts *= factor;
  return power;
}

/// A CPU unit whose cores keep their power for other units gets a table of its own.
PowerModel power_of(const Soc& soc, std::size_t u, const DeviceChanges& changes) {
  const Unit& unit = soc.units[u];
  const double factor = changes.units[u].power;
  if (unit.kind != UnitKind::cpu || !unit.power.busy_w.empty()) return scaled(unit.power, factor);
  const bool by_cores = std::all_of(unit.cores.begin(), unit.cores.end(), [&](const CoreUse& use) {
    return common_factor(soc, static_cast<std::size_t>(use.cluster), changes,
                         &DeviceChanges::OfUnit::power) == factor;
  });
  PowerModel power = unit.power;
  if (by_cores) return power;
  for (int opp = 0; opp <= soc.top_opp(unit.domain); ++opp)
    power.busy_w.push_back(factor * busy_power_w(soc, make_id<UnitId>(u), opp));
  return power;
}

void scale(std::array<Throughput, kPrecisions>& out,
           const std::array<Throughput, kPrecisions>& from, double factor) {
  for (std::size_t p = 0; p < kPrecisions; ++p)
    out[p].macs_per_cycle = factor * from[p].macs_per_cycle;
}

void change_unit(const Soc& soc, std::size_t u, const DeviceChanges& changes, Unit& into) {
  const Unit& unit = soc.units[u];
  into.memory_bandwidth_bytes_per_s = changed_bandwidth(soc, u, changes);
  into.dispatch_s = changes.units[u].dispatch * unit.dispatch_s;
  scale(into.throughput, unit.throughput, changes.units[u].speed);
  into.power = power_of(soc, u, changes);
  if (!unit.contention) return;
  // The curve is a share of what the memory gives: it stretches with it (assumed).
  const double f = changes.memory_bandwidth;
  into.contention->normal_limit_bytes_per_s = f * unit.contention->normal_limit_bytes_per_s;
  into.contention->minor_external_bytes_per_s = f * unit.contention->minor_external_bytes_per_s;
  into.contention->balance_external_bytes_per_s = f * unit.contention->balance_external_bytes_per_s;
}

}  // namespace

double changed_bandwidth(const Soc& soc, std::size_t unit, const DeviceChanges& changes) {
  const double own = soc.units[unit].memory_bandwidth_bytes_per_s,
               most = std::max(own, soc.memory.shared_bytes_per_s);
  return std::min(changes.units[unit].bandwidth * own, changes.memory_bandwidth * most);
}

void change_soc(const Soc& soc, const DeviceChanges& changes, Soc& into) {
  into.memory.peak_bytes_per_s = changes.memory_bandwidth * soc.memory.peak_bytes_per_s;
  into.memory.shared_bytes_per_s = changes.memory_bandwidth * soc.memory.shared_bytes_per_s;
  into.memory.energy_per_byte_j = changes.memory_energy.of(soc.memory.energy_per_byte_j);
  into.base_power_w = changes.base_power.of(soc.base_power_w);
  for (std::size_t c = 0; c < soc.clusters.size(); ++c) {
    scale(into.clusters[c].per_core, soc.clusters[c].per_core,
          common_factor(soc, c, changes, &DeviceChanges::OfUnit::speed));
    into.clusters[c].power_per_core =
        scaled(soc.clusters[c].power_per_core,
               common_factor(soc, c, changes, &DeviceChanges::OfUnit::power));
  }
  for (std::size_t u = 0; u < soc.units.size(); ++u) change_unit(soc, u, changes, into.units[u]);
  for (std::size_t l = 0; l < soc.links.size(); ++l)
    for (std::size_t t = 0; t < soc.links[l].terms.size(); ++t) {
      const LinkTerm& term = soc.links[l].terms[t];
      const double factor = changes.links[static_cast<std::size_t>(term.kind)];
      into.links[l].terms[t].fixed_s = factor * term.fixed_s;
      into.links[l].terms[t].per_byte_s = factor * term.per_byte_s;
    }
}

}  // namespace partita
