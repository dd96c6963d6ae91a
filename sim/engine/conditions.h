// What a phone lives through while it works: other programs' load, missing cores, caps on clocks,
// the air around it, memory that others use, operators that fail. Read from YAML.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/course.h"
#include "sim/engine/governor.h"

namespace partita {

/// A unit that fails operators of a kind (empty: all) from `at_s` until `until_s`.
struct Failure {
  UnitId unit{};
  std::string operator_kind;
  double at_s = 0, until_s = 0;
};

struct Conditions {
  std::string title;
  GovernorPlan governors;  ///< Preset: performance everywhere.
  bool governors_given = false;
  std::optional<Course> ambient_c;  ///< None: the SoC description's.
  /// By hardware: clusters first, then units; what is no hardware of its own (CPU units) is unused.
  std::vector<Course> load;     ///< Share of time that others take, 0 to 1.
  std::vector<Course> offline;  ///< Clusters: cores; accelerators: 0 or 1.
  /// By domain: highest frequency, Hz; infinity: no cap.
  std::vector<Course> cap_hz;
  Course memory_bytes_per_s{0};  ///< Bandwidth that others use.
  Course round_trip_s{0};        ///< Added to that of the network to a second device.
  Course memory_bytes{0};        ///< Memory that others hold.
  std::vector<Failure> failures;
};

/// Nothing happens.
Conditions calm(const Soc& soc);
/// Index into Conditions::load and offline.
std::size_t hardware_index(const Soc& soc, UnitId accelerator);

/// Of a unit's time and threads, what others and missing cores leave at one clock; 0: it is
/// offline. `load` and `missing` by hardware, as in Conditions.
double speed_left(const Soc& soc, UnitId unit, std::span<const double> load,
                  std::span<const double> missing);
/// What others can take of a unit at most: a task always gets on a little.
inline constexpr double kMostLoad = 0.99;

/// Throws InputError `file:line:column: key: problem` with the known names.
Conditions load_conditions(const std::filesystem::path& path, const Soc& soc);
Conditions parse_conditions(std::string_view yaml, std::string name, const Soc& soc,
                            const std::filesystem::path& folder = {});

}  // namespace partita
