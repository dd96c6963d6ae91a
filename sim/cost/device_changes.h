// An SoC that does not exist, made from one that does: `memory.bandwidth=0.5x`, `gpu.speed=2x`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// A factor, or the value itself in SI units.
struct Amount {
  double value = 1;
  bool absolute = false;
  double of(double old) const { return absolute ? value : value * old; }
  bool changes(double old) const { return absolute ? value != old : value != 1; }
};

/// Factors on what the description and the cost model say; 1: as it is.
struct DeviceChanges {
  struct OfUnit {
    double speed = 1, bandwidth = 1, dispatch = 1, power = 1;
  };
  double memory_bandwidth = 1;
  Amount memory_energy, base_power;
  std::vector<OfUnit> units;                 ///< By unit.
  std::array<double, kLinkTermKinds> links;  ///< By LinkTermKind.

  explicit DeviceChanges(const Soc& soc) : units(soc.units.size()) { links.fill(1); }
};

/// What a key names on one SoC.
struct ChangeKey {
  enum class What : std::uint8_t {
    memory_bandwidth,
    memory_energy,
    base_power,
    speed,
    bandwidth,
    dispatch,
    power,
    links
  };
  std::string name;
  What what{};
  std::vector<std::size_t> of;  ///< Units, or kinds of hand-over steps.
};

/// `memory.bandwidth`, `cpu-big.speed`, `gpu.power`, `links.sync`, ... A unit goes by its name or,
/// where none has that name, by its kind. Throws InputError naming the known keys.
ChangeKey change_key(const Soc& soc, std::string_view name, std::string_view where);
std::vector<std::string> change_keys(const Soc& soc);

/// `0.5x`, or where the key has one meaning in SI units, `20 GB/s`. Throws InputError.
Amount read_amount(const ChangeKey& key, std::string_view text, std::string_view where);
/// Throws InputError for what is not finite, negative, or 0 where nothing could run.
void check_amount(const ChangeKey& key, const Amount& amount, std::string_view where);
/// Several changes of one thing multiply.
void add_change(DeviceChanges& changes, const Soc& soc, const ChangeKey& key, const Amount& amount);

/// From KEY=VALUE, each key once. Throws InputError.
DeviceChanges read_changes(const Soc& soc, const std::vector<std::string>& arguments,
                           std::string_view where);

/// Does anything differ from the SoC as it is?
bool changes_anything(const DeviceChanges& changes, const Soc& soc);

/// What one unit alone can draw: its own limit, and what the memory lets through to one unit.
double changed_bandwidth(const Soc& soc, std::size_t unit, const DeviceChanges& changes);

/// Writes everything that can change into `into`, a copy of `soc` (changed before or not).
void change_soc(const Soc& soc, const DeviceChanges& changes, Soc& into);

}  // namespace partita
