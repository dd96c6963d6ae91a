// Heat of a SoC as plain structs: an RC network of lumps, and zones that throttle clocks as device
// trees describe them. Read from the section `thermal` of socs/*.yaml.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/ids.h"

namespace partita {

/// Heat flows between a node and another, or the ambient, in proportion to the difference.
struct ThermalPath {
  int to = -1;  ///< Index into Thermal::nodes; -1: the ambient.
  double resistance_k_per_w = 0;
};

/// Static power that grows with the node's own temperature, linear about a reference.
struct ThermalLeakage {
  double slope_w_per_k = 0;
  double reference_c = 0;  ///< Where the power tables were measured.
};

/// A lump of even temperature: the junctions of a cluster, the package, the skin.
struct ThermalNode {
  std::string name;
  double capacity_j_per_k = 0;
  std::vector<ThermalPath> paths;  ///< Each written once, at one of its ends.
  std::optional<ThermalLeakage> leakage;
};

enum class TripKind : std::uint8_t { passive, critical };

struct ThermalTrip {
  std::string name;
  double temperature_c = 0;
  double hysteresis_k = 0;
  TripKind kind = TripKind::passive;
};

/// A trip that lowers the clock of a domain. State s takes away the s highest OPPs.
struct CoolingMap {
  int trip = 0;  ///< Index into ThermalZone::trips.
  DomainId domain{};
  int least_state = 0, most_state = 0;
  double weight = 1;  ///< Share of the power allocator's budget, relative to the other maps'.
};

/// PID of Linux's power allocator (drivers/thermal/gov_power_allocator.c), per second instead of
/// per polling interval.
struct PowerAllocator {
  double sustainable_w = 0;
  int switch_on_trip = 0, control_trip = 0;
  double k_po_w_per_k = 0;  ///< Above the control temperature.
  double k_pu_w_per_k = 0;  ///< Below it.
  double k_i_w_per_k_s = 0;
  double integral_cutoff_k = 0;  ///< Errors below this do not accumulate.
};

/// A sensor, its trips, and what they do.
struct ThermalZone {
  std::string name;
  int node = 0;
  double polling_s = 0;  ///< Below every passive trip; 0: woken by the trip itself.
  double passive_s = 0;  ///< From a passive trip on.
  std::vector<ThermalTrip> trips;
  std::vector<CoolingMap> cooling;
  std::optional<PowerAllocator> allocator;  ///< None: step-wise.
};

struct Thermal {
  double ambient_c = 0;
  std::vector<ThermalNode> nodes;
  std::vector<int>
      node_of_domain;  ///< Which node a domain's power heats, by DomainId; -1: another device's.
  int node_of_memory = 0;
  int node_of_base = 0;
  std::vector<ThermalZone> zones;
};

}  // namespace partita
