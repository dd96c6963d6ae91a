#include "sim/engine/thermal.h"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/base/error.h"

namespace partita {

/// With y = C^1/2 (T - ambient) the system is symmetric: dy/dt = -S y + C^-1/2 P. Columns of
/// `vectors` are its modes; `to_nodes` = C^-1/2 V leads from amplitudes to temperatures.
struct ThermalNetwork::Modes {
  Eigen::VectorXd rates;  ///< 1/s, ascending.
  Eigen::MatrixXd to_nodes, to_amplitudes;
  Eigen::VectorXd capacities, leakage_slopes, leakage_references, to_ambient_w_per_k;

  /// Drive of each mode, by powers and what leaks at the ambient's temperature.
  Eigen::VectorXd drive(std::span<const double> powers_w, double ambient_c) const {
    if (powers_w.size() != static_cast<std::size_t>(rates.size()))
      throw std::logic_error("a power for every node is expected");
    const Eigen::VectorXd heat =
        Eigen::Map<const Eigen::VectorXd>(powers_w.data(), rates.size()).array() +
        leakage_slopes.array() * (ambient_c - leakage_references.array());
    return to_nodes.transpose() * heat;
  }
};

namespace {

[[noreturn]] void unstable() {
  throw InputError(
      "thermal: the network does not settle: a node reaches no ambient, or leaks more than it "
      "sheds");
}

}  // namespace

ThermalNetwork::ThermalNetwork(const Thermal& thermal) {
  const auto n = static_cast<Eigen::Index>(thermal.nodes.size());
  if (n == 0) throw std::logic_error("a thermal network without nodes");
  auto modes = std::make_unique<Modes>();
  modes->capacities = modes->leakage_slopes = modes->leakage_references =
      modes->to_ambient_w_per_k = Eigen::VectorXd::Zero(n);
  Eigen::MatrixXd conductance = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const ThermalNode& node = thermal.nodes[static_cast<std::size_t>(i)];
    modes->capacities[i] = node.capacity_j_per_k;
    if (node.leakage) {
      modes->leakage_slopes[i] = node.leakage->slope_w_per_k;
      modes->leakage_references[i] = node.leakage->reference_c;
      conductance(i, i) -= node.leakage->slope_w_per_k;
    }
    for (const ThermalPath& path : node.paths) {
      const double g = 1 / path.resistance_k_per_w;
      conductance(i, i) += g;
      if (path.to < 0) {
        modes->to_ambient_w_per_k[i] += g;
        continue;
      }
      conductance(path.to, path.to) += g;
      conductance(i, path.to) -= g;
      conductance(path.to, i) -= g;
    }
  }
  const Eigen::VectorXd root = modes->capacities.cwiseSqrt();
  const Eigen::VectorXd inverse = root.cwiseInverse();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(inverse.asDiagonal() * conductance *
                                                              inverse.asDiagonal());
  modes->rates = solver.eigenvalues();
  // Relative to the fastest mode: an unreachable ambient is a zero with rounding.
  if (!(modes->rates.minCoeff() > 1e-12 * modes->rates.cwiseAbs().maxCoeff())) unstable();
  modes->to_nodes = inverse.asDiagonal() * solver.eigenvectors();
  modes->to_amplitudes = solver.eigenvectors().transpose() * root.asDiagonal();
  modes_ = std::move(modes);
}

ThermalNetwork::~ThermalNetwork() = default;
ThermalNetwork::ThermalNetwork(ThermalNetwork&&) noexcept = default;
ThermalNetwork& ThermalNetwork::operator=(ThermalNetwork&&) noexcept = default;

std::size_t ThermalNetwork::nodes() const {
  return static_cast<std::size_t>(modes_->rates.size());
}

std::vector<double> ThermalNetwork::steady_c(std::span<const double> powers_w,
                                             double ambient_c) const {
  const Eigen::VectorXd rise =
      modes_->to_nodes * modes_->drive(powers_w, ambient_c).cwiseQuotient(modes_->rates);
  std::vector<double> out;
  for (const double r : rise) out.push_back(ambient_c + r);
  return out;
}

