// Random machines and networks for property tests: every cost is a hash of a seed and of names, so
// the same operator costs the same in a network written in another order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"

namespace synthetic {

using namespace partita;

inline std::uint64_t mix(std::uint64_t x) {  // splitmix64, Steele, Lea, Flood 2014
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

struct SocOptions {
  int units = 3;        ///< Of: big, little, gpu (host: big), npu.
  int opps = 1;         ///< Per clock.
  bool shared = false;  ///< Instead of little: a unit that also holds big's cores.
  bool memory_energy = true;
};

inline Soc make_soc(const SocOptions& options) {
  static constexpr std::string_view names[] = {"big", "little", "gpu", "npu"};
  Soc soc;
  soc.name = "synthetic";
  for (int i = 0; i < options.units; ++i) {
    Domain domain{std::string(names[i]), {}, 0};
    for (int o = 0; o < options.opps; ++o)
      domain.opps.push_back({1e9 * (o + 1) / options.opps, {}, {}});
    soc.domains.push_back(domain);
    Unit unit;
    unit.name = names[i];
    unit.letter = "BLGN"[i];
    unit.kind = i < 2 ? UnitKind::cpu : i == 2 ? UnitKind::gpu : UnitKind::npu;
    unit.domain = make_id<DomainId>(i);
    if (i == 2) unit.host_domain = make_id<DomainId>(0);
    unit.default_precision = i == 2 ? Precision::fp16 : Precision::fp32;
    unit.memory_bandwidth_bytes_per_s = 1e10;
    unit.resources = std::uint64_t{1} << i;
    if (i == 1 && options.shared) unit.resources |= 1;
    soc.units.push_back(unit);
  }
  soc.memory.shared_bytes_per_s = 1e12;
  if (options.memory_energy) soc.memory.energy_per_byte_j = 1e-10;
  return soc;
}

inline std::vector<Mode> every_mode(const Soc& soc) {
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    for (const Mode& mode : all_modes(soc, make_id<UnitId>(u))) modes.push_back(mode);
  return modes;
}

struct CostOptions {
  double unsupported = 0.1;  ///< Chance that a unit other than the first cannot run an operator.
  double transfer_s = 3e-4;  ///< Most that one step of a hand-over takes.
  double dvfs_s = 0;         ///< Most that an OPP change takes.
  double base_power_w = 0.7;
  double arrival_s = 0;  ///< Most that a unit takes to wake.
  double spread_s = 0;   ///< Most that spreading over units adds to an operator.
  bool parks = false;    ///< Idle clocks fall.
  bool detours = false;  ///< Hand-over steps in any order, also on a third unit.
  double fused = 0;      ///< Chance that an operator runs in the kernel of the only one it reads.
  double narrow = 0;     ///< Chance that an operator leaves a part of its unit free.
};

class RandomCosts : public CostModel {
 public:
  RandomCosts(const Soc& soc, std::uint64_t seed, const CostOptions& options)
      : soc_(soc), seed_(seed), options_(options) {}

  const Soc& soc() const override { return soc_; }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    auto cost = unfused_cost(graph, op, slice, mode, precision);
    if (cost && fused_with(graph, op, mode)) cost->latency_s = cost->bytes = 0;
    return cost;
  }

  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override {
    const auto before = graph.predecessors(op);
    if (before.size() != 1 || !is_placed(graph.op(before[0])) ||
        graph.successors(before[0]).size() != 1)
      return std::nullopt;
    if (uniform(graph.op(op).name, {30, index(mode.unit)}) >= options_.fused) return std::nullopt;
    return before[0];
  }

  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                                   Precision) const override {
    const std::string& name = graph.op(op).name;
    const auto unit = index(mode.unit);
    if (unit != 0 && uniform(name, {1, unit}) < options_.unsupported) return std::nullopt;
    const double clock = soc_.domain(soc_.unit(mode.unit).domain).opps[mode.opp].frequency_hz / 1e9;
    const double host = mode.host_opp < 0 ? 1 : 1.1 - 0.05 * mode.host_opp;
    Cost cost;
    cost.latency_s = host * (1e-4 + 1e-3 * uniform(name, {2, unit})) / clock;
    cost.bytes = 1e6 * uniform(name, {3, unit});
    cost.power_w = (0.2 + 3 * uniform(name, {4, unit})) * clock * clock * clock;
    cost.source = CostSource::measured;
    if (uniform(name, {6, unit}) < options_.narrow) cost.occupancy = uniform(name, {7, unit});
    return cost;
  }

  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    Cost cost;
    cost.latency_s = 1e-4 * uniform(graph.op(consumer).name, {5, index(mode.unit)});
    cost.power_w = 0.3;
    cost.bytes = 1e4;
    return cost;
  }

  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes, OpId,
                                     const Mode& from, const Mode& to) const override {
    std::vector<TransferStep> steps;
    if (from.unit == to.unit) return steps;
    const std::string& name = graph.tensor(tensor).name;
    const std::uint64_t pair = index(from.unit) * 16 + index(to.unit);
    const auto add = [&](LinkTermKind kind, UnitId on, std::uint64_t salt) {
      if (uniform(name, {salt, pair}) < 0.25) return;
      const double latency_s = options_.transfer_s * uniform(name, {salt, pair, 1});
      steps.push_back({kind, on, latency_s, bytes, 0.4 * uniform(name, {salt, pair, 2}), 0});
    };
    add(LinkTermKind::transform, from.unit, 10);
    add(LinkTermKind::sync, from.unit, 11);
    if (options_.detours) add(LinkTermKind::map, UnitId{0}, 12);
    add(LinkTermKind::copy, to.unit, 13);
    add(LinkTermKind::cast, to.unit, 14);
    if (options_.detours) add(LinkTermKind::unmap, from.unit, 15);
    return steps;
  }

  std::optional<TransferStep> arrival(const Graph& graph, OpId op,
                                      const Mode& mode) const override {
    if (options_.arrival_s == 0) return std::nullopt;
    const double u = uniform(graph.op(op).name, {20, index(mode.unit)});
    return TransferStep{LinkTermKind::sync, mode.unit, options_.arrival_s * u, 100, 0.5, 0};
  }
  double spread_s(const Graph& graph, OpId op, const Slice&, const Mode& mode,
                  Precision) const override {
    return options_.spread_s * uniform(graph.op(op).name, {21, index(mode.unit)});
  }
  bool parks_idle_clocks() const override { return options_.parks; }

  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override {
    if (options_.dvfs_s == 0) return 0;
    return options_.dvfs_s * uniform("dvfs", {index(domain), static_cast<std::uint64_t>(from_opp),
                                              static_cast<std::uint64_t>(to_opp)});
  }
  double base_power_w() const override { return options_.base_power_w; }

 private:
  double uniform(std::string_view name, std::initializer_list<std::uint64_t> salts) const {
    std::uint64_t hash = mix(seed_);
    for (char c : name) hash = mix(hash ^ static_cast<unsigned char>(c));
    for (std::uint64_t salt : salts) hash = mix(hash ^ salt);
    return static_cast<double>(hash >> 11) * 0x1p-53;
  }

  const Soc& soc_;
  std::uint64_t seed_;
  CostOptions options_;
};

