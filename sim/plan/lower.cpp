#include <fmt/format.h>

#include <algorithm>

#include "sim/plan/lowering.h"

namespace partita {

Schedule lower(const CostModel& model, const Graph& graph, const Plan& plan,
               const LowerOptions& options) {
  if (options.requests < 1 || options.requests > 100'000)
    throw InputError(fmt::format("requests: {} is not between 1 and 100000", options.requests));
  if (const auto violations = check_plan(model, graph, plan); !violations.empty())
    throw InputError(fmt::format("plan: {}", violations.front()));
  Schedule schedule;
  schedule.requests = options.requests;
  schedule.base_power_w = model.base_power_w();
  schedule.shared_bandwidth_bytes_per_s = model.soc().memory.shared_bytes_per_s;
  schedule.energy_per_byte_j = model.soc().memory.energy_per_byte_j;
  for (const Unit& unit : model.soc().units)
    schedule.unit_bandwidth_bytes_per_s.push_back(unit.memory_bandwidth_bytes_per_s);
  const auto& units = model.soc().units;
  if (std::any_of(units.begin(), units.end(),
                  [](const Unit& u) { return u.contention.has_value(); }))
    for (const Unit& unit : units) schedule.unit_contention.push_back(unit.contention);
  auto drafts = lowering::draft_request(model, graph, plan, options);
  if (options.requests > 1)
    drafts = options.overlap ? lowering::interleave(drafts, options.requests)
                             : lowering::one_by_one(drafts, options.requests);
  lowering::assemble(model, graph, drafts, options, schedule);
  return schedule;
}

}  // namespace partita
