// HEFT: Topcuoglu, Hariri, Wu, "Performance-effective and low-complexity task scheduling for
// heterogeneous computing", IEEE TPDS 13(3), 2002, section 4.1.
#include <algorithm>
#include <numeric>

#include "partitioners/list_schedule.h"

namespace partita {
namespace {

PartitionResult run(const PartitionProblem&, const CostTable& costs) {
  ListSchedule schedule(costs);
  const std::vector<double> rank = schedule.upward_rank();
  std::vector<std::size_t> by_rank(rank.size());
  std::iota(by_rank.begin(), by_rank.end(), 0);
  // A free operator ranks with its reader: the topological order breaks the tie.
  std::stable_sort(by_rank.begin(), by_rank.end(),
                   [&](std::size_t x, std::size_t y) { return rank[x] > rank[y]; });
  for (std::size_t p : by_rank) schedule.place_earliest(p, "heft");
  PartitionResult result;
  result.plan = schedule.plan();
  return result;
}

}  // namespace

PartitionerInfo make_heft() {
  PartitionerInfo info{
      "heft",
      "list scheduling by upward rank, earliest finish with insertion, at the highest clocks",
      {Objective::latency},
      {},
      run};
  info.source = "Topcuoglu, Hariri, Wu, IEEE TPDS 13(3), 2002, section 4.1";
  return info;
}

}  // namespace partita