ThermalState::ThermalState(const ThermalNetwork& network, double start_c, double ambient_c)
    : ThermalState(network, std::vector<double>(network.nodes(), start_c), ambient_c) {}

ThermalState::ThermalState(const ThermalNetwork& network, std::span<const double> start_c,
                           double ambient_c)
    : modes_(&network.modes()),
      ambient_c_(ambient_c),
      amplitudes_(network.nodes()),
      temperatures_(start_c.begin(), start_c.end()) {
  if (start_c.size() != network.nodes())
    throw std::logic_error("a start temperature for every node is expected");
  Eigen::Map<Eigen::VectorXd>(amplitudes_.data(), modes_->rates.size()) =
      modes_->to_amplitudes *
      (Eigen::Map<const Eigen::VectorXd>(start_c.data(), modes_->rates.size()).array() - ambient_c)
          .matrix();
}

void ThermalState::observe() {
  const Eigen::Index n = modes_->rates.size();
  Eigen::Map<Eigen::VectorXd>(temperatures_.data(), n) =
      (modes_->to_nodes * Eigen::Map<const Eigen::VectorXd>(amplitudes_.data(), n)).array() +
      ambient_c_;
}

void ThermalState::set_ambient(double ambient_c) {
  const Eigen::Index n = modes_->rates.size();
  Eigen::Map<Eigen::VectorXd>(amplitudes_.data(), n) +=
      modes_->to_amplitudes * Eigen::VectorXd::Constant(n, ambient_c_ - ambient_c);
  ambient_c_ = ambient_c;
}

void ThermalState::advance(double dt_s, std::span<const double> powers_w) {
  if (!(dt_s >= 0)) throw std::logic_error("time does not go back");
  if (dt_s == 0) return;
  const Eigen::Index n = modes_->rates.size();
  const Eigen::VectorXd drive = modes_->drive(powers_w, ambient_c_);
  Eigen::VectorXd integral(n);  // of each amplitude over the step
  for (Eigen::Index i = 0; i < n; ++i) {
    const double rate = modes_->rates[i], limit = drive[i] / rate;
    double& amplitude = amplitudes_[static_cast<std::size_t>(i)];
    const double gone = -std::expm1(-rate * dt_s);
    integral[i] = limit * dt_s + (amplitude - limit) * gone / rate;
    amplitude += (limit - amplitude) * gone;
  }
  const Eigen::VectorXd kelvin_s = modes_->to_nodes * integral;
  for (const double w : powers_w) balance_.into_nodes_j += w * dt_s;
  balance_.to_ambient_j += modes_->to_ambient_w_per_k.dot(kelvin_s);
  const Eigen::VectorXd above =
      kelvin_s.array() + dt_s * (ambient_c_ - modes_->leakage_references.array());
  balance_.leakage_j += modes_->leakage_slopes.dot(above);
  observe();
}

double ThermalState::stored_j(double reference_c) const {
  double joules = 0;
  for (std::size_t i = 0; i < temperatures_.size(); ++i)
    joules += modes_->capacities[static_cast<Eigen::Index>(i)] * (temperatures_[i] - reference_c);
  return joules;
}

std::optional<double> ThermalState::time_until(int node, double target_c,
                                               std::span<const double> powers_w,
                                               double horizon_s) const {
  if (temperature(node) == target_c) return 0;
  const Eigen::VectorXd drive = modes_->drive(powers_w, ambient_c_);
  std::vector<Decay> terms{{ambient_c_ - target_c, 0}};
  double highest = 0, lowest = 0;  // bounds on the sum of the decaying terms
  for (Eigen::Index i = 0; i < modes_->rates.size(); ++i) {
    const double limit = drive[i] / modes_->rates[i], part = modes_->to_nodes(node, i);
    const double amplitude = part * (amplitudes_[static_cast<std::size_t>(i)] - limit);
    terms.front().amplitude += part * limit;
    (amplitude > 0 ? highest : lowest) += amplitude;
    terms.push_back({amplitude, modes_->rates[i]});
  }
  // Most questions have a plain answer: the target is out of reach.
  if (terms.front().amplitude + highest < 0 || terms.front().amplitude + lowest > 0)
    return std::nullopt;
  const std::vector<double> all = crossings(std::move(terms), horizon_s);
  if (all.empty()) return std::nullopt;
  return all.front();
}

