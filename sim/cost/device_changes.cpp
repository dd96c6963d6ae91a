#include "sim/cost/device_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/units.h"

namespace partita {
namespace {

using What = ChangeKey::What;

constexpr std::array<std::string_view, 4> kUnitParts{"speed", "bandwidth", "dispatch", "power"};
constexpr std::array kUnitWhats{What::speed, What::bandwidth, What::dispatch, What::power};

/// Kinds that run operators.
constexpr std::array kKinds{UnitKind::cpu, UnitKind::gpu, UnitKind::npu, UnitKind::dsp};

std::vector<std::size_t> units_called(const Soc& soc, std::string_view name) {
  std::vector<std::size_t> found;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (soc.units[u].name == name) return {u};
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (soc.units[u].kind != UnitKind::network && to_string(soc.units[u].kind) == name)
      found.push_back(u);
  return found;
}

std::optional<Dimension> dimension_of(What what) {
  switch (what) {
    case What::memory_bandwidth:
    case What::bandwidth:
      return Dimension::bandwidth;
    case What::memory_energy:
      return Dimension::energy_per_byte;
    case What::base_power:
      return Dimension::power;
    default:
      return std::nullopt;
  }
}

bool may_be_zero(What what) {
  return what == What::dispatch || what == What::links || what == What::memory_energy ||
         what == What::base_power;
}

double& part_of(DeviceChanges::OfUnit& unit, What what) {
  switch (what) {
    case What::speed:
      return unit.speed;
    case What::bandwidth:
      return unit.bandwidth;
    case What::dispatch:
      return unit.dispatch;
    default:
      return unit.power;
  }
}

}  // namespace

std::vector<std::string> change_keys(const Soc& soc) {
  std::vector<std::string> keys{"memory.bandwidth", "memory.energy", "base-power", "links"};
  for (std::size_t k = 0; k < kLinkTermKinds; ++k)
    keys.push_back(fmt::format("links.{}", to_string(static_cast<LinkTermKind>(k))));
  std::vector<std::string> names;
  for (const Unit& unit : soc.units)
    if (unit.kind != UnitKind::network) names.push_back(unit.name);
  for (const UnitKind kind : kKinds)
    if (const std::string name(to_string(kind)); !units_called(soc, name).empty())
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  for (const std::string& name : names)
    for (const std::string_view part : kUnitParts) keys.push_back(fmt::format("{}.{}", name, part));
  return keys;
}

ChangeKey change_key(const Soc& soc, std::string_view name, std::string_view where) {
  ChangeKey key{std::string(name), What::links, {}};
  if (name == "memory.bandwidth") return key.what = What::memory_bandwidth, key;
  if (name == "memory.energy") return key.what = What::memory_energy, key;
  if (name == "base-power") return key.what = What::base_power, key;
  for (std::size_t k = 0; k < kLinkTermKinds; ++k)
    if (name == "links" || name == fmt::format("links.{}", to_string(static_cast<LinkTermKind>(k))))
      key.of.push_back(k);
  if (!key.of.empty()) return key;
  const auto dot = name.rfind('.');
  if (dot != std::string_view::npos)
    for (std::size_t p = 0; p < kUnitParts.size(); ++p)
      if (name.substr(dot + 1) == kUnitParts[p]) {
        key.what = kUnitWhats[p];
        key.of = units_called(soc, name.substr(0, dot));
      }
  if (key.of.empty())
    throw_unknown(fmt::format("{}: {}", where, soc.name), "change", name, change_keys(soc));
  return key;
}

void check_amount(const ChangeKey& key, const Amount& amount, std::string_view where) {
  if (!std::isfinite(amount.value))
    throw InputError(fmt::format("{} {}: not finite", where, key.name));
  if (may_be_zero(key.what) ? amount.value < 0 : amount.value <= 0)
    throw InputError(fmt::format("{} {}: must be {}", where, key.name,
                                 may_be_zero(key.what) ? "zero or more" : "greater than zero"));
}

Amount read_amount(const ChangeKey& key, std::string_view text, std::string_view where) {
  const std::string place = fmt::format("{} {}", where, key.name);
  Amount amount;
  if (text.ends_with('x')) {
    std::string_view digits = text.substr(0, text.size() - 1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    amount.value = parse_number(digits, place);
  } else if (const auto dimension = dimension_of(key.what)) {
    try {
      amount = {parse_quantity(text, *dimension), true};
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}, or a factor such as `2x`", place, error.what()));
    }
  } else {
    throw InputError(fmt::format("{}: \"{}\" is not a factor, such as `2x` or `0.5x`", place,
                                 text.substr(0, 80)));
  }
  check_amount(key, amount, where);
  return amount;
}

void add_change(DeviceChanges& changes, const Soc& soc, const ChangeKey& key,
                const Amount& amount) {
  switch (key.what) {
    case What::memory_bandwidth:
      changes.memory_bandwidth =
          amount.absolute ? amount.value / soc.memory.shared_bytes_per_s : amount.value;
      return;
    case What::memory_energy:
      changes.memory_energy = amount;
      return;
    case What::base_power:
      changes.base_power = amount;
      return;
    case What::links:
      for (const std::size_t kind : key.of) changes.links[kind] *= amount.value;
      return;
    default:
      for (const std::size_t u : key.of)
        part_of(changes.units[u], key.what) *=
            amount.absolute ? amount.value / soc.units[u].memory_bandwidth_bytes_per_s
                            : amount.value;
  }
}

DeviceChanges read_changes(const Soc& soc, const std::vector<std::string>& arguments,
                           std::string_view where) {
  DeviceChanges changes(soc);
  std::vector<std::string> seen;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError(fmt::format("{}: \"{}\" is not KEY=VALUE", where, argument));
    const ChangeKey key = change_key(soc, argument.substr(0, equals), where);
    if (std::find(seen.begin(), seen.end(), key.name) != seen.end())
      throw InputError(fmt::format("{}: \"{}\" is given twice", where, key.name));
    seen.push_back(key.name);
    add_change(changes, soc, key, read_amount(key, argument.substr(equals + 1), where));
  }
  return changes;
}

bool changes_anything(const DeviceChanges& changes, const Soc& soc) {
  return changes.memory_bandwidth != 1 ||
         changes.memory_energy.changes(soc.memory.energy_per_byte_j) ||
         changes.base_power.changes(soc.base_power_w) ||
         std::any_of(changes.links.begin(), changes.links.end(), [](double f) { return f != 1; }) ||
         std::any_of(changes.units.begin(), changes.units.end(), [](const auto& u) {
           return u.speed != 1 || u.bandwidth != 1 || u.dispatch != 1 || u.power != 1;
         });
}

}  // namespace partita
