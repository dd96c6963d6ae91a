#include "sim/cost/kriging.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

namespace partita {
namespace {

/// A measurement is never better than this; it also keeps repeated shapes solvable.
constexpr double kLeastNoise = 1e-3;

double squared_distance(const KernelPoint& a, const KernelPoint& b) {
  double sum = 0;
  for (std::size_t i = 0; i < KernelPoint::kDimensions; ++i) {
    const double d = a.x[i] - b.x[i];
    sum += d * d;
  }
  return sum;
}

double noise_variance(double sd) {
  const double noise = std::max(sd, kLeastNoise);
  return noise * noise;
}

}  // namespace

double Covariance::operator()(const KernelPoint& a, const KernelPoint& b) const {
  const double common = a.device == b.device ? shared * shared : 0;
  double scale = amplitude * amplitude;
  if (a.kind != b.kind) scale *= across_kinds;
  if (a.device != b.device) scale *= across_devices;
  if (scale == 0) return common;
  const double r = std::sqrt(5 * squared_distance(a, b));
  return common + scale * (1 + r + r * r / 3) * std::exp(-r);
}

struct PointSet::State {
  Covariance covariance;
  std::vector<KernelPoint> points;  ///< Distinct, ascending.
  Eigen::MatrixXd between;

  /// Nothing: not in the set.
  std::optional<Eigen::Index> find(const KernelPoint& point) const {
    const auto at = std::lower_bound(points.begin(), points.end(), point);
    if (at == points.end() || *at != point) return std::nullopt;
    return at - points.begin();
  }
};

PointSet::PointSet(const Covariance& covariance, std::span<const Observation> observations)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.covariance = covariance;
  for (const Observation& o : observations)
    s.points.insert(s.points.end(), o.points.begin(), o.points.end());
  std::sort(s.points.begin(), s.points.end());
  s.points.erase(std::unique(s.points.begin(), s.points.end()), s.points.end());
  const auto n = static_cast<Eigen::Index>(s.points.size());
  s.between.resize(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      s.between(i, j) = s.between(j, i) =
          covariance(s.points[static_cast<std::size_t>(i)], s.points[static_cast<std::size_t>(j)]);
}

PointSet::~PointSet() = default;

/// Of an observation: its points in the set, each once, with their shares.
using PointShares = std::vector<std::pair<Eigen::Index, double>>;

namespace {

/// Sum of shares x shares x covariances; few points each, so far cheaper than with full vectors.
double covariance_of(const Eigen::MatrixXd& between, const PointShares& a, const PointShares& b) {
  double sum = 0;
  for (const auto& [p, share] : a) {
    const double* column = between.col(p).data();
    double row = 0;
    for (const auto& [q, other] : b) row += other * column[q];
    sum += share * row;
  }
  return sum;
}

}  // namespace

struct Kriging::State {
  std::shared_ptr<const PointSet> points;
  std::vector<PointShares> shares;  ///< By observation.
  std::vector<std::vector<Eigen::Index>> groups;
  Eigen::MatrixXd inverse;  ///< Of the observations' covariance, noise included.
  Eigen::VectorXd alpha;    ///< inverse x values.

