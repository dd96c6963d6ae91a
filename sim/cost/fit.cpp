#include "sim/cost/fit.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace partita {

namespace {

double soft_l1(double r, double s) {
  return 2 * s * s * (std::sqrt(1 + r * r / (s * s)) - 1);
}
/// Weight that makes weighted squares have the loss's gradient.
double weight(double r, double s) {
  return 1 / std::sqrt(1 + r * r / (s * s));
}

double cost(const std::vector<double>& residuals, double s) {
  double sum = 0;
  for (double r : residuals) sum += soft_l1(r, s);
  return sum;
}

}  // namespace

std::vector<double> fit_least_squares(
    const std::vector<FitParameter>& parameters,
    const std::function<void(const std::vector<double>&, std::vector<double>&)>& residuals,
    const FitOptions& options) {
  const auto m = static_cast<Eigen::Index>(parameters.size());
  std::vector<double> x, r, shifted;
  for (const FitParameter& p : parameters) x.push_back(std::clamp(p.start, p.least, p.most));
  residuals(x, r);
  double best = cost(r, options.loss_scale), damping = 1e-2;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    if (options.progress) options.progress(static_cast<double>(iteration) / options.iterations);
    Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(m, m);
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(m);
    Eigen::MatrixXd jacobian(static_cast<Eigen::Index>(r.size()), m);
    for (Eigen::Index j = 0; j < m; ++j) {
      std::vector<double> moved = x;
      const FitParameter& p = parameters[j];
      const double step = moved[j] + p.step <= p.most ? p.step : -p.step;
      moved[j] += step;
      residuals(moved, shifted);
      for (std::size_t i = 0; i < r.size(); ++i)
        jacobian(static_cast<Eigen::Index>(i), j) = (shifted[i] - r[i]) / step * p.step;
    }
    for (std::size_t i = 0; i < r.size(); ++i) {
      const auto row = jacobian.row(static_cast<Eigen::Index>(i));
      const double w = weight(r[i], options.loss_scale);
      normal += w * row.transpose() * row;
      gradient += w * r[i] * row.transpose();
    }
    bool moved_on = false;
    for (int attempt = 0; attempt < 8 && !moved_on; ++attempt) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() *= 1 + damping;
      damped.diagonal().array() += 1e-12 * (1 + normal.diagonal().maxCoeff());
      const Eigen::VectorXd delta = damped.ldlt().solve(-gradient);
      std::vector<double> trial = x;
      for (Eigen::Index j = 0; j < m; ++j)
        trial[j] = std::clamp(x[j] + delta[j] * parameters[j].step, parameters[j].least,
                              parameters[j].most);
      residuals(trial, shifted);
      const double value = cost(shifted, options.loss_scale);
      if (value < best) {
        moved_on = best - value > 1e-6 * best;
        x = trial;
        r = shifted;
        best = value;
        damping = std::max(damping / 5, 1e-9);
        if (!moved_on) return x;
      } else {
        damping *= 5;
      }
    }
    if (!moved_on) break;
  }
  return x;
}

}  // namespace partita
