// Fits of kernel times to measured kernels and whole networks, and what they predict.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/cost/kernel_work.h"
#include "sim/cost/kriging.h"

namespace partita {

/// Non-negative least squares in relative error with a prior and outliers held down (Huber).
struct TrendProblem {
  std::size_t terms = 0;
  std::vector<double> design;       ///< Rows x terms, seconds at peak.
  std::vector<double> measured_s;   ///< One a row.
  std::vector<double> relative_sd;  ///< One a row.
  std::vector<double> prior;        ///< One a term; 0: drawn to nothing.
  std::vector<double> prior_sd;     ///< Relative to the prior; infinite: free.
  double huber = 2;                 ///< In standard deviations.
  int rounds = 8;                   ///< Of re-weighting.
};
/// Coefficients >= 0. Throws std::invalid_argument when lengths disagree.
std::vector<double> fit_trend(const TrendProblem& problem);

/// One measured time: a kernel, or all kernels of a network.
struct Measurement {
  std::vector<KernelWork> kernels;
  UnitTraits unit;
  double latency_s = 0;
  double relative_sd = 0.03;  ///< Of the measurement.
  std::size_t group = 0;      ///< Left out together.
  std::int16_t device = 0;
};

struct KernelEstimate {
  double latency_s = 0;
  double relative_sd = 0;  ///< After calibration; of the estimate, without measurement noise.
};

/// By kind and term, and last the overhead of a network, s.
struct Coefficients {
  std::vector<std::vector<double>> of_kind;
  double overhead_s = 0;
};

/// What the form expects before any measurement.
Coefficients prior_coefficients(const KernelForm& form);

/// Coefficients and the residuals around them.
class KernelFit {
 public:
  struct Options {
    bool kriging = true;
    std::optional<Coefficients> sibling;  ///< The prior instead of the form's.
    /// The same for leave_groups_out, by group: of siblings that have not seen it either.
    std::map<std::size_t, Coefficients> sibling_without;
    std::shared_ptr<const PointSet> points;  ///< For fits that share their kernels.
  };
  /// Measurements are all single kernels or all networks; of the same kernels and units the form
  /// knows. Throws std::invalid_argument when there are none.
  KernelFit(const KernelForm& form, std::span<const Measurement> measurements,
            const Options& options);
  /// Without any measurement: coefficients of other devices, no residuals.
  KernelFit(const KernelForm& form, Coefficients coefficients);

  const KernelForm& form() const { return *form_; }
  const Coefficients& coefficients() const { return coefficients_; }
  /// By the trend alone.
  double trend_s(const KernelWork& work, const UnitTraits& unit) const;
  /// Of the trend, what launching the kernel takes: 0 to 1.
  double launch_share(const KernelWork& work, const UnitTraits& unit) const;
  KernelEstimate kernel(const KernelWork& work, const UnitTraits& unit,
                        std::int16_t device = 0) const;
  /// Of all kernels of a network, correlations included.
  KernelEstimate network(std::span<const KernelWork> kernels, const UnitTraits& unit,
                         std::int16_t device = 0) const;

 private:
  friend std::vector<KernelEstimate> leave_groups_out(const KernelForm& form,
                                                      std::span<const Measurement> measurements,
                                                      const Options& options);
  const KernelForm* form_;
  FitSettings settings_;
  Coefficients coefficients_;
  std::shared_ptr<const Kriging> networks_;
  std::shared_ptr<const LocalKriging> kernels_;
};

/// Cross-validation: each measurement predicted by a fit that never saw its group. Trend and
/// residuals are fitted without the group; only the shares by which a network's kernels weigh in
/// the covariance come from the trend of all.
std::vector<KernelEstimate> leave_groups_out(const KernelForm& form,
                                             std::span<const Measurement> measurements,
                                             const KernelFit::Options& options);

/// Coefficients of the fit without each group, residuals left aside.
std::map<std::size_t, Coefficients> coefficients_without_groups(
    const KernelForm& form, std::span<const Measurement> measurements,
    const KernelFit::Options& options);

}  // namespace partita
