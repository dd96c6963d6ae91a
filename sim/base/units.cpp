#include "sim/base/units.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <span>
#include <stdexcept>

#include "sim/base/error.h"

namespace partita {
namespace {

/// value_si = number x factor x 10^exponent.
struct Spelling {
  std::string_view text;
  int exponent;
  double factor = 1;
};

constexpr double kKi = 1024.0;
constexpr double kMi = kKi * 1024.0;
constexpr double kGi = kMi * 1024.0;

// The first spelling of each list is the SI unit.
constexpr Spelling kTime[] = {{"s", 0},    {"ms", -3},     {"us", -6},    {"ns", -9},
                              {"ps", -12}, {"min", 0, 60}, {"h", 0, 3600}};
constexpr Spelling kFrequency[] = {{"Hz", 0}, {"kHz", 3}, {"MHz", 6}, {"GHz", 9}};
constexpr Spelling kVoltage[] = {{"V", 0}, {"mV", -3}, {"uV", -6}};
constexpr Spelling kPower[] = {{"W", 0}, {"kW", 3}, {"mW", -3}, {"uW", -6}, {"nW", -9}};
constexpr Spelling kEnergy[] = {{"J", 0},   {"kJ", 3},   {"mJ", -3},     {"uJ", -6},
                                {"nJ", -9}, {"pJ", -12}, {"Wh", 0, 3600}};
constexpr Spelling kSize[] = {{"B", 0},        {"kB", 3},       {"MB", 6},      {"GB", 9},
                              {"KiB", 0, kKi}, {"MiB", 0, kMi}, {"GiB", 0, kGi}};
constexpr Spelling kBandwidth[] = {{"B/s", 0},        {"kB/s", 3},      {"MB/s", 6},
                                   {"GB/s", 9},       {"TB/s", 12},     {"KiB/s", 0, kKi},
                                   {"MiB/s", 0, kMi}, {"GiB/s", 0, kGi}};
constexpr Spelling kCompute[] = {{"OP/s", 0},    {"kOP/s", 3},   {"MOP/s", 6},   {"GOP/s", 9},
                                 {"TOP/s", 12},  {"FLOP/s", 0},  {"kFLOP/s", 3}, {"MFLOP/s", 6},
                                 {"GFLOP/s", 9}, {"TFLOP/s", 12}};
constexpr Spelling kEnergyPerByte[] = {
    {"J/B", 0}, {"mJ/B", -3}, {"uJ/B", -6}, {"nJ/B", -9}, {"pJ/B", -12}};
constexpr Spelling kTimePerByte[] = {{"s/B", 0},   {"ms/B", -3},  {"us/B", -6},
                                     {"ns/B", -9}, {"ps/B", -12}, {"fs/B", -15}};
constexpr Spelling kTemperature[] = {{"C", 0}, {"degC", 0}};
constexpr Spelling kFraction[] = {{"%", -2}};
constexpr Spelling kCapacitance[] = {{"F", 0}, {"uF", -6}, {"nF", -9}, {"pF", -12}};
constexpr Spelling kKelvin[] = {{"K", 0}, {"mK", -3}};
constexpr Spelling kHeatCapacity[] = {{"J/K", 0}, {"kJ/K", 3}, {"mJ/K", -3}};
constexpr Spelling kThermalResistance[] = {{"K/W", 0}, {"mK/W", -3}};
constexpr Spelling kPowerPerKelvin[] = {{"W/K", 0}, {"mW/K", -3}, {"uW/K", -6}};
constexpr Spelling kPowerPerKelvinSecond[] = {{"W/K/s", 0}, {"mW/K/s", -3}};

std::span<const Spelling> spellings(Dimension dimension) {
  switch (dimension) {
    case Dimension::time:
      return kTime;
    case Dimension::frequency:
      return kFrequency;
    case Dimension::voltage:
      return kVoltage;
    case Dimension::power:
      return kPower;
    case Dimension::energy:
      return kEnergy;
    case Dimension::size:
      return kSize;
    case Dimension::bandwidth:
      return kBandwidth;
    case Dimension::compute:
      return kCompute;
    case Dimension::energy_per_byte:
      return kEnergyPerByte;
    case Dimension::time_per_byte:
      return kTimePerByte;
    case Dimension::temperature:
      return kTemperature;
    case Dimension::fraction:
      return kFraction;
    case Dimension::capacitance:
      return kCapacitance;
    case Dimension::kelvin:
      return kKelvin;
    case Dimension::heat_capacity:
      return kHeatCapacity;
    case Dimension::thermal_resistance:
      return kThermalResistance;
    case Dimension::power_per_kelvin:
      return kPowerPerKelvin;
    case Dimension::power_per_kelvin_second:
      return kPowerPerKelvinSecond;
  }
  throw std::logic_error("unknown dimension");
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

[[noreturn]] void malformed(std::string_view text, Dimension dimension) {
  const auto known = spellings(dimension);
  throw InputError(fmt::format("\"{}\" is not a number with a unit, such as `1.5 {}`",
                               text.substr(0, 80), known[known.size() > 1 ? 1 : 0].text));
}

/// The number `digits` x 10^exponent, rounded once: `2.84 GHz` is the double nearest to 2840000000,
/// which multiplying the double 2.84 by 1e9 does not promise.
double scaled(std::string_view digits, int exponent) {
  const std::size_t e = digits.find_first_of("eE");
  int written = 0;
  if (e != std::string_view::npos) {
    std::string_view tail = digits.substr(e + 1);
    if (!tail.empty() && tail.front() == '+') tail.remove_prefix(1);
    std::from_chars(tail.data(), tail.data() + tail.size(), written);
  }
  const std::string text = fmt::format("{}e{}", digits.substr(0, e), written + exponent);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) {
    throw InputError(fmt::format("\"{}\" is out of range", digits.substr(0, 80)));
  }
  return value;
}

void check(double value, std::string_view text, Dimension dimension) {
  const std::string_view shown = text.substr(0, 80);
  if (!std::isfinite(value)) throw InputError(fmt::format("\"{}\" is not finite", shown));
  if (dimension == Dimension::temperature) {
    if (value < -273.15) throw InputError(fmt::format("\"{}\" is below absolute zero", shown));
  } else if (value < 0) {
    throw InputError(fmt::format("\"{}\" is negative", shown));
  }
  if (dimension == Dimension::fraction && value > 1) {
    throw InputError(fmt::format("\"{}\" is not between 0 % and 100 %", shown));
  }
}

}  // namespace

std::string_view si_unit(Dimension dimension) {
  return dimension == Dimension::fraction ? "1" : spellings(dimension).front().text;
}

std::vector<std::string> known_units(Dimension dimension) {
  std::vector<std::string> out;
  for (const Spelling& s : spellings(dimension)) out.emplace_back(s.text);
  return out;
}

double parse_quantity(std::string_view whole, Dimension dimension) {
  const std::string_view text = trim(whole);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument) malformed(text, dimension);
  if (error != std::errc{}) {
    throw InputError(fmt::format("\"{}\" is out of range", text.substr(0, 80)));
  }
  check(number, text, Dimension::temperature == dimension ? dimension : Dimension::time);

  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.data()));
  const std::string_view unit = trim(text.substr(digits.size()));
  double value = number;
  if (unit.empty()) {
    if (dimension != Dimension::fraction) {
      throw InputError(fmt::format("\"{}\" has no unit; known: {}", text.substr(0, 80),
                                   join_choices(known_units(dimension))));
    }
  } else {
    const Spelling* found = nullptr;
    for (const Spelling& s : spellings(dimension)) {
      if (s.text == unit) found = &s;
    }
    if (!found) throw_unknown("", "unit", unit, known_units(dimension));
    value = scaled(digits, found->exponent) * found->factor;
  }
  check(value, text, dimension);
  return value + 0.0;  // -0 becomes 0
}

