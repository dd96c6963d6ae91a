#include "tools/partita/decide.h"

#include <algorithm>
#include <utility>

#include "partitioners/belief.h"
#include "sim/base/error.h"
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

double simulated_value(const Prepared& prepared, const Plan& plan) {
  LowerOptions options;
  if (prepared.objective == Objective::throughput) options.requests = prepared.requests;
  const Schedule schedule = lower(*prepared.model, prepared.graph, plan, options);
  return objective_value(prepared.objective,
                         simulate(schedule, {.contention = prepared.contention}).timeline);
}

Decision decide(const Prepared& prepared, const JobRequest& request, const PartitionerInfo& info,
                OptionsFor options, const Console& console, std::vector<Plan> starts) {
  const auto seed = static_cast<std::uint64_t>(request.seed);
  Decision decision{{}, request.belief.empty() ? info.belief : request.belief};
  const auto belief = make_belief(decision.belief, *prepared.model, prepared.graph, seed);
  PartitionProblem problem{*belief, prepared.graph, prepared.objective, prepared.modes, seed};
  problem.options = options == OptionsFor::it ? prepared.options : options_for(info, prepared);
  problem.memory_budget_bytes = prepared.memory_budget_bytes;
  problem.starts = std::move(starts);
  problem.ask = [&prepared](const Plan& plan) { return simulated_value(prepared, plan); };
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
