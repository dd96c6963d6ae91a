#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "partitioners/options.h"
#include "sim/base/error.h"

namespace partita {
namespace {

std::vector<std::string> names_of(std::span<const PartitionerInfo> infos) {
  std::vector<std::string> names;
  for (const PartitionerInfo& info : infos) names.push_back(info.name);
  return names;
}

void check_objective(const PartitionerInfo& info, Objective objective) {
  const auto& known = info.objectives;
  if (std::find(known.begin(), known.end(), objective) != known.end()) return;
  std::vector<std::string> names;
  for (Objective o : known) names.emplace_back(to_string(o));
  throw UnsupportedError(fmt::format("partitioner \"{}\" cannot optimise {}; it optimises: {}",
                                     info.name, to_string(objective), join_choices(names)));
}

void check_opp(const Soc& soc, const Unit& unit, DomainId domain, int opp) {
  if (opp >= 0 && opp <= soc.top_opp(domain)) return;
  throw InputError(fmt::format("mode of {}: no operating point {} in clock domain {} (0 to {})",
                               unit.name, opp, soc.domain(domain).name, soc.top_opp(domain)));
}

void check_modes(const Soc& soc, const std::vector<Mode>& modes) {
  if (modes.empty()) throw InputError("no mode to place operators in: name at least one unit");
  for (const Mode& mode : modes) {
    if (index(mode.unit) >= soc.units.size())
      throw InputError(fmt::format("mode: no unit {} on {}", index(mode.unit), soc.name));
    const Unit& unit = soc.unit(mode.unit);
    check_opp(soc, unit, unit.domain, mode.opp);
    if (unit.host_domain)
      check_opp(soc, unit, *unit.host_domain, mode.host_opp);
    else if (mode.host_opp != -1)
      throw InputError(fmt::format("mode of {}: it has no host clock", unit.name));
  }
}

bool is_split(const Plan& plan) {
  return std::any_of(plan.shares.begin(), plan.shares.end(),
                     [](const auto& shares) { return shares.size() > 1; });
}

bool keeps_default_precisions(const Soc& soc, const Plan& plan) {
  for (const auto& shares : plan.shares)
    for (const Share& share : shares)
      if (share.precision != soc.unit(share.mode.unit).default_precision) return false;
  return true;
}

void fill_bounds(const PartitionProblem& problem, const CostTable& costs, PartitionResult& result) {
  const ProblemBounds own = problem.bounds ? ProblemBounds{} : problem_bounds(costs);
  const ProblemBounds& bounds = problem.bounds ? *problem.bounds : own;
  result.unsplit_bound = bounds.unsplit.value(problem.objective);
  result.lower_bound = bounds.any.value(problem.objective);
  const bool defaults = keeps_default_precisions(problem.belief.soc(), result.plan);
  if (!defaults)
    result.lower_bound =
        lower_bounds(costs, {.split = true, .any_precision = true}).value(problem.objective);
  double highest = std::max(result.lower_bound, result.proven_bound);
  if (defaults && !is_split(result.plan)) highest = std::max(highest, result.unsplit_bound);
  result.gap = highest > 0 ? result.value / highest - 1 : 0;
}

}  // namespace

ProblemBounds problem_bounds(const CostTable& costs) {
  ProblemBounds bounds{lower_bounds(costs), lower_bounds(costs, {.split = false})};
  // Whole operators are a special case, but a search for prices may end lower for them.
  bounds.unsplit.critical_path_s =
      std::max(bounds.unsplit.critical_path_s, bounds.any.critical_path_s);
  bounds.unsplit.load_s = std::max(bounds.unsplit.load_s, bounds.any.load_s);
  bounds.unsplit.energy_j = std::max(bounds.unsplit.energy_j, bounds.any.energy_j);
  return bounds;
}

std::string_view to_string(PartitionStatus status) {
  switch (status) {
    case PartitionStatus::heuristic:
      return "heuristic";
    case PartitionStatus::optimal:
      return "optimal";
    case PartitionStatus::stopped:
      return "stopped";
  }
  throw std::logic_error("unknown partition status");
}

std::span<const PartitionerInfo> partitioners() {
  // One name a line:
  // clang-format off
  static const std::vector<PartitionerInfo> table{
      make_single(),
      make_greedy(),
      make_chain_dp(),
      make_heft(),
      make_cpop(),
      make_peft(),
      make_one(),
      make_tflite_delegate(),
      make_nnapi(),
      make_band(),
      make_parallax(),
      make_dads(),
      make_neurosurgeon(),
      make_ios(),
      make_nn_stretch(),
      make_hax_conn(),
      make_pipeline(),
      make_pipe_it(),
      make_pipe_all(),
      make_exhaustive(),
      make_codl(),
      make_codl_literal(),
      make_mulayer(),
      make_asymo(),
      make_hetero_llm(),
      make_llm_batch(),
      make_annealing(),
      make_nsga2(),
      make_mosaic(),
      make_hope(),
      make_branch_and_bound(),
      make_milp(),
      make_oracle(),
  };
  // clang-format on
  return table;
}

const PartitionerInfo& partitioner(std::string_view name) {
  for (const PartitionerInfo& info : partitioners())
    if (info.name == name) return info;
  throw_unknown("partitioner", "partitioner", name, names_of(partitioners()));
}

PartitionResult partition(std::string_view name, const PartitionProblem& problem) {
  return partition(partitioner(name), problem);
}

PartitionResult partition(const PartitionerInfo& info, const PartitionProblem& problem) {
  check_objective(info, problem.objective);
  check_modes(problem.belief.soc(), problem.modes);
  PartitionProblem complete = problem;
  complete.options = complete_options("partitioner " + info.name, info.options, problem.options);

  const CostTable costs(problem.belief, problem.graph, problem.modes);
  if (costs.placed().empty())
    throw InputError(problem.graph.name() + ": the network has no operator to place");
  PartitionResult result = info.run(complete, costs);
  result.value = plan_value(problem.belief, problem.graph, result.plan, problem.objective);
  fill_bounds(complete, costs, result);
  return result;
}

}  // namespace partita
