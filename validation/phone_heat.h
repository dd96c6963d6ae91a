// Heat and throttling of the Galaxy S25, from a workload to temperatures and clocks.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/soc/soc.h"
#include "validation/phone_runs.h"

namespace partita {

/// What is predicted at a sample.
struct PhonePoint {
  double temperature_c = 0;
  double gold_hz = 0, prime_hz = 0, gpu_hz = 0;  ///< The highest allowed.
};

/// From the first temperature, the backend, and the phases with their loads alone. `soc` has heat
/// and the units of socs/snapdragon-8-elite.yaml.
std::vector<PhonePoint> predict_run(const Soc& soc, const PhoneRun& run);

/// `base` with heat, throttling and powers fitted to the runs: 11 numbers.
Soc fit_phone(const Soc& base, std::span<const PhoneRun> runs);

/// Powers and the thermal section, as lines of a SoC description.
std::string phone_yaml(const Soc& soc);

}  // namespace partita
