#include "tools/partita/validate_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/page_agreement.h"
#include "sim/report/page_pictures.h"
#include "sim/report/table.h"

namespace partita {
namespace {

/// Pictures of one suite; more quantities are in the table alone.
constexpr std::size_t kMostPictures = 6;

std::string shown(const std::optional<double>& value) {
  return value ? percent(*value, 2) : "-";
}

PageSection figures(const SuiteResult& result) {
  const SuiteInfo& info = suite(result.suite);
  PageTable table{"",
                  {{"quantity"},
                   {"cases", true},
                   {"mean error", true},
                   {"median", true},
                   {"90 % below", true},
                   {"bias", true},
                   {"within 10 %", true},
                   {"in the 90 % interval", true},
                   {"Kendall's tau", true},
                   {"regret", true},
                   {"plain method", true},
                   {"RMSE, K", true},
                   {"plain RMSE, K", true}},
                  {}};
  for (const QuantityResult& q : result.results) {
    const auto number = [](const std::optional<double>& value, int digits) {
      return value ? fmt::format("{:.{}f}", *value, digits) : std::string("-");
    };
    table.rows.push_back({q.quantity, std::to_string(q.n), shown(q.mape), shown(q.median_ape),
                          shown(q.p90_ape), shown(q.bias), shown(q.within_10pct),
                          shown(q.coverage_90), number(q.kendall_tau, 3), shown(q.regret),
                          shown(q.plain_mape), number(q.rmse, 2), number(q.plain_rmse, 2)});
  }
  PageSection section = table_section(
      fmt::format("{}: the figures", result.suite),
      fmt::format("{}. The plain method: {}.", info.summary, info.plain_method), std::move(table));
  section.paragraphs = result.notes;
  return section;
}

/// Its cases are among those of another quantity.
bool is_part(const SuiteResult& result, const std::string& quantity) {
  return std::any_of(result.results.begin(), result.results.end(), [&](const QuantityResult& q) {
    return quantity.starts_with(q.quantity + ".");
  });
}

}  // namespace

bool is_detail(const SuiteResult& result, const std::string& quantity) {
  return std::count(quantity.begin(), quantity.end(), '.') >= 2 &&
         std::any_of(result.results.begin(), result.results.end(), [&](const QuantityResult& q) {
           return quantity.starts_with(q.quantity + ".");
         });
}

Page validation_page(const std::vector<SuiteResult>& results) {
  std::size_t cases = 0, suites_with = 0;
  for (const SuiteResult& result : results) {
    std::size_t here = 0;
    for (const QuantityResult& q : result.results)
      if (!is_part(result, q.quantity)) here += q.n;
    cases += here;
    suites_with += here > 0;
  }
  Page page(results.size() == 1 ? results.front().suite + ": predicted and measured"
                                : "Predicted and measured",
            fmt::format(
                "{} measured cases of {} {}. What was left out of the fit for whom, the notes and "
                "docs/costs.md say.",
                cases, suites_with, suites_with == 1 ? "suite" : "suites"));
  for (const SuiteResult& result : results) {
    page.add(figures(result));
    std::size_t drawn = 0;
    for (const QuantityResult& q : result.results) {
      if (q.cases.size() < 2 || is_part(result, q.quantity) || drawn == kMostPictures) continue;
      ++drawn;
      Agreement agreement{
          results.size() == 1 ? q.quantity : result.suite + " " + q.quantity, q.unit, {}};
      for (const ScoredCase& c : q.cases)
        agreement.cases.push_back({c.name, c.group, c.measured, c.predicted});
      page.add(agreement_section(agreement));
      page.add(errors_section(agreement));
    }
  }
  return page;
}

}  // namespace partita
