// CPOP: Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task scheduling for
// heterogeneous computing", IEEE TPDS 13(3), 2002, section 4.2.
#include <algorithm>

#include "partitioners/list_schedule.h"

namespace partita {
namespace {

/// One path from the entry of highest priority along readers of the same priority.
std::vector<bool> critical_path(const SearchSpace& space, const std::vector<double>& priority) {
  constexpr double kRounding = 1e-9;  // priorities are sums in different orders
  std::vector<bool> has_producer(space.size()), on_path(space.size());
  for (const Edge& edge : space.edges()) has_producer[edge.to] = true;
  std::size_t at = space.size();
  for (std::size_t p = 0; p < space.size(); ++p)
    if (!has_producer[p] && (at == space.size() || priority[p] > priority[at])) at = p;
  const double least = priority[at] * (1 - kRounding);
  on_path[at] = true;
  for (const Edge& edge : space.edges())  // edges ascend by reader: one pass follows the path
    if (edge.from == at && priority[edge.to] >= least) on_path[at = edge.to] = true;
  return on_path;
}

/// The mode that runs the path in least time. Where none runs all of it: the most of it.
std::size_t path_mode(const ListSchedule& schedule, const std::vector<bool>& on_path) {
  const SearchSpace& space = schedule.space();
  std::size_t best = 0, best_missing = space.size() + 1;
  double best_s = kInfinity;
  for (std::size_t m : schedule.modes()) {
    std::size_t missing = 0;
    double sum_s = 0;
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (!on_path[p]) continue;
      if (space.supported(p, m))
        sum_s += space.latency_s(p, m);
      else
        ++missing;
    }
    if (missing > best_missing || (missing == best_missing && sum_s >= best_s)) continue;
    best = m;
    best_missing = missing;
    best_s = sum_s;
  }
  return best;
}

PartitionResult run(const PartitionProblem&, const CostTable& costs) {
  ListSchedule schedule(costs);
  std::vector<double> priority = schedule.upward_rank();
  const std::vector<double> down = schedule.downward_rank();
  for (std::size_t p = 0; p < priority.size(); ++p) priority[p] += down[p];
  const std::vector<bool> on_path = critical_path(schedule.space(), priority);
  const std::size_t pinned = path_mode(schedule, on_path);
  ReadyList ready(schedule.space(), std::move(priority));
  while (!ready.empty()) {
    const std::size_t p = ready.take();
    const auto when = on_path[p] ? schedule.slot(p, pinned) : std::nullopt;
    if (when)
      schedule.place(p, pinned, *when);
    else
      schedule.place_earliest(p, "cpop");
  }
  PartitionResult result;
  result.plan = schedule.plan();
  return result;
}

}  // namespace

PartitionerInfo make_cpop() {
  PartitionerInfo info{
      "cpop",
      "the critical path on the one unit that runs it fastest, the rest where it finishes first",
      {Objective::latency},
      {},
      run};
  info.source = "Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002, section 4.2";
  return info;
}

}  // namespace partita
