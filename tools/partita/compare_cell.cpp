#include "tools/partita/compare_cell.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "tools/partita/decide.h"
#include "tools/partita/evaluate.h"

namespace partita {
namespace {

struct Collected {
  std::vector<Outcome> outcomes;
  std::vector<NotApplicable> left_out;
};

void add_partitioner(const PartitionerInfo& info, const CompareRequest& request,
                     const Prepared& prepared, Beliefs& beliefs, Evaluator& evaluate,
                     const Console& console, Collected& collected) {
  if (!optimises(info, prepared.objective)) {
    collected.left_out.push_back(
        {info.name, fmt::format("does not optimise {}", to_string(prepared.objective))});
    return;
  }
  std::vector<Plan> starts;
  if (info.after_others)
    for (const Outcome& outcome : collected.outcomes) starts.push_back(outcome.plan);
  try {
    Decision decision =
        decide(prepared, request, info, OptionsFor::several, console, beliefs, std::move(starts));
    Outcome outcome = evaluate(info.name, std::string(to_string(decision.result.status)),
                               std::move(decision.result.plan));
    outcome.belief = std::move(decision.belief);
    outcome.believed_value = decision.result.value;
    collected.outcomes.push_back(std::move(outcome));
  } catch (const UnsupportedError& error) {
    collected.left_out.push_back({info.name, error.what()});
  }
}

/// Why no clock of the unit runs the whole network. Without a cost for an operator it is either
/// what the unit supports, or what the profile has measured.
std::string why_not_alone(const Prepared& prepared, UnitId id, const std::vector<Mode>& modes) {
  const Unit& unit = prepared.soc.unit(id);
  const auto has_cost = [&](OpId op) {
    return std::any_of(modes.begin(), modes.end(), [&](const Mode& mode) {
      return prepared.model->operator_cost(prepared.graph, op, Slice{}, mode,
                                           unit.default_precision);
    });
  };
  const bool remote = prepared.remote && prepared.remote->joined.is_remote(id);
  const std::optional<Runtime>& fitted = remote ? prepared.remote->fitted : prepared.fitted;
  const Operator* lacking = nullptr;
  bool any = false;
  for (const OpId id_of_op : prepared.graph.order()) {
    const Operator& op = prepared.graph.op(id_of_op);
    if (!is_placed(op)) continue;
    if (remote && prepared.remote->anchored.is_anchor[index(id_of_op)]) continue;
    if (has_cost(id_of_op))
      any = true;
    else if (lacking == nullptr)
      lacking = &op;
  }
  if (lacking == nullptr) return "no candidate clock runs every operator";
  if (fitted && fitted->unit(unit.kind) == nullptr)
    return fmt::format("{} does not drive it", fitted->title);
  const bool listed = std::find(unit.unsupported.begin(), unit.unsupported.end(),
                                to_string(lacking->kind)) != unit.unsupported.end();
  const std::string& runtime = remote ? prepared.remote->runtime : prepared.runtime;
  const bool measured = remote ? prepared.remote->measured : prepared.measured;
  if (!measured || listed)
    return fmt::format("cannot run {} {} in {}", lacking->name, to_string(lacking->kind),
                       to_string(unit.default_precision));
  if (!any) return "no measurement of it in " + runtime;
  return fmt::format("no measurement of {} on it in {}", lacking->name, runtime);
}

/// The whole network on one unit, at the clock that serves the objective best.
void add_single_unit(UnitId unit, const Prepared& prepared, Evaluator& evaluate,
                     Collected& collected) {
  const auto best = on_one_unit(prepared, unit);
  if (!best) {
    std::vector<Mode> modes;
    for (const auto& [mode, plan] : single_unit_plans(prepared, unit)) modes.push_back(mode);
    collected.left_out.push_back(
        {"all on " + prepared.soc.unit(unit).name, why_not_alone(prepared, unit, modes)});
    return;
  }
  collected.outcomes.push_back(evaluate(best->name, "fixed", best->plan));
  collected.outcomes.back().single_unit = true;
}

}  // namespace

Comparison compare_plans(const Prepared& prepared, const CompareRequest& request,
                         const Registry& registry, const std::vector<std::string>& names,
                         const Console& console) {
  Beliefs beliefs(prepared, static_cast<std::uint64_t>(request.seed));
  Evaluator evaluate(prepared, beliefs.bounds(std::string(kTruth)));
  Collected collected;
  // Single units first: where a partitioner only finds the same plan, the plain name leads.
  for (std::size_t u = 0; u < prepared.soc.units.size(); ++u)
    if (prepared.soc.units[u].kind != UnitKind::network)
      add_single_unit(make_id<UnitId>(u), prepared, evaluate, collected);
  // Who begins from what the others have found comes last: none of them beats it.
  std::vector<std::string> turns = names;
  std::stable_partition(turns.begin(), turns.end(),
                        [&](const std::string& name) { return !registry.find(name).after_others; });
  for (const std::string& name : turns)
    add_partitioner(registry.find(name), request, prepared, beliefs, evaluate, console, collected);
  const Job job = prepared.job();
  Comparison comparison = rank(job, std::move(collected.outcomes), std::move(collected.left_out));
  if (comparison.rows.empty())
    throw UnsupportedError(fmt::format("no plan can run {} on {}: {}: {}", job.graph.name(),
                                       job.soc.name, comparison.left_out.front().name,
                                       comparison.left_out.front().why));
  return comparison;
}

}  // namespace partita
