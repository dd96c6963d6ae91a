// Thermal zones at work: from temperatures at polling instants to the highest clocks allowed.
#pragma once

#include <span>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// What a domain's governor asks for: the power allocator grants power to those who use it.
struct DomainDemand {
  int opp = 0;      ///< Where it runs now.
  double load = 0;  ///< Part of the time it is busy, 0 to 1.
};

/// Policies of Linux, in outline: step-wise moves one state a poll, up at or above a trip unless
/// the temperature falls, down below the trip less its hysteresis; the power allocator shares
/// what a PID controller says is sustainable.
class Throttle {
 public:
  /// `soc` has a thermal section and outlives the throttle. `opp_power_w[domain][opp]`: power with
  /// the domain fully busy; only the domains of power allocators need theirs.
  Throttle(const Soc& soc, std::vector<std::vector<double>> opp_power_w);

  /// When the next zone polls; infinite when none polls by time. A zone whose polling interval is
  /// zero is woken by its trips: poll it at `ThermalState::time_until` of `wakes_at_c`.
  double next_poll_s() const;
  /// Every zone whose time has come, and every zone woken by a trip, looks at its sensor.
  void poll(double now_s, std::span<const double> temperatures_c,
            std::span<const DomainDemand> demands);

  /// Highest OPP each domain may run at, by DomainId.
  std::span<const int> caps() const { return caps_; }
  /// A critical trip was reached: the device would switch itself off.
  bool critical() const { return critical_; }
  /// Temperatures at which sleeping zones wake, with their nodes.
  struct Wake {
    int node = 0;
    double temperature_c = 0;
  };
  std::vector<Wake> wakes_at_c() const;

 private:
  struct Zone {
    double due_s = 0;
    double last_c = 0;
    bool seen = false;
    std::vector<int> states;  ///< By cooling map.
    double integral_k_s = 0;  ///< Of the allocator's error.
    bool passive = false;     ///< Some passive trip is in force.
  };

  void step(const ThermalZone& zone, Zone& state, double now_c) const;
  void allocate(const ThermalZone& zone, Zone& state, double now_c,
                std::span<const DomainDemand> demands) const;
  double budget_w(const PowerAllocator& pid, Zone& state, double error_k, double dt_s) const;
  double power_w(DomainId domain, int opp) const;
  void look(std::size_t zone, double now_s, double now_c, std::span<const DomainDemand> demands);
  void apply();

  const Soc* soc_;
  std::vector<std::vector<double>> opp_power_w_;
  std::vector<Zone> zones_;
  std::vector<int> caps_;
  bool critical_ = false;
};

}  // namespace partita
