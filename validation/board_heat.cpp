#include "validation/board_heat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sim/base/error.h"
#include "sim/cost/fit.h"
#include "sim/engine/thermal.h"

namespace partita {
namespace {

constexpr double kChip = 6;  ///< s; sensors sit on the die.
/// Part of the chip's rise over the board that is there at the first sample.
constexpr double kStarted = 0.5;

/// Power by what runs, at equal load and clock. Chosen on the committed traces, as are the
/// exponents: load over all cores counts less than in proportion, for caches and memory serve one
/// core as well as all; voltage falls with the clock.
constexpr double kLoadExponent = 0.8, kClockExponent = 2.5;
struct Benchmark {
  std::string_view name;
  double power;
  bool one_core;
};
constexpr std::array<Benchmark, 6> kBenchmarks{{{"tinymembench", 0.9, true},
                                                {"ramlat", 0.8, true},
                                                {"OpenSSL", 1.2, true},
                                                {"7-zip single", 0.95, true},
                                                {"7-zip", 0.95, false},
                                                {"cpuminer", 1.2, false}}};

/// sbc-bench runs its one-core benchmarks on a little core first, then on a big one: OpenSSL in
/// turns of 18 s (six block sizes, 3 s each), the others once, the little core for the longer part.
constexpr double kTurn = 18, kLittlePart = 0.6;
constexpr double kLittle = 0.4;  ///< Power of a little core over a big one.

const Benchmark& benchmark(const std::string& section) {
  for (const Benchmark& b : kBenchmarks)
    if (section.starts_with(b.name)) return b;
  static constexpr Benchmark kOther{"", 1, false};
  return kOther;
}

struct Span {
  std::size_t begin = 0, end = 0;
};

/// Runs of samples of one section.
std::vector<Span> spans(const BoardTrace& trace) {
  std::vector<Span> out;
  for (std::size_t i = 0; i < trace.samples.size(); ++i) {
    if (i > 0 && trace.samples[i].section == trace.samples[i - 1].section)
      out.back().end = i + 1;
    else
      out.push_back({i, i + 1});
  }
  return out;
}

/// 0 on a little core, 1 on a big one, between for kinds in between.
double core_rank(const std::string& section, double from_begin, double length, std::size_t kinds) {
  const auto most = static_cast<double>(kinds - 1);
  if (section.starts_with("OpenSSL"))
    return std::fmod(std::floor(from_begin / kTurn), static_cast<double>(kinds)) / most;
  return from_begin < kLittlePart * length ? 0 : 1;
}

/// Power between the sample before and each one, in parts of full load.
std::vector<double> powers(const BoardTrace& trace) {
  const std::size_t kinds = trace.samples.front().clocks_mhz.size();
  std::vector<double> top(kinds, 0);
  for (const BoardSample& s : trace.samples)
    for (std::size_t k = 0; k < kinds; ++k) top[k] = std::max(top[k], s.clocks_mhz[k]);
  const bool alike = std::adjacent_find(top.begin(), top.end(), std::not_equal_to<>()) == top.end();
  std::vector<double> out;
  for (const Span& span : spans(trace)) {
    const double begin = trace.samples[span.begin].t_s;
    const double length = trace.samples[span.end - 1].t_s - begin;
    for (std::size_t i = span.begin; i < span.end; ++i) {
      const BoardSample& s = trace.samples[i];
      const Benchmark& b = benchmark(s.section);
      double clock = 0;
      for (std::size_t k = 0; k < kinds; ++k)
        clock += std::pow(s.clocks_mhz[k] / top[k], kClockExponent) / static_cast<double>(kinds);
      double power = b.power * std::pow(std::max(s.load, 0.01), kLoadExponent) * clock;
      if (b.one_core && !alike && i > span.begin) {
        const double middle = (trace.samples[i - 1].t_s + s.t_s) / 2 - begin;
        power *= kLittle + (1 - kLittle) * core_rank(s.section, middle, length, kinds);
      }
      out.push_back(power);
    }
  }
  return out;
}

std::vector<double> simulate(const BoardTrace& trace, const std::vector<double>& power,
                             const BoardHeat& heat) {
  Thermal thermal;
  thermal.nodes = {{"chip", kChip / heat.chip_k, {{1, heat.chip_k}}, {}},
                   {"board", heat.board_s / heat.board_k, {{-1, heat.board_k}}, {}}};
  const ThermalNetwork network(thermal);
  const double first = trace.samples.front().temperature_c;
  const std::array<double, 2> start{first, first - kStarted * heat.chip_k * power.front()};
  ThermalState state(network, start, heat.ambient_c);
  std::vector<double> out{first};
  for (std::size_t i = 1; i < trace.samples.size(); ++i) {
    state.advance(trace.samples[i].t_s - trace.samples[i - 1].t_s,
                  std::array<double, 2>{power[i], 0});
    out.push_back(state.temperature(0));
  }
  return out;
}

}  // namespace

BoardHeat fit_board(const BoardTrace& trace, const std::vector<bool>& known) {
  const std::vector<double> power = powers(trace);
  const double first = trace.samples.front().temperature_c;
  const auto heat_of = [&](const std::vector<double>& p) {
    return BoardHeat{first + p[0], std::exp(p[1]), std::exp(p[2]), std::exp(p[3])};
  };
  // What most boards show, with little weight: for traces that say nothing about a number.
  constexpr double kUsualRise = 12, kUsualAmbient = -5, kWeight = 0.5, kAmbientWeight = 0.2;
  const auto residuals = [&](const std::vector<double>& p, std::vector<double>& r) {
    const BoardHeat heat = heat_of(p);
    const std::vector<double> predicted = simulate(trace, power, heat);
    r.clear();
    for (std::size_t i = 1; i < predicted.size(); ++i)
      if (known[i]) r.push_back(predicted[i] - trace.samples[i].temperature_c);
    r.push_back(kAmbientWeight * (p[0] - kUsualAmbient));
    r.push_back(kWeight * (heat.chip_k - kUsualRise));
    r.push_back(kWeight * (heat.board_k - kUsualRise));
  };
  std::vector<double> best, r;
  double least = 0;
  for (const double seconds : {60.0, 200.0, 800.0}) {
    const std::vector<double> p =
        fit_least_squares({{"ambient", kUsualAmbient, -60, 40, 0.5},
                           {"chip", std::log(10), std::log(0.5), std::log(80), 0.1},
                           {"board", std::log(10), std::log(0.5), std::log(80), 0.1},
                           {"seconds", std::log(seconds), std::log(20), std::log(3000), 0.1}},
                          residuals, {.loss_scale = 10, .iterations = 15, .progress = {}});
    residuals(p, r);
    const double loss = std::inner_product(r.begin(), r.end(), r.begin(), 0.0);
    if (best.empty() || loss < least) {
      best = p;
      least = loss;
    }
  }
  return heat_of(best);
}

std::vector<double> predict_board(const BoardTrace& trace, const BoardHeat& heat) {
  return simulate(trace, powers(trace), heat);
}

}  // namespace partita
