#include "sim/cost/kernel_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace partita {
namespace {

/// No kernel takes less: keeps logarithms finite where the trend is nothing.
constexpr double kLeastKernel = 1e-9;

bool single_kernels(std::span<const Measurement> measurements) {
  return std::all_of(measurements.begin(), measurements.end(),
                     [](const Measurement& m) { return m.kernels.size() == 1; });
}

double spread_of(const Covariance& c) {
  return std::hypot(c.amplitude, c.shared);
}

/// All terms of all kinds, and the network's overhead last, as one linear problem.
class Trend {
 public:
  Trend(const KernelForm& form, std::span<const Measurement> measurements,
        const std::optional<Coefficients>& sibling)
      : form_(form), overhead_(form.settings().overhead_s > 0 && !single_kernels(measurements)) {
    for (std::size_t k = 0; k < form.kinds().size(); ++k) {
      const auto& terms = form.kinds()[k].terms;
      at_.push_back(all_.terms);
      all_.terms += terms.size();
      for (std::size_t j = 0; j < terms.size(); ++j) {
        all_.prior.push_back(sibling ? sibling->of_kind.at(k).at(j) : terms[j].prior);
        all_.prior_sd.push_back(terms[j].prior_sd);
      }
    }
    at_.push_back(all_.terms);
    if (overhead_) {
      ++all_.terms;
      all_.prior.push_back(sibling ? sibling->overhead_s : form.settings().overhead_s);
      all_.prior_sd.push_back(1);
    }
    for (const Measurement& m : measurements) add(m);
  }

  /// `prior` (null: that of the constructor) as a sibling's.
  Coefficients fit(const std::vector<std::size_t>& rows,
                   const Coefficients* prior = nullptr) const {
    TrendProblem some = all_;
    if (prior != nullptr) {
      some.prior.clear();
      for (const auto& kind : prior->of_kind)
        some.prior.insert(some.prior.end(), kind.begin(), kind.end());
      if (overhead_) some.prior.push_back(prior->overhead_s);
    }
    some.design.clear(), some.measured_s.clear(), some.relative_sd.clear();
    for (const std::size_t r : rows) {
      const auto begin = all_.design.begin() + static_cast<std::ptrdiff_t>(r * all_.terms);
      some.design.insert(some.design.end(), begin, begin + static_cast<std::ptrdiff_t>(all_.terms));
      some.measured_s.push_back(all_.measured_s[r]);
      some.relative_sd.push_back(all_.relative_sd[r]);
    }
    const std::vector<double> x = fit_trend(some);
    Coefficients c;
    for (std::size_t k = 0; k + 1 < at_.size(); ++k)
      c.of_kind.emplace_back(x.begin() + static_cast<std::ptrdiff_t>(at_[k]),
                             x.begin() + static_cast<std::ptrdiff_t>(at_[k + 1]));
    if (overhead_) c.overhead_s = x.back();
    return c;
  }

  double total_s(std::size_t row, const Coefficients& c) const {
    double sum = overhead_ ? c.overhead_s : 0;
    for (std::size_t k = 0; k < c.of_kind.size(); ++k)
      for (std::size_t j = 0; j < c.of_kind[k].size(); ++j)
        sum += c.of_kind[k][j] * all_.design[row * all_.terms + at_[k] + j];
    return std::max(sum, kLeastKernel);
  }

 private:
  void add(const Measurement& m) {
    const std::size_t row = all_.design.size();
    all_.design.resize(row + all_.terms, 0);
    std::vector<double> seconds;
    for (const KernelWork& work : m.kernels) {
      const auto kind = static_cast<std::size_t>(work.kind);
      seconds.assign(at_[kind + 1] - at_[kind], 0);
      form_.terms(work, m.unit, seconds);
      for (std::size_t j = 0; j < seconds.size(); ++j)
        all_.design[row + at_[kind] + j] += seconds[j];
    }
    if (overhead_) all_.design[row + all_.terms - 1] = 1;
    all_.measured_s.push_back(m.latency_s);
    // What kriging will explain is noise to the trend.
    const FitSettings settings = form_.settings();
    const double spread = m.kernels.size() > 1 && settings.trend_spread
                              ? *settings.trend_spread
                              : spread_of(settings.covariance);
    all_.relative_sd.push_back(std::hypot(m.relative_sd, spread));
  }

