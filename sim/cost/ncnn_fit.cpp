#include "sim/cost/ncnn_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace partita {
namespace {

constexpr std::size_t N = kNcnnColumns;

/// By cross-validation over networks.
struct Tuning {
  double ridge;     ///< Of a coefficient relative to the expected one.
  double huber;     ///< Where outliers begin, over one and a half times the median error.
  double same_soc;  ///< What being of one SoC adds to likeness.
  /// Of residuals: length in root shares, noise over amplitude (variances), the most one counts.
  double length, noise, most;
  double below;  ///< How far below the median the least relative error is, in variances.
};
constexpr Tuning kCpu{0.14, 2, 1.5, 0.4, 0.8, 0.2, 0.3}, kGpu{0.25, 1.6, 2, 0.2, 0.1, 0.4, 0.2};
constexpr std::size_t kLeastRuns = 4;

// Of a place nobody measured: relative sd, and how far below the median the least relative error is
// expected.
constexpr double kUnseenCpu = 0.42, kUnseenGpu = 0.95;
constexpr double kBelowCpu = 0.06, kBelowGpu = 0.18;
constexpr double kNewCpu = 0.03, kNewGpu = 0.06;  // Variance of a network unlike any measured.

const Tuning& tuning_of(const NcnnPlace& place) {
  return place.unit.gpu ? kGpu : kCpu;
}

using Gram = std::array<NcnnSeconds, N>;

/// min |Ax - b|^2 with x >= 0 from A'A and A'b, coordinate by coordinate.
void solve_non_negative(const Gram& gram, const NcnnSeconds& right, NcnnSeconds& x) {
  for (int sweep = 0; sweep < 300; ++sweep) {
    double moved = 0;
    for (std::size_t j = 0; j < N; ++j) {
      double slope = right[j];
      for (std::size_t k = 0; k < N; ++k) slope -= gram[j][k] * x[k];
      const double next = std::max(0.0, x[j] + slope / gram[j][j]);
      moved = std::max(moved, std::abs(next - x[j]) / (std::abs(x[j]) + 0.01));
      x[j] = next;
    }
    if (moved < 1e-7) return;
  }
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double dot(const NcnnSeconds& a, const NcnnSeconds& b) {
  double sum = 0;
  for (std::size_t j = 0; j < N; ++j) sum += a[j] * b[j];
  return sum;
}

NcnnSeconds root_shares(const NcnnSeconds& seconds, const NcnnSeconds& coefficients) {
  const double total = dot(seconds, coefficients);
  NcnnSeconds roots{};
  for (std::size_t j = 0; j < N; ++j) roots[j] = std::sqrt(seconds[j] * coefficients[j] / total);
  return roots;
}

double likeness(const NcnnSeconds& a, const NcnnSeconds& b, double length) {
  double sum = 0;
  for (std::size_t j = 0; j < N; ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return std::exp(-0.5 * sum / (length * length));
}

struct Solution {
  NcnnSeconds coefficients{};
  double spread = 0;
};

/// `rows`: seconds at peak over measured seconds.
Solution fit_place(const std::vector<NcnnSeconds>& rows, const NcnnSeconds& expected,
                   const Tuning& tuning) {
  Solution s{expected, 0};
  std::vector<double> weights(rows.size(), 1.0), errors(rows.size());
  for (int round = 0; round < 7; ++round) {
    Gram gram{};
    NcnnSeconds right{};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      // (x - 1)^2 / x lies between (x - 1)^2 and ln^2 x: too much and too little weigh alike.
      const double w = weights[i] / std::max(dot(rows[i], s.coefficients), 1e-3);
      for (std::size_t j = 0; j < N; ++j) {
        if (rows[i][j] == 0) continue;
        right[j] += w * rows[i][j];
        for (std::size_t k = 0; k < N; ++k) gram[j][k] += w * rows[i][j] * rows[i][k];
      }
    }
    for (std::size_t j = 0; j < N; ++j) {
      const double pull = tuning.ridge / expected[j];
      gram[j][j] += pull * pull;
      right[j] += pull * tuning.ridge;
    }
    solve_non_negative(gram, right, s.coefficients);
    for (std::size_t i = 0; i < rows.size(); ++i)
      errors[i] = std::abs(std::log(std::max(dot(rows[i], s.coefficients), 1e-3)));
    s.spread = median(errors);
    const double scale = std::max(1.5 * s.spread, 0.03);
    for (std::size_t i = 0; i < rows.size(); ++i)
      weights[i] = errors[i] > tuning.huber * scale ? tuning.huber * scale / errors[i] : 1;
  }
  for (std::size_t j = 0; j < N; ++j)
    s.coefficients[j] = std::max(s.coefficients[j], 0.02 * expected[j]);
  return s;
}

}  // namespace

NcnnFit::NcnnFit(std::span<const NcnnPlace> places, std::span<const NcnnRun> runs,
                 std::optional<std::size_t> left_out)
    : places_(places.begin(), places.end()), of_place_(places.size()) {
  std::vector<std::vector<NcnnSeconds>> rows(places.size());
  for (const NcnnRun& run : runs) {
    if (left_out && run.group == *left_out) continue;
    NcnnSeconds row = ncnn_seconds(run.counts, places_[run.place].unit);
    for (double& value : row) value /= run.latency_s;
    rows[run.place].push_back(row);
  }
  bool any = false;
  for (std::size_t p = 0; p < places_.size(); ++p) {
    OfPlace& place = of_place_[p];
    place.features = ncnn_features(places_[p].unit);
    place.measured = rows[p].size() >= kLeastRuns;
    place.expected.fill(1);
    any = any || place.measured;
  }
  if (!any) throw std::invalid_argument("NcnnFit: too few runs");
  for (int round = 0; round < 2; ++round) {
    for (std::size_t p = 0; p < places_.size(); ++p) {
      OfPlace& place = of_place_[p];
      if (!place.measured) continue;
      const Solution s = fit_place(rows[p], place.expected, tuning_of(places_[p]));
      place.own = s.coefficients;
      place.spread = s.spread;
      for (std::size_t j = 0; j < N; ++j) {
        double share = 0;
        for (const NcnnSeconds& row : rows[p]) share += row[j] * place.own[j];
        place.weight[j] = std::min(10 * share / static_cast<double>(rows[p].size()), 1.0) + 1e-3;
      }
    }
    expect();
  }
  for (std::size_t p = 0; p < places_.size(); ++p) {
    OfPlace& place = of_place_[p];
    place.used = place.measured ? place.own : place.expected;
    if (place.measured) krige(p, rows[p]);
  }
}

void NcnnFit::krige(std::size_t at, const std::vector<NcnnSeconds>& rows) {
  OfPlace& place = of_place_[at];
  const Tuning& tuning = tuning_of(places_[at]);
  const auto n = static_cast<Eigen::Index>(rows.size());
  Eigen::VectorXd residual(n);
  for (const NcnnSeconds& row : rows) {
    residual[static_cast<Eigen::Index>(place.shares.size())] =
        std::clamp(-std::log(std::max(dot(row, place.own), 1e-3)), -tuning.most, tuning.most);
    place.shares.push_back(root_shares(row, place.own));
  }
  Eigen::MatrixXd k(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      k(i, j) = likeness(place.shares[static_cast<std::size_t>(i)],
                         place.shares[static_cast<std::size_t>(j)], tuning.length) +
                (i == j ? tuning.noise : 0);
  const Eigen::MatrixXd inverse = k.inverse();
  const Eigen::VectorXd solved = inverse * residual;
  place.inverse.assign(inverse.data(), inverse.data() + inverse.size());
  place.solved.assign(solved.data(), solved.data() + n);
}

void NcnnFit::expect() {
  for (std::size_t p = 0; p < places_.size(); ++p) {
    NcnnSeconds sum{}, weights{};
    for (std::size_t q = 0; q < places_.size(); ++q) {
      const OfPlace& other = of_place_[q];
      if (!other.measured) continue;
      double distance = 0;
      for (std::size_t i = 0; i < other.features.size(); ++i) {
        const double d = other.features[i] - of_place_[p].features[i];
        distance += d * d;
      }
      double like = std::exp(-0.5 * distance) + 1e-3;
      if (places_[p].soc == places_[q].soc)
        like += tuning_of(places_[p]).same_soc * std::exp(-0.5 * distance / 9);
      if (p == q) like *= 0.5;
      for (std::size_t j = 0; j < N; ++j) {
        sum[j] += like * other.weight[j] * std::log(other.own[j]);
        weights[j] += like * other.weight[j];
      }
    }
    for (std::size_t j = 0; j < N; ++j) of_place_[p].expected[j] = std::exp(sum[j] / weights[j]);
  }
}

NcnnEstimate NcnnFit::estimate(std::size_t place, const NcnnCounts& counts) const {
  const OfPlace& at = of_place_[place];
  const bool gpu = places_[place].unit.gpu;
  const Tuning& tuning = tuning_of(places_[place]);
  const NcnnSeconds seconds = ncnn_seconds(counts, places_[place].unit);
  NcnnEstimate e;
  e.latency_s = dot(seconds, at.used);
  // Standard deviations by cross-validation.
  if (!at.measured) {
    e.relative_sd = gpu ? kUnseenGpu : kUnseenCpu;
    e.latency_s *= std::exp(gpu ? -kBelowGpu : -kBelowCpu);
    return e;
  }
  const NcnnSeconds roots = root_shares(seconds, at.used);
  const std::size_t n = at.shares.size();
  std::vector<double> like(n);
  double residual = 0, unlike = 1;
  for (std::size_t i = 0; i < n; ++i) {
    like[i] = likeness(roots, at.shares[i], tuning.length);
    residual += like[i] * at.solved[i];
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t k = 0; k < n; ++k) unlike -= like[i] * at.inverse[i * n + k] * like[k];
  const double variance = 4 * at.spread * at.spread + (gpu ? kNewGpu : kNewCpu) * unlike;
  e.relative_sd = std::sqrt(variance);
  e.latency_s *= std::exp(residual - tuning.below * variance);
  return e;
}

}  // namespace partita
