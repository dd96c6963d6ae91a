// What shares cost, alone and several at once on one unit.
#include <algorithm>
#include <map>
#include <tuple>

#include "sim/plan/lowering.h"

namespace partita::lowering {
namespace {

/// Are these rows (channels, images) among those?
bool within(const Slice& inner, const Slice& outer) {
  if (outer.axis == Axis::none) return true;
  return inner.axis == outer.axis && inner.begin >= outer.begin && inner.end <= outer.end;
}

bool in_kernel(const CostModel& model, const Graph& graph, const Plan& plan, OpId op,
               const Share& share) {
  const auto before = model.fused_with(graph, op, share.mode);
  if (!before) return true;
  if (const auto home = gathered_at(plan, *before); home && *home != share.mode.unit) return false;
  for (const Share& kernel : plan.shares[index(*before)])
    if (kernel.mode.unit == share.mode.unit && kernel.precision == share.precision &&
        within(share.computed(), kernel.computed()))
      return true;
  return false;
}

}  // namespace

Part part_of(const CostModel& model, const Graph& graph, const Plan& plan, OpId op,
             const Share& share, bool spread) {
  return {op, share, spread, !in_kernel(model, graph, plan, op, share)};
}

std::optional<Cost> cost_of(const CostModel& model, const Graph& graph, const Part& part,
                            const Mode& mode, const Overheads& overheads) {
  const Share& share = part.share;
  const Slice slice = overheads[Overhead::halo] ? share.computed() : share.slice;
  auto cost = part.cut_off && overheads[Overhead::unfused]
                  ? model.unfused_cost(graph, part.op, slice, mode, share.precision)
                  : model.operator_cost(graph, part.op, slice, mode, share.precision);
  if (!cost) return cost;
  if (!overheads[Overhead::dispatch])
    cost->latency_s = std::max(0.0, cost->latency_s - cost->dispatch_s);
  if (part.spread && overheads[Overhead::spread])
    cost->latency_s += model.spread_s(graph, part.op, slice, mode, share.precision);
  return cost;
}

std::optional<Cost> cost_together(const CostModel& model, const Graph& graph,
                                  const std::vector<Part>& parts, const Mode& mode,
                                  const Overheads& overheads) {
  if (parts.size() == 1) return cost_of(model, graph, parts.front(), mode, overheads);
  Cost sum;
  double filled_s = 0, longest_s = 0, energy_j = 0;
  std::map<OpId, double> finish_s;
  for (const Part& part : parts) {
    const auto cost = cost_of(model, graph, part, mode, overheads);
    if (!cost) return cost;
    double start_s = 0;
    for (const OpId before : graph.predecessors(part.op))
      if (const auto at = finish_s.find(before); at != finish_s.end())
        start_s = std::max(start_s, at->second);
    finish_s[part.op] = start_s + cost->latency_s;
    longest_s = std::max(longest_s, start_s + cost->latency_s);
    filled_s += cost->latency_s * cost->occupancy;
    energy_j += cost->latency_s * cost->power_w;
    sum.bytes += cost->bytes;
  }
  sum.latency_s = std::max(longest_s, filled_s);
  if (sum.latency_s > 0) sum.power_w = energy_j / sum.latency_s;
  return sum;
}

std::vector<std::vector<OpId>> stage_groups(const CostModel& model, const Graph& graph,
                                            const Plan& plan, const std::vector<OpId>& ops,
                                            bool spread, const Overheads& overheads) {
  // Operators of one wave wait for none of each other through another unit: merging them cannot
  // make two units wait for one another.
  using Key = std::tuple<int, UnitId, std::int16_t, std::int16_t, Precision>;
  std::map<OpId, Key> key_of;
  std::map<Key, std::vector<OpId>> sets;
  const auto whole = [&](OpId op) { return plan.shares[index(op)].size() == 1; };
  for (const OpId op : ops) {
    const Share& share = plan.shares[index(op)].front();
    const auto key = [&](int wave) {
      return Key{wave, share.mode.unit, share.mode.opp, share.mode.host_opp, share.precision};
    };
    int wave = 0;
    for (const OpId before : graph.predecessors(op)) {
      const auto at = key_of.find(before);
      if (at == key_of.end()) continue;  // Of an earlier stage.
      const int theirs = std::get<0>(at->second);
      const bool together =
          whole(op) && whole(before) && at->second == key(theirs) && !gathered_at(plan, before);
      wave = std::max(wave, together ? theirs : theirs + 1);
    }
    key_of[op] = key(wave);
    if (whole(op)) sets[key(wave)].push_back(op);
  }
  bool merged = false;
  std::map<OpId, const std::vector<OpId>*> set_of;
  for (const auto& [key, set] : sets) {
    if (set.size() < 2) continue;
    std::vector<Part> parts;
    double alone_s = 0;
    const Mode& mode = plan.shares[index(set.front())].front().mode;
    for (const OpId op : set) {
      parts.push_back(part_of(model, graph, plan, op, plan.shares[index(op)].front(), spread));
      if (const auto cost = cost_of(model, graph, parts.back(), mode, overheads))
        alone_s += cost->latency_s;
    }
    const auto together = cost_together(model, graph, parts, mode, overheads);
    constexpr double kRounding = 1e-9;
    if (!together || together->latency_s >= alone_s * (1 - kRounding)) continue;
    merged = true;
    for (const OpId op : set) set_of[op] = &set;
  }
  std::vector<std::vector<OpId>> groups;
  std::vector<OpId> emitted = ops;
  if (merged)
    std::stable_sort(emitted.begin(), emitted.end(), [&](OpId a, OpId b) {
      return std::get<0>(key_of.at(a)) < std::get<0>(key_of.at(b));
    });
  for (const OpId op : emitted) {
    const auto set = set_of.find(op);
    if (set == set_of.end())
      groups.push_back({op});
    else if (set->second->front() == op)
      groups.push_back(*set->second);
  }
  return groups;
}

}  // namespace partita::lowering
