// A SoC as boxes on its memory bus.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "sim/base/units.h"
#include "sim/report/describe.h"

namespace partita {
namespace {

struct Box {
  std::string title;
  std::vector<std::string> lines;
  std::size_t width = 0;  ///< Inside the frame.
};

std::string repeated(std::string_view glyph, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += glyph;
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  const std::string cut = fit(text, width);
  return cut + std::string(width - display_width(cut), ' ');
}

std::string size_text(double bytes) {
  return bytes >= 1u << 20 ? fmt::format("{:.3g} MiB", bytes / (1u << 20))
                           : fmt::format("{:.4g} KiB", bytes / 1024);
}

std::string top_clock(const Soc& soc, DomainId domain) {
  return format_quantity(soc.domain(domain).opps.back().frequency_hz, Dimension::frequency);
}

/// `1.8 Top/s`
std::string ops_text(double per_s) {
  return per_s >= 1e12 ? fmt::format("{:.3g} Top/s", per_s / 1e12)
                       : fmt::format("{:.3g} Gop/s", per_s / 1e9);
}

Box cluster_box(const Soc& soc, const Cluster& cluster) {
  std::string core = cluster.core.substr(0, cluster.core.find(" ("));
  if (core.starts_with("Cortex-")) core.erase(0, 7);  // Six boxes fit beside each other.
  Box box{cluster.name,
          {fmt::format("{}x {}", cluster.cores, core), top_clock(soc, cluster.domain)},
          0};
  for (const Cache& cache : cluster.caches)
    if (cache.name != "l1d" && cache.shared_by_cores <= cluster.cores)
      box.lines.push_back(fmt::format("{} {}", cache.name, size_text(cache.size_bytes)));
  return box;
}

Box unit_box(const Soc& soc, std::size_t at) {
  const Unit& unit = soc.units[at];
  Box box{unit.name, {top_clock(soc, unit.domain)}, 0};
  const double peak =
      peak_ops_per_s(soc, make_id<UnitId>(at), unit.default_precision, soc.top_opp(unit.domain));
  if (peak > 0)
    box.lines.insert(box.lines.end(),
                     {ops_text(peak), "in " + std::string(to_string(unit.default_precision))});
  box.lines.push_back("≤ " +
                      format_quantity(unit.memory_bandwidth_bytes_per_s, Dimension::bandwidth));
  return box;
}

/// Caches that more cores share than one cluster has: shown once, on the way to the bus.
std::string shared_caches(const Soc& soc) {
  std::string text;
  std::vector<std::string> seen;
  for (const Cluster& cluster : soc.clusters)
    for (const Cache& cache : cluster.caches)
      if (cache.shared_by_cores > cluster.cores &&
          std::find(seen.begin(), seen.end(), cache.name) == seen.end()) {
        seen.push_back(cache.name);
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", cache.name,
                            size_text(cache.size_bytes));
      }
  return text;
}

}  // namespace

std::string soc_diagram(const Soc& soc, const Style& style) {
  std::vector<Box> boxes;
  for (const Cluster& cluster : soc.clusters) boxes.push_back(cluster_box(soc, cluster));
  for (std::size_t i = 0; i < soc.units.size(); ++i)
    if (soc.units[i].kind != UnitKind::cpu) boxes.push_back(unit_box(soc, i));
  if (boxes.empty()) return {};
  std::size_t height = 0;
  for (const Box& box : boxes) height = std::max(height, box.lines.size());
  const std::size_t room = (kReportWidth - 2) / boxes.size();
  for (Box& box : boxes) {
    box.width = display_width(box.title) + 2;
    for (const std::string& line : box.lines) box.width = std::max(box.width, display_width(line));
    box.width = std::min(box.width, room > 7 ? room - 5 : 2);
  }
  std::string top = " ", bottom = " ", stems = " ";
  std::vector<std::string> middle(height, " ");
  for (const Box& box : boxes) {
    const std::string title = fit(box.title, box.width - 1);
    top += fmt::format(" ┌ {} {}┐", style.apply(Emphasis::strong, title),
                       repeated("─", box.width - display_width(title)));
    for (std::size_t i = 0; i < height; ++i)
      middle[i] +=
          fmt::format(" │ {} │", padded(i < box.lines.size() ? box.lines[i] : "", box.width));
    const std::size_t left = (box.width + 2) / 2, right = box.width + 1 - left;
    bottom += fmt::format(" └{}┬{}┘", repeated("─", left), repeated("─", right));
    stems += fmt::format("  {}│{} ", std::string(left, ' '), std::string(right, ' '));
  }
  std::string bus = shared_caches(soc);
  if (!bus.empty()) bus += ", ";
  bus += fmt::format("{}: {} of {}", soc.memory.type,
                     format_quantity(soc.memory.shared_bytes_per_s, Dimension::bandwidth),
                     format_quantity(soc.memory.peak_bytes_per_s, Dimension::bandwidth));
  const std::size_t wide = display_width(stems) - 2;
  bus = fit(bus, wide - 4);
  const std::size_t rule = wide - display_width(bus) - 2;
  std::string out = top + "\n";
  for (const std::string& line : middle) out += line + "\n";
  out += bottom + "\n" + stems.substr(0, stems.find_last_not_of(' ') + 1) + "\n";
  return out + "  " + repeated("═", rule / 2) + " " + bus + " " + repeated("═", rule - rule / 2) +
         "\n";
}

}  // namespace partita
