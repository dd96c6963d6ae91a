// A device's recorded trace as conditions: its clocks as they were, and what others took.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/engine/conditions.h"

namespace partita {

/// Conditions and how long they were recorded.
struct DeviceTrace {
  Conditions conditions;
  double duration_s = 0;
  std::string what;  ///< One line: format and what was found.
};

/// Three forms, told apart by their content:
/// - CSV: `at_s`, then any of `DOMAIN_hz`, `HARDWARE_load` (0 to 1), `ambient_c`; what `partita live
///   --samples` writes is one (other columns are left out).
/// - Chrome JSON, as Perfetto exports and we write it: counters `clock DOMAIN` in MHz, `Cpu N
///   Frequency` or `cpufreq` with `cpu` in kHz, `gpufreq` in kHz.
/// - ftrace text (systrace; `traceconv systrace` makes it of a Perfetto trace): `cpu_frequency:
///   state=KHZ cpu_id=N`, `gpu_frequency: state=KHZ`.
/// CPU numbers count the clusters' cores from the lowest capacity up, as Linux numbers them on
/// phones (assumed). A clock stands where it was recorded; before the first record at that.
/// Throws InputError.
DeviceTrace load_device_trace(const std::filesystem::path& path, const Soc& soc);

}  // namespace partita