  const KernelForm& form_;
  bool overhead_;
  std::vector<std::size_t> at_;  ///< Where each kind's terms begin.
  TrendProblem all_;
};

std::vector<std::size_t> all_rows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  for (std::size_t i = 0; i < count; ++i) rows[i] = i;
  return rows;
}

struct Shares {
  std::vector<KernelPoint> points;
  std::vector<double> shares;
  double total_s = 0;
};

Shares shares_of(const KernelFit& fit, std::span<const KernelWork> kernels, const UnitTraits& unit,
                 std::int16_t device) {
  Shares s{{}, {}, fit.coefficients().overhead_s};
  for (const KernelWork& work : kernels) {
    s.points.push_back(fit.form().point(work, unit));
    s.points.back().device = device;
    s.shares.push_back(fit.trend_s(work, unit));
    s.total_s += s.shares.back();
  }
  for (double& share : s.shares) share /= s.total_s;
  return s;
}

/// What a sum of kernels scatters by about its trend before any residual is known.
double unexplained(const Covariance& covariance, const Shares& s) {
  double variance = 0;
  for (std::size_t i = 0; i < s.points.size(); ++i) {
    variance += s.shares[i] * s.shares[i] * covariance(s.points[i], s.points[i]);
    for (std::size_t j = 0; j < i; ++j)
      variance += 2 * s.shares[i] * s.shares[j] * covariance(s.points[i], s.points[j]);
  }
  return std::sqrt(variance);
}

}  // namespace

Coefficients prior_coefficients(const KernelForm& form) {
  Coefficients c;
  for (const KernelKind& kind : form.kinds()) {
    c.of_kind.emplace_back();
    for (const KernelTerm& term : kind.terms) c.of_kind.back().push_back(term.prior);
  }
  c.overhead_s = form.settings().overhead_s;
  return c;
}

KernelFit::KernelFit(const KernelForm& form, Coefficients coefficients)
    : form_(&form), settings_(form.settings()), coefficients_(std::move(coefficients)) {}

KernelFit::KernelFit(const KernelForm& form, std::span<const Measurement> measurements,
                     const Options& options)
    : form_(&form), settings_(form.settings()) {
  if (measurements.empty()) throw std::invalid_argument("KernelFit: nothing measured");
  coefficients_ = Trend(form, measurements, options.sibling).fit(all_rows(measurements.size()));
  if (!options.kriging) return;
  const bool single = single_kernels(measurements);
  std::vector<LocalKriging::Sample> samples;
  std::vector<Observation> observations;
  for (const Measurement& m : measurements) {
    Shares s = shares_of(*this, m.kernels, m.unit, m.device);
    const double value = std::log(m.latency_s / s.total_s);
    if (single) {
      samples.push_back({s.points.front(), value, m.relative_sd, m.group});
      continue;
    }
    Observation o;
    o.points = std::move(s.points);
    o.shares = std::move(s.shares);
    o.value = value;
    // Where the trend is fitted to the noise, what lies this far off was disturbed.
    constexpr double kWild = 8;
    const bool wild = settings_.trend_spread && std::abs(value) > kWild * m.relative_sd;
    o.noise_sd = wild ? std::abs(value) : m.relative_sd;
    o.group = m.group;
    observations.push_back(std::move(o));
  }
  if (single)
    kernels_ = std::make_shared<LocalKriging>(settings_.covariance, std::move(samples),
                                              settings_.neighbours);
  else
    networks_ =
        std::make_shared<Kriging>(settings_.covariance, std::move(observations), options.points);
}

double KernelFit::trend_s(const KernelWork& work, const UnitTraits& unit) const {
  const auto& coefficients = coefficients_.of_kind.at(static_cast<std::size_t>(work.kind));
  std::vector<double> seconds(coefficients.size(), 0);
  form_->terms(work, unit, seconds);
  double sum = 0;
  for (std::size_t j = 0; j < seconds.size(); ++j) sum += coefficients[j] * seconds[j];
  return std::max(sum, kLeastKernel);
}

