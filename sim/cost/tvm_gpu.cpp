#include "sim/cost/tvm_gpu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "sim/cost/fit.h"

namespace partita {
namespace {

constexpr std::size_t kTerms = 5;  ///< Of a family: compute, input, output, weights, chain.

/// Chosen by leaving networks out, as every constant here.
constexpr Covariance kCovariance{0.16, 0, 0.76, 0.06};
/// Tuning luck, by family: the same kernel tuned twice.
constexpr std::array<double, TvmKernel::kFamilies> kNoise{0.066, 0.12, 0.1, 0.066};
constexpr double kOutlier = 1.5;  ///< In standard deviations; beyond it a measurement weighs less.
constexpr std::size_t kNeighbours = 64;
constexpr double kUnmeasured = 0.25;  ///< Spread of whole devices around their peaks.
/// Larger, later GPUs come nearer to their peak: of the slope that the measured ones show, this
/// much is believed of others (assumed; two devices cannot tell).
constexpr double kGrowth = 0.5;
constexpr double kCalibration = 1.6;

/// Expected coefficients: 1 / efficiency of compute and bus; steps of 10 ns.
constexpr std::array<std::array<double, kTerms>, TvmKernel::kFamilies> kExpected{{
    {6, 3.5, 1, 3.3, 27},
    {7, 6, 5, 2, 2},
    {20, 3.4, 0.5, 0.1, 0.1},
    {6, 3.5, 1, 1.5, 10},
}};
constexpr double kLaunch_s = 8e-6;

/// Tensors are read through the texture caches, which grow with the shaders: products in half
/// precision done while a byte is loaded.
constexpr double kMacsPerByte = 32;

double fours(double channels) {
  return 4 * std::ceil(channels / 4);
}

double tile_of(const TvmKernel& k) {
  return std::fmod(k.in_height, 8) == 0 ? 4 : 2;
}

/// Seconds at the device's peaks. Channels come in texels of four.
std::array<double, kTerms> terms_of(const TvmKernel& k, const TvmDevice& d) {
  const bool single = k.numbers == TvmNumbers::single;
  const double peak = single ? d.single_macs_per_s : d.half_macs_per_s;
  const double bytes = single ? 4 : 2, bus = d.half_macs_per_s / kMacsPerByte;
  constexpr double kStep_s = 1e-8;
  const double in = fours(k.in_channels), out = fours(k.out_channels), pixels = k.out_pixels();
  const double input = k.batch * in * k.in_height * k.in_width * bytes;
  const double window = k.kernel_h * k.kernel_w;
  if (k.family == TvmKernel::depthwise)
    return {out * pixels * window / peak, input / bus, out * pixels * bytes / bus, 0, 0};
  if (k.family == TvmKernel::winograd) {
    const double tile = tile_of(k), points = (tile + 2) * (tile + 2);
    const double tiles = k.batch * std::ceil(k.out_height / tile) * std::ceil(k.out_width / tile);
    return {points * tiles * in * out / peak, (input + points * tiles * in * bytes) / bus,
            (out * pixels + points * tiles * out) * bytes / bus, points * in * out * bytes / bus,
            in * kStep_s};
  }
  // A work item adds up its texels one after the other, however few items there are.
  return {in * out * pixels * window / peak, input / bus, out * pixels * bytes / bus,
          in * out * window * bytes / bus, in * window / 4 * kStep_s};
}

double largest_prime(double extent) {
  auto n = static_cast<long>(extent);
  long largest = 1;
  for (long p = 2; p * p <= n; ++p)
    while (n % p == 0) largest = p, n /= p;
  return static_cast<double>(std::max(largest, n));
}

/// Powers of two in n, at most 8: how it can be cut into work groups.
double halvings(double extent) {
  auto n = static_cast<long>(extent);
  int times = 0;
  for (; n > 0 && n % 2 == 0 && times < 3; n /= 2) ++times;
  return times;
}

KernelPoint point_of(const TvmKernel& k, std::size_t device) {
  constexpr double kMixed = -1, kSingle = 0.75;
  constexpr double kOwnLayout = 4.3, kPacked = 0.5;
  KernelPoint p;
  p.kind = static_cast<std::int16_t>(k.family);
  p.device = static_cast<std::int16_t>(device);
  p.x[0] = std::log2(k.in_channels) / 4.9;
  p.x[1] = std::log2(k.out_channels) / 4.5;
  p.x[2] = std::log2(k.out_pixels()) / 9;
  p.x[3] = std::log2(k.kernel_h * k.kernel_w) / 3.2;
  p.x[4] = std::log2(k.stride) / 1.8;
  p.x[5] = k.nhwc ? 0.66 : 0;
  p.x[6] = k.own_layout ? kOwnLayout : k.packed ? kPacked : 0;
  p.x[7] = k.numbers == TvmNumbers::mixed ? kMixed : k.numbers == TvmNumbers::single ? kSingle : 0;
  // Work groups are cut from divisors: a large prime leaves no good one.
  p.x[8] = std::log2(std::max(largest_prime(k.out_width), 4.0)) / 2.5;
  p.x[9] = halvings(std::ceil(k.out_channels / 4)) / 8;
  return p;
}

/// Logarithms of a family's coefficients: terms, launch by device (s), factor by device, and the
/// factors of mixed and single numbers over half.
class Layout {
 public:
  explicit Layout(std::size_t devices) : devices_(devices) {}
  std::size_t size() const { return kTerms + 2 * devices_ + 2; }
  std::size_t launch(std::size_t device) const { return kTerms + device; }
  std::size_t factor(std::size_t device) const { return kTerms + devices_ + device; }
  std::size_t numbers(TvmNumbers numbers) const {
    return kTerms + 2 * devices_ + static_cast<std::size_t>(numbers) - 1;
  }
  double log_time(const std::vector<double>& p, const TvmKernel& k, std::size_t device,
                  const std::array<double, kTerms>& terms) const {
    double sum = std::exp(p[launch(device)]);
    if (k.family == TvmKernel::winograd) sum *= 2;  // transforms have launches of their own
    for (std::size_t j = 0; j < kTerms; ++j) sum += std::exp(p[j]) * terms[j];
    const double half = k.numbers == TvmNumbers::half ? 0 : p[numbers(k.numbers)];
    return std::log(sum) + p[factor(device)] + half;
  }

