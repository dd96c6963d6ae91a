#include "tools/partita/evaluate.h"

#include <utility>

namespace partita {

double bound_of(const Prepared& prepared) {
  return lower_bounds(CostTable(*prepared.model, prepared.graph, prepared.modes))
      .value(prepared.objective);
}

namespace {

/// The bound holds at the units' default precisions; a plan that leaves them has its own.
double bound_for(const Prepared& prepared, const Plan& plan, double bound) {
  for (const auto& shares : plan.shares)
    for (const Share& share : shares)
      if (share.precision != prepared.soc.unit(share.mode.unit).default_precision)
        return lower_bounds(CostTable(*prepared.model, prepared.graph, prepared.modes),
                            {.split = true, .any_precision = true})
            .value(prepared.objective);
  return bound;
}

}  // namespace

Outcome evaluate(const Prepared& prepared, std::string name, std::string status, Plan plan,
                 double bound, const LowerOptions& overheads) {
  const CostModel& model = *prepared.model;
  const Graph& graph = prepared.graph;
  const SimulateOptions conditions{.contention = prepared.contention};
  LowerOptions one = overheads, many = overheads;
  one.requests = 1;
  many.requests = prepared.requests;

  const Schedule single = lower(model, graph, plan, one);
  const Timeline estimated = estimate(single);
  const Timeline simulated = simulate(single, conditions).timeline;
  const Schedule stream = lower(model, graph, plan, many);
  const Timeline streamed = simulate(stream, conditions).timeline;

  Outcome outcome;
  outcome.name = std::move(name);
  outcome.status = std::move(status);
  outcome.mapping = mapping_string(prepared.soc, graph, plan);
  const bool throughput = prepared.objective == Objective::throughput;
  outcome.value = objective_value(prepared.objective, throughput ? streamed : simulated);
  outcome.estimate_value =
      objective_value(prepared.objective, throughput ? estimate(stream) : estimated);
  outcome.latency_s = to_seconds(simulated.makespan_ps);
  outcome.estimate_latency_s = to_seconds(estimated.makespan_ps);
  outcome.energy_j = simulated.energy_j;
  outcome.period_s = period_s(streamed);
  outcome.lower_bound = bound_for(prepared, plan, bound);
  // Against the plan with every overhead on: the bound does not know what a run switches off.
  outcome.gap = plan_value(model, graph, plan, prepared.objective) / outcome.lower_bound - 1;
  outcome.uncertainty = uncertainty(model, graph, plan);
  outcome.breakdown = breakdown(single, simulated);
  outcome.utilisation = throughput ? utilisation(prepared.soc, stream, streamed)
                                   : utilisation(prepared.soc, single, simulated);
  outcome.plan = std::move(plan);
  return outcome;
}

std::vector<FrontPoint> evaluate_front(const Prepared& prepared,
                                       const std::vector<ParetoPoint>& front,
                                       LowerOptions overheads) {
  overheads.requests = 1;
  std::vector<FrontPoint> points;
  for (const ParetoPoint& point : front) {
    const Schedule schedule = lower(*prepared.model, prepared.graph, point.plan, overheads);
    const Timeline timeline = simulate(schedule, {.contention = prepared.contention}).timeline;
    points.push_back({mapping_string(prepared.soc, prepared.graph, point.plan),
                      to_seconds(timeline.makespan_ps), timeline.energy_j, point.latency_s,
                      point.energy_j, point.memory_bytes});
  }
  return points;
}

}  // namespace partita
