// partita explain: what each overhead costs a plan, and which of them cost it the lead.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "partitioners/belief.h"
#include "sim/base/error.h"
#include "sim/cost/changed_device.h"
#include "sim/engine/engine.h"
#include "sim/report/explanation.h"
#include "tools/partita/decide.h"
#include "tools/partita/plan_run.h"

namespace partita {
namespace {

/// A plan's value with some overheads; the bus counts where the job and the overheads say so.
double value_with(const Prepared& prepared, const CostModel& model, const Plan& plan,
                  const Overheads& overheads, double planning_s) {
  LowerOptions options;
  options.overheads = overheads;
  options.first = planning_s >= 0;
  options.planning_s = std::max(planning_s, 0.0);
  if (prepared.objective == Objective::throughput) options.requests = prepared.requests;
  const Schedule schedule = lower(model, prepared.graph, plan, options);
  const bool bus = prepared.contention && overheads[Overhead::contention];
  return objective_value(prepared.objective, simulate(schedule, {.contention = bus}).timeline);
}

double value_with(const Prepared& prepared, const Plan& plan, const Overheads& overheads,
                  double planning_s) {
  return value_with(prepared, *prepared.model, plan, overheads, planning_s);
}

constexpr double kBetter = 1.1;

/// The same plan on a device of which one thing is 10 % better.
std::vector<ResourceGain> resources(const Prepared& prepared, const Plan& plan, double planning_s) {
  const Soc& soc = prepared.soc;
  std::vector<bool> used(soc.units.size());
  for (const auto& shares : plan.shares)
    for (const Share& share : shares) used[index(share.mode.unit)] = true;
  std::vector<std::pair<std::string, double>> changes{
      {"memory.bandwidth", kBetter}, {"memory.energy", 1 / kBetter}, {"base-power", 1 / kBetter}};
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (used[u] && soc.units[u].kind != UnitKind::network)
      for (const auto& [what, factor] : {std::pair{"speed", kBetter},
                                         {"bandwidth", kBetter},
                                         {"dispatch", 1 / kBetter},
                                         {"power", 1 / kBetter}})
        changes.emplace_back(fmt::format("{}.{}", soc.units[u].name, what), factor);
  for (std::size_t kind = 0; kind < kLinkTermKinds; ++kind)
    changes.emplace_back(fmt::format("links.{}", to_string(static_cast<LinkTermKind>(kind))),
                         1 / kBetter);
  const double before = value_with(prepared, plan, {}, planning_s);
  std::vector<ResourceGain> gains;
  for (const auto& [key, factor] : changes) {
    DeviceChanges change(soc);
    add_change(change, soc, change_key(soc, key, "explain"), {factor, false});
    Soc changed = soc;
    const ChangedDevice device(*prepared.model, changed, change);
    gains.push_back({key, 1 - value_with(prepared, device, plan, {}, planning_s) / before});
  }
  std::stable_sort(gains.begin(), gains.end(),
                   [](const ResourceGain& a, const ResourceGain& b) { return a.gain > b.gain; });
  return gains;
}

}  // namespace

ExplainedPlan take_apart(const Prepared& prepared, std::string name, const Plan& plan,
                         double planning_s) {
  ExplainedPlan out;
  out.name = std::move(name);
  out.mapping = mapping_string(prepared.soc, prepared.graph, plan);
  Overheads on = Overheads::none();
  out.ideal = value_with(prepared, plan, on, planning_s);
  const double full = value_with(prepared, plan, {}, planning_s);
  double at = out.ideal;
  for (std::size_t i = 0; i < kOverheads; ++i) {
    const auto overhead = static_cast<Overhead>(i);
    const bool first_only = overhead == Overhead::compile || overhead == Overhead::planning;
    on.set(overhead, true);
    if (first_only && planning_s < 0) continue;
    Overheads without;
    without.set(overhead, false);
    const double after = value_with(prepared, plan, on, planning_s);
    out.overheads.push_back(
        {overhead, full - value_with(prepared, plan, without, planning_s), after - at});
    at = after;
  }
  out.value = at;
  return out;
}

namespace {

/// The operators whose believed time is furthest from the true one, where the plan runs them.
std::vector<Misjudged> misjudged(const Prepared& prepared, const CostModel& belief,
                                 const Plan& plan) {
  std::vector<Misjudged> all;
  for (const OpId op : prepared.graph.order())
    for (const Share& share : plan.shares[index(op)]) {
      const auto ask = [&](const CostModel& model) {
        return model.operator_cost(prepared.graph, op, share.computed(), share.mode,
                                   share.precision);
      };
      const auto believed = ask(belief), truth = ask(*prepared.model);
      if (believed && truth && believed->latency_s != truth->latency_s)
        all.push_back({prepared.graph.op(op).name, prepared.soc.unit(share.mode.unit).name,
                       believed->latency_s, truth->latency_s});
    }
  const auto error = [](const Misjudged& m) { return std::abs(m.believed_s - m.true_s); };
  std::stable_sort(all.begin(), all.end(),
                   [&](const Misjudged& a, const Misjudged& b) { return error(a) > error(b); });
  if (all.size() > 5) all.resize(5);
  return all;
}

NamedPlan baseline_plan(const ExplainRequest& request, const Prepared& prepared,
                        const Registry& registry, const Console& console) {
  if (request.against.empty() || request.against == "single") {
    auto best = best_single_unit(prepared);
    if (!best)
      throw UnsupportedError(
          "--against single: no single unit can run the whole network; name a "
          "partitioner");
    return std::move(*best);
  }
  return {request.against,
          decide(prepared, request, registry.find(request.against), OptionsFor::several, console)
              .result.plan};
}

}  // namespace

void explain(const ExplainRequest& request, const Console& console) {
  const Registry registry(request.plugins, request.own);
  registry.find(request.partitioner);
  if (!request.against.empty() && request.against != "single") registry.find(request.against);
  const auto prepared = prepare(request);
  check_options_are_known(*prepared, registry, {request.partitioner});
  const Decision decision =
      decide(*prepared, request, registry.find(request.partitioner), OptionsFor::several, console);
  const NamedPlan baseline = baseline_plan(request, *prepared, registry, console);
  const auto planning_s = [&](double seconds) { return request.first ? seconds : -1.0; };

  Explanation out;
  out.plan = take_apart(*prepared, request.partitioner, decision.result.plan,
                        planning_s(decision.result.planning_s));
  out.baseline = take_apart(*prepared, baseline.name, baseline.plan, planning_s(0));
  out.resources =
      resources(*prepared, decision.result.plan, planning_s(decision.result.planning_s));
  out.belief = decision.belief;
  out.believed_value = decision.result.value;
  const auto belief = make_belief(decision.belief, *prepared->model, prepared->graph,
                                  static_cast<std::uint64_t>(request.seed));
  out.misjudged = misjudged(*prepared, *belief, decision.result.plan);
  const Job job = prepared->job();
  console.print(request.json ? explanation_json(job, out)
                             : explanation_text(job, out, console.style()));
}

}  // namespace partita