 private:
  std::size_t devices_;
};

std::vector<double> fit_family(int family, const std::vector<TvmDevice>& devices,
                               std::span<const TvmMeasurement> measurements) {
  const Layout at(devices.size());
  std::vector<FitParameter> parameters;
  std::vector<double> spread;  // of the logarithms around what is expected
  const auto add = [&](double expected, double sd) {
    parameters.push_back({"", expected, expected - 5, expected + 5, 0.01});
    spread.push_back(sd);
  };
  for (const double c : kExpected[static_cast<std::size_t>(family)]) add(std::log(c), 1);
  for (std::size_t d = 0; d < devices.size(); ++d) add(std::log(kLaunch_s), 0.7);
  for (std::size_t d = 0; d < devices.size(); ++d) add(0, 0.15);
  for (int i = 0; i < 2; ++i) add(0, 0.2);
  std::vector<double> expected;
  for (const FitParameter& p : parameters) expected.push_back(p.start);

  std::vector<const TvmMeasurement*> rows;
  std::vector<std::array<double, kTerms>> terms;
  for (const TvmMeasurement& m : measurements)
    if (m.kernel.family == family) {
      rows.push_back(&m);
      terms.push_back(terms_of(m.kernel, devices[m.device]));
    }
  constexpr double kRowWeight = 0.7;  // low: rows of one family err together
  const auto residuals = [&](const std::vector<double>& p, std::vector<double>& out) {
    out.resize(rows.size() + p.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      out[i] = kRowWeight * (at.log_time(p, rows[i]->kernel, rows[i]->device, terms[i]) -
                             std::log(rows[i]->latency_s));
    for (std::size_t j = 0; j < p.size(); ++j)
      out[rows.size() + j] = (p[j] - expected[j]) / spread[j];
  };
  return fit_least_squares(parameters, residuals, {0.8, 25, {}});
}

double noise_of(const LocalKriging::Sample& sample) {
  return kNoise[static_cast<std::size_t>(sample.point.kind)];
}

/// Samples far from what the others say are drawn upon less.
std::vector<LocalKriging::Sample> hold_down_outliers(std::vector<LocalKriging::Sample> samples) {
  constexpr double kMost = 1.3;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].value = std::clamp(samples[i].value, -kMost, kMost);
    samples[i].noise_sd = noise_of(samples[i]);
    samples[i].group = i;
  }
  const LocalKriging others(kCovariance, samples, kNeighbours);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Residual r = others.predict_without(i, samples[i].point);
    const double z = std::abs(samples[i].value - r.mean) / std::hypot(r.sd, samples[i].noise_sd);
    samples[i].noise_sd *= std::max(1.0, z / kOutlier);
  }
  return samples;
}

}  // namespace

