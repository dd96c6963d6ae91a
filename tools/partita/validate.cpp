// partita validate: predictions against measurements.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <vector>

#include "sim/base/error.h"
#include "sim/report/json.h"
#include "sim/report/table.h"
#include "tools/partita/prepare.h"
#include "validation/validation.h"

namespace partita {
namespace {

using Align = TextTable::Align;

void write_suite(JsonWriter& json, const SuiteResult& result) {
  json.begin_object().member("suite", result.suite).key("results").begin_array();
  for (const QuantityResult& q : result.results)
    json.begin_object()
        .member("quantity", q.quantity)
        .member("n", q.n)
        .member("dropped", q.dropped)
        .member("mape", q.mape)
        .member("median_ape", q.median_ape)
        .member("p90_ape", q.p90_ape)
        .member("bias", q.bias)
        .member("within_10pct", q.within_10pct)
        .member("kendall_tau", q.kendall_tau)
        .member("regret", q.regret)
        .member("coverage_90", q.coverage_90)
        .member("plain_mape", q.plain_mape)
        .end_object();
  json.end_array().member("notes", result.notes).end_object();
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
  std::string text, document;
  JsonWriter json(document);
  if (request.suite == "all") json.begin_array();
  for (const SuiteInfo* info : chosen) {
    ValidateOptions options;
    if (!request.data.empty()) options.data = request.data;
    options.progress = console.progress(info->name);
    const SuiteResult result = info->run(catalog, options);
    if (request.json)
      write_suite(json, result);
    else
      text +=
          fmt::format("{}{}", text.empty() ? "" : "\n", suite_text(*info, result, console.style()));
  }
  if (request.suite == "all") json.end_array();
  console.print(request.json ? document + "\n" : text);
}

}  // namespace partita
