#include "sim/sweep/design.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace partita::sweep {
namespace {

/// SplitMix64 (Steele et al., OOPSLA 2014): a good mixer of 64 bits.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return mixed(mixed(mixed(a) ^ b) ^ c);
}

/// 0 <= u < 1 with 53 bits.
double unit(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace

std::string_view to_string(DesignKind kind) {
  switch (kind) {
    case DesignKind::grid:
      return "grid";
    case DesignKind::latin_hypercube:
      return "latin-hypercube";
    case DesignKind::random:
      return "random";
  }
  throw std::logic_error("unknown design");
}

std::vector<std::string> design_names() {
  return {"grid", "latin-hypercube", "random"};
}

std::size_t Axis::levels() const {
  if (range) return static_cast<std::size_t>(std::max(range->steps, 0));
  return is_text() ? names.size() : numbers.size();
}

double Axis::at_level(std::size_t level) const {
  if (is_text()) return static_cast<double>(level);
  if (!range) return numbers.at(level);
  if (level == 0 || range->steps < 2) return range->from;
  if (level + 1 == levels()) return range->to;
  return at_share(static_cast<double>(level) / (range->steps - 1));
}

double Axis::at_share(double u) const {
  if (!range) {
    const std::size_t count = levels();
    const auto level = static_cast<std::size_t>(u * static_cast<double>(count));
    return at_level(std::min(level, count - 1));
  }
  if (range->log) return range->from * std::pow(range->to / range->from, u);
  return range->from + u * (range->to - range->from);
}

std::uint64_t permuted(std::uint64_t value, std::uint64_t count, std::uint64_t seed) {
  if (count <= 1) return value;
  // A Feistel network on an even number of bits permutes them whatever its round function; values
  // that fall outside walk on until they come back (Black & Rogaway, CT-RSA 2002).
  const int half = (static_cast<int>(std::bit_width(count - 1)) + 1) / 2;
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  do {
    std::uint64_t left = value >> half, right = value & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (mixed(seed, round, right) & mask);
      left = right;
      right = next;
    }
    value = left << half | right;
  } while (value >= count);
  return value;
}

Design::Design(std::vector<Axis> axes, const DesignOptions& options)
    : axes_(std::move(axes)), options_(options), seed_(options.seed) {
  for (const Axis& axis : axes_) {
    const std::size_t levels = axis.levels();
    if (levels == 0 && (options_.kind == DesignKind::grid || !axis.range))
      throw std::invalid_argument("design: axis " + axis.name + " has no values");
    if (options_.kind != DesignKind::grid) continue;
    if (size_ > kMostPoints / levels) throw std::invalid_argument("design: too many points");
    size_ *= levels;
  }
  if (options_.kind == DesignKind::grid) return;
  size_ = options_.points;
  if (size_ == 0 || size_ > kMostPoints) throw std::invalid_argument("design: number of points");
  if (options_.kind != DesignKind::latin_hypercube || options_.draws <= 1 ||
      size_ > kMostDrawnPoints)
    return;
  double best = -1;
  for (int draw = 0; draw < options_.draws; ++draw) {
    const std::uint64_t seed = options_.seed + static_cast<std::uint64_t>(draw) * 0x2545f491;
    const double distance = nearest(seed);
    if (distance <= best) continue;
    best = distance;
    seed_ = seed;
  }
}

double Design::share(std::uint64_t number, std::size_t axis, std::uint64_t seed) const {
  const std::uint64_t key = mixed(seed, axis, 1);
  const double jitter = unit(mixed(key, number, 2));
  if (options_.kind == DesignKind::random) return jitter;
  const auto stratum = static_cast<double>(permuted(number, size_, key));
  // The next double below 1 where rounding would leave the last stratum.
  return std::min((stratum + jitter) / static_cast<double>(size_), 0x1.fffffffffffffp-1);
}

/// Square of the least distance between two points, every axis from 0 to 1.
double Design::nearest(std::uint64_t seed) const {
  const std::size_t width = axes_.size();
  std::vector<double> shares(size_ * width);
  for (std::uint64_t i = 0; i < size_; ++i)
    for (std::size_t a = 0; a < width; ++a) shares[i * width + a] = share(i, a, seed);
  double least = std::numeric_limits<double>::infinity();
  for (std::uint64_t i = 0; i < size_; ++i)
    for (std::uint64_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t a = 0; a < width; ++a) {
        const double d = shares[i * width + a] - shares[j * width + a];
        sum += d * d;
      }
      least = std::min(least, sum);
    }
  return least;
}

void Design::point(std::uint64_t number, std::span<double> values) const {
  if (number >= size_ || values.size() != axes_.size())
    throw std::out_of_range("design: no such point");
  if (options_.kind != DesignKind::grid) {
    for (std::size_t a = 0; a < axes_.size(); ++a)
      values[a] = axes_[a].at_share(share(number, a, seed_));
    return;
  }
  for (std::size_t a = axes_.size(); a-- > 0;) {
    const std::size_t levels = axes_[a].levels();
    values[a] = axes_[a].at_level(number % levels);
    number /= levels;
  }
}

}  // namespace partita::sweep
