// Suite contention: what is left of a unit's bandwidth while the others use the memory?
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/engine/contention.h"
#include "sim/soc/soc.h"
#include "validation/contention_data.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_contention(const Catalog& catalog, const ValidateOptions& options);

namespace {

using Cells = std::vector<ContentionCell>;

constexpr double kMinor = 0.3;  ///< Of the bus: below it PCCS finds nearly no loss.

/// Equal rights on the bus of `bus` B/s: what others leave, half of it at least.
double plain(const ContentionCell& cell, double bus) {
  return std::min(cell.own, std::max(bus / 2, bus - cell.external));
}

struct Scored {
  std::vector<ScoredRow> all, minor;
  void add(const ContentionCurve& curve, const Cells& cells, double bus) {
    for (const ContentionCell& cell : cells) {
      const double predicted = attained_bytes_per_s(curve, cell.own, cell.external);
      all.push_back({predicted, cell.attained, 0, plain(cell, bus),
                     fmt::format("asks for {:.1f} GB/s beside {:.1f}", cell.own * 1e-9,
                                 cell.external * 1e-9)});
      if (cell.own < kMinor * bus) minor.push_back(all.back());
    }
  }
};

/// Without coverage: the curve states no interval.
QuantityResult line(std::string name, const std::vector<ScoredRow>& rows) {
  QuantityResult result = score(std::move(name), rows);
  result.coverage_90.reset();
  result.unit = "B/s";
  return result;
}

/// Each half of the columns (or rows) by a curve fitted to the other.
Scored halves(const Cells& cells, double bus, double ContentionCell::*key, const char* where) {
  std::map<double, std::size_t> place;
  for (const ContentionCell& cell : cells) place[cell.*key] = 0;
  std::size_t count = 0;
  for (auto& [value, at] : place) at = count++;
  Scored scored;
  for (const std::size_t out : {0, 1}) {
    Cells in, rest;
    for (const ContentionCell& cell : cells)
      (place[cell.*key] % 2 == out ? rest : in).push_back(cell);
    scored.add(fit_contention(in, where), rest, bus);
  }
  return scored;
}

}  // namespace

SuiteResult validate_contention(const Catalog& catalog, const ValidateOptions& options) {
  const Soc soc = load_soc(catalog.soc("jetson-agx-xavier"));
  const Unit& gpu = soc.unit(soc.unit_by_name("gpu", "contention"));
  const double bus = soc.memory.peak_bytes_per_s;
  SuiteResult suite;
  suite.suite = "contention";
  if (options.data) {
    if (!gpu.contention) throw InputError("socs/jetson-agx-xavier.yaml: gpu has no contention");
    Scored scored;
    scored.add(*gpu.contention, read_contention(*options.data), bus);
    suite.results.push_back(line("bandwidth", scored.all));
    if (!scored.minor.empty())
      suite.results.push_back(line("bandwidth.below-30-percent", scored.minor));
    suite.notes.push_back("constants are those of gpu in socs/jetson-agx-xavier.yaml");
    return suite;
  }
  const Cells cells =
      read_contention(catalog.root() / "validation" / "contention" / "jetson-agx-xavier-gpu.csv");
  const Scored columns = halves(cells, bus, &ContentionCell::external, "columns");
  suite.results.push_back(line("bandwidth.other-columns", columns.all));
  suite.results.push_back(line("bandwidth.other-columns.below-30-percent", columns.minor));
  suite.results.push_back(
      line("bandwidth.other-rows", halves(cells, bus, &ContentionCell::own, "rows").all));
  const ContentionCurve curve = fit_contention(cells, "the whole matrix");
  suite.notes.push_back(fmt::format(
      "fitted to the whole matrix: no loss beyond {:.1f} % up to {:.1f} GB/s; of what is above, "
      "{:.0f} % is left once the others ask for {:.0f} GB/s",
      curve.minor_loss * 100, curve.normal_limit_bytes_per_s / 1e9, curve.floor_share * 100,
      curve.balance_external_bytes_per_s / 1e9));
  return suite;
}

}  // namespace partita
