// Kriging against hand-worked solves and against itself with the observations taken out.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <stdexcept>

#include "sim/cost/kernel_fit.h"
#include "sim/cost/kriging.h"

using namespace partita;

namespace {

KernelPoint at(double x, std::int16_t kind = 0, std::int16_t device = 0) {
  KernelPoint p;
  p.kind = kind;
  p.device = device;
  p.x[0] = x;
  return p;
}

Observation seen(std::vector<KernelPoint> points, std::vector<double> shares, double value,
                 double noise, std::size_t group = 0) {
  Observation o;
  o.points = std::move(points);
  o.shares = std::move(shares);
  o.value = value;
  o.noise_sd = noise;
  o.group = group;
  return o;
}

}  // namespace

TEST_CASE("the covariance is Matern 5/2 with classes and devices apart") {
  const Covariance c{.amplitude = 2, .across_kinds = 0.5, .across_devices = 0.25, .shared = 0.1};
  CHECK(c(at(0), at(0)) == Approx(4 + 0.01));
  // r = 1: (1 + sqrt 5 + 5/3) exp(-sqrt 5) = 0.52399
  CHECK(c(at(0), at(1)) == Approx(4 * 0.5239941088318203 + 0.01));
  CHECK(c(at(0), at(0, 1)) == Approx(2.01));
  CHECK(c(at(0), at(0, 0, 1)) == Approx(1.0));
}

TEST_CASE("one observation shrinks towards nothing by its noise") {
  // k = 0.04, noise variance 0.01: mean 0.04 / 0.05 x 0.3, variance 0.04 - 0.04^2 / 0.05
  const Kriging one({.amplitude = 0.2}, {seen({at(3)}, {1}, 0.3, 0.1)});
  const KernelPoint p = at(3);
  const double w = 1;
  const Residual r = one.predict({&p, 1}, {&w, 1});
  CHECK(r.mean == Approx(0.24));
  CHECK(r.sd == Approx(std::sqrt(0.008)));
  const KernelPoint far = at(1000);
  CHECK(one.predict({&far, 1}, {&w, 1}).mean == Approx(0).margin(1e-12));
  CHECK(one.predict({&far, 1}, {&w, 1}).sd == Approx(0.2));
}

TEST_CASE("a network tells about its kernels by their shares of the time") {
  // Two unlike kernels, 3/4 and 1/4 of the time: covariance with the sum is share x variance.
  const Kriging network({.amplitude = 0.2}, {seen({at(0), at(1000)}, {0.75, 0.25}, 0.1, 0.05)});
  const double variance = 0.04 * (0.75 * 0.75 + 0.25 * 0.25) + 0.0025, w = 1;
  const KernelPoint a = at(0), b = at(1000);
  CHECK(network.predict({&a, 1}, {&w, 1}).mean == Approx(0.75 * 0.04 / variance * 0.1));
  CHECK(network.predict({&b, 1}, {&w, 1}).mean == Approx(0.25 * 0.04 / variance * 0.1));
}

TEST_CASE("leaving a group out is as if it had never been measured") {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  const Covariance covariance{
      .amplitude = 0.3, .across_kinds = 0.2, .across_devices = 0.6, .shared = 0.1};
  std::vector<Observation> all;
  for (std::size_t i = 0; i < 24; ++i)
    all.push_back(seen({at(normal(random), 0), at(normal(random), 1, i % 2)}, {0.6, 0.4},
                       0.2 * normal(random), 0.05, i / 4));
  const Kriging together(covariance, all);
  CHECK(together.size() == 24);
  const std::vector<KernelPoint> where{at(0.3), at(-0.2, 1)};
  const std::vector<double> shares{0.5, 0.5};
  for (std::size_t left_out = 0; left_out < 6; ++left_out) {
    std::vector<Observation> others;
    for (const Observation& o : all)
      if (o.group != left_out) others.push_back(o);
    const Residual apart = Kriging(covariance, others).predict(where, shares);
    const Residual without = together.predict_without(left_out, where, shares);
    CHECK(without.mean == Approx(apart.mean).epsilon(1e-9));
    CHECK(without.sd == Approx(apart.sd).epsilon(1e-9));
  }
}

TEST_CASE("local kriging with every neighbour is the exact solve") {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  const Covariance covariance{.amplitude = 0.3};
  std::vector<Observation> all;
  std::vector<LocalKriging::Sample> samples;
  for (std::size_t i = 0; i < 30; ++i) {
    const KernelPoint p = at(normal(random));
    const double value = normal(random);
    all.push_back(seen({p}, {1}, value, 0.1, i / 3));
    samples.push_back({p, value, 0.1, i / 3});
  }
  const KernelPoint p = at(0.1);
  const double w = 1;
  const LocalKriging local(covariance, samples, 30);
  const Kriging exact(covariance, all);
  CHECK(local.predict(p).mean == Approx(exact.predict({&p, 1}, {&w, 1}).mean));
  CHECK(local.predict(p).sd == Approx(exact.predict({&p, 1}, {&w, 1}).sd));
  CHECK(local.predict_without(4, p).mean ==
        Approx(exact.predict_without(4, {&p, 1}, {&w, 1}).mean));
  CHECK(LocalKriging(covariance, {}, 5).predict(p).sd == Approx(0.3));
}

TEST_CASE("observations that make no sense are refused") {
  CHECK_THROWS_AS(Kriging({}, {seen({}, {}, 0, 0.1)}), std::invalid_argument);
  CHECK_THROWS_AS(Kriging({}, {seen({at(0)}, {0.5, 0.5}, 0, 0.1)}), std::invalid_argument);
}

TEST_CASE("a trend is found back, outliers held down, never below nothing") {
  TrendProblem p;
  p.terms = 3;
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0.1, 1);
  for (int i = 0; i < 60; ++i) {
    const double a = uniform(random), b = uniform(random), c = uniform(random);
    p.design.insert(p.design.end(), {a, b, c});
    p.measured_s.push_back((2 * a + 0.5 * b) * (i % 20 == 0 ? 5 : 1));  // three wild rows
    p.relative_sd.push_back(0.02);
  }
  p.prior = {1, 1, 0};
  p.prior_sd = {10, 10, 10};
  const auto x = fit_trend(p);
  CHECK(x[0] == Approx(2).epsilon(0.01));
  CHECK(x[1] == Approx(0.5).epsilon(0.03));
  CHECK(x[2] == Approx(0).margin(0.01));
}

TEST_CASE("without rows that tell, a trend is its prior") {
  const TrendProblem p{.terms = 2,
                       .design = {1, 0},
                       .measured_s = {3},
                       .relative_sd = {0.01},
                       .prior = {1, 4},
                       .prior_sd = {1, 1}};
  const auto x = fit_trend(p);
  CHECK(x[0] == Approx(3).epsilon(0.01));
  CHECK(x[1] == Approx(4));
}
