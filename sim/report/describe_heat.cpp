// Contention and heat of a SoC, for people and for scripts.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "sim/report/describe.h"
#include "sim/report/describe_json.h"
#include "sim/report/json_text.h"

namespace partita {
namespace {

using Align = TextTable::Align;
using nlohmann::ordered_json;

std::string section(const Style& style, std::string_view title) {
  return fmt::format("\n{}\n", style.apply(Emphasis::strong, title));
}

std::string node_name(const Thermal& heat, int node) {
  return node < 0 ? "ambient" : heat.nodes[static_cast<std::size_t>(node)].name;
}

/// Domains, `memory` and `base` whose power goes into a node.
std::vector<std::string> heated_by(const Soc& soc, int node) {
  const Thermal& heat = *soc.thermal;
  std::vector<std::string> out;
  for (std::size_t d = 0; d < soc.domains.size(); ++d)
    if (heat.node_of_domain[d] == node) out.push_back(soc.domains[d].name);
  if (heat.node_of_memory == node) out.emplace_back("memory");
  if (heat.node_of_base == node) out.emplace_back("base");
  return out;
}

std::string nodes_text(const Soc& soc) {
  const Thermal& heat = *soc.thermal;
  TextTable table({{"node"},
                   {"capacity", Align::right},
                   {"to", Align::left, 30},
                   {"heated by", Align::left, 44},
                   {"leakage"}});
  for (std::size_t n = 0; n < heat.nodes.size(); ++n) {
    const ThermalNode& node = heat.nodes[n];
    std::string paths;
    for (const ThermalPath& path : node.paths)
      paths += fmt::format("{}{} {}", paths.empty() ? "" : ", ", node_name(heat, path.to),
                           format_quantity(path.resistance_k_per_w, Dimension::thermal_resistance));
    table.add({node.name, format_quantity(node.capacity_j_per_k, Dimension::heat_capacity), paths,
               fmt::format("{}", fmt::join(heated_by(soc, static_cast<int>(n)), ", ")),
               node.leakage
                   ? format_quantity(node.leakage->slope_w_per_k, Dimension::power_per_kelvin)
                   : "-"});
  }
  return table.render({});
}

/// When a zone looks at its sensor.
std::string polling_text(const ThermalZone& zone) {
  std::string text = zone.polling_s > 0
                         ? "polled every " + format_quantity(zone.polling_s, Dimension::time)
                         : "woken by its trips";
  if (zone.passive_s > 0 && zone.passive_s != zone.polling_s)
    text += ", then every " + format_quantity(zone.passive_s, Dimension::time);
  return text;
}

std::string policy_text(const ThermalZone& zone) {
  if (!zone.allocator) return "step-wise";
  const PowerAllocator& pid = *zone.allocator;
  return fmt::format("power allocator: {} at {}, {} less for each kelvin above, {} more below",
                     format_quantity(pid.sustainable_w, Dimension::power),
                     zone.trips[static_cast<std::size_t>(pid.control_trip)].name,
                     format_quantity(pid.k_po_w_per_k, Dimension::power_per_kelvin),
                     format_quantity(pid.k_pu_w_per_k, Dimension::power_per_kelvin));
}

std::string zone_text(const Soc& soc, const ThermalZone& zone) {
  std::string text =
      fmt::format("{}: at {}, {}, {};", zone.name, node_name(*soc.thermal, zone.node),
                  polling_text(zone), policy_text(zone));
  for (std::size_t t = 0; t < zone.trips.size(); ++t) {
    const ThermalTrip& trip = zone.trips[t];
    text += fmt::format("{} {} at {:.3g} C", t > 0 ? ";" : "", trip.name, trip.temperature_c);
    if (trip.kind == TripKind::critical) text += " switches off";
    for (const CoolingMap& map : zone.cooling) {
      if (map.trip != static_cast<int>(t)) continue;
      const auto lowest = static_cast<std::size_t>(soc.top_opp(map.domain) - map.most_state);
      text += fmt::format(" {} to {:.0f} MHz", soc.domain(map.domain).name,
                          soc.domain(map.domain).opps[lowest].frequency_hz / 1e6);
    }
  }
  return text;
}

ordered_json zone_json(const Soc& soc, const ThermalZone& zone) {
  ordered_json trips = ordered_json::array(), cooling = ordered_json::array();
  for (const ThermalTrip& trip : zone.trips)
    trips.push_back({{"name", trip.name},
                     {"temperature_c", trip.temperature_c},
                     {"hysteresis_k", trip.hysteresis_k},
                     {"kind", trip.kind == TripKind::critical ? "critical" : "passive"}});
  for (const CoolingMap& map : zone.cooling)
    cooling.push_back({{"trip", zone.trips[static_cast<std::size_t>(map.trip)].name},
                       {"domain", soc.domain(map.domain).name},
                       {"least", map.least_state},
                       {"most", map.most_state}});
  return {{"name", zone.name},
          {"node", node_name(*soc.thermal, zone.node)},
          {"policy", zone.allocator ? "power_allocator" : "step_wise"},
          {"polling_s", zone.polling_s},
          {"passive_s", zone.passive_s},
          {"trips", std::move(trips)},
          {"cooling", std::move(cooling)}};
}

}  // namespace

std::string contention_text(const Soc& soc, const Style& style) {
  std::string out;
  for (const Unit& unit : soc.units) {
    if (!unit.contention) continue;
    const ContentionCurve& curve = *unit.contention;
    if (out.empty()) out = section(style, "Bandwidth while others use the memory");
    out +=
        wrap(fmt::format(
                 "{}: up to {} at most {:.2g} % are lost; of what is above {:.3g} % are left "
                 "once the others ask for {}",
                 unit.name, format_quantity(curve.normal_limit_bytes_per_s, Dimension::bandwidth),
                 curve.minor_loss * 100, curve.floor_share * 100,
                 format_quantity(curve.balance_external_bytes_per_s, Dimension::bandwidth)),
             kReportWidth, 2);
  }
  return out;
}

std::string thermal_text(const Soc& soc, const Style& style) {
  if (!soc.thermal) return "";
  std::string out =
      section(style, fmt::format("Heat, in surroundings of {:.3g} C", soc.thermal->ambient_c)) +
      nodes_text(soc);
  for (const ThermalZone& zone : soc.thermal->zones)
    out += wrap(zone_text(soc, zone), kReportWidth, 2);
  return out;
}

nlohmann::ordered_json contention_json(const Unit& unit) {
  if (!unit.contention) return nullptr;
  const ContentionCurve& curve = *unit.contention;
  return {{"normal_limit_bytes_per_s", curve.normal_limit_bytes_per_s},
          {"minor_loss", curve.minor_loss},
          {"minor_external_bytes_per_s", curve.minor_external_bytes_per_s},
          {"balance_external_bytes_per_s", curve.balance_external_bytes_per_s},
          {"floor_share", curve.floor_share}};
}

nlohmann::ordered_json thermal_json(const Soc& soc) {
  if (!soc.thermal) return nullptr;
  const Thermal& heat = *soc.thermal;
  ordered_json nodes = ordered_json::array(), zones = ordered_json::array();
  for (std::size_t n = 0; n < heat.nodes.size(); ++n) {
    const ThermalNode& node = heat.nodes[n];
    ordered_json paths = ordered_json::array();
    for (const ThermalPath& path : node.paths)
      paths.push_back(
          {{"to", node_name(heat, path.to)}, {"resistance_k_per_w", path.resistance_k_per_w}});
    ordered_json leakage;
    if (node.leakage)
      leakage = {{"slope_w_per_k", node.leakage->slope_w_per_k},
                 {"above_c", node.leakage->reference_c}};
    nodes.push_back({{"name", node.name},
                     {"capacity_j_per_k", node.capacity_j_per_k},
                     {"heated_by", heated_by(soc, static_cast<int>(n))},
                     {"to", std::move(paths)},
                     {"leakage", std::move(leakage)}});
  }
  for (const ThermalZone& zone : heat.zones) zones.push_back(zone_json(soc, zone));
  return {{"ambient_c", heat.ambient_c}, {"nodes", std::move(nodes)}, {"zones", std::move(zones)}};
}

}  // namespace partita
