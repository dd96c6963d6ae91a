// partita validate: predictions against measurements.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "sim/base/error.h"
#include "sim/report/json_text.h"
#include "sim/report/table.h"
#include "tools/partita/prepare.h"
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
                       {"plain_mape", or_null(q.plain_mape)}});
  return {{"suite", result.suite}, {"results", std::move(results)}, {"notes", result.notes}};
}

std::string suite_text(const SuiteInfo& info, const SuiteResult& result, const Style& style) {
  TextTable table({{"quantity", Align::left, 30},
                   {"n", Align::right},
                   {"MAPE", Align::right},
                   {"median", Align::right},
                   {"p90", Align::right},
                   {"bias", Align::right},
                   {"≤10 %", Align::right},
                   {"in 90 %", Align::right},
                   {"tau", Align::right},
                   {"regret", Align::right},
                   {"plain", Align::right}});
  const auto in_percent = [](const std::optional<double>& v) {
    return v ? percent(*v, 2).substr(0, percent(*v, 2).size() - 2) : std::string("-");
  };
  for (const QuantityResult& q : result.results)
    table.add({q.quantity, std::to_string(q.n), in_percent(q.mape), in_percent(q.median_ape),
               in_percent(q.p90_ape), in_percent(q.bias), in_percent(q.within_10pct),
               in_percent(q.coverage_90),
               q.kendall_tau ? fmt::format("{:.3f}", *q.kendall_tau) : "-", in_percent(q.regret),
               in_percent(q.plain_mape)});
  std::string out = style.apply(Emphasis::strong, info.name) + ": " + info.summary + "\n";
  out += wrap(fmt::format("in percent, tau excepted; plain: {}", info.plain_method)) + "\n" +
         table.render(style);
  for (const std::string& note : result.notes) out += wrap("note: " + note);
  return out;
}

}  // namespace

void validate(const ValidateRequest& request, const Console& console) {
  std::vector<const SuiteInfo*> chosen;
  if (request.suite == "all")
    for (const SuiteInfo& info : suites()) chosen.push_back(&info);
  else
    chosen.push_back(&suite(request.suite));
  const Catalog catalog = open_catalog();
  std::string text;
  ordered_json documents = ordered_json::array();
  for (const SuiteInfo* info : chosen) {
    ValidateOptions options;
    if (!request.data.empty()) options.data = request.data;
    options.progress = console.progress(info->name);
    const SuiteResult result = info->run(catalog, options);
    if (request.json)
      documents.push_back(suite_json(result));
    else
      text +=
          fmt::format("{}{}", text.empty() ? "" : "\n", suite_text(*info, result, console.style()));
  }
  const bool all = request.suite == "all";
  console.print(request.json ? json_text(all ? documents : documents.front()) : text);
}

}  // namespace partita
