// Profiles that are off: noisy, taken at other clocks, or never taken.
#include <cmath>
#include <numbers>

#include "partitioners/belief.h"
#include "sim/cost/roofline.h"

namespace partita {
namespace {

/// splitmix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// In (0, 1].
double uniform(std::uint64_t hash) {
  return (static_cast<double>(hash >> 11) + 1) * 0x1p-53;
}

/// Standard normal by the name of an operator and a unit (Box and Muller, 1958).
double normal(std::uint64_t seed, std::string_view name, UnitId unit) {
  std::uint64_t hash = mix(seed);
  for (const char c : name) hash = mix(hash ^ static_cast<unsigned char>(c));
  hash = mix(hash ^ index(unit));
  return std::sqrt(-2 * std::log(uniform(hash))) *
         std::cos(2 * std::numbers::pi * uniform(mix(hash)));
}

/// Each operator on each unit is off by one log-normal factor, its slices alike.
class Noisy final : public BeliefModel {
 public:
  Noisy(const CostModel& truth, double sd, std::uint64_t seed)
      : BeliefModel(truth), sd_(sd), seed_(seed) {}
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    return off(graph, op, mode, truth().operator_cost(graph, op, slice, mode, precision));
  }
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    return off(graph, op, mode, truth().unfused_cost(graph, op, slice, mode, precision));
  }

 private:
  std::optional<Cost> off(const Graph& graph, OpId op, const Mode& mode,
                          std::optional<Cost> cost) const {
    if (!cost) return cost;
    const double factor = std::exp(sd_ * normal(seed_, graph.op(op).name, mode.unit));
    cost->latency_s *= factor;
    cost->dispatch_s *= factor;
    return cost;
  }

  double sd_;
  std::uint64_t seed_;
};

/// Operators cost what they cost when every clock ran at a fraction of what it runs at now: at the
/// highest OPP that is not above it, or the lowest there is.
class Stale final : public BeliefModel {
 public:
  Stale(const CostModel& truth, double fraction) : BeliefModel(truth), fraction_(fraction) {}
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    return believed(truth().operator_cost(graph, op, slice, mode, precision),
                    truth().operator_cost(graph, op, slice, then(mode), precision));
  }
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    return believed(truth().unfused_cost(graph, op, slice, mode, precision),
                    truth().unfused_cost(graph, op, slice, then(mode), precision));
  }

 private:
  /// A profile that lacks the old clocks is not stale.
  static std::optional<Cost> believed(std::optional<Cost> now, std::optional<Cost> before) {
    return now && before ? before : now;
  }
  int then(DomainId domain, int opp) const {
    const auto& opps = soc().domain(domain).opps;
    const double most = fraction_ * opps[static_cast<std::size_t>(opp)].frequency_hz;
    while (opp > 0 && opps[static_cast<std::size_t>(opp)].frequency_hz > most) --opp;
    return opp;
  }
  Mode then(Mode mode) const {
    const Unit& unit = soc().unit(mode.unit);
    mode.opp = static_cast<std::int16_t>(then(unit.domain, mode.opp));
    if (unit.host_domain)
      mode.host_opp = static_cast<std::int16_t>(then(*unit.host_domain, mode.host_opp));
    return mode;
  }

  double fraction_;
};

/// The SoC's description instead of measurements; what the truth cannot run stays so.
class Described final : public BeliefModel {
 public:
  explicit Described(const CostModel& truth) : BeliefModel(truth), roofline_(truth.soc()) {}
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    return believed(graph, op, slice, mode, precision,
                    truth().operator_cost(graph, op, slice, mode, precision));
  }
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    return believed(graph, op, slice, mode, precision,
                    truth().unfused_cost(graph, op, slice, mode, precision));
  }

 private:
  std::optional<Cost> believed(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                               Precision precision, std::optional<Cost> real) const {
    if (!real || real->latency_s <= 0) return real;  // Part of another kernel: fusing is known.
    const auto described = roofline_.operator_cost(graph, op, slice, mode, precision);
    return described ? described : real;
  }

  RooflineModel roofline_;
};

}  // namespace

BeliefInfo belief_noisy() {
  return {"noisy",
          "true costs, each operator on each unit off by a log-normal factor",
          "standard deviation of the factor's logarithm",
          0,
          3,
          0.2,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<Noisy>(r.truth, r.parameter, r.seed);
          }};
}

BeliefInfo belief_stale() {
  return {"stale",
          "a profile taken when every clock ran at a fraction of what it runs at now",
          "fraction of the clocks",
          0.01,
          1,
          0.5,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<Stale>(r.truth, r.parameter);
          }};
}

BeliefInfo belief_roofline() {
  return {"roofline",
          "peak rates and bandwidths of the SoC's description",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<Described>(r.truth);
          }};
}

}  // namespace partita
