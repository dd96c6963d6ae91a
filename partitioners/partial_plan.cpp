#include "partitioners/partial_plan.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace partita {
namespace {

template <class Use>
void for_each_bit(std::uint64_t bits, Use use) {
  for (; bits; bits &= bits - 1) use(static_cast<std::size_t>(std::countr_zero(bits)));
}

}  // namespace

PartialPlans::PartialPlans(const PartitionProblem& problem, const CostTable& costs, bool strong)
    : problem_(problem), space_(costs), strong_(strong) {
  const std::size_t n = space_.size();
  out_edges_.resize(n);
  for (std::size_t e = 0; e < space_.edges().size(); ++e)
    out_edges_[space_.edges()[e].from].push_back(e);
  mode_of_.assign(n, kNoMode);
  finish_s_.assign(n, 0);
  find_floors();
  find_tails();
  find_prices();
}

/// The least that an operator takes in a mode. Where clocks change on the way it may start at any
/// OPP of its unit, faster or thriftier than its own.
void PartialPlans::find_floors() {
  const CostModel& model = space_.costs().model();
  std::vector<std::size_t> all(space_.modes());
  std::iota(all.begin(), all.end(), 0);
  moving_ = !space_.is_steady(all) || model.parks_idle_clocks();
  floors_.resize(space_.size() * space_.modes());
  for (std::size_t p = 0; p < space_.size(); ++p) {
    double least_j = kInfinity;
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      if (!space_.supported(p, m)) continue;
      Floor& floor = floors_[p * space_.modes() + m];
      floor.load_s = space_.load_s(p, m);
      floor.work_s = space_.latency_s(p, m) - floor.load_s;
      floor.energy_j = space_.costs().energy_j(space_.op(p), m);
      if (moving_) lower_floor(p, m, floor);
      least_j = std::min(least_j, floor.energy_j);
      arrivals_ = arrivals_ || space_.arrival(p, m).latency_s > 0;
    }
    least_j_.push_back(least_j);
  }
}

void PartialPlans::lower_floor(std::size_t p, std::size_t m, Floor& floor) const {
  const CostModel& model = space_.costs().model();
  floor = {0, kInfinity, kInfinity};
  for (const Mode& mode : all_modes(model.soc(), space_.costs().modes()[m].unit)) {
    const auto cost = model.operator_cost(problem_.graph, space_.op(p), {}, mode,
                                          space_.unit(m).default_precision);
    if (!cost) continue;
    floor.work_s = std::min(floor.work_s, cost->latency_s);
    floor.energy_j = std::min(floor.energy_j, cost->latency_s * cost->power_w);
  }
}

/// Longest way from the end of an operator in a mode to the network's end. The strong form counts
/// the hand-overs; where clocks move their price is open.
void PartialPlans::find_tails() {
  const std::size_t modes = space_.modes();
  tail_s_.assign(space_.size() * modes, 0);
  for (std::size_t p = space_.size(); p-- > 0;)
    for (std::size_t m = 0; m < modes; ++m) {
      if (!space_.supported(p, m)) continue;
      double& tail = tail_s_[p * modes + m];
      for (std::size_t e : out_edges_[p]) {
        const std::size_t q = space_.edges()[e].to;
        double least = kInfinity;
        for (std::size_t to = 0; to < modes; ++to) {
          if (!space_.supported(q, to)) continue;
          double wait_s = 0;
          if (strong_ && !moving_ && !space_.same_unit(m, to)) {
            // Another reader on that unit may have fetched the tensor, at its own price.
            wait_s = kInfinity;
            for (std::size_t other : out_edges_[p])
              wait_s = std::min(wait_s, space_.hand_over(other, m, to).longest_s);
            if (space_.hand_over(e, m, to).latency_s == kInfinity) continue;
          }
          least = std::min(least, wait_s + floor(q, to).work_s + tail_s_[q * modes + to]);
        }
        tail = std::max(tail, least);
      }
    }
}

void PartialPlans::find_prices() {
  if (strong_) price_ = lower_bounds(space_.costs(), {.split = false}).price;
  for (std::size_t p = 0; p < space_.size(); ++p) {
    double least = kInfinity;
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      if (!space_.supported(p, m)) continue;
      double priced = 0;
      for_each_bit(space_.unit(m).resources, [&](std::size_t r) {
        priced += price_[r] * (floor(p, m).load_s + floor(p, m).work_s);
      });
      least = std::min(least, priced);
    }
    priced_.push_back(least);
  }
}

Partial PartialPlans::root() const {
  Partial root;
  for (double j : least_j_) root.rest_j += j;
  for (double priced : priced_) root.rest_priced += priced;
  return root;
}

