// Gaussian-process regression (kriging) of what a trend leaves over. Values are natural logarithms
// of measured over trend, of single kernels or of whole networks.
//
// Source: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, equations 2.23 to
// 2.26; leaving a group out is the block inverse of section 5.4.2 for more than one point.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace partita {

/// A kernel in the space in which similar kernels are near: coordinates are divided by their
/// length-scales already.
struct KernelPoint {
  static constexpr std::size_t kDimensions = 10;
  std::int16_t kind = 0;    ///< Kernel class.
  std::int16_t device = 0;  ///< Of the device, unit and configuration it was measured on.
  std::array<double, kDimensions> x{};
  auto operator<=>(const KernelPoint&) const = default;
};

/// amplitude^2 x Matern-5/2 x (1 or across_kinds) x (1 or across_devices) + shared^2 on one device.
struct Covariance {
  double amplitude = 0.2;
  double across_kinds = 0;    ///< Correlation of kernels of different classes, 0 to 1.
  double across_devices = 0;  ///< Correlation of the same kernel on different devices, 0 to 1.
  double shared = 0;          ///< Standard deviation of what a device's kernels have in common.
  double operator()(const KernelPoint& a, const KernelPoint& b) const;
};

/// A sum of kernels measured as one: shares of the time, adding up to 1. One kernel: one point.
struct Observation {
  std::vector<KernelPoint> points;
  std::vector<double> shares;
  double value = 0;       ///< ln(measured / trend).
  double noise_sd = 0;    ///< Of the measurement, relative.
  std::size_t group = 0;  ///< Left out together, e.g. the rows of one network.
};

struct Residual {
  double mean = 0;
  double sd = 0;  ///< Of the value without measurement noise.
};

/// The covariances of a set of distinct points: computed once for fits that share their kernels,
/// such as the same networks on several core combinations.
class PointSet {
 public:
  PointSet(const Covariance& covariance, std::span<const Observation> observations);
  ~PointSet();

 private:
  friend class Kriging;
  struct State;
  std::unique_ptr<State> state_;
};

/// Exact, for up to some thousands of observations.
class Kriging {
 public:
  /// `points` (null: made here) must hold every point of the observations. Throws
  /// std::invalid_argument on an observation without points or with unequal lengths, and when the
  /// covariance is not positive definite.
  Kriging(const Covariance& covariance, std::vector<Observation> observations,
          std::shared_ptr<const PointSet> points = nullptr);
  ~Kriging();
  Kriging(Kriging&&) noexcept;
  Kriging& operator=(Kriging&&) noexcept;

  std::size_t size() const;
  /// Posterior of sum of share x residual.
  Residual predict(std::span<const KernelPoint> points, std::span<const double> shares) const;
  /// The same, as if the observations of `group` had never been made. `values` (empty: their own):
  /// of all observations, for a trend that was fitted without the group.
  Residual predict_without(std::size_t group, std::span<const KernelPoint> points,
                           std::span<const double> shares,
                           std::span<const double> values = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// For large tables of single kernels: each prediction solves for the nearest observations alone.
class LocalKriging {
 public:
  struct Sample {
    KernelPoint point;
    double value = 0;
    double noise_sd = 0;
    std::size_t group = 0;
  };
  LocalKriging(const Covariance& covariance, std::vector<Sample> samples,
               std::size_t neighbours = 40);
  Residual predict(const KernelPoint& point) const;
  /// `values` as in Kriging, in the order in which the samples were given.
  Residual predict_without(std::size_t group, const KernelPoint& point,
                           std::span<const double> values = {}) const;

 private:
  Residual solve(const KernelPoint& point, const std::size_t* left_out,
                 std::span<const double> values) const;
  Covariance covariance_;
  std::vector<Sample> samples_;                               ///< Sorted by kind.
  std::vector<std::size_t> given_;                            ///< Where each was before.
  std::vector<std::pair<std::size_t, std::size_t>> of_kind_;  ///< Ranges in samples_, by kind.
  std::size_t neighbours_;
};

}  // namespace partita
