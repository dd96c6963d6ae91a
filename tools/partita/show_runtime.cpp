#include "tools/partita/show_runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/base/files.h"
#include "sim/cost/evidence.h"
#include "sim/cost/kernel_work.h"
#include "sim/report/json_text.h"
#include "tools/partita/runtimes.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& values) {
  std::vector<std::string> names;
  for (const T value : values) names.emplace_back(to_string(value));
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

/// `activation (relu, relu6) after conv, depthwise_conv`
std::string in_words(const FusionRule& rule) {
  return fmt::format(
      "{}{} after {}", joined(names_of(rule.kinds)),
      rule.functions.empty() ? "" : fmt::format(" ({})", fmt::join(rule.functions, ", ")),
      joined(names_of(rule.after)));
}

bool has_form(const Runtime& runtime, UnitKind kind) {
  return models_kernels(runtime.name) && kernel_form(runtime.name, kind) != nullptr;
}

struct Measured {
  Catalog::ProfileEntry entry;
  MeasuredRows rows;
};

std::vector<Measured> measured_with(const Catalog& catalog, const std::string& runtime) {
  std::vector<Measured> found;
  for (const auto& entry : catalog.profiles())
    if (is_tables_of(entry, runtime)) found.push_back({entry, measured_rows(entry)});
  return found;
}

}  // namespace

MeasuredRows measured_rows(const Catalog::ProfileEntry& entry) {
  MeasuredRows rows;
  if (entry.layers) {
    const Csv csv = read_csv(entry.folder / "layers.csv");
    const std::size_t network = csv.column("network"), unit = csv.column("unit");
    rows.layers = csv.rows.size();
    for (const auto& row : csv.rows) rows.names.insert(row[network]), rows.units.insert(row[unit]);
    return rows;
  }
  const Evidence e = load_evidence(entry.folder);
  rows.operators = e.operators.size();
  rows.networks = e.networks.size();
  for (const OperatorRow& row : e.operators)
    rows.names.insert(row.network), rows.units.insert(row.unit);
  for (const NetworkRow& row : e.networks)
    rows.names.insert(row.network), rows.units.insert(row.unit);
  return rows;
}

bool models_kernels(std::string_view runtime) {
  const auto forms = kernel_form_runtimes();
  return std::find(forms.begin(), forms.end(), runtime) != forms.end();
}

std::string runtime_text(const Catalog& catalog, const Runtime& runtime, const Style& style) {
  std::string out = style.apply(Emphasis::strong, runtime.name) +
                    fmt::format(": {}, {}\n", runtime.title, runtime.version) +
                    wrap(fmt::format("source: {} ({}; {})", runtime.source, runtime.licence,
                                     to_string(runtime.known)));
  for (const RuntimeUnit& unit : runtime.units) {
    out += fmt::format("\n{}: {}\n", style.apply(Emphasis::strong, to_string(unit.kind)),
                       unit.backend);
    const auto line = [&](std::string_view what, const std::string& text) {
      out += wrap(fmt::format("{}: {}", what, text), kReportWidth, 2);
    };
    const auto precisions = names_of(unit.precisions);
    line("precisions",
         precisions.front() + " (default)" +
             (precisions.size() > 1
                  ? fmt::format(", {}", fmt::join(precisions.begin() + 1, precisions.end(), ", "))
                  : ""));
    line("threads", unit.threading == "even"      ? "a loop is cut in equal parts"
                    : unit.threading == "dynamic" ? "parts of a loop go to whoever is free"
                                                  : "none of its own");
    line("launch of a kernel", fmt::format("{:.3g} us", unit.dispatch_s * 1e6));
    for (const FusionRule& rule : unit.fusions) line("fuses", in_words(rule));
    line("cannot run", joined(names_of(unit.unsupported)));
    line("kernel model", has_form(runtime, unit.kind) ? "yes" : "none yet: the roofline serves");
  }
  using Align = TextTable::Align;
  TextTable table({{"measured on"},
                   {"profile"},
                   {"operators", Align::right},
                   {"whole networks", Align::right},
                   {"layers", Align::right},
                   {"networks", Align::right},
                   {"units", Align::right}});
  for (const Measured& m : measured_with(catalog, runtime.name))
    table.add({m.entry.soc, m.entry.runtime + "-" + m.entry.precision,
               std::to_string(m.rows.operators), std::to_string(m.rows.networks),
               std::to_string(m.rows.layers), std::to_string(m.rows.names.size()),
               std::to_string(m.rows.units.size())});
  out += "\n";
  return out += table.empty() ? "measured on no SoC in traces/\n" : table.render(style, 0);
}

std::string runtime_json(const Catalog& catalog, const Runtime& runtime) {
  ordered_json units = ordered_json::array(), profiles = ordered_json::array();
  for (const RuntimeUnit& unit : runtime.units) {
    ordered_json fusions = ordered_json::array();
    for (const FusionRule& rule : unit.fusions)
      fusions.push_back({{"after", names_of(rule.after)},
                         {"kinds", names_of(rule.kinds)},
                         {"functions", rule.functions}});
    units.push_back({{"kind", to_string(unit.kind)},
                     {"backend", unit.backend},
                     {"precisions", names_of(unit.precisions)},
                     {"threading", unit.threading},
                     {"dispatch_s", unit.dispatch_s},
                     {"fusions", std::move(fusions)},
                     {"unsupported", names_of(unit.unsupported)},
                     {"kernel_model", has_form(runtime, unit.kind)}});
  }
  for (const Measured& m : measured_with(catalog, runtime.name))
    profiles.push_back({{"soc", m.entry.soc},
                        {"profile", m.entry.runtime + "-" + m.entry.precision},
                        {"precision", m.entry.precision},
                        {"operators", m.rows.operators},
                        {"whole_networks", m.rows.networks},
                        {"layers", m.rows.layers},
                        {"networks", m.rows.names.size()},
                        {"units", m.rows.units}});
  return json_text({{"name", runtime.name},
                    {"title", runtime.title},
                    {"version", runtime.version},
                    {"source", runtime.source},
                    {"licence", runtime.licence},
                    {"known", to_string(runtime.known)},
                    {"units", std::move(units)},
                    {"profiles", std::move(profiles)}});
}

}  // namespace partita
