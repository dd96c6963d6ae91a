// What a fit of the phone's heat found, as lines for its description.
#include <fmt/format.h>

#include "validation/phone_heat.h"

namespace partita {
namespace {

std::string watts(const std::vector<double>& table) {
  std::string out;
  for (const double w : table) out += fmt::format("{}{:.3g} W", out.empty() ? "" : ", ", w);
  return "    power: {busy: [" + out + "]}\n";
}

std::string nodes(const Soc& soc) {
  const Thermal& heat = *soc.thermal;
  std::string out;
  for (std::size_t n = 0; n < heat.nodes.size(); ++n) {
    const ThermalNode& node = heat.nodes[n];
    std::string by, to;
    const auto add = [](std::string& list, const std::string& item) {
      list += (list.empty() ? "" : ", ") + item;
    };
    for (std::size_t d = 0; d < soc.domains.size(); ++d)
      if (heat.node_of_domain[d] == static_cast<int>(n)) add(by, soc.domains[d].name);
    if (heat.node_of_memory == static_cast<int>(n)) add(by, "memory");
    if (heat.node_of_base == static_cast<int>(n)) add(by, "base");
    for (const ThermalPath& path : node.paths)
      add(to,
          fmt::format("{}: {:.3g} K/W",
                      path.to < 0 ? "ambient" : heat.nodes[static_cast<std::size_t>(path.to)].name,
                      path.resistance_k_per_w));
    out += fmt::format("    {}:\n      capacity: {:.3g} J/K\n      heated_by: [{}]\n", node.name,
                       node.capacity_j_per_k, by);
    out += fmt::format("      to: {{{}}}\n", to);
  }
  return out;
}

std::string zone(const Soc& soc, const ThermalZone& z) {
  std::string out = fmt::format(
      "    {}:\n      node: {}\n      polling: {:g} s\n      passive: {:g} s\n      policy: "
      "step_wise\n      trips:\n",
      z.name, soc.thermal->nodes[static_cast<std::size_t>(z.node)].name, z.polling_s, z.passive_s);
  for (const ThermalTrip& trip : z.trips)
    out += fmt::format("        {}: {{temperature: {:.4g} C, hysteresis: {:g} K, kind: passive}}\n",
                       trip.name, trip.temperature_c, trip.hysteresis_k);
  out += "      cooling:\n";
  for (const CoolingMap& map : z.cooling)
    out += fmt::format("        - {{trip: {}, domain: {}, least: {}, most: {}}}\n",
                       z.trips[static_cast<std::size_t>(map.trip)].name,
                       soc.domain(map.domain).name, map.least_state, map.most_state);
  return out;
}

}  // namespace

std::string phone_yaml(const Soc& soc) {
  std::string out = "clusters:\n";
  for (const Cluster& cluster : soc.clusters)
    out += fmt::format("  {}:\n", cluster.name) + watts(cluster.power_per_core.busy_w);
  const Unit& gpu = soc.unit(soc.unit_by_name("gpu", "heat of the phone"));
  out += "units:\n  gpu:\n" + watts(gpu.power.busy_w);
  out += fmt::format("thermal:\n  ambient: {:g} C\n  nodes:\n", soc.thermal->ambient_c) +
         nodes(soc) + "  zones:\n";
  for (const ThermalZone& z : soc.thermal->zones) out += zone(soc, z);
  return out;
}

}  // namespace partita
