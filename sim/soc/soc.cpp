#include "sim/soc/soc.h"

#include <stdexcept>

#include "sim/base/error.h"

namespace partita {
namespace {

template <std::size_t N>
std::string_view name_of(const std::string_view (&names)[N], std::size_t i) {
  if (i >= N) throw std::logic_error("enumerator out of range");
  return names[i];
}

void check_opp(const Soc& soc, DomainId domain, int opp) {
  if (opp < 0 || opp > soc.top_opp(domain)) throw std::logic_error("no such OPP");
}

double power_at(const PowerModel& power, const Opp& opp, std::size_t opp_index) {
  if (!power.busy_w.empty()) return power.busy_w.at(opp_index);
  const double v = opp.voltage_v.value_or(1.0);
  return power.static_w + power.capacitance_f * v * v * opp.frequency_hz;
}

}  // namespace

std::string_view to_string(Precision precision) {
  static constexpr std::string_view kNames[] = {"fp32", "fp16", "int8"};
  return name_of(kNames, static_cast<std::size_t>(precision));
}

std::vector<std::string> precision_names() {
  return {"fp32", "fp16", "int8"};
}

double element_bytes(Precision precision) {
  switch (precision) {
    case Precision::fp32:
      return 4;
    case Precision::fp16:
      return 2;
    case Precision::int8:
      return 1;
  }
  throw std::logic_error("unknown precision");
}

std::string_view to_string(Known known) {
  static constexpr std::string_view kNames[] = {"measured", "published", "fitted", "assumed"};
  return name_of(kNames, static_cast<std::size_t>(known));
}

std::string_view to_string(UnitKind kind) {
  static constexpr std::string_view kNames[] = {"cpu", "gpu", "npu", "dsp", "network"};
  return name_of(kNames, static_cast<std::size_t>(kind));
}

std::string_view to_string(LinkTermKind kind) {
  static constexpr std::string_view kNames[] = {"transform", "map",  "sync",
                                                "copy",      "cast", "unmap"};
  return name_of(kNames, static_cast<std::size_t>(kind));
}

std::optional<UnitId> Soc::find_unit(std::string_view unit_name) const {
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].name == unit_name) return make_id<UnitId>(i);
  }
  return std::nullopt;
}

UnitId Soc::unit_by_name(std::string_view unit_name, std::string_view where) const {
  if (const auto id = find_unit(unit_name)) return *id;
  throw_unknown(where, "unit", unit_name, unit_names());
}

std::vector<std::string> Soc::unit_names() const {
  std::vector<std::string> out;
  for (const Unit& u : units) out.push_back(u.name);
  return out;
}

const Link* Soc::link(UnitId from, UnitId to) const {
  for (const Link& l : links) {
    if (l.from == from && l.to == to) return &l;
  }
  return nullptr;
}

int matching_opp(const Soc& soc, DomainId leader, int opp, DomainId follower) {
  check_opp(soc, leader, opp);
  if (leader == follower) return opp;
  const auto& lead = soc.domain(leader).opps;
  const auto& follow = soc.domain(follower).opps;
  const double share = lead[static_cast<std::size_t>(opp)].frequency_hz / lead.back().frequency_hz;
  int found = 0;
  for (std::size_t i = 0; i < follow.size(); ++i) {
    if (follow[i].frequency_hz <= share * follow.back().frequency_hz) found = static_cast<int>(i);
  }
  return found;
}

double peak_ops_per_s(const Soc& soc, UnitId id, Precision precision, int opp) {
  const Unit& unit = soc.unit(id);
  check_opp(soc, unit.domain, opp);
  const auto p = static_cast<std::size_t>(precision);
  if (unit.kind != UnitKind::cpu) {
    const Opp& point = soc.domain(unit.domain).opps[static_cast<std::size_t>(opp)];
    return 2 * unit.throughput[p].macs_per_cycle * point.frequency_hz;
  }
  double ops = 0;
  for (const CoreUse& use : unit.cores) {
    const Cluster& cluster = soc.clusters[static_cast<std::size_t>(use.cluster)];
    const auto i = static_cast<std::size_t>(matching_opp(soc, unit.domain, opp, cluster.domain));
    ops += 2 * use.threads * cluster.per_core[p].macs_per_cycle *
           soc.domain(cluster.domain).opps[i].frequency_hz;
  }
  return ops;
}

double busy_power_w(const Soc& soc, UnitId id, int opp) {
  const Unit& unit = soc.unit(id);
  check_opp(soc, unit.domain, opp);
  if (unit.kind != UnitKind::cpu || !unit.power.busy_w.empty()) {
    const auto i = static_cast<std::size_t>(opp);
    return power_at(unit.power, soc.domain(unit.domain).opps[i], i);
  }
  double watts = 0;
  for (const CoreUse& use : unit.cores) {
    const Cluster& cluster = soc.clusters[static_cast<std::size_t>(use.cluster)];
    const auto i = static_cast<std::size_t>(matching_opp(soc, unit.domain, opp, cluster.domain));
    watts += use.threads * power_at(cluster.power_per_core, soc.domain(cluster.domain).opps[i], i);
  }
  return watts;
}

}  // namespace partita
