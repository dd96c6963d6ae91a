// Parts of the phone's heat that prediction and fit share. Internal to validation/phone_*.cpp.
#pragma once

#include <vector>

#include "sim/engine/thermal.h"
#include "validation/phone_heat.h"

namespace partita {

/// The phone looks at its sensor every 10 s (clocks and temperature change so).
inline constexpr double kPhonePoll = 10;

/// Where the domains and units of this phone are.
struct Phone {
  explicit Phone(const Soc& soc)
      : prime(soc.unit_by_name("cpu-prime", "heat of the phone")),
        gold(soc.unit_by_name("cpu-little", "heat of the phone")),
        gpu(soc.unit_by_name("gpu", "heat of the phone")) {
    prime_domain = index(soc.unit(prime).domain);
    gold_domain = index(soc.unit(gold).domain);
    gpu_domain = index(soc.unit(gpu).domain);
    gold_cores = soc.unit(gold).cores.front().threads;
  }
  UnitId prime, gold, gpu;
  std::size_t prime_domain, gold_domain, gpu_domain;
  int gold_cores;
};

inline double clock_hz(const Soc& soc, std::size_t domain, int opp) {
  return soc.domains[domain].opps[static_cast<std::size_t>(opp)].frequency_hz;
}

/// Many runs under one description, which outlives it.
class PhonePredictor {
 public:
  explicit PhonePredictor(const Soc& soc);
  std::vector<PhonePoint> run(const PhoneRun& run) const;

 private:
  const Soc& soc_;
  Phone phone_;
  ThermalNetwork network_;
  std::vector<std::vector<double>> power_w_;  ///< Of the domains that compute, by OPP.
};

}  // namespace partita
