// PEFT: Arabnejad, Barbosa, "List scheduling algorithm for heterogeneous systems by an optimistic
// cost table", IEEE TPDS 25(3), 2014.
#include <algorithm>

#include "partitioners/list_schedule.h"

namespace partita {
namespace {

/// [position * modes + m]: the least time from the end of an operator in mode m to the end of the
/// network, if every later operator had its best unit to itself. Equation 5 of the paper.
/// Infinite: no reader can be reached from there.
std::vector<double> optimistic_costs(ListSchedule& schedule) {
  SearchSpace& space = schedule.space();
  const std::size_t modes = space.modes();
  std::vector<double> oct(space.size() * modes);
  for (std::size_t p = space.size(); p-- > 0;)
    for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e) {
      const std::size_t producer = space.edges()[e].from;
      const double mean_s = schedule.mean_hand_over(e);
      for (std::size_t from : schedule.modes()) {
        double best_s = kInfinity;
        for (std::size_t to : schedule.modes()) {
          if (!space.supported(p, to) || space.hand_over(e, from, to).latency_s == kInfinity)
            continue;
          const Mode &a = space.costs().modes()[from], &b = space.costs().modes()[to];
          best_s = std::min(best_s, oct[p * modes + to] + space.latency_s(p, to) +
                                        (a.unit == b.unit ? 0 : mean_s));
        }
        double& cell = oct[producer * modes + from];
        cell = std::max(cell, best_s);
      }
    }
  return oct;
}

/// Mean over the modes that run the operator and lead on.
std::vector<double> mean_rank(const ListSchedule& schedule, const std::vector<double>& oct) {
  const SearchSpace& space = schedule.space();
  std::vector<double> rank(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) {
    int cells = 0;
    for (std::size_t m : schedule.modes()) {
      const double cell = oct[p * space.modes() + m];
      if (!space.supported(p, m) || cell == kInfinity) continue;
      rank[p] += cell;
      ++cells;
    }
    if (cells > 0) rank[p] /= cells;
  }
  return rank;
}

PartitionResult run(const PartitionProblem&, const CostTable& costs) {
  ListSchedule schedule(costs);
  const std::vector<double> oct = optimistic_costs(schedule);
  ReadyList ready(schedule.space(), mean_rank(schedule, oct));
  while (!ready.empty()) {
    const std::size_t p = ready.take();
    std::optional<Interval> best;
    std::size_t best_mode = 0;
    double best_s = kInfinity;
    for (std::size_t m : schedule.modes()) {
      const auto when = schedule.slot(p, m);
      if (!when) continue;
      const double finish_s = when->finish_s + oct[p * costs.modes().size() + m];
      if (best && finish_s >= best_s) continue;
      best = when;
      best_mode = m;
      best_s = finish_s;
    }
    if (!best) schedule.throw_no_link(p, "peft");
    schedule.place(p, best_mode, *best);
  }
  PartitionResult result;
  result.plan = schedule.plan();
  return result;
}

}  // namespace

PartitionerInfo make_peft() {
  PartitionerInfo info{
      "peft",
      "list scheduling that looks ahead by a table of the least time left from each unit",
      {Objective::latency},
      {},
      run};
  info.source = "Arabnejad, Barbosa, IEEE TPDS 25(3), 2014";
  return info;
}

}  // namespace partita
