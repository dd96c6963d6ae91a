// Suite cpu-models: how long does a network nobody has measured take on which cores?
#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "validation/core_combinations.h"
#include "validation/qed_tables.h"
#include "validation/validation.h"

namespace partita {
namespace {

using CasePointers = std::vector<const LatencyCase*>;

QuantityResult scored(std::string quantity, const CasePointers& cases, bool alternatives = false) {
  std::vector<ScoredRow> rows;
  for (const LatencyCase* c : cases)
    rows.push_back({c->latency_s, c->network.latency_s, c->relative_sd, c->plain_s});
  return score(std::move(quantity), rows, alternatives);
}

/// Tau and regret of choosing the cores, means over networks.
void add_choice(QuantityResult& result, const std::map<std::string, CasePointers>& by_network) {
  double tau = 0, regret = 0, taus = 0, regrets = 0;
  for (const auto& [network, cases] : by_network) {
    if (cases.size() < 2) continue;
    const QuantityResult one = scored("", cases, true);
    if (one.kendall_tau) tau += *one.kendall_tau, ++taus;
    if (one.regret) regret += *one.regret, ++regrets;
  }
  if (taus > 0) result.kendall_tau = tau / taus;
  if (regrets > 0) result.regret = regret / regrets;
}

SuiteResult result_of(const CoreCombinations& combinations, const std::vector<LatencyCase>& cases) {
  SuiteResult suite;
  suite.suite = "cpu-models";
  std::map<Precision, CasePointers> by_precision;
  std::map<std::pair<Precision, std::string>, CasePointers> by_soc;
  std::map<std::pair<Precision, std::string>, std::map<std::string, CasePointers>> choices;
  std::map<std::size_t, CasePointers> by_combination;
  std::set<std::string> undrawn;
  const auto named = [&](QuantityResult result, const CasePointers& some) {
    name_cases(result, [&](std::size_t i) {
      const CoreCombination& c = combinations.all()[some[i]->combination];
      return std::pair(some[i]->network.name + " on " + c.spec, c.soc);
    });
    suite.results.push_back(std::move(result));
  };
  for (const LatencyCase& one : cases) {
    const CoreCombination& c = combinations.all()[one.combination];
    by_precision[c.precision].push_back(&one);
    by_soc[{c.precision, c.soc}].push_back(&one);
    choices[{c.precision, c.soc}][one.network.name].push_back(&one);
    by_combination[one.combination].push_back(&one);
    if (!one.by_graph) undrawn.insert(one.network.name);
  }
  for (const auto& [precision, some] : by_precision) {
    named(scored(fmt::format("latency.{}", to_string(precision)), some), some);
    std::map<std::string, CasePointers> all;
    for (const auto& [key, networks] : choices)
      if (key.first == precision)
        for (const auto& [network, pointers] : networks) all[key.second + network] = pointers;
    add_choice(suite.results.back(), all);
  }
  for (const auto& [key, some] : by_soc) {
    named(scored(fmt::format("latency.{}.{}", to_string(key.first), key.second), some), some);
    add_choice(suite.results.back(), choices[key]);
  }
  for (const auto& [at, some] : by_combination) {
    const CoreCombination& c = combinations.all()[at];
    std::string spec = c.spec;
    std::replace(spec.begin(), spec.end(), ' ', '+');
    named(scored(fmt::format("latency.{}.{}.{}", to_string(c.precision), c.soc, spec), some), some);
  }
  if (!undrawn.empty())
    suite.notes.push_back(
        fmt::format("{} networks without a graph that fits the table, by their size and family: {}",
                    undrawn.size(), join_choices({undrawn.begin(), undrawn.end()}, 40)));
  return suite;
}

/// The measured cells of a table that are on cores we know.
std::vector<LatencyCase> cases_of(const CoreCombinations& combinations, const QedTable& table,
                                  const std::string& file, std::vector<std::string>& notes) {
  std::vector<std::optional<std::size_t>> places;
  std::set<std::string> unknown;
  for (const QedColumn& column : table.columns) {
    places.emplace_back();
    if (column.cores == "gpu") continue;
    const Soc* soc = combinations.soc(column.soc);
    if (soc != nullptr)
      places.back() = combinations.find(
          column.soc, qed_cores(*soc, column.cores, file + ": " + column.device), column.precision);
    if (!places.back()) unknown.insert(column.device + "|" + column.cores);
  }
  if (!unknown.empty())
    notes.push_back(fmt::format("left out, nothing measured on them: {}",
                                join_choices({unknown.begin(), unknown.end()})));
  std::vector<LatencyCase> cases;
  for (const QedRow& row : table.rows)
    for (const QedCell& cell : row.cells)
      if (const auto place = places[cell.column])
        cases.push_back({.network = {row.network, row.macs, row.weights, cell.latency_s},
                         .combination = *place,
                         .noise = cell.sd_s.value_or(0) / cell.latency_s});
  std::set<std::string> seen;
  for (const LatencyCase& one : cases)
    for (const NetworkRow& row : combinations.all()[one.combination].rows)
      if (row.network == one.network.name) seen.insert(row.network);
  if (!seen.empty())
    notes.push_back(fmt::format("{} networks are among what the fits have seen: {}", seen.size(),
                                join_choices({seen.begin(), seen.end()})));
  if (cases.empty()) throw InputError(file + ": no row was measured on cores that traces/ knows");
  return cases;
}

}  // namespace

SuiteResult validate_cpu_models(const Catalog& catalog, const ValidateOptions& options) {
  const CoreCombinations combinations(catalog);
  if (!options.data) return result_of(combinations, combinations.cross_validate(options.progress));
  std::vector<std::string> notes;
  const QedTable table = read_qed_table(*options.data);
  std::vector<LatencyCase> cases = cases_of(combinations, table, options.data->string(), notes);
  combinations.predict(cases, options.progress);
  SuiteResult suite = result_of(combinations, cases);
  suite.notes.insert(suite.notes.begin(), notes.begin(), notes.end());
  return suite;
}

}  // namespace partita