double KernelFit::launch_share(const KernelWork& work, const UnitTraits& unit) const {
  const auto kind = static_cast<std::size_t>(work.kind);
  const auto& coefficients = coefficients_.of_kind.at(kind);
  const auto& terms = form_->kinds()[kind].terms;
  std::vector<double> seconds(coefficients.size(), 0);
  form_->terms(work, unit, seconds);
  double sum = 0, launch = 0;
  for (std::size_t j = 0; j < seconds.size(); ++j) {
    sum += coefficients[j] * seconds[j];
    if (terms[j].name.ends_with("launch")) launch += coefficients[j] * seconds[j];
  }
  return sum > 0 ? launch / sum : 0;
}

KernelEstimate KernelFit::kernel(const KernelWork& work, const UnitTraits& unit,
                                 std::int16_t device) const {
  KernelPoint point = form_->point(work, unit);
  point.device = device;
  const double one = 1;
  Residual g{0, spread_of(settings_.covariance)};
  if (kernels_)
    g = kernels_->predict(point);
  else if (networks_)
    g = networks_->predict({&point, 1}, {&one, 1});
  return {trend_s(work, unit) * std::exp(g.mean), g.sd * settings_.calibration};
}

KernelEstimate KernelFit::network(std::span<const KernelWork> kernels, const UnitTraits& unit,
                                  std::int16_t device) const {
  const Shares s = shares_of(*this, kernels, unit, device);
  if (kernels_) {
    double sum = coefficients_.overhead_s, variance = 0;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const Residual g = kernels_->predict(s.points[i]);
      const double t = s.shares[i] * s.total_s * std::exp(g.mean);
      sum += t;
      variance += t * t * g.sd * g.sd;
    }
    return {sum, std::sqrt(variance) / sum * settings_.calibration};
  }
  const Residual g = networks_ ? networks_->predict(s.points, s.shares)
                               : Residual{0, unexplained(settings_.covariance, s)};
  return {s.total_s * std::exp(g.mean), g.sd * settings_.calibration};
}

std::vector<KernelEstimate> leave_groups_out(const KernelForm& form,
                                             std::span<const Measurement> measurements,
                                             const KernelFit::Options& options) {
  KernelFit all(form, measurements, options);
  const Trend trend(form, measurements, options.sibling);
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < measurements.size(); ++i) groups[measurements[i].group].push_back(i);
  std::vector<KernelEstimate> estimates(measurements.size());
  std::vector<double> values(measurements.size());
  for (const auto& [group, members] : groups) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < measurements.size(); ++i)
      if (measurements[i].group != group) others.push_back(i);
    if (others.empty()) throw std::invalid_argument("leave_groups_out: one group only");
    const auto sibling = options.sibling_without.find(group);
    KernelFit fold(
        form,
        trend.fit(others, sibling == options.sibling_without.end() ? nullptr : &sibling->second));
    for (std::size_t i = 0; i < measurements.size(); ++i)
      values[i] = std::log(measurements[i].latency_s / trend.total_s(i, fold.coefficients()));
    for (const std::size_t i : members) {
      const Measurement& m = measurements[i];
      const Shares s = shares_of(fold, m.kernels, m.unit, m.device);
      Residual g{0, unexplained(form.settings().covariance, s)};
      if (all.kernels_)
        g = all.kernels_->predict_without(group, s.points.front(), values);
      else if (all.networks_)
        g = all.networks_->predict_without(group, s.points, s.shares, values);
      estimates[i] = {s.total_s * std::exp(g.mean), g.sd * form.settings().calibration};
    }
  }
  return estimates;
}

std::map<std::size_t, Coefficients> coefficients_without_groups(
    const KernelForm& form, std::span<const Measurement> measurements,
    const KernelFit::Options& options) {
  const Trend trend(form, measurements, options.sibling);
  std::map<std::size_t, Coefficients> without;
  for (const Measurement& m : measurements) {
    const auto [at, fresh] = without.try_emplace(m.group);
    if (!fresh) continue;
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < measurements.size(); ++i)
      if (measurements[i].group != m.group) others.push_back(i);
    if (others.empty()) throw std::invalid_argument("coefficients_without_groups: one group only");
    at->second = trend.fit(others);
  }
  return without;
}

}  // namespace partita
