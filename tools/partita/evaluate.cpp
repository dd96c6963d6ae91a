#include "tools/partita/evaluate.h"

#include <algorithm>
#include <utility>

#include "sim/base/error.h"

namespace partita {

LowerOptions overheads_without(const std::string& off) {
  LowerOptions options;
  if (off.empty()) return options;
  const std::vector<std::string> known = overhead_names();
  for (const std::string& name : split_list(off)) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) throw_unknown("--off", "overhead", name, known);
    options.overheads.set(static_cast<Overhead>(found - known.begin()), false);
  }
  return options;
}

Evaluator::Evaluator(const Prepared& prepared, const ProblemBounds& bounds,
                     const LowerOptions& overheads)
    : prepared_(prepared),
      overheads_(overheads),
      bound_(bounds.any.value(prepared.objective)),
      unsplit_bound_(bounds.unsplit.value(prepared.objective)) {}

namespace {

/// In everything that lowering reads; rank() leaves the order aside.
bool identical(const Plan& a, const Plan& b) {
  const auto same_share = [](const Share& x, const Share& y) {
    return x.mode == y.mode && x.slice == y.slice && x.precision == y.precision && x.halo == y.halo;
  };
  const auto same_shares = [&](const std::vector<Share>& x, const std::vector<Share>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), same_share);
  };
  return a.order == b.order && a.home == b.home && a.stage == b.stage &&
         std::equal(a.shares.begin(), a.shares.end(), b.shares.begin(), b.shares.end(),
                    same_shares);
}

}  // namespace

/// The highest that holds for the plan: unsplit ones have a higher bound, ones that leave the
/// units' default precisions their own.
double Evaluator::bound_for(const Plan& plan) {
  bool split = false;
  for (const auto& shares : plan.shares) {
    split |= shares.size() > 1;
    for (const Share& share : shares)
      if (share.precision != prepared_.soc.unit(share.mode.unit).default_precision) {
        if (!any_precision_)
          any_precision_ =
              lower_bounds(CostTable(*prepared_.model, prepared_.graph, prepared_.modes),
                           {.split = true, .any_precision = true})
                  .value(prepared_.objective);
        return *any_precision_;
      }
  }
  return split ? bound_ : unsplit_bound_;
}

Outcome Evaluator::operator()(std::string name, std::string status, Plan plan) {
  const auto same = std::find_if(known_.begin(), known_.end(),
                                 [&](const Outcome& known) { return identical(known.plan, plan); });
  const bool fresh = same == known_.end();
  if (fresh) known_.push_back(evaluate(std::move(plan)));
  Outcome outcome = fresh ? known_.back() : *same;
  outcome.name = std::move(name);
  outcome.status = std::move(status);
  return outcome;
}

Outcome Evaluator::evaluate(Plan plan) {
  const Prepared& prepared = prepared_;
  const CostModel& model = *prepared.model;
  const Graph& graph = prepared.graph;
  const SimulateOptions conditions{.contention = prepared.contention};
  LowerOptions one = overheads_, many = overheads_;
  one.requests = 1;
  many.requests = prepared.requests;

  const Schedule single = lower(model, graph, plan, one);
  const Timeline estimated = estimate(single);
  const Timeline simulated = simulate(single, conditions).timeline;
  const Schedule stream = lower(model, graph, plan, many);
  const Timeline streamed = simulate(stream, conditions).timeline;

  Outcome outcome;
  outcome.mapping = mapping_string(prepared.soc, graph, plan);
  const bool throughput = prepared.objective == Objective::throughput;
  outcome.value = objective_value(prepared.objective, throughput ? streamed : simulated);
  outcome.estimate_value =
      objective_value(prepared.objective, throughput ? estimate(stream) : estimated);
  outcome.latency_s = to_seconds(simulated.makespan_ps);
  outcome.estimate_latency_s = to_seconds(estimated.makespan_ps);
  outcome.energy_j = simulated.energy_j;
  outcome.period_s = period_s(streamed);
  outcome.lower_bound = bound_for(plan);
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
