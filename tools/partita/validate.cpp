// partita validate: predictions against measurements.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/prepare.h"
#include "tools/partita/report_file.h"
#include "tools/partita/validate_page.h"
#include "validation/validation.h"

namespace partita {
namespace {

using nlohmann::ordered_json;
using Align = TextTable::Align;

ordered_json suite_json(const SuiteResult& result) {
  ordered_json results = ordered_json::array();
  for (const QuantityResult& q : result.results)
    results.push_back({{"quantity", q.quantity},
                       {"n", q.n},
                       {"dropped", q.dropped},
                       {"mape", or_null(q.mape)},
                       {"median_ape", or_null(q.median_ape)},
                       {"p90_ape", or_null(q.p90_ape)},
                       {"bias", or_null(q.bias)},
                       {"within_10pct", or_null(q.within_10pct)},
                       {"kendall_tau", or_null(q.kendall_tau)},
                       {"regret", or_null(q.regret)},
                       {"coverage_90", or_null(q.coverage_90)},
                       {"plain_mape", or_null(q.plain_mape)},
                       {"rmse", or_null(q.rmse)},
                       {"plain_rmse", or_null(q.plain_rmse)}});
  return {{"suite", result.suite}, {"results", std::move(results)}, {"notes", result.notes}};
}

std::string in_percent(const std::optional<double>& value) {
  return value ? percent(*value, 2).substr(0, percent(*value, 2).size() - 2) : std::string("-");
}

/// Whether some quantity has an error in its own unit.
bool has_rmse(const SuiteResult& result) {
  return std::any_of(result.results.begin(), result.results.end(),
                     [](const QuantityResult& q) { return q.rmse.has_value(); });
}

/// The statistics' columns, after those that say what of.
std::vector<TextTable::Column> columns(std::vector<TextTable::Column> first, bool rmse) {
  for (const char* title :
       {"n", "MAPE", "median", "p90", "bias", "≤10 %", "in 90 %", "tau", "regret", "plain"})
    first.push_back({title, Align::right});
  if (rmse) first.insert(first.end(), {{"RMSE", Align::right}, {"(plain)", Align::right}});
  return first;
}

void add_row(TextTable& table, std::vector<std::string> first, const QuantityResult& q, bool rmse) {
  const std::string tau = q.kendall_tau ? fmt::format("{:.3f}", *q.kendall_tau) : "-";
  for (const std::string& cell :
       {std::to_string(q.n), in_percent(q.mape), in_percent(q.median_ape), in_percent(q.p90_ape),
        in_percent(q.bias), in_percent(q.within_10pct), in_percent(q.coverage_90), tau,
        in_percent(q.regret), in_percent(q.plain_mape)})
    first.push_back(cell);
  if (rmse)
    for (const auto& value : {q.rmse, q.plain_rmse})
      first.push_back(value ? fmt::format("{:.2f}", *value) : "-");
  table.add(std::move(first));
}

std::string suite_text(const SuiteInfo& info, const SuiteResult& result, const Style& style) {
  const bool rmse = has_rmse(result);
  TextTable table(columns({{"quantity", Align::left, 44}}, rmse));
  for (const QuantityResult& q : result.results) add_row(table, {q.quantity}, q, rmse);
  std::string out = style.apply(Emphasis::strong, info.name) + ": " + info.summary + "\n";
  out += wrap(fmt::format("in percent, tau excepted; plain: {}", info.plain_method)) + "\n" +
         table.render(style);
  for (const std::string& note : result.notes) out += wrap("note: " + note);
  return out;
}

/// Every suite in one table, without the parts of its lines.
std::string all_text(const std::vector<SuiteResult>& results, const Style& style) {
  const bool rmse = std::any_of(results.begin(), results.end(), has_rmse);
  TextTable table(columns({{"suite", Align::left, 18}, {"quantity", Align::left, 28}}, rmse));
  std::string plain;
  for (const SuiteResult& result : results) {
    for (const QuantityResult& q : result.results)
      if (!is_detail(result, q.quantity)) add_row(table, {result.suite, q.quantity}, q, rmse);
    plain += wrap(fmt::format("plain, {}: {}", result.suite, suite(result.suite).plain_method));
  }
  return wrap(
             "All suites, in percent, but for tau and RMSE (in K); cross-validated as "
             "docs/costs.md says") +
         "\n" + table.render(style) + plain +
         wrap("`partita validate SUITE` shows every device and what was dropped.");
}

}  // namespace

void validate(const ValidateRequest& request, const Console& console) {
  const bool all = request.suite == "all";
  const bool page = !report_format(request.report, {".html"}).empty();
  std::vector<const SuiteInfo*> chosen;
  if (all)
    for (const SuiteInfo& info : suites()) chosen.push_back(&info);
  else
    chosen.push_back(&suite(request.suite));
  if (all && !request.data.empty())
    throw InputError("--data: measurements are of one suite; name it instead of all");
  const Catalog catalog = open_catalog();
  std::vector<SuiteResult> results;
  ordered_json documents = ordered_json::array();
  for (const SuiteInfo* info : chosen) {
    ValidateOptions options;
    if (!request.data.empty()) options.data = request.data;
    options.progress = console.progress(info->name);
    results.push_back(info->run(catalog, options));
    documents.push_back(suite_json(results.back()));
  }
  if (page) write_file(request.report, validation_page(results).html());
  if (request.json)
    console.print(json_text(all ? documents : documents.front()));
  else
    console.print(all ? all_text(results, console.style())
                      : suite_text(*chosen.front(), results.front(), console.style()));
}

}  // namespace partita
