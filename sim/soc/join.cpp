#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>

#include "sim/base/error.h"
#include "sim/soc/network.h"

namespace partita {
namespace {

constexpr std::string_view kPrefix = "edge.";

int resource_bits(const Soc& soc) {
  std::uint64_t all = 0;
  for (const Unit& unit : soc.units) all |= unit.resources;
  return static_cast<int>(std::bit_width(all));
}

/// The remote unit's own letter in lower case, else as it is, else none.
char free_letter(const Soc& soc, char letter) {
  if (letter == 0) return 0;
  for (const char candidate :
       {static_cast<char>(std::tolower(static_cast<unsigned char>(letter))), letter})
    if (std::none_of(soc.units.begin(), soc.units.end(),
                     [&](const Unit& unit) { return unit.letter == candidate; }))
      return candidate;
  return 0;
}

void add_remote(Joined& joined, const Soc& remote) {
  Soc& soc = joined.soc;
  const std::size_t clusters = soc.clusters.size();
  const int shift = resource_bits(soc);
  const auto domain = [&](DomainId id) {
    return make_id<DomainId>(index(id) + joined.phone_domains);
  };
  for (Domain d : remote.domains) {
    d.name.insert(0, kPrefix);
    soc.domains.push_back(std::move(d));
  }
  for (Cluster cluster : remote.clusters) {
    cluster.name.insert(0, kPrefix);
    cluster.domain = domain(cluster.domain);
    soc.clusters.push_back(std::move(cluster));
  }
  for (Unit unit : remote.units) {
    unit.name.insert(0, kPrefix);
    unit.letter = free_letter(soc, unit.letter);
    unit.domain = domain(unit.domain);
    if (unit.host_domain) unit.host_domain = domain(*unit.host_domain);
    for (CoreUse& use : unit.cores) use.cluster += static_cast<int>(clusters);
    unit.resources <<= shift;
    soc.units.push_back(std::move(unit));
  }
  for (Link link : remote.links) {
    link.from = joined.remote_unit(link.from);
    link.to = joined.remote_unit(link.to);
    for (LinkTerm& term : link.terms) term.on = joined.remote_unit(term.on);
    soc.links.push_back(std::move(link));
  }
}

UnitId add_wire(Joined& joined, std::string_view way, const NetworkDirection& direction,
                DomainId domain, int resource) {
  Unit wire;
  wire.name = fmt::format("{}.{}", joined.link.name, way);
  wire.kind = UnitKind::network;
  wire.domain = domain;
  wire.memory_bandwidth_bytes_per_s = joined.soc.memory.peak_bytes_per_s;
  wire.power.busy_w = {direction.power_w()};
  wire.resources = std::uint64_t{1} << resource;
  joined.soc.units.push_back(std::move(wire));
  return make_id<UnitId>(joined.soc.units.size() - 1);
}

void add_network(Joined& joined) {
  Soc& soc = joined.soc;
  const int first = resource_bits(soc), wires = joined.link.full_duplex ? 2 : 1;
  // A schedule's resources: units from the lowest bit on, clocks from the highest down.
  if (static_cast<std::size_t>(first + wires) + soc.domains.size() + 1 > 64)
    throw InputError(
        fmt::format("{} and {}: together more than 64 clusters, accelerators and clocks", soc.name,
                    joined.remote_name));
  // Every unit has a clock; nobody asks anything of this one.
  soc.domains.push_back({joined.link.name, {{0, std::nullopt, std::nullopt}}, 0});
  const DomainId domain = make_id<DomainId>(soc.domains.size() - 1);
  if (soc.thermal) {
    // The other device's heat is not here; the radio's is where the board's is.
    soc.thermal->node_of_domain.resize(soc.domains.size(), -1);
    soc.thermal->node_of_domain.back() = soc.thermal->node_of_base;
  }
  joined.up = add_wire(joined, "up", joined.link.up, domain, first);
  joined.down = add_wire(joined, "down", joined.link.down, domain, first + wires - 1);
}

/// The CPU unit an accelerator hands over to (or takes from): its host's where there is a link.
std::optional<UnitId> gateway(const Joined& joined, UnitId unit, bool leaves) {
  const Soc& soc = joined.soc;
  if (soc.unit(unit).kind == UnitKind::cpu) return unit;
  std::optional<UnitId> found;
  for (const Link& link : soc.links) {
    const UnitId near = leaves ? link.from : link.to, far = leaves ? link.to : link.from;
    if (near != unit || soc.unit(far).kind != UnitKind::cpu) continue;
    if (joined.is_remote(far) != joined.is_remote(unit)) continue;
    if (soc.unit(far).domain == soc.unit(unit).host_domain) return far;
    if (!found) found = far;
  }
  return found;
}

/// Links between the devices: to the CPU, over the wire, from the CPU.
void add_links(Joined& joined) {
  const std::size_t units = joined.phone_units + joined.remote_units;
  std::vector<Link> links;
  for (std::size_t a = 0; a < units; ++a)
    for (std::size_t b = 0; b < units; ++b) {
      const UnitId from = make_id<UnitId>(a), to = make_id<UnitId>(b);
      const auto route = joined.route(from, to);
      if (!route) continue;
      const NetworkDirection& way = joined.is_remote(to) ? joined.link.up : joined.link.down;
      Link link{from, to, {}};
      if (const Link* leg = joined.soc.link(from, route->leaves)) link.terms = leg->terms;
      link.terms.push_back(
          {LinkTermKind::copy, joined.one_way_s(), 1 / way.bandwidth_bytes_per_s, route->wire});
      if (const Link* leg = joined.soc.link(route->arrives, to))
        link.terms.insert(link.terms.end(), leg->terms.begin(), leg->terms.end());
      links.push_back(std::move(link));
    }
  joined.soc.links.insert(joined.soc.links.end(), links.begin(), links.end());
}

}  // namespace

std::optional<NetworkRoute> Joined::route(UnitId from, UnitId to) const {
  if (soc.unit(from).kind == UnitKind::network || soc.unit(to).kind == UnitKind::network)
    return std::nullopt;
  if (is_remote(from) == is_remote(to)) return std::nullopt;
  const auto &leaves = sends_by[index(from)], &arrives = receives_by[index(to)];
  if (!leaves || !arrives) return std::nullopt;
  return NetworkRoute{*leaves, is_remote(to) ? up : down, *arrives};
}

Joined join(const Soc& phone, const Soc& remote, const NetworkLink& link) {
  Joined joined;
  joined.soc = phone;
  joined.soc.title = fmt::format("{} with {} over {}", phone.title, remote.name, link.name);
  joined.link = link;
  joined.remote_name = remote.name;
  joined.remote_title = remote.title;
  joined.phone_units = phone.units.size();
  joined.phone_domains = phone.domains.size();
  joined.remote_units = remote.units.size();
  joined.remote_domains = remote.domains.size();
  if (resource_bits(phone) + resource_bits(remote) >= 62)
    throw InputError(fmt::format("{} and {}: together too many clusters and accelerators",
                                 phone.name, remote.name));
  add_remote(joined, remote);
  add_network(joined);
  std::vector<std::string> names = joined.soc.unit_names();
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    throw InputError(
        fmt::format("{} and {}: both have a unit {}", phone.name, remote.name, *twice));
  for (std::size_t u = 0; u < joined.soc.units.size(); ++u) {
    joined.sends_by.push_back(gateway(joined, make_id<UnitId>(u), true));
    joined.receives_by.push_back(gateway(joined, make_id<UnitId>(u), false));
  }
  add_links(joined);
  return joined;
}

}  // namespace partita
