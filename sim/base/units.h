// Quantities with mandatory units, read into SI doubles.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

enum class Dimension {
  time,                    ///< s
  frequency,               ///< Hz
  voltage,                 ///< V
  power,                   ///< W
  energy,                  ///< J
  size,                    ///< B
  bandwidth,               ///< B/s
  compute,                 ///< operations/s (1 MAC = 2 operations)
  energy_per_byte,         ///< J/B
  time_per_byte,           ///< s/B
  temperature,             ///< degrees Celsius
  fraction,                ///< 1, written as `35 %` or as a bare number between 0 and 1
  capacitance,             ///< F (effective switched capacitance)
  kelvin,                  ///< K, a difference of temperatures
  heat_capacity,           ///< J/K
  thermal_resistance,      ///< K/W
  power_per_kelvin,        ///< W/K
  power_per_kelvin_second  ///< W/K/s
};

/// SI unit of a dimension, e.g. "B/s".
std::string_view si_unit(Dimension dimension);

/// Spellings known for a dimension, e.g. {"B/s", "kB/s", ...}.
std::vector<std::string> known_units(Dimension dimension);

/// Reads `34.1 GB/s` into SI. Throws InputError (without position; callers add it) when the number
/// is malformed, not finite, negative (temperatures excepted), or the unit is missing or unknown.
double parse_quantity(std::string_view text, Dimension dimension);

/// Text of an SI value for people: three significant digits and an SI prefix, e.g. `1.84 ms`, `34.1
/// GB/s`.
std::string format_quantity(double value, Dimension dimension);

/// Seconds to integer picoseconds, rounded to nearest. Throws std::logic_error when negative, not
/// finite, or beyond 10^18 ps (11.5 days). The only place where time becomes an integer.
std::int64_t to_picoseconds(double seconds);
double to_seconds(std::int64_t picoseconds);

}  // namespace partita
