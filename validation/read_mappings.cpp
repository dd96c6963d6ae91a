#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "validation/mappings.h"

namespace partita {

namespace {

struct NetworkName {
  std::string_view raw, ours;
};
constexpr std::array<NetworkName, 11> kNetworks{{{"alex", "alexnet"},
                                                 {"google", "googlenet"},
                                                 {"mobile", "mobilenet"},
                                                 {"mobilev1", "mobilenet"},
                                                 {"res50", "resnet50"},
                                                 {"resv1_50", "resnet50-v1"},
                                                 {"squeeze", "squeezenet"},
                                                 {"squeezev1", "squeezenet"},
                                                 {"yolov3", "yolov3"},
                                                 {"yolo", "yolov3"},
                                                 {"resnet50", "resnet50"}}};

// The OPPs that the raw tables number; the board's clocks in MHz.
constexpr std::array<double, 6> kLittle{408, 600, 816, 1008, 1200, 1416};
constexpr std::array<double, 8> kBig{408, 600, 816, 1008, 1200, 1416, 1608, 1800};
constexpr std::array<double, 5> kGpu{200, 300, 400, 600, 800};

std::string network_of(const Csv& csv, std::size_t row, std::size_t column, bool second_run) {
  std::string name = csv.rows[row][column];
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  std::vector<std::string> known;
  for (const NetworkName& n : kNetworks) {
    // The second campaign's ResNet-50 is another network, whatever its table calls it.
    if (n.raw == name)
      return second_run && n.ours == "resnet50" ? "resnet50-v1" : std::string(n.ours);
    known.emplace_back(n.raw);
  }
  csv.fail(
      row, column,
      fmt::format("unknown network \"{}\"; known: {}", csv.rows[row][column], join_choices(known)));
}

/// "((3, 4), (1, 0), (3,))" or "(('max',),)" to one list of tokens a layer.
std::vector<std::vector<std::string>> tuples(const std::string& text) {
  std::vector<std::vector<std::string>> out;
  int depth = 0;
  std::string token;
  auto flush = [&] {
    if (!token.empty() && !out.empty()) out.back().push_back(token);
    token.clear();
  };
  for (char c : text) {
    if (c == '(' && ++depth == 2) out.emplace_back();
    if (c == ')') flush(), --depth;
    if (c == ',') flush();
    if (std::isalnum(static_cast<unsigned char>(c)) && depth == 2) token += c;
  }
  return out;
}

template <std::size_t N>
double clock_mhz(const Csv& csv, std::size_t row, std::size_t column, const std::string& token,
                 const std::array<double, N>& opps) {
  if (token == "max") return opps.back();
  if (token == "min") return opps.front();
  const double i = parse_number(token, csv.name);
  if (i < 0 || i >= static_cast<double>(N) || i != std::floor(i))
    csv.fail(row, column, fmt::format("no OPP {}", token));
  return opps[static_cast<std::size_t>(i)];
}

void raw_clocks(const Csv& csv, std::size_t row, std::size_t column, MappingCase& mapping) {
  auto steps = tuples(csv.rows[row][column]);
  if (steps.size() == 1) steps.assign(mapping.units.size(), steps.front());
  if (steps.size() != mapping.units.size())
    csv.fail(row, column,
             fmt::format("{} clocks for {} layers", steps.size(), mapping.units.size()));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    if (step.empty()) csv.fail(row, column, fmt::format("no clock for layer {}", i));
    const char unit = mapping.units[i];
    if (unit == 'G') {
      const bool named = step[0] == "max" || step[0] == "min";
      const std::string host = step.size() > 1 ? step[1] : named ? step[0] : "max";
      mapping.clocks_mhz.emplace_back(clock_mhz(csv, row, column, step[0], kGpu),
                                      clock_mhz(csv, row, column, host, kBig));
    } else if (unit == 'N') {
      mapping.clocks_mhz.emplace_back(0, clock_mhz(csv, row, column, step.back(), kBig));
    } else {
      mapping.clocks_mhz.emplace_back(unit == 'L' ? clock_mhz(csv, row, column, step[0], kLittle)
                                                  : clock_mhz(csv, row, column, step[0], kBig),
                                      0);
    }
  }
}

void own_clocks(const Csv& csv, std::size_t row, std::size_t column, MappingCase& mapping) {
  std::string_view text = csv.rows[row][column];
  while (!text.empty()) {
    const auto space = text.find(' ');
    const std::string_view item = text.substr(0, space);
    const auto slash = item.find('/');
    const double own = parse_number(item.substr(0, slash), csv.name);
    const double host =
        slash == std::string_view::npos ? 0 : parse_number(item.substr(slash + 1), csv.name);
    const bool npu = mapping.clocks_mhz.size() < mapping.units.size() &&
                     mapping.units[mapping.clocks_mhz.size()] == 'N';
    mapping.clocks_mhz.emplace_back(npu ? 0 : own, npu ? own : host);
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
  if (mapping.clocks_mhz.size() != mapping.units.size())
    csv.fail(
        row, column,
        fmt::format("{} clocks for {} layers", mapping.clocks_mhz.size(), mapping.units.size()));
}

std::optional<double> milli(const Csv& csv, std::size_t row, const char* title) {
  if (!csv.has_column(title)) return std::nullopt;
  const std::size_t column = csv.column(title);
  const std::string& text = csv.rows[row][column];
  for (const char* none : {"", "nan", "NaN", "inf", "0", "0.0"})
    if (text == none) return std::nullopt;
  const double value = csv.number(row, column) * 1e-3;
  if (value < 0) csv.fail(row, column, "a measurement is not negative");
  return value;
}

void check_units(const Csv& csv, std::size_t row, std::size_t column) {
  const std::string& units = csv.rows[row][column];
  if (units.empty() || units.find_first_not_of("LBGN") != std::string::npos)
    csv.fail(row, column, fmt::format("unknown unit in \"{}\"; known: L, B, G, N", units));
}

/// Columns of a table of mappings, ours or a raw one.
struct Columns {
  bool raw;
  std::size_t network, units, clocks;
  explicit Columns(const Csv& csv)
      : raw(csv.has_column("order")),
        network(csv.column(raw ? "graph" : "network")),
        units(csv.column(raw ? "order" : "units")),
        clocks(csv.column(raw ? "freq" : "clocks_mhz")) {
    csv.column(raw ? "total_time" : "time_ms");
    csv.column(raw ? "total_e" : "energy_mj");
  }
};

/// Only LW-GA's tables carry a published prediction; only CO-UP's name the host.
bool of_second_run(const Csv& csv, std::size_t row, bool raw) {
  if (!raw) return std::filesystem::path(csv.name).filename().string().starts_with("coup-");
  if (csv.has_column("host")) return !csv.rows[row][csv.column("host")].empty();
  return !csv.has_column("Predicted_Time");
}

MappingCase read_row(const Csv& csv, std::size_t r, const Columns& at) {
  MappingCase mapping;
  const bool second_run = of_second_run(csv, r, at.raw);
  mapping.campaign = second_run ? "coup" : "lwga";
  mapping.network = at.raw ? network_of(csv, r, at.network, second_run) : csv.rows[r][at.network];
  mapping.time_s = milli(csv, r, at.raw ? "total_time" : "time_ms");
  mapping.energy_j = milli(csv, r, at.raw ? "total_e" : "energy_mj");
  if (!mapping.time_s || !mapping.energy_j) return mapping;
  check_units(csv, r, at.units);
  mapping.units = csv.rows[r][at.units];
  at.raw ? raw_clocks(csv, r, at.clocks, mapping) : own_clocks(csv, r, at.clocks, mapping);
  mapping.published_time_s = milli(csv, r, at.raw ? "Predicted_Time" : "published_time_ms");
  mapping.published_energy_j = milli(csv, r, at.raw ? "Predicted_Energy" : "published_energy_mj");
  return mapping;
}

}  // namespace

std::vector<MappingCase> read_mappings(const std::filesystem::path& path,
                                       std::vector<std::string>* problems) {
  const Csv csv = read_csv(path);
  const Columns columns(csv);
  std::vector<MappingCase> cases;
  for (std::size_t r = 0; r < csv.rows.size(); ++r) try {
      cases.push_back(read_row(csv, r, columns));
    } catch (const InputError& error) {
      if (!problems) throw;
      problems->push_back(error.what());
    }
  if (cases.empty() && problems && !problems->empty()) throw InputError(problems->front());
  return cases;
}

}  // namespace partita
