#include "validation/qed_tables.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"

namespace partita {
namespace {

struct Device {
  std::string_view name, soc;
};
constexpr std::array<Device, 7> kDevices{{{"pixel4", "snapdragon-855"},
                                          {"s10", "exynos-9820"},
                                          {"mi8se", "snapdragon-710"},
                                          {"onefusion", "snapdragon-710"},
                                          {"a03s", "helio-p35"},
                                          {"iphonexs", "apple-a12"},
                                          {"iphone7", "apple-a10"}}};

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

/// `2large1med` as {2, large}, {1, med}; empty: not of that form.
std::vector<std::pair<int, std::string>> core_counts(const std::string& text) {
  std::vector<std::pair<int, std::string>> counts;
  for (std::size_t i = 0; i < text.size();) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return {};
    counts.emplace_back(text[i++] - '0', "");
    while (i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0)
      counts.back().second += text[i++];
    if (counts.back().second.empty()) return {};
  }
  return counts;
}

constexpr std::string_view kKnownColumns =
    "known: model, FLOPS, size, <device>|<cores>|<float or quant>|<mean or std>";

/// Where a column of the file goes: its index in `columns`, and whether it is the mean.
struct Place {
  std::size_t column;
  bool mean;
};

Place place_of(const std::string& title, const std::string& where,
               std::vector<QedColumn>& columns) {
  const std::vector<std::string> parts = parts_of(title, '|');
  const auto fail = [&](std::string_view problem) {
    throw InputError(
        fmt::format("{}: column \"{}\": {}; {}", where, title, problem, kKnownColumns));
  };
  if (parts.size() != 4) fail("unknown");
  const auto device = std::find_if(kDevices.begin(), kDevices.end(),
                                   [&](const Device& d) { return d.name == parts[0]; });
  if (device == kDevices.end()) fail("unknown device");
  if (parts[1] != "gpu" && core_counts(parts[1]).empty()) fail("unknown cores");
  if (parts[2] != "float" && parts[2] != "quant") fail("unknown precision");
  if (parts[3] != "mean" && parts[3] != "std") fail("unknown statistic");
  const QedColumn wanted{parts[0], std::string(device->soc), parts[1],
                         parts[2] == "quant" ? Precision::int8 : Precision::fp32};
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const QedColumn& c) {
    return c.device == wanted.device && c.cores == wanted.cores && c.precision == wanted.precision;
  });
  const auto at = static_cast<std::size_t>(found - columns.begin());
  if (found == columns.end()) columns.push_back(wanted);
  return {at, parts[3] == "mean"};
}

}  // namespace

QedTable read_qed_table(const std::filesystem::path& path) {
  const Csv csv = read_csv(path);
  QedTable table;
  const std::size_t model = csv.column("model"), flops = csv.column("FLOPS"),
                    size = csv.column("size");
  std::vector<std::pair<std::size_t, Place>> places;
  for (std::size_t c = 0; c < csv.header.size(); ++c)
    if (c != model && c != flops && c != size)
      places.emplace_back(c, place_of(csv.header[c], csv.name, table.columns));
  std::set<std::string> names;
  for (std::size_t i = 0; i < csv.rows.size(); ++i) {
    const auto positive = [&](std::size_t column) {
      const double value = csv.number(i, column);
      if (value <= 0) csv.fail(i, column, "must be positive");
      return value;
    };
    QedRow row;
    row.network = csv.rows[i][model];
    if (!names.insert(row.network).second) csv.fail(i, model, "the network is there twice");
    row.macs = positive(flops) / 2;
    row.weights = positive(size) / element_bytes(Precision::fp32);
    row.line = csv.lines[i];
    std::vector<std::optional<double>> sd(table.columns.size());
    for (const auto& [c, place] : places) {
      if (csv.rows[i][c].empty()) continue;
      if (place.mean)
        row.cells.push_back({place.column, positive(c) * 1e-6, std::nullopt});
      else
        sd[place.column] = csv.number(i, c) * 1e-6;
    }
    for (QedCell& cell : row.cells) cell.sd_s = sd[cell.column];
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string qed_soc(std::string_view device, std::string_view where) {
  std::vector<std::string> names;
  for (const Device& d : kDevices) {
    if (d.name == device) return std::string(d.soc);
    names.emplace_back(d.name);
  }
  throw_unknown(where, "device", device, names);
}

std::string qed_cores(const Soc& soc, const std::string& cores, std::string_view where) {
  std::vector<const Cluster*> fastest_first;
  for (const Cluster& c : soc.clusters) fastest_first.push_back(&c);
  const auto peak = [&](const Cluster* c) {
    return c->per_core[static_cast<std::size_t>(Precision::fp32)].macs_per_cycle *
           soc.domain(c->domain).opps.back().frequency_hz;
  };
  std::stable_sort(fastest_first.begin(), fastest_first.end(),
                   [&](const Cluster* a, const Cluster* b) { return peak(a) > peak(b); });
  std::string spec;
  for (const auto& [count, size] : core_counts(cores)) {
    const std::size_t last = fastest_first.size() - 1;
    const std::size_t rank = size == "large" ? 0 : size == "small" ? last : 1;
    if ((size != "large" && size != "med" && size != "small") || (size == "med" && last != 2))
      throw InputError(fmt::format("{}: {} has no \"{}\" cores; known: large, {}small", where,
                                   soc.name, size, last == 2 ? "med, " : ""));
    if (!spec.empty()) spec += ' ';
    spec += fmt::format("{}:{}", fastest_first[rank]->name, count);
  }
  return spec;
}

}  // namespace partita
