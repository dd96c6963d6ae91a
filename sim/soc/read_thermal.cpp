#include <fmt/format.h>

#include <algorithm>

#include "sim/soc/scope.h"

namespace partita {
namespace {

constexpr int kMostStates = 1024;

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> out;
  for (const T& t : things) out.push_back(t.name);
  return out;
}

/// What heats a node: names of domains, `memory`, `base`; each at one node only.
void read_heat(const Yaml& list, int node, const Soc& soc, Thermal& thermal) {
  std::vector<std::string> names = names_of(soc.domains);
  names.insert(names.end(), {"memory", "base"});
  for (const Yaml& item : list.items()) {
    const std::size_t i = refer(item, "source of heat", names);
    int& at = i < soc.domains.size() ? thermal.node_of_domain[i]
              : names[i] == "memory" ? thermal.node_of_memory
                                     : thermal.node_of_base;
    if (at >= 0) {
      item.fail(fmt::format("{} already heats {}", names[i],
                            thermal.nodes[static_cast<std::size_t>(at)].name));
    }
    at = node;
  }
}

void read_paths(const Scope& to, int node, Thermal& thermal) {
  const auto names = names_of(thermal.nodes);
  for (const auto& [name, value] : to.node().entries()) {
    if (name == "source" || name == "known") continue;
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end() && name != "ambient") {
      auto known = names;
      known.push_back("ambient");
      throw_unknown(value.where(), "node", name, known);
    }
    const int other = name == "ambient" ? -1 : static_cast<int>(it - names.begin());
    if (other == node) value.fail("a node has no path to itself");
    for (const ThermalPath& back : other < 0
                                       ? std::vector<ThermalPath>{}
                                       : thermal.nodes[static_cast<std::size_t>(other)].paths) {
      if (back.to == node) value.fail(fmt::format("{} has this path already", name));
    }
    const double resistance = to.positive(name, Dimension::thermal_resistance);
    thermal.nodes[static_cast<std::size_t>(node)].paths.push_back({other, resistance});
  }
  to.done();
}

void read_nodes(const Scope& scope, const Soc& soc, Thermal& thermal) {
  const auto nodes = scope.child("nodes").named_children();
  if (nodes.empty()) scope.node().at("nodes").fail("at least one node is expected");
  for (const auto& [name, node] : nodes) {
    if (name == "ambient") node.node().fail("this name is that of the surroundings");
    ThermalNode& read = thermal.nodes.emplace_back();
    read.name = name;
    read.capacity_j_per_k = node.positive("capacity", Dimension::heat_capacity);
    if (const auto leakage = node.find_child("leakage")) {
      read.leakage = {leakage->quantity("slope", Dimension::power_per_kelvin),
                      leakage->quantity("above", Dimension::temperature)};
      leakage->done();
    }
  }
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Scope& node = nodes[i].second;
    if (const auto list = node.node().find("heated_by"))
      read_heat(*list, static_cast<int>(i), soc, thermal);
    if (const auto to = node.find_child("to")) read_paths(*to, static_cast<int>(i), thermal);
    node.done();
  }
  for (std::size_t d = 0; d < soc.domains.size(); ++d)
    if (thermal.node_of_domain[d] < 0)
      scope.node().at("nodes").fail(fmt::format("no node is heated by {}", soc.domains[d].name));
  if (thermal.node_of_memory < 0) scope.node().at("nodes").fail("no node is heated by memory");
  if (thermal.node_of_base < 0) scope.node().at("nodes").fail("no node is heated by base");
}

int trip_ref(const Yaml& scalar, const ThermalZone& zone) {
  return static_cast<int>(refer(scalar, "trip", names_of(zone.trips)));
}

/// A trip that throttles: critical ones switch off.
int passive_ref(const Yaml& scalar, const ThermalZone& zone) {
  const int trip = trip_ref(scalar, zone);
  if (zone.trips[static_cast<std::size_t>(trip)].kind != TripKind::passive)
    scalar.fail("a passive trip is expected");
  return trip;
}

