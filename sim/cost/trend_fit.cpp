#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "sim/cost/kernel_fit.h"

namespace partita {
namespace {

/// Minimises x'Ax/2 - b'x over x >= 0 by cyclic coordinate descent; A positive semidefinite.
Eigen::VectorXd non_negative_quadratic(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                                       Eigen::VectorXd x, int sweeps) {
  constexpr double kEnough = 1e-10;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    double largest = 0;
    for (Eigen::Index j = 0; j < x.size(); ++j) {
      if (a(j, j) <= 0) continue;
      const double step = (b(j) - a.row(j).dot(x)) / a(j, j);
      const double to = std::max(0.0, x(j) + step);
      largest = std::max(largest, std::abs(to - x(j)));
      x(j) = to;
    }
    if (largest <= kEnough * (1 + x.cwiseAbs().maxCoeff())) break;
  }
  return x;
}

/// The same minimum exactly, from a feasible x near it: Lawson and Hanson's active set, Solving
/// Least Squares Problems, 1974, chapter 23. False: a is singular on the set, x is as good as it
/// was.
bool active_set(const Eigen::MatrixXd& a, const Eigen::VectorXd& b, Eigen::VectorXd& x) {
  std::vector<Eigen::Index> free;
  for (Eigen::Index j = 0; j < x.size(); ++j)
    if (x(j) > 0) free.push_back(j);
  const double enough = 1e-10 * (1 + b.cwiseAbs().maxCoeff());
  for (Eigen::Index round = 0; round < 10 * x.size(); ++round) {
    if (!free.empty()) {
      const Eigen::LLT<Eigen::MatrixXd> factor(Eigen::MatrixXd(a(free, free)));
      if (factor.info() != Eigen::Success) return false;
      const Eigen::VectorXd z = factor.solve(Eigen::VectorXd(b(free)));
      double step = 1;
      for (std::size_t i = 0; i < free.size(); ++i) {
        const double from = x(free[i]), to = z(static_cast<Eigen::Index>(i));
        if (to <= 0) step = std::min(step, from / (from - to));
      }
      std::vector<Eigen::Index> kept;
      for (std::size_t i = 0; i < free.size(); ++i) {
        const double to = z(static_cast<Eigen::Index>(i));
        double& value = x(free[i]);
        value += step * (to - value);
        if (to > 0 || value > 1e-12)
          kept.push_back(free[i]);
        else
          value = 0;
      }
      const bool inside = kept.size() == free.size();
      free = std::move(kept);
      if (!inside) continue;
    }
    const Eigen::VectorXd pull = b - a * x;
    Eigen::Index best = -1;
    for (Eigen::Index j = 0; j < x.size(); ++j)
      if (x(j) == 0 && a(j, j) > 0 && pull(j) > enough && (best < 0 || pull(j) > pull(best)))
        best = j;
    if (best < 0) return true;
    free.push_back(best);
  }
  return false;
}

/// A few sweeps find nearly the right set; where the exact step cannot be taken, many do.
Eigen::VectorXd non_negative(const Eigen::MatrixXd& a, const Eigen::VectorXd& b,
                             Eigen::VectorXd x) {
  constexpr int kFew = 10, kMany = 2000;
  x = non_negative_quadratic(a, b, std::move(x), kFew);
  if (active_set(a, b, x)) return x;
  return non_negative_quadratic(a, b, std::move(x), kMany);
}

}  // namespace

std::vector<double> fit_trend(const TrendProblem& p) {
  const auto n = static_cast<Eigen::Index>(p.measured_s.size());
  const auto m = static_cast<Eigen::Index>(p.terms);
  if (p.design.size() != static_cast<std::size_t>(n * m) ||
      p.relative_sd.size() != p.measured_s.size() || p.prior.size() != p.terms ||
      p.prior_sd.size() != p.terms)
    throw std::invalid_argument("fit_trend: lengths disagree");
  // Columns in units of their prior, rows in units of their noise: 1 is "as expected".
  Eigen::VectorXd scale(m), pull(m), target(m);
  for (Eigen::Index j = 0; j < m; ++j) {
    const double prior = p.prior[static_cast<std::size_t>(j)];
    scale(j) = prior > 0 ? prior : 1;
    target(j) = prior > 0 ? 1 : 0;
    const double sd = p.prior_sd[static_cast<std::size_t>(j)];
    pull(j) = std::isinf(sd) ? 0 : 1 / (sd * sd);
  }
  Eigen::MatrixXd rows(n, m);
  Eigen::VectorXd wanted(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double unit =
        p.measured_s[static_cast<std::size_t>(i)] * p.relative_sd[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j < m; ++j)
      rows(i, j) = p.design[static_cast<std::size_t>(i * m + j)] * scale(j) / unit;
    wanted(i) = 1 / p.relative_sd[static_cast<std::size_t>(i)];
  }
  Eigen::VectorXd x = Eigen::VectorXd::Ones(m), weight = Eigen::VectorXd::Ones(n);
  for (int round = 0; round < std::max(1, p.rounds); ++round) {
    Eigen::MatrixXd a = rows.transpose() * weight.asDiagonal() * rows;
    a.diagonal() += pull;
    const Eigen::VectorXd b =
        rows.transpose() * weight.cwiseProduct(wanted) + pull.cwiseProduct(target);
    x = non_negative(a, b, x);
    const Eigen::VectorXd off = (rows * x - wanted).cwiseAbs();
    for (Eigen::Index i = 0; i < n; ++i) weight(i) = off(i) > p.huber ? p.huber / off(i) : 1;
  }
  std::vector<double> coefficients(p.terms);
  for (Eigen::Index j = 0; j < m; ++j) coefficients[static_cast<std::size_t>(j)] = x(j) * scale(j);
  return coefficients;
}

}  // namespace partita
