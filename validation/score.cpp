#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "validation/validation.h"

namespace partita {

namespace {

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

/// Kendall's tau-b: concordant minus discordant pairs, ties in either discounted.
std::optional<double> kendall_tau(std::span<const double> x, std::span<const double> y) {
  double concordant = 0, discordant = 0, tied_x = 0, tied_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double a = x[i] - x[j], b = y[i] - y[j];
      if (a == 0 && b == 0) continue;
      if (a == 0)
        ++tied_x;
      else if (b == 0)
        ++tied_y;
      else
        ++(a * b > 0 ? concordant : discordant);
    }
  const double both = (concordant + discordant + tied_x) * (concordant + discordant + tied_y);
  if (both <= 0) return std::nullopt;
  return (concordant - discordant) / std::sqrt(both);
}

/// 95 % point of the normal distribution: 90 % two-sided.
constexpr double kNinety = 1.645;

}  // namespace

QuantityResult score(std::string quantity, std::span<const double> predicted,
                     std::span<const double> measured, bool alternatives,
                     std::span<const double> relative_sd) {
  if (predicted.size() != measured.size()) throw std::logic_error("score: lengths differ");
  QuantityResult result;
  result.quantity = std::move(quantity);
  result.n = measured.size();
  if (measured.empty()) return result;
  std::vector<double> errors;
  double bias = 0, covered = 0;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const double relative = predicted[i] / measured[i] - 1;
    bias += relative;
    errors.push_back(std::abs(relative));
    result.cases.push_back({predicted[i], measured[i], {}, {}});
    if (!relative_sd.empty() &&
        std::abs(predicted[i] - measured[i]) <= kNinety * relative_sd[i] * predicted[i])
      ++covered;
  }
  const auto n = static_cast<double>(errors.size());
  double sum = 0;
  for (double e : errors) sum += e;
  result.mape = sum / n;
  result.bias = bias / n;
  result.median_ape = quantile(errors, 0.5);
  result.p90_ape = quantile(errors, 0.9);
  result.within_10pct = static_cast<double>(std::count_if(errors.begin(), errors.end(),
                                                          [](double e) { return e <= 0.1; })) /
                        n;
  if (!relative_sd.empty()) result.coverage_90 = covered / n;
  if (alternatives && measured.size() > 1) {
    result.kendall_tau = kendall_tau(predicted, measured);
    const auto chosen = std::min_element(predicted.begin(), predicted.end()) - predicted.begin();
    result.regret = measured[chosen] / *std::min_element(measured.begin(), measured.end()) - 1;
  }
  return result;
}

QuantityResult score(std::string quantity, std::span<const ScoredRow> rows, bool alternatives) {
  std::vector<double> predicted, measured, sd, plain, measured_plainly;
  for (const ScoredRow& row : rows) {
    predicted.push_back(row.predicted);
    measured.push_back(row.measured);
    sd.push_back(row.relative_sd);
    if (!row.plain) continue;
    plain.push_back(*row.plain);
    measured_plainly.push_back(row.measured);
  }
  QuantityResult result = score(std::move(quantity), predicted, measured, alternatives, sd);
  result.plain_mape = score("", plain, measured_plainly, false).mape;
  name_cases(result, [&](std::size_t i) { return std::pair(rows[i].name, rows[i].group); });
  return result;
}

void name_cases(QuantityResult& result,
                const std::function<std::pair<std::string, std::string>(std::size_t)>& of) {
  for (std::size_t i = 0; i < result.cases.size(); ++i)
    std::tie(result.cases[i].name, result.cases[i].group) = of(i);
}

}  // namespace partita
