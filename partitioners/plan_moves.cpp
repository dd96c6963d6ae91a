#include "partitioners/plan_moves.h"

#include <algorithm>
#include <cmath>

#include "partitioners/draw.h"

namespace partita {
namespace {

/// Ratios are tried in tenths.
constexpr std::size_t kParts = 10;
constexpr std::size_t kLongestRun = 12;
constexpr std::size_t kMostHalo = 8;  ///< Rows.

}  // namespace

PlanMoves::PlanMoves(const PartitionProblem& problem, const CostTable& costs)
    : graph_(problem.graph), soc_(problem.belief.soc()), costs_(costs) {}

std::optional<Plan> PlanMoves::draw(const Plan& plan, std::mt19937_64& random) const {
  using Move = bool (PlanMoves::*)(Plan&, Random&) const;
  // Those that serve most networks come up more often.
  static constexpr Move moves[] = {
      &PlanMoves::place,         &PlanMoves::place,      &PlanMoves::place_run,
      &PlanMoves::place_run,     &PlanMoves::split,      &PlanMoves::shift_cut,
      &PlanMoves::move_in_order, &PlanMoves::shift_cut,  &PlanMoves::extend_chain,
      &PlanMoves::extend_chain,  &PlanMoves::change_halo};
  std::optional<Plan> next = plan;
  const Move move = moves[draw_below(std::size(moves), random)];
  if (!((*this).*move)(*next, random)) next.reset();
  return next;
}

OpId PlanMoves::any(Random& random) const {
  return costs_.placed()[draw_below(costs_.placed().size(), random)];
}

std::optional<OpId> PlanMoves::any_split(const Plan& plan, Random& random) const {
  std::vector<OpId> split;
  for (OpId op : costs_.placed())
    if (plan.shares[index(op)].size() > 1) split.push_back(op);
  if (split.empty()) return std::nullopt;
  return split[draw_below(split.size(), random)];
}

std::optional<std::size_t> PlanMoves::mode_for(OpId op, Random& random) const {
  const std::size_t m = draw_below(costs_.modes().size(), random);
  if (!costs_.supported(op, m)) return std::nullopt;
  return m;
}

std::vector<OpId> PlanMoves::order_of(const Plan& plan) const {
  if (!plan.order.empty()) return plan.order;
  return {costs_.placed().begin(), costs_.placed().end()};
}

void PlanMoves::put(Plan& plan, OpId op, const Mode& mode) const {
  plan.shares[index(op)] = {{mode, {}, soc_.unit(mode.unit).default_precision}};
  if (!plan.home.empty()) plan.home[index(op)].reset();
}

bool PlanMoves::place(Plan& plan, Random& random) const {
  const OpId op = any(random);
  const auto m = mode_for(op, random);
  if (!m) return false;
  const auto& shares = plan.shares[index(op)];
  if (shares.size() == 1 && shares[0].mode == costs_.modes()[*m]) return false;
  put(plan, op, costs_.modes()[*m]);
  return true;
}

bool PlanMoves::place_run(Plan& plan, Random& random) const {
  const std::vector<OpId> order = order_of(plan);
  const std::size_t begin = draw_below(order.size(), random);
  const std::size_t end = std::min(order.size(), begin + 2 + draw_below(kLongestRun, random));
  const std::size_t m = draw_below(costs_.modes().size(), random);
  for (std::size_t i = begin; i < end; ++i)
    if (costs_.supported(order[i], m)) put(plan, order[i], costs_.modes()[m]);
  return true;
}

bool PlanMoves::move_in_order(Plan& plan, Random& random) const {
  std::vector<OpId> order = order_of(plan);
  if (order.size() < 2) return false;
  const std::size_t at = draw_below(order.size() - 1, random);
  // Up to the first that has to come before or after.
  std::size_t to = at + 1, steps = 1 + draw_below(4, random);
  const auto reads = graph_.successors(order[at]);
  const auto waits = [&](OpId op) {
    return std::find(reads.begin(), reads.end(), op) != reads.end();
  };
  while (to < order.size() && steps > 0 && !waits(order[to])) ++to, --steps;
  if (to == at + 1) return false;
  std::rotate(order.begin() + static_cast<std::ptrdiff_t>(at),
              order.begin() + static_cast<std::ptrdiff_t>(at) + 1,
              order.begin() + static_cast<std::ptrdiff_t>(to));
  plan.order = std::move(order);
  return true;
}

bool PlanMoves::cut(Plan& plan, OpId op, Axis axis, double fraction, const Mode& first,
                    const Mode& second) const {
  const auto axes = cut_axes(graph_, op);
  if (first.unit == second.unit || std::find(axes.begin(), axes.end(), axis) == axes.end())
    return false;
  const std::int64_t extent = cut_extent(graph_, op, axis);
  const auto at =
      std::clamp<std::int64_t>(std::llround(fraction * static_cast<double>(extent)), 1, extent - 1);
  plan.shares[index(op)] = {{first, {axis, 0, at}, soc_.unit(first.unit).default_precision},
                            {second, {axis, at, extent}, soc_.unit(second.unit).default_precision}};
  return true;
}

bool PlanMoves::split(Plan& plan, Random& random) const {
  const OpId op = any(random);
  const auto axes = cut_axes(graph_, op);
  const auto first = mode_for(op, random), second = mode_for(op, random);
  const double fraction = static_cast<double>(1 + draw_below(kParts - 1, random)) / kParts;
  if (axes.empty() || !first || !second) return false;
  return cut(plan, op, axes[draw_below(axes.size(), random)], fraction, costs_.modes()[*first],
             costs_.modes()[*second]);
}

bool PlanMoves::shift_cut(Plan& plan, Random& random) const {
  const auto op = any_split(plan, random);
  if (!op) return false;
  auto& shares = plan.shares[index(*op)];
  const std::size_t s = draw_below(shares.size() - 1, random);
  const std::int64_t extent = shares.back().slice.end;
  const std::int64_t tenth = std::max<std::int64_t>(1, extent / static_cast<std::int64_t>(kParts));
  const std::int64_t step = (random() % 2 ? 1 : -1) * (random() % 2 ? tenth : 1);
  const std::int64_t at = shares[s].slice.end + step;
  if (at <= shares[s].slice.begin || at >= shares[s + 1].slice.end) return false;
  shares[s].slice.end = shares[s + 1].slice.begin = at;
  for (Share& share : shares) {
    share.halo.before = std::min(share.halo.before, share.slice.begin);
    share.halo.after = std::min(share.halo.after, extent - share.slice.end);
  }
  return true;
}

bool PlanMoves::extend_chain(Plan& plan, Random& random) const {
  const auto op = any_split(plan, random);
  if (!op) return false;
  std::vector<OpId> neighbours;
  for (OpId next : graph_.successors(*op)) neighbours.push_back(next);
  for (OpId before : graph_.predecessors(*op))
    if (is_placed(graph_.op(before))) neighbours.push_back(before);
  if (neighbours.empty()) return false;
  const OpId other = neighbours[draw_below(neighbours.size(), random)];
  const auto& shares = plan.shares[index(*op)];
  if (shares.size() != 2) return false;
  const double fraction =
      static_cast<double>(shares[0].slice.end) / static_cast<double>(shares[1].slice.end);
  if (!plan.home.empty()) plan.home[index(*op)].reset();
  return cut(plan, other, shares[0].slice.axis, fraction, shares[0].mode, shares[1].mode);
}

bool PlanMoves::change_halo(Plan& plan, Random& random) const {
  const auto op = any_split(plan, random);
  if (!op) return false;
  auto& shares = plan.shares[index(*op)];
  if (shares[0].slice.axis != Axis::height) return false;
  const std::int64_t extent = shares.back().slice.end;
  const auto rows = static_cast<std::int64_t>(draw_below(kMostHalo + 1, random));
  for (Share& share : shares)
    share.halo = {std::min(rows, share.slice.begin), std::min(rows, extent - share.slice.end)};
  return true;
}

}  // namespace partita