double PartialPlans::bound(const Partial& partial) const {
  double priced = partial.rest_priced;
  if (strong_)
    for (std::size_t r = 0; r < price_.size(); ++r) priced += price_[r] * partial.load_s[r];
  const double longest_s = std::max(partial.longest_s, priced);
  const double total_j = partial.energy_j + partial.rest_j + space_.base_power_w() * longest_s;
  if (problem_.objective != Objective::throughput)
    return combine(problem_.objective, longest_s, total_j);
  const double busiest_s = *std::max_element(partial.load_s.begin(), partial.load_s.end());
  return std::max(
      {busiest_s, priced, partial.longest_s / objective_requests(Objective::throughput)});
}

bool PartialPlans::place(std::size_t position, std::size_t m, const Partial& before, Partial& after,
                         double& finish_s) {
  after = before;
  double ready_s = 0;
  if (!arrive(position, m, after, ready_s)) return false;
  run_on(position, m, ready_s, after, finish_s);
  return true;
}

/// The price of the hand-overs of `position` in mode `m`; false: a link is missing. A tensor that
/// an earlier reader on the same unit already fetched costs nothing more.
bool PartialPlans::arrive(std::size_t position, std::size_t m, Partial& partial, double& ready_s) {
  for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1); ++e) {
    const std::size_t producer = space_.edges()[e].from;
    const HandOver& step = space_.hand_over(e, mode_of_[producer], m);
    if (step.latency_s == kInfinity) return false;
    double wait_s = least_wait(e, mode_of_[producer], m);
    bool fetched = false;
    for (std::size_t other : out_edges_[producer]) {
      const std::size_t reader = space_.edges()[other].to;
      if (mode_of_[reader] == kNoMode || !space_.same_unit(mode_of_[reader], m)) continue;
      fetched = true;
      wait_s = std::min(wait_s, least_wait(other, mode_of_[producer], mode_of_[reader]));
    }
    if (!fetched && !moving_) partial.energy_j += step.energy_j;
    ready_s = std::max(ready_s, finish_s_[producer] + wait_s);
  }
  return true;
}

/// Of one tensor's steps; where clocks move, at the best clocks of both units.
double PartialPlans::least_wait(std::size_t edge, std::size_t from, std::size_t to) {
  double least = space_.hand_over(edge, from, to).longest_s;
  for (std::size_t a = 0; moving_ && a < space_.modes(); ++a)
    for (std::size_t b = 0; b < space_.modes() && space_.same_unit(a, from); ++b)
      if (space_.same_unit(b, to)) least = std::min(least, space_.hand_over(edge, a, b).longest_s);
  return least;
}

void PartialPlans::run_on(std::size_t position, std::size_t m, double ready_s, Partial& partial,
                          double& finish_s) const {
  const auto [load_s, work_s, energy_j] = floor(position, m);
  double free_s = 0;
  for_each_bit(space_.unit(m).resources,
               [&](std::size_t r) { free_s = std::max(free_s, partial.free_s[r]); });
  finish_s = std::max(ready_s, free_s + load_s) + work_s;
  for_each_bit(space_.unit(m).resources, [&](std::size_t r) {
    partial.free_s[r] = finish_s;
    partial.load_s[r] += load_s + work_s;
  });
  partial.longest_s =
      std::max(partial.longest_s, finish_s + tail_s_[position * space_.modes() + m]);
  partial.energy_j += energy_j;
  partial.rest_j -= least_j_[position];
  partial.rest_priced -= priced_[position];
}

bool PartialPlans::commute(std::size_t p, std::size_t q) {
  // An operator's waking depends on who came before it, a change of clocks on the whole order.
  if (arrivals_ || moving_) return false;
  if (space_.unit(mode_of_[p]).resources & space_.unit(mode_of_[q]).resources) return false;
  for (std::size_t a = space_.first_input(p); a < space_.first_input(p + 1); ++a)
    for (std::size_t b = space_.first_input(q); b < space_.first_input(q + 1); ++b)
      if (space_.edges()[a].from == space_.edges()[b].from) return false;
  for (std::size_t position : {p, q}) {
    const Graph& graph = space_.costs().graph();
    for (OpId pred : graph.predecessors(space_.op(position)))
      if (graph.op(pred).kind == OpKind::input && graph.successors(pred).size() > 1) return false;
    for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1); ++e)
      if (!space_.hand_over(e, mode_of_[space_.edges()[e].from], mode_of_[position]).forward)
        return false;
  }
  return true;
}

}  // namespace partita