/// An operator of a test network: one input is an activation, more are added.
inline void add_operator(GraphBuilder& builder, const std::string& name,
                         const std::vector<std::string>& inputs) {
  GraphBuilder::Pending pending;
  pending.op.name = name;
  pending.op.kind = inputs.size() > 1 ? OpKind::elementwise : OpKind::activation;
  pending.op.function = inputs.size() > 1 ? "add" : "relu";
  pending.input_names = inputs;
  pending.output_names = {name};
  builder.add(std::move(pending));
}

inline void add_input(GraphBuilder& builder, const std::string& name) {
  GraphBuilder::Pending pending;
  pending.op.name = name;
  pending.op.kind = OpKind::input;
  pending.output_names = {name};
  pending.output_shapes = {{1, 8, 16, 16}};
  builder.add(std::move(pending));
}

/// input, op0, op1, ...
inline Graph make_chain(int length) {
  GraphBuilder builder("chain");
  add_input(builder, "input");
  for (int i = 0; i < length; ++i)
    add_operator(builder, "op" + std::to_string(i),
                 {i == 0 ? "input" : "op" + std::to_string(i - 1)});
  return builder.build();
}

/// Operators in the given order of numbers; by number, which numbers each reads (-1: the input).
inline Graph make_graph(const std::vector<std::vector<int>>& reads, const std::vector<int>& order) {
  GraphBuilder builder("graph");
  add_input(builder, "input");
  for (int i : order) {
    std::vector<std::string> inputs;
    for (int r : reads[i]) inputs.push_back(r < 0 ? "input" : "op" + std::to_string(r));
    add_operator(builder, "op" + std::to_string(i), inputs);
  }
  return builder.build();
}

/// Each operator reads one to three earlier ones; the first, and now and then another, the input.
inline std::vector<std::vector<int>> random_reads(int operators, std::mt19937_64& random) {
  std::vector<std::vector<int>> reads;
  for (int i = 0; i < operators; ++i) {
    auto& row = reads.emplace_back();
    if (i == 0 || random() % 12 == 0) {
      row.push_back(-1);
      continue;
    }
    for (int k = 0; k < 3; ++k) {
      const int from = static_cast<int>(random() % static_cast<std::uint64_t>(i));
      if (k == 0 || (random() % 3 == 0 && std::find(row.begin(), row.end(), from) == row.end()))
        row.push_back(from);
    }
  }
  return reads;
}

}  // namespace synthetic
