// A phone and a device it reaches over a network, as one SoC. Links are read from
// socs/links/*.yaml, where every number has a source.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// One direction of a network link, seen from the phone.
struct NetworkDirection {
  double bandwidth_bytes_per_s = 0;  ///< Of payload.
  /// The phone's radio while it sends or receives: `base + energy per byte x bandwidth`.
  double base_power_w = 0;
  double energy_per_byte_j = 0;
  double power_w() const { return base_power_w + energy_per_byte_j * bandwidth_bytes_per_s; }
};

struct NetworkLink {
  std::string name;  ///< File stem, e.g. "wifi-5".
  std::string title;
  bool full_duplex = false;  ///< Both directions at once; else they share time.
  NetworkDirection up, down;
  double round_trip_s = 0;
  double variation = 0;  ///< Standard deviation of the relative error of a transfer's time.
  std::vector<Source> sources;
  std::vector<LedgerEntry> ledger;
};

/// Throws InputError.
NetworkLink load_link(const std::filesystem::path& path);
NetworkLink parse_link(std::string_view yaml, std::string name);

/// A tensor's way between two units of the joined SoC. Only CPU units reach the network, so an
/// accelerator hands over to, or takes from, a CPU unit of its own device.
struct NetworkRoute {
  UnitId leaves{}, wire{}, arrives{};  ///< CPU unit, network unit, CPU unit.
};

/// Units and clocks of the phone keep their ids and names; those of the remote device follow with
/// "edge." before their names, then the network: UnitKind::network, "<link>.up" and "<link>.down".
struct Joined {
  Soc soc;
  NetworkLink link;
  std::string remote_name;  ///< Soc::name of the remote device.
  std::string remote_title;
  std::size_t phone_units = 0, remote_units = 0;
  std::size_t phone_domains = 0, remote_domains = 0;
  UnitId up{}, down{};
  /// By unit: the CPU unit of its device through which it sends, and receives; itself for a CPU
  /// unit, none for an accelerator without a link to one.
  std::vector<std::optional<UnitId>> sends_by, receives_by;

  bool is_remote(UnitId unit) const {
    return index(unit) >= phone_units && index(unit) < phone_units + remote_units;
  }
  bool is_remote(DomainId domain) const {
    return index(domain) >= phone_domains && index(domain) < phone_domains + remote_domains;
  }
  /// The unit and clock as their own SoC numbers them.
  UnitId own(UnitId unit) const {
    return is_remote(unit) ? make_id<UnitId>(index(unit) - phone_units) : unit;
  }
  DomainId own(DomainId domain) const {
    return is_remote(domain) ? make_id<DomainId>(index(domain) - phone_domains) : domain;
  }
  UnitId remote_unit(UnitId own_id) const { return make_id<UnitId>(index(own_id) + phone_units); }
  double one_way_s() const { return link.round_trip_s / 2; }
  /// Nothing when both are on one device, or an accelerator has no link with a CPU unit.
  std::optional<NetworkRoute> route(UnitId from, UnitId to) const;
};

/// Memory and base power are the phone's: the remote device's power and memory traffic are its own
/// affair. Throws InputError when the two do not fit into one description.
Joined join(const Soc& phone, const Soc& remote, const NetworkLink& link);

}  // namespace partita
