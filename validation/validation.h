// How wrong are we? Suites of measured cases, scored with one set of statistics.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/catalog.h"

namespace partita {

/// A prediction beside its measurement. `name`: what was measured; `group`: on what, for colours.
struct ScoredCase {
  double predicted = 0, measured = 0;
  std::string name, group;
};

/// One line of a validation report. Fractions; nothing where a statistic has no meaning.
struct QuantityResult {
  std::string quantity;  ///< e.g. "time.alexnet.lw_ga"
  std::size_t n = 0;
  std::size_t dropped = 0;  ///< Rows without a measurement.
  std::optional<double> mape, median_ape, p90_ape, bias, within_10pct, kendall_tau, regret,
      coverage_90;
  std::optional<double> rmse, plain_rmse;  ///< In the quantity's own unit, where it has no zero.
  std::optional<double> plain_mape;        ///< The plain method's figure on the same rows.
  std::vector<ScoredCase> cases;           ///< What the figures are of, in the rows' order.
  std::string unit = "s";                  ///< Of the cases.
};

struct SuiteResult {
  std::string suite;
  std::vector<QuantityResult> results;
  std::vector<std::string> notes;  ///< What was dropped or how constants were obtained.
};

struct ValidateOptions {
  std::optional<std::filesystem::path> data;  ///< Measurements from outside the repository.
  std::function<void(double)> progress;       ///< Fraction done; may be empty.
};

struct SuiteInfo {
  std::string name, summary;
  std::string plain_method;  ///< What `plain_mape` is.
  std::function<SuiteResult(const Catalog&, const ValidateOptions&)> run;
};

/// The one table of suites.
std::span<const SuiteInfo> suites();
/// Throws InputError naming the known ones.
const SuiteInfo& suite(std::string_view name);

/// Statistics of predictions against measurements (same length, measured > 0). With `alternatives`,
/// all rows are choices for one job: tau and regret are filled.
QuantityResult score(std::string quantity, std::span<const double> predicted,
                     std::span<const double> measured, bool alternatives,
                     std::span<const double> relative_sd = {});

/// A prediction with its error, and the plain method's where it has one.
struct ScoredRow {
  double predicted = 0, measured = 0, relative_sd = 0;
  std::optional<double> plain;
  std::string name = {}, group = {};
};
/// The same with `plain_mape`, on the rows that have it.
QuantityResult score(std::string quantity, std::span<const ScoredRow> rows,
                     bool alternatives = false);

/// Says of each of the scored rows what it is: name and group.
void name_cases(QuantityResult& result,
                const std::function<std::pair<std::string, std::string>(std::size_t)>& of);

}  // namespace partita