  Residual predict(std::span<const KernelPoint> at, std::span<const double> weights,
                   const std::vector<Eigen::Index>& out, std::span<const double> values) const {
    const PointSet::State& set = *points->state_;
    const auto n = static_cast<Eigen::Index>(shares.size());
    Eigen::VectorXd k = Eigen::VectorXd::Zero(n), to_points;
    PointShares known;
    for (std::size_t a = 0; a < at.size(); ++a)
      if (const auto p = set.find(at[a])) {
        known.emplace_back(*p, weights[a]);
      } else {
        to_points.setZero(static_cast<Eigen::Index>(set.points.size()));
        for (Eigen::Index q = 0; q < to_points.size(); ++q)
          to_points(q) = set.covariance(at[a], set.points[static_cast<std::size_t>(q)]);
        for (Eigen::Index i = 0; i < n; ++i)
          for (const auto& [q, share] : shares[static_cast<std::size_t>(i)])
            k(i) += weights[a] * share * to_points(q);
      }
    for (Eigen::Index i = 0; i < n; ++i)
      k(i) += covariance_of(set.between, known, shares[static_cast<std::size_t>(i)]);
    double own = 0;
    if (known.size() == at.size()) {
      own = covariance_of(set.between, known, known);
    } else {
      for (std::size_t a = 0; a < at.size(); ++a) {
        own += weights[a] * weights[a] * set.covariance(at[a], at[a]);
        for (std::size_t b = 0; b < a; ++b)
          own += 2 * weights[a] * weights[b] * set.covariance(at[a], at[b]);
      }
    }
    // Without the block B, K^-1 becomes M - M_B (M_BB)^-1 M_B^T on the others.
    Eigen::VectorXd combined = alpha;
    if (!values.empty())
      combined = inverse * Eigen::Map<const Eigen::VectorXd>(
                               values.data(), static_cast<Eigen::Index>(values.size()));
    for (const Eigen::Index i : out) k(i) = 0;
    Eigen::VectorXd solved = inverse * k;
    if (!out.empty()) {
      const Eigen::MatrixXd columns = inverse(Eigen::all, out);
      const Eigen::LLT<Eigen::MatrixXd> factor(columns(out, Eigen::all));
      combined -= columns * factor.solve(Eigen::VectorXd(combined(out)));
      solved -= columns * factor.solve(Eigen::VectorXd(solved(out)));
    }
    return {k.dot(combined), std::sqrt(std::max(0.0, own - k.dot(solved)))};
  }
};

Kriging::Kriging(const Covariance& covariance, std::vector<Observation> observations,
                 std::shared_ptr<const PointSet> points)
    : state_(std::make_unique<State>()) {
  for (const Observation& o : observations)
    if (o.points.empty() || o.points.size() != o.shares.size())
      throw std::invalid_argument("kriging: an observation needs a share for each of its points");
  State& s = *state_;
  s.points =
      points ? std::move(points) : std::make_shared<const PointSet>(covariance, observations);
  const PointSet::State& set = *s.points->state_;
  const auto n = static_cast<Eigen::Index>(observations.size());
  Eigen::VectorXd values(n), noise(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Observation& o = observations[static_cast<std::size_t>(i)];
    std::map<Eigen::Index, double> once;
    for (std::size_t a = 0; a < o.points.size(); ++a) {
      const auto at = set.find(o.points[a]);
      if (!at) throw std::invalid_argument("kriging: a point is not in the set");
      once[*at] += o.shares[a];
    }
    s.shares.emplace_back(once.begin(), once.end());
    values(i) = o.value;
    noise(i) = noise_variance(o.noise_sd);
    if (o.group >= s.groups.size()) s.groups.resize(o.group + 1);
    s.groups[o.group].push_back(i);
  }
  Eigen::MatrixXd k(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      k(i, j) = k(j, i) = covariance_of(set.between, s.shares[static_cast<std::size_t>(i)],
                                        s.shares[static_cast<std::size_t>(j)]);
  k.diagonal() += noise;
  const Eigen::LLT<Eigen::MatrixXd> factor(k);
  if (factor.info() != Eigen::Success)
    throw std::invalid_argument("kriging: the covariance is not positive definite");
  s.inverse = factor.solve(Eigen::MatrixXd::Identity(n, n));
  s.alpha = s.inverse * values;
}

Kriging::~Kriging() = default;
Kriging::Kriging(Kriging&&) noexcept = default;
Kriging& Kriging::operator=(Kriging&&) noexcept = default;

std::size_t Kriging::size() const {
  return state_->shares.size();
}

Residual Kriging::predict(std::span<const KernelPoint> points,
                          std::span<const double> shares) const {
  return state_->predict(points, shares, {}, {});
}

Residual Kriging::predict_without(std::size_t group, std::span<const KernelPoint> points,
                                  std::span<const double> shares,
                                  std::span<const double> values) const {
  if (!values.empty() && values.size() != state_->shares.size())
    throw std::invalid_argument("kriging: a value for each observation");
  static const std::vector<Eigen::Index> none;
  return state_->predict(points, shares,
                         group < state_->groups.size() ? state_->groups[group] : none, values);
}

LocalKriging::LocalKriging(const Covariance& covariance, std::vector<Sample> samples,
                           std::size_t neighbours)
    : covariance_(covariance), given_(samples.size()), neighbours_(neighbours) {
  std::iota(given_.begin(), given_.end(), std::size_t{0});
  std::stable_sort(given_.begin(), given_.end(), [&](std::size_t a, std::size_t b) {
    return samples[a].point.kind < samples[b].point.kind;
  });
  for (const std::size_t i : given_) samples_.push_back(samples[i]);
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const auto kind = static_cast<std::size_t>(samples_[i].point.kind);
    if (kind >= of_kind_.size()) of_kind_.resize(kind + 1, {i, i});
    if (of_kind_[kind].first == of_kind_[kind].second) of_kind_[kind] = {i, i};
    of_kind_[kind].second = i + 1;
  }
}

Residual LocalKriging::predict(const KernelPoint& point) const {
  return solve(point, nullptr, {});
}

Residual LocalKriging::predict_without(std::size_t group, const KernelPoint& point,
                                       std::span<const double> values) const {
  if (!values.empty() && values.size() != samples_.size())
    throw std::invalid_argument("kriging: a value for each sample");
  return solve(point, &group, values);
}

Residual LocalKriging::solve(const KernelPoint& point, const std::size_t* left_out,
                             std::span<const double> values_given) const {
  const double own = covariance_(point, point);
  const auto kind = static_cast<std::size_t>(point.kind);
  std::vector<std::pair<double, std::size_t>> near;
  if (kind < of_kind_.size())
    for (std::size_t i = of_kind_[kind].first; i < of_kind_[kind].second; ++i) {
      const Sample& s = samples_[i];
      if (left_out != nullptr && s.group == *left_out) continue;
      near.emplace_back(-covariance_(point, s.point), i);  // nearest: most correlated
    }
  if (near.empty()) return {0, std::sqrt(own)};
  const std::size_t count = std::min(neighbours_, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end());
  const auto n = static_cast<Eigen::Index>(count);
  Eigen::MatrixXd k(n, n);
  Eigen::VectorXd to(n), values(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto& [negative, at] = near[static_cast<std::size_t>(i)];
    const Sample& a = samples_[at];
    to(i) = -negative;
    values(i) = values_given.empty() ? a.value : values_given[given_[at]];
    for (Eigen::Index j = 0; j <= i; ++j)
      k(i, j) = k(j, i) =
          covariance_(a.point, samples_[near[static_cast<std::size_t>(j)].second].point);
    k(i, i) += noise_variance(a.noise_sd);
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(k);
  const Eigen::VectorXd weights = factor.solve(to);
  return {weights.dot(values), std::sqrt(std::max(0.0, own - weights.dot(to)))};
}

}  // namespace partita
