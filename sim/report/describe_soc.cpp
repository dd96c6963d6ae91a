#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "sim/base/units.h"
#include "sim/report/describe.h"

namespace partita {
namespace {

using Align = TextTable::Align;

std::string section(const Style& style, std::string_view title) {
  return fmt::format("\n{}\n", style.apply(Emphasis::strong, title));
}

std::string quantity_or_dash(double value, Dimension dimension) {
  return value > 0 ? format_quantity(value, dimension) : "-";
}

std::string clock_range(const Domain& domain) {
  if (domain.opps.empty()) return "-";
  const auto mhz = [](const Opp& opp) { return opp.frequency_hz / 1e6; };
  if (domain.opps.size() == 1) return fmt::format("{:.0f} MHz", mhz(domain.opps.front()));
  return fmt::format("{:.0f} to {:.0f} MHz", mhz(domain.opps.front()), mhz(domain.opps.back()));
}

std::string clusters_text(const Soc& soc, const Style& style) {
  TextTable table(
      {{"cluster"}, {"core"}, {"cores", Align::right}, {"clock"}, {"caches", Align::left, 48}});
  for (const Cluster& cluster : soc.clusters) {
    std::string caches;
    for (const Cache& cache : cluster.caches)
      caches += fmt::format("{}{} {:.4g} KiB{}", caches.empty() ? "" : ", ", cache.name,
                            cache.size_bytes / 1024, cache.shared_by_cores > 1 ? " shared" : "");
    table.add({cluster.name, cluster.core, std::to_string(cluster.cores),
               clock_range(soc.domain(cluster.domain)), caches});
  }
  return table.empty() ? "" : section(style, "CPU clusters") + table.render(style);
}

std::string domains_text(const Soc& soc, const Style& style) {
  std::string out = section(style, "Clock domains (MHz, and V where known)");
  for (const Domain& domain : soc.domains) {
    std::string line = domain.name + ":";
    for (const Opp& opp : domain.opps) {
      line += fmt::format(" {:.6g}", opp.frequency_hz / 1e6);
      if (opp.voltage_v) line += fmt::format("@{:.4g}V", *opp.voltage_v);
    }
    line += "; a change takes " + format_quantity(domain.transition_s, Dimension::time);
    out += wrap(line, kReportWidth, 2);
  }
  return out;
}

std::string units_text(const Soc& soc, const Style& style) {
  TextTable table({{"unit", Align::left, 14},
                   {"letter"},
                   {"runs on", Align::left, 22},
                   {"precision"},
                   {"peak op/s", Align::right},
                   {"bandwidth", Align::right},
                   {"dispatch", Align::right},
                   {"busy", Align::right}});
  for (std::size_t i = 0; i < soc.units.size(); ++i) {
    const Unit& unit = soc.units[i];
    const UnitId id = make_id<UnitId>(i);
    const int top = soc.top_opp(unit.domain);
    const double peak = peak_ops_per_s(soc, id, unit.default_precision, top);
    table.add({unit.name, unit.letter == 0 ? "-" : std::string(1, unit.letter), runs_on(soc, unit),
               std::string(to_string(unit.default_precision)), peak > 0 ? format_count(peak) : "-",
               quantity_or_dash(unit.memory_bandwidth_bytes_per_s, Dimension::bandwidth),
               quantity_or_dash(unit.dispatch_s, Dimension::time),
               quantity_or_dash(busy_power_w(soc, id, top), Dimension::power)});
  }
  std::string out = section(style, "Units at their highest clock") + table.render(style);
  for (const Unit& unit : soc.units)
    if (!unit.unsupported.empty())
      out += wrap(fmt::format("{} cannot run: {}", unit.name, fmt::join(unit.unsupported, ", ")),
                  kReportWidth, 2);
  return out;
}

std::string memory_text(const Soc& soc, const Style& style) {
  const Memory& memory = soc.memory;
  return section(style, "Memory") +
         wrap(fmt::format(
                  "{}, {:.4g} GiB; peak {}, all units together {}; {} pJ a byte; board idle {}",
                  memory.type, memory.size_bytes / (1u << 30),
                  quantity_or_dash(memory.peak_bytes_per_s, Dimension::bandwidth),
                  quantity_or_dash(memory.shared_bytes_per_s, Dimension::bandwidth),
                  fmt::format("{:.4g}", memory.energy_per_byte_j * 1e12),
                  quantity_or_dash(soc.base_power_w, Dimension::power)),
              kReportWidth, 2);
}

std::string links_text(const Soc& soc, const Style& style) {
  TextTable table(
      {{"from"}, {"to"}, {"step"}, {"on"}, {"fixed", Align::right}, {"per MB", Align::right}});
  for (const Link& link : soc.links)
    for (const LinkTerm& term : link.terms)
      table.add({soc.unit(link.from).name, soc.unit(link.to).name,
                 std::string(to_string(term.kind)), soc.unit(term.on).name,
                 format_quantity(term.fixed_s, Dimension::time),
                 format_quantity(term.per_byte_s * 1e6, Dimension::time)});
  return table.empty() ? "" : section(style, "Handing a tensor over") + table.render(style);
}

}  // namespace

std::string ledger_text(const std::vector<LedgerEntry>& ledger, const std::vector<Source>& sources,
                        const Style& style) {
  TextTable table({{"number", Align::left, 44},
                   {"value", Align::right, 20},
                   {"known"},
                   {"source", Align::left, 20}});
  std::array<int, 4> count{};
  for (const LedgerEntry& entry : ledger) {
    ++count[static_cast<std::size_t>(entry.known)];
    table.add({entry.path, entry.text, std::string(to_string(entry.known)), entry.source},
              entry.known == Known::assumed ? Emphasis::close : Emphasis::none);
  }
  std::string out =
      section(style, "Every number and where it comes from") + table.render(style) + "\n";
  std::string summary = fmt::format("{} numbers:", ledger.size());
  for (std::size_t i = 0; i < count.size(); ++i)
    summary += fmt::format(" {} {}{}", count[i], to_string(static_cast<Known>(i)),
                           i + 1 < count.size() ? "," : ".");
  out += wrap(summary, kReportWidth, 2) + section(style, "Sources");
  for (const Source& source : sources)
    out += wrap(fmt::format("{}: {}{}", source.id, source.what,
                            source.licence.empty() ? "" : " [" + source.licence + "]"),
                kReportWidth, 2);
  return out;
}

std::string runs_on(const Soc& soc, const Unit& unit) {
  if (unit.kind != UnitKind::cpu) return std::string(to_string(unit.kind));
  std::string text;
  for (const CoreUse& use : unit.cores)
    text += fmt::format("{}{}x {}", text.empty() ? "" : " + ", use.threads,
                        soc.clusters[static_cast<std::size_t>(use.cluster)].core);
  return text;
}

std::string soc_text(const Soc& soc, const Style& style) {
  std::string out = style.apply(Emphasis::strong, soc.name) + ": " + soc.title +
                    (soc.board.empty() ? "" : " (numbers from: " + soc.board + ")") + "\n";
  out = wrap(out.substr(0, out.size() - 1));
  return out + "\n" + soc_diagram(soc, style) + clusters_text(soc, style) +
         domains_text(soc, style) + units_text(soc, style) + memory_text(soc, style) +
         contention_text(soc, style) + thermal_text(soc, style) + links_text(soc, style) +
         ledger_text(soc.ledger, soc.sources, style);
}

}  // namespace partita
