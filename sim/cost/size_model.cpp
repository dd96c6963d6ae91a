#include "sim/cost/size_model.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace partita {
namespace {

struct Place {
  std::string family;
  std::array<double, 2> size{};  ///< log2 MACs and weights, about the middle of the measured.
};

constexpr double kOffset = 10, kSlope = 1;  // vague: standard deviations of the line
constexpr double kFamily = 0.4, kWithin = 0.3, kOctaves = 2, kNoise = 0.03;

std::string family_of(const std::string& name) {
  const auto end =
      std::find_if(name.begin(), name.end(), [](unsigned char c) { return std::isalpha(c) == 0; });
  return {name.begin(), end};
}

double covariance(const Place& a, const Place& b) {
  double line = kOffset * kOffset, distance = 0;
  for (std::size_t i = 0; i < a.size.size(); ++i) {
    line += kSlope * kSlope * a.size[i] * b.size[i];
    distance += std::pow((a.size[i] - b.size[i]) / kOctaves, 2);
  }
  if (a.family != b.family) return line;
  const double r = std::sqrt(5 * distance);
  return line + kFamily * kFamily + kWithin * kWithin * (1 + r + r * r / 3) * std::exp(-r);
}

}  // namespace

struct SizeModel::State {
  std::array<double, 2> middle{};
  std::vector<Place> places;
  Eigen::LLT<Eigen::MatrixXd> factor;
  Eigen::VectorXd weights;

  Place place(const SizedNetwork& n) const {
    return {family_of(n.name), {std::log2(n.macs) - middle[0], std::log2(n.weights) - middle[1]}};
  }
};

SizeModel::SizeModel(std::span<const SizedNetwork> measured) : state_(std::make_unique<State>()) {
  if (measured.empty()) throw std::invalid_argument("SizeModel: nothing measured");
  State& s = *state_;
  const auto n = static_cast<Eigen::Index>(measured.size());
  for (const SizedNetwork& m : measured) {
    s.middle[0] += std::log2(m.macs) / static_cast<double>(n);
    s.middle[1] += std::log2(m.weights) / static_cast<double>(n);
  }
  Eigen::MatrixXd k(n, n);
  Eigen::VectorXd values(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const SizedNetwork& m = measured[static_cast<std::size_t>(i)];
    s.places.push_back(s.place(m));
    values(i) = std::log(m.latency_s);
    for (Eigen::Index j = 0; j <= i; ++j)
      k(i, j) = k(j, i) = covariance(s.places.back(), s.places[static_cast<std::size_t>(j)]);
    k(i, i) += kNoise * kNoise;
  }
  s.factor.compute(k);
  s.weights = s.factor.solve(values);
}

SizeModel::~SizeModel() = default;
SizeModel::SizeModel(SizeModel&&) noexcept = default;
SizeModel& SizeModel::operator=(SizeModel&&) noexcept = default;

KernelEstimate SizeModel::estimate(const SizedNetwork& network) const {
  const State& s = *state_;
  const Place at = s.place(network);
  Eigen::VectorXd k(s.weights.size());
  for (Eigen::Index i = 0; i < k.size(); ++i)
    k(i) = covariance(at, s.places[static_cast<std::size_t>(i)]);
  const double variance = covariance(at, at) + kNoise * kNoise - k.dot(s.factor.solve(k));
  return {std::exp(k.dot(s.weights)), std::sqrt(std::max(0.0, variance))};
}

}  // namespace partita
