#include "sim/plan/plan.h"

#include <algorithm>

#include <fmt/format.h>

namespace partita {

Plan plan_from_modes(const Soc& soc, const Graph& graph, const std::vector<Mode>& modes) {
  Plan plan;
  plan.shares.resize(graph.size());
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    const Mode& mode = modes[index(op)];
    plan.shares[index(op)] = {{mode, {}, soc.unit(mode.unit).default_precision}};
  }
  return plan;
}

namespace {

using Violations = std::vector<std::string>;

void check_mode(const Soc& soc, const std::string& name, const Mode& mode, Violations& out) {
  if (index(mode.unit) >= soc.units.size()) {
    out.push_back(fmt::format("{}: no unit {}", name, index(mode.unit)));
    return;
  }
  const Unit& unit = soc.unit(mode.unit);
  if (mode.opp < 0 || mode.opp > soc.top_opp(unit.domain))
    out.push_back(fmt::format("{}: {} has no OPP {}", name, unit.name, mode.opp));
  if (unit.host_domain ? mode.host_opp < 0 || mode.host_opp > soc.top_opp(*unit.host_domain)
                       : mode.host_opp != -1)
    out.push_back(fmt::format("{}: {} has no host OPP {}", name, unit.name, mode.host_opp));
}

/// Slices of one operator: one axis, sorted, without gap or overlap, up to the extent.
void check_tiling(const Graph& graph, OpId op, const std::vector<Share>& shares, Violations& out) {
  const std::string& name = graph.op(op).name;
  if (shares.size() == 1 && shares[0].slice.axis == Axis::none) return;
  const Axis axis = shares[0].slice.axis;
  const auto axes = cut_axes(graph, op);
  if (std::find(axes.begin(), axes.end(), axis) == axes.end()) {
    out.push_back(fmt::format("{}: cannot be cut along {}", name, to_string(axis)));
    return;
  }
  std::int64_t at = 0;
  for (const Share& share : shares) {
    if (share.slice.axis != axis || share.slice.begin != at || share.slice.end <= at) {
      out.push_back(fmt::format("{}: slices do not tile the output", name));
      return;
    }
    at = share.slice.end;
  }
  if (at != cut_extent(graph, op, axis))
    out.push_back(fmt::format("{}: slices end at {} of {}", name, at, cut_extent(graph, op, axis)));
}

void check_halo(const Graph& graph, OpId op, const Share& share, Violations& out) {
  if (share.halo == Halo{}) return;
  const std::string& name = graph.op(op).name;
  if (share.slice.axis != Axis::height)
    out.push_back(fmt::format("{}: a halo without a slice of height", name));
  else if (share.halo.before < 0 || share.halo.after < 0)
    out.push_back(fmt::format("{}: a halo of less than no rows", name));
  else if (share.computed().begin < 0 || share.computed().end > cut_extent(graph, op, Axis::height))
    out.push_back(fmt::format("{}: a halo beyond the output's {} rows", name,
                              cut_extent(graph, op, Axis::height)));
}

void check_homes(const Soc& soc, const Graph& graph, const Plan& plan, Violations& out) {
  if (plan.home.empty()) return;
  if (plan.home.size() != graph.size()) {
    out.push_back("home: not one entry per operator");
    return;
  }
  for (OpId op : graph.order()) {
    const auto& home = plan.home[index(op)];
    if (!home) continue;
    if (!is_placed(graph.op(op)))
      out.push_back(
          fmt::format("{}: {} has no home", graph.op(op).name, to_string(graph.op(op).kind)));
    else if (index(*home) >= soc.units.size())
      out.push_back(fmt::format("{}: no unit {} for a home", graph.op(op).name, index(*home)));
  }
}

void check_stages(const Graph& graph, const Plan& plan, Violations& out) {
  if (plan.stage.empty()) return;
  if (plan.stage.size() != graph.size()) {
    out.push_back("stage: not one entry per operator");
    return;
  }
  const auto complain = [&](OpId before, OpId op) {
    out.push_back(fmt::format("stage: {} is in {}, {} after it in {}", graph.op(before).name,
                              plan.stage[index(before)], graph.op(op).name, plan.stage[index(op)]));
  };
  std::optional<OpId> last;
  for (OpId op : plan.order.empty() ? graph.order() : std::span<const OpId>(plan.order)) {
    if (!is_placed(graph.op(op))) continue;
    if (last && plan.stage[index(*last)] > plan.stage[index(op)]) complain(*last, op);
    last = op;
  }
}

void check_order(const Graph& graph, const Plan& plan, Violations& out) {
  if (plan.order.empty()) return;
  std::vector<int> position(graph.size(), -1);
  for (std::size_t i = 0; i < plan.order.size(); ++i) {
    if (index(plan.order[i]) >= graph.size() || position[index(plan.order[i])] >= 0) {
      out.push_back("order: names an operator twice or one that does not exist");
      return;
    }
    position[index(plan.order[i])] = static_cast<int>(i);
  }
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    if (position[index(op)] < 0) {
      out.push_back(fmt::format("order: lacks {}", graph.op(op).name));
      continue;
    }
    for (OpId pred : graph.predecessors(op))
      if (is_placed(graph.op(pred)) && position[index(pred)] > position[index(op)])
        out.push_back(fmt::format("order: {} comes before {}, which it reads", graph.op(op).name,
                                  graph.op(pred).name));
  }
}

}  // namespace

std::vector<std::string> check_plan(const CostModel& model, const Graph& graph, const Plan& plan) {
  Violations out;
  const Soc& soc = model.soc();
  if (plan.shares.size() != graph.size()) return {"shares: not one entry per operator"};
  for (OpId op : graph.order()) {
    const Operator& o = graph.op(op);
    const auto& shares = plan.shares[index(op)];
    if (!is_placed(o)) {
      if (!shares.empty())
        out.push_back(fmt::format("{}: {} is not placed", o.name, to_string(o.kind)));
      continue;
    }
    if (shares.empty()) {
      out.push_back(fmt::format("{}: on no unit", o.name));
      continue;
    }
    const std::size_t before = out.size();
    for (const Share& share : shares) check_mode(soc, o.name, share.mode, out);
    check_tiling(graph, op, shares, out);
    for (const Share& share : shares) check_halo(graph, op, share, out);
    if (out.size() != before) continue;
    for (const Share& share : shares)
      if (!model.operator_cost(graph, op, share.computed(), share.mode, share.precision))
        out.push_back(fmt::format("{}: {} cannot run {} in {}", o.name,
                                  soc.unit(share.mode.unit).name, to_string(o.kind),
                                  to_string(share.precision)));
  }
  const std::size_t before = out.size();
  check_order(graph, plan, out);
  check_homes(soc, graph, plan, out);
  if (out.size() == before) check_stages(graph, plan, out);
  return out;
}

std::string mapping_string(const Soc& soc, const Graph& graph, const Plan& plan) {
  std::string letters;
  std::vector<OpId> order = plan.order;
  if (order.empty()) order.assign(graph.order().begin(), graph.order().end());
  for (OpId op : order) {
    const auto& shares = plan.shares[index(op)];
    if (shares.empty()) continue;
    const char letter = soc.unit(shares[0].mode.unit).letter;
    letters += shares.size() > 1 ? '*' : letter ? letter : '?';
  }
  return letters;
}

}  // namespace partita
