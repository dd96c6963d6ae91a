// The partitioner of Android's Neural Networks API: AOSP, packages/modules/NeuralNetworks,
// ExecutionPlan.cpp. Every operator goes where the driver declares the least time (or energy) for
// its precision, and steps drain one queue per device.
#include <algorithm>

#include "partitioners/regions.h"

namespace partita {
namespace {

/// Believed time or energy; infinite: unsupported.
double declared(const SearchSpace& space, std::size_t position, std::size_t mode,
                Objective objective) {
  if (!space.supported(position, mode)) return kInfinity;
  const CostModel& model = space.costs().model();
  const auto cost =
      model.operator_cost(space.costs().graph(), space.op(position), {},
                          space.costs().modes()[mode], space.unit(mode).default_precision);
  if (!cost) return kInfinity;
  if (objective == Objective::latency) return cost->latency_s;
  return cost->latency_s * cost->power_w + cost->bytes * model.soc().memory.energy_per_byte_j;
}

/// The accelerator of the lowest ratio to the CPU; the CPU where that is not below 1.
std::size_t choose(const SearchSpace& space, std::size_t position, std::size_t cpu,
                   const std::vector<std::size_t>& accelerators, Objective objective) {
  const std::size_t fallback = fallback_mode_of(space, position, cpu);
  const double cpu_value = declared(space, position, fallback, objective);
  std::size_t best = fallback;
  double best_value = cpu_value;
  for (std::size_t m : accelerators) {
    const double value = declared(space, position, m, objective);
    if (value < best_value) best = m, best_value = value;
  }
  return best;
}

/// Steps: the CPU's queue first, then the last device's; each step takes what is ready and becomes
/// ready on its device.
std::vector<OpId> steps(const SearchSpace& space, const std::vector<std::size_t>& mode_of,
                        std::size_t cpu) {
  std::vector<bool> taken(space.size());
  std::vector<OpId> order;
  const auto ready = [&](std::size_t p) {
    if (taken[p]) return false;
    for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e)
      if (!taken[space.edges()[e].from]) return false;
    return true;
  };
  while (order.size() < space.size()) {
    std::size_t device = space.modes();
    for (std::size_t p = 0; p < space.size() && device != cpu; ++p)
      if (ready(p) && (device == space.modes() || mode_of[p] == cpu || mode_of[p] > device))
        device = mode_of[p];
    for (std::size_t p = 0; p < space.size(); ++p) {
      if (mode_of[p] != device || !ready(p)) continue;
      taken[p] = true;
      order.push_back(space.op(p));
    }
  }
  return order;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  const std::size_t cpu = fallback_mode(space);
  std::vector<std::size_t> accelerators;
  for (std::size_t m : space.steady_modes())
    if (is_accelerator(space.unit(m))) accelerators.push_back(m);
  std::vector<std::size_t> mode_of(space.size());
  for (std::size_t p = 0; p < space.size(); ++p)
    mode_of[p] = choose(space, p, cpu, accelerators, problem.objective);
  PartitionResult result;
  result.plan = space.plan(mode_of);
  result.plan.order = steps(space, mode_of, cpu);
  return result;
}

}  // namespace

PartitionerInfo make_nnapi() {
  PartitionerInfo info{
      "nnapi",
      "each operator to the driver that declares the best ratio to the CPU, if below 1",
      {Objective::latency, Objective::energy},
      {},
      run};
  info.belief = "ratios";
  info.source =
      "AOSP NeuralNetworks, ExecutionPlan.cpp (ModelBuilder::findBestDeviceForEachOperation)";
  return info;
}

}  // namespace partita