double TvmKernel::macs() const {
  return out_pixels() * out_channels * kernel_h * kernel_w *
         (family == depthwise ? 1 : in_channels);
}

bool tvm_winograd_serves(const TvmKernel& k) {
  return k.family == TvmKernel::direct && k.kernel_h == k.kernel_w && k.kernel_h > 2 &&
         k.kernel_h < 8 && k.stride == 1 && k.dilation == 1;
}

TvmGpuFit::TvmGpuFit(std::vector<TvmDevice> devices, std::span<const TvmMeasurement> measurements)
    : devices_(std::move(devices)), measured_(devices_.size(), false) {
  if (measurements.empty()) throw std::invalid_argument("TvmGpuFit: nothing measured");
  for (const TvmMeasurement& m : measurements) measured_.at(m.device) = true;
  for (std::size_t d = 0; d < devices_.size(); ++d) {
    std::size_t nearest = d;
    double least = INFINITY;
    for (std::size_t o = 0; o < devices_.size() && !measured_[d]; ++o) {
      const double apart =
          std::abs(std::log(devices_[o].single_macs_per_s / devices_[d].single_macs_per_s));
      if (measured_[o] && apart < least) nearest = o, least = apart;
    }
    like_.push_back(nearest);
  }
  for (int f = 0; f < TvmKernel::kFamilies; ++f)
    coefficients_.push_back(fit_family(f, devices_, measurements));
  extrapolate_factors();
  std::vector<LocalKriging::Sample> samples;
  for (const TvmMeasurement& m : measurements)
    samples.push_back(
        {point_of(m.kernel, m.device), std::log(m.latency_s / trend_s(m.kernel, m.device)), 0, 0});
  residuals_ = std::make_shared<LocalKriging>(kCovariance, hold_down_outliers(std::move(samples)),
                                              kNeighbours);
}

void TvmGpuFit::extrapolate_factors() {
  const Layout at(devices_.size());
  const auto peak = [&](std::size_t d) { return std::log(devices_[d].single_macs_per_s); };
  for (std::vector<double>& p : coefficients_) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (std::size_t d = 0; d < devices_.size(); ++d)
      if (measured_[d]) {
        const double f = p[at.factor(d)];
        n += 1, x += peak(d), y += f, xx += peak(d) * peak(d), xy += peak(d) * f;
      }
    const double spread = n * xx - x * x;
    const double slope = n > 1 && spread > 0 ? (n * xy - x * y) / spread : 0;
    for (std::size_t d = 0; d < devices_.size(); ++d)
      if (!measured_[d]) {
        p[at.launch(d)] = p[at.launch(like_[d])];
        p[at.factor(d)] = p[at.factor(like_[d])] + kGrowth * slope * (peak(d) - peak(like_[d]));
      }
  }
}

double TvmGpuFit::trend_s(const TvmKernel& kernel, std::size_t device) const {
  const Layout at(devices_.size());
  return std::exp(at.log_time(coefficients_[kernel.family], kernel, device,
                              terms_of(kernel, devices_.at(device))));
}

KernelEstimate TvmGpuFit::predict(const TvmKernel& kernel, std::size_t device) const {
  const Residual g = residuals_->predict(point_of(kernel, device));
  const double own = std::hypot(g.sd, kNoise[kernel.family]) * kCalibration;
  return {trend_s(kernel, device) * std::exp(g.mean),
          measured_[device] ? own : std::hypot(own, kUnmeasured)};
}

}  // namespace partita