namespace {

double value(const std::vector<Decay>& terms, double t) {
  double sum = 0;
  for (const Decay& term : terms) sum += term.amplitude * std::exp(-term.rate_per_s * t);
  return sum;
}

/// The only zero between two times of opposite signs, to the last bits.
double bisect(const std::vector<Decay>& terms, double low, double high) {
  const bool rises = value(terms, low) < 0;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    ((value(terms, middle) < 0) == rises ? low : high) = middle;
  }
}

}  // namespace

std::vector<double> crossings(std::vector<Decay> terms, double horizon_s) {
  std::sort(terms.begin(), terms.end(),
            [](const Decay& a, const Decay& b) { return a.rate_per_s < b.rate_per_s; });
  std::vector<Decay> distinct;
  for (const Decay& term : terms) {
    if (term.amplitude == 0) continue;
    if (!distinct.empty() && distinct.back().rate_per_s == term.rate_per_s)
      distinct.back().amplitude += term.amplitude;
    else
      distinct.push_back(term);
  }
  std::erase_if(distinct, [](const Decay& term) { return term.amplitude == 0; });
  if (distinct.size() < 2) return {};
  // The slowest term divided out, so that its derivative has one term less. Between two zeros of
  // a derivative there is one zero at most.
  const double slowest = distinct.front().rate_per_s;
  for (Decay& term : distinct) term.rate_per_s -= slowest;
  // Past this only the slowest term counts: nothing crosses any more.
  double rest = 0;
  for (std::size_t i = 1; i < distinct.size(); ++i) rest += std::abs(distinct[i].amplitude);
  const double over = std::log(rest / std::abs(distinct.front().amplitude));
  const double horizon = std::min(horizon_s, std::max(0.0, over) / distinct[1].rate_per_s + 1e-12);
  std::vector<Decay> derivative;
  for (std::size_t i = 1; i < distinct.size(); ++i)
    derivative.push_back({-distinct[i].rate_per_s * distinct[i].amplitude, distinct[i].rate_per_s});
  std::vector<double> bounds = crossings(std::move(derivative), horizon);
  bounds.push_back(horizon);
  std::vector<double> out;
  double low = 0;
  for (const double high : bounds) {
    const double at_low = value(distinct, low), at_high = value(distinct, high);
    if (at_high == 0)
      out.push_back(high);
    else if (at_low != 0 && (at_low < 0) != (at_high < 0))
      out.push_back(bisect(distinct, low, high));
    low = high;
  }
  return out;
}

void node_powers(const Thermal& thermal, std::span<const double> domain_w, double memory_w,
                 double base_w, std::vector<double>& out) {
  if (domain_w.size() != thermal.node_of_domain.size())
    throw std::logic_error("a power for every domain is expected");
  out.assign(thermal.nodes.size(), 0);
  const auto add = [&](int node, double w) {
    if (node >= 0) out[static_cast<std::size_t>(node)] += w;
  };
  for (std::size_t d = 0; d < domain_w.size(); ++d) add(thermal.node_of_domain[d], domain_w[d]);
  add(thermal.node_of_memory, memory_w);
  add(thermal.node_of_base, base_w);
}

std::vector<double> node_powers(const Thermal& thermal, std::span<const double> domain_w,
                                double memory_w, double base_w) {
  std::vector<double> out;
  node_powers(thermal, domain_w, memory_w, base_w, out);
  return out;
}

}  // namespace partita