CoolingMap read_cooling(const Scope& scope, const Soc& soc, const ThermalZone& zone) {
  CoolingMap map;
  map.trip = passive_ref(scope.node().at("trip"), zone);
  map.domain = make_id<DomainId>(refer(scope.node().at("domain"), "domain", names_of(soc.domains)));
  // Left out: no limit, as THERMAL_NO_LIMIT in a device tree.
  map.most_state = soc.top_opp(map.domain);
  if (scope.node().has("least"))
    map.least_state = scope.integer("least", 0, std::min(kMostStates, map.most_state));
  if (scope.node().has("most"))
    map.most_state = scope.integer("most", map.least_state, map.most_state);
  if (const auto weight = scope.find_number("weight")) map.weight = *weight;
  scope.done();
  return map;
}

PowerAllocator read_allocator(const Scope& scope, const ThermalZone& zone) {
  PowerAllocator pid;
  pid.sustainable_w = scope.positive("sustainable", Dimension::power);
  pid.switch_on_trip = passive_ref(scope.node().at("switch_on"), zone);
  pid.control_trip = passive_ref(scope.node().at("control"), zone);
  pid.k_po_w_per_k = scope.quantity("k_po", Dimension::power_per_kelvin);
  pid.k_pu_w_per_k = scope.quantity("k_pu", Dimension::power_per_kelvin);
  pid.k_i_w_per_k_s = scope.quantity("k_i", Dimension::power_per_kelvin_second);
  pid.integral_cutoff_k = scope.quantity("integral_cutoff", Dimension::kelvin);
  scope.done();
  return pid;
}

ThermalZone read_zone(const std::string& name, const Scope& scope, const Soc& soc,
                      const Thermal& thermal) {
  ThermalZone zone;
  zone.name = name;
  zone.node = static_cast<int>(refer(scope.node().at("node"), "node", names_of(thermal.nodes)));
  zone.polling_s = scope.quantity("polling", Dimension::time);
  zone.passive_s = scope.quantity("passive", Dimension::time);
  for (const auto& [key, child] : scope.child("trips").named_children()) {
    ThermalTrip trip;
    trip.name = key;
    trip.temperature_c = child.quantity("temperature", Dimension::temperature);
    trip.hysteresis_k = child.quantity("hysteresis", Dimension::kelvin);
    trip.kind = static_cast<TripKind>(
        child.node().at("kind").choice("kind of trip", {"passive", "critical"}));
    child.done();
    zone.trips.push_back(std::move(trip));
  }
  for (const Scope& child : scope.children("cooling"))
    zone.cooling.push_back(read_cooling(child, soc, zone));
  if (!zone.cooling.empty() && !(zone.passive_s > 0))
    scope.node().at("passive").fail("must be greater than zero where a zone cools");
  const std::size_t policy =
      scope.node().at("policy").choice("policy", {"step_wise", "power_allocator"});
  if (policy == 1) {
    zone.allocator = read_allocator(scope.child("allocator"), zone);
    if (zone.cooling.empty()) scope.node().at("cooling").fail("nothing to share power among");
  }
  scope.done();
  return zone;
}

}  // namespace

void read_thermal(const Scope& root, Soc& soc) {
  const auto scope = root.find_child("thermal");
  if (!scope) return;
  Thermal thermal;
  thermal.ambient_c = scope->quantity("ambient", Dimension::temperature);
  thermal.node_of_domain.assign(soc.domains.size(), -1);
  thermal.node_of_memory = thermal.node_of_base = -1;
  read_nodes(*scope, soc, thermal);
  if (const auto zones = scope->find_child("zones"))
    for (const auto& [name, zone] : zones->named_children())
      thermal.zones.push_back(read_zone(name, zone, soc, thermal));
  scope->done();
  soc.thermal = std::move(thermal);
}

}  // namespace partita
