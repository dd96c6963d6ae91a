#include <nlohmann/json.hpp>

#include "sim/report/describe.h"
#include "sim/report/describe_json.h"
#include "sim/report/json_text.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

ordered_json domains_json(const Soc& soc) {
  ordered_json list = ordered_json::array();
  for (const Domain& domain : soc.domains) {
    ordered_json opps = ordered_json::array();
    for (const Opp& opp : domain.opps)
      opps.push_back({{"frequency_hz", opp.frequency_hz}, {"voltage_v", or_null(opp.voltage_v)}});
    list.push_back(
        {{"name", domain.name}, {"transition_s", domain.transition_s}, {"opps", std::move(opps)}});
  }
  return list;
}

ordered_json clusters_json(const Soc& soc) {
  ordered_json list = ordered_json::array();
  for (const Cluster& cluster : soc.clusters) {
    ordered_json caches = ordered_json::array();
    for (const Cache& cache : cluster.caches)
      caches.push_back({{"name", cache.name},
                        {"size_bytes", cache.size_bytes},
                        {"shared_by_cores", cache.shared_by_cores}});
    list.push_back({{"name", cluster.name},
                    {"core", cluster.core},
                    {"cores", cluster.cores},
                    {"domain", soc.domain(cluster.domain).name},
                    {"caches", std::move(caches)}});
  }
  return list;
}

ordered_json units_json(const Soc& soc) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < soc.units.size(); ++i) {
    const Unit& unit = soc.units[i];
    const UnitId id = make_id<UnitId>(i);
    const int top = soc.top_opp(unit.domain);
    ordered_json host;
    if (unit.host_domain) host = soc.domain(*unit.host_domain).name;
    list.push_back({{"name", unit.name},
                    {"letter", unit.letter == 0 ? std::string() : std::string(1, unit.letter)},
                    {"kind", to_string(unit.kind)},
                    {"runs_on", runs_on(soc, unit)},
                    {"domain", soc.domain(unit.domain).name},
                    {"host_domain", std::move(host)},
                    {"precision", to_string(unit.default_precision)},
                    {"peak_ops_per_s", peak_ops_per_s(soc, id, unit.default_precision, top)},
                    {"memory_bandwidth_bytes_per_s", unit.memory_bandwidth_bytes_per_s},
                    {"contention", contention_json(unit)},
                    {"dispatch_s", unit.dispatch_s},
                    {"busy_power_w", busy_power_w(soc, id, top)},
                    {"unsupported", unit.unsupported}});
  }
  return list;
}

ordered_json links_json(const Soc& soc) {
  ordered_json list = ordered_json::array();
  for (const Link& link : soc.links) {
    ordered_json terms = ordered_json::array();
    for (const LinkTerm& term : link.terms)
      terms.push_back({{"kind", to_string(term.kind)},
                       {"on", soc.unit(term.on).name},
                       {"fixed_s", term.fixed_s},
                       {"per_byte_s", term.per_byte_s}});
    list.push_back({{"from", soc.unit(link.from).name},
                    {"to", soc.unit(link.to).name},
                    {"terms", std::move(terms)}});
  }
  return list;
}

}  // namespace

nlohmann::ordered_json numbers_json(const std::vector<LedgerEntry>& ledger) {
  ordered_json list = ordered_json::array();
  for (const LedgerEntry& entry : ledger)
    list.push_back({{"path", entry.path},
                    {"text", entry.text},
                    {"known", to_string(entry.known)},
                    {"source", entry.source}});
  return list;
}

nlohmann::ordered_json sources_json(const std::vector<Source>& sources) {
  ordered_json list = ordered_json::array();
  for (const Source& source : sources)
    list.push_back({{"id", source.id}, {"what", source.what}, {"licence", source.licence}});
  return list;
}

std::string soc_json(const Soc& soc) {
  return json_text({{"name", soc.name},
                    {"title", soc.title},
                    {"board", soc.board},
                    {"base_power_w", soc.base_power_w},
                    {"domains", domains_json(soc)},
                    {"clusters", clusters_json(soc)},
                    {"units", units_json(soc)},
                    {"memory",
                     {{"type", soc.memory.type},
                      {"peak_bytes_per_s", soc.memory.peak_bytes_per_s},
                      {"shared_bytes_per_s", soc.memory.shared_bytes_per_s},
                      {"size_bytes", soc.memory.size_bytes},
                      {"energy_per_byte_j", soc.memory.energy_per_byte_j}}},
                    {"thermal", thermal_json(soc)},
                    {"links", links_json(soc)},
                    {"numbers", numbers_json(soc.ledger)},
                    {"sources", sources_json(soc.sources)}});
}

}  // namespace partita