std::string format_quantity(double value, Dimension dimension) {
  const auto all = spellings(dimension);
  if (dimension == Dimension::fraction) return fmt::format("{:.3g} %", value * 100);
  if (!std::isfinite(value) || value == 0 || dimension == Dimension::temperature) {
    return fmt::format("{:.3g} {}", value, all.front().text);
  }
  const double magnitude = std::abs(value);
  const Spelling* best = nullptr;      // Largest prefix not above the value...
  const Spelling* smallest = nullptr;  // ... or the smallest there is.
  for (const Spelling& s : all) {
    // 999.6 us shows as 1 ms, so the choice is made on the rounded value. Alternative spellings
    // (FLOP/s beside OP/s) come later in the list and never win a tie.
    if (s.factor != 1) continue;
    if (!smallest || s.exponent < smallest->exponent) smallest = &s;
    if (magnitude < 0.9995 * std::pow(10.0, s.exponent)) continue;
    if (!best || s.exponent > best->exponent) best = &s;
  }
  if (!best) best = smallest;
  const double shown = value / std::pow(10.0, best->exponent);
  if (std::abs(shown) >= 999.5 && std::abs(shown) < 1e9) {
    return fmt::format("{:.0f} {}", shown, best->text);
  }
  return fmt::format("{:.3g} {}", shown, best->text);
}

std::int64_t to_picoseconds(double seconds) {
  if (!(seconds >= 0) || seconds > 1e6) {
    throw std::logic_error(
        fmt::format("{} s is outside the simulated range, 0 to 10^6 s", seconds));
  }
  return std::llround(seconds * 1e12);
}

double to_seconds(std::int64_t picoseconds) {
  return static_cast<double>(picoseconds) / 1e12;
}

}  // namespace partita
