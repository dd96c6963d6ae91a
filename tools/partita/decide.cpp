#include "tools/partita/decide.h"

#include <algorithm>
#include <utility>

#include "partitioners/belief.h"
#include "sim/base/error.h"
#include "sim/cost/cached_costs.h"
#include "sim/engine/engine.h"

namespace partita {
namespace {

std::map<std::string, double, std::less<>> options_for(const PartitionerInfo& info,
                                                       const Prepared& prepared) {
  std::map<std::string, double, std::less<>> options;
  for (const OptionInfo& option : info.options)
    if (const auto given = prepared.options.find(option.name); given != prepared.options.end())
      options.insert(*given);
  return options;
}

}  // namespace

bool optimises(const PartitionerInfo& info, Objective objective) {
  return std::find(info.objectives.begin(), info.objectives.end(), objective) !=
         info.objectives.end();
}

double simulated_value(const Prepared& prepared, const Plan& plan) {
  LowerOptions options;
  if (prepared.objective == Objective::throughput) options.requests = prepared.requests;
  const Schedule schedule = lower(*prepared.model, prepared.graph, plan, options);
  return objective_value(prepared.objective,
                         simulate(schedule, {.contention = prepared.contention}).timeline);
}

const CostModel& Beliefs::model(const std::string& belief) {
  if (belief == kTruth) return *prepared_.model;
  Known& known = known_[belief];
  if (!known.model)
    known.model = make_cached_model(make_belief(belief, *prepared_.model, prepared_.graph, seed_),
                                    prepared_.graph);
  return *known.model;
}

const ProblemBounds& Beliefs::bounds(const std::string& belief) {
  auto& bounds = known_[belief].bounds;
  if (!bounds) bounds = problem_bounds(CostTable(model(belief), prepared_.graph, prepared_.modes));
  return *bounds;
}

Decision decide(const Prepared& prepared, const JobRequest& request, const PartitionerInfo& info,
                OptionsFor options, const Console& console) {
  Beliefs beliefs(prepared, static_cast<std::uint64_t>(request.seed));
  return decide(prepared, request, info, options, console, beliefs);
}

Decision decide(const Prepared& prepared, const JobRequest& request, const PartitionerInfo& info,
                OptionsFor options, const Console& console, Beliefs& beliefs,
                std::vector<Plan> starts) {
  Decision decision{{}, request.belief.empty() ? info.belief : request.belief};
  PartitionProblem problem{beliefs.model(decision.belief), prepared.graph, prepared.objective,
                           prepared.modes, static_cast<std::uint64_t>(request.seed)};
  problem.options = options == OptionsFor::it ? prepared.options : options_for(info, prepared);
  problem.memory_budget_bytes = prepared.memory_budget_bytes;
  problem.starts = std::move(starts);
  problem.ask = [&prepared](const Plan& plan) { return simulated_value(prepared, plan); };
  if (optimises(info, prepared.objective)) problem.bounds = &beliefs.bounds(decision.belief);
  if (auto bar = console.progress(info.name))
    problem.progress = [bar](double done) mutable { return bar(done), true; };
  decision.result = partition(info, problem);
  return decision;
}

std::vector<std::string> asked_partitioners(const Registry& registry, std::string_view list) {
  std::vector<std::string> names;
  for (const PartitionerInfo& info : registry.all())
    if (list == "all" || (list == "heuristics" && info.effort == Effort::heuristic))
      names.push_back(info.name);
  if (!names.empty()) return names;
  for (const std::string& name : split_list(list)) {
    registry.find(name);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

void check_options_are_known(const Prepared& prepared, const Registry& registry,
                             const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const std::string& name : names)
    for (const OptionInfo& option : registry.find(name).options) known.push_back(option.name);
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (const auto& [name, value] : prepared.options)
    if (!std::binary_search(known.begin(), known.end(), name))
      throw_unknown("--option", "option of these partitioners", name, known);
}

}  // namespace partita
