#include "sim/plan/evaluate.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace partita {

namespace {

constexpr std::array<std::string_view, 4> kObjectives{"latency", "energy", "edp", "throughput"};

/// Enough requests that filling a pipeline of a few stages is a small part of the makespan.
constexpr int kThroughputRequests = 32;

}  // namespace

std::string_view to_string(Objective objective) {
  return kObjectives.at(static_cast<std::size_t>(objective));
}

std::vector<std::string> objective_names() {
  return {kObjectives.begin(), kObjectives.end()};
}

double objective_value(Objective objective, const Timeline& timeline) {
  const double latency_s = to_seconds(timeline.makespan_ps);
  switch (objective) {
    case Objective::latency:
      return latency_s;
    case Objective::energy:
      return timeline.energy_j;
    case Objective::edp:
      return timeline.energy_j * latency_s;
    case Objective::throughput:
      return period_s(timeline);
  }
  throw std::logic_error("unknown objective");
}

int objective_requests(Objective objective) {
  return objective == Objective::throughput ? kThroughputRequests : 1;
}

double plan_value(const CostModel& model, const Graph& graph, const Plan& plan,
                  Objective objective) {
  LowerOptions options;
  options.requests = objective_requests(objective);
  return objective_value(objective, estimate(lower(model, graph, plan, options)));
}

namespace {

/// Adds a task's run to its kind: as long as alone, and what made it longer.
void add_run(const Task& task, std::int64_t ran_ps, Breakdown& sum) {
  const double alone_s = to_seconds(task.duration_ps);
  const double longer_s = static_cast<double>(ran_ps - task.duration_ps) * 1e-12;
  switch (task.kind) {
    case TaskKind::compute:
      sum.compute_s += alone_s;
      break;
    case TaskKind::input:
      sum.input_s += alone_s;
      break;
    case TaskKind::sync:
    case TaskKind::arrival:
      sum.sync_s += alone_s;
      break;
    case TaskKind::compile:
    case TaskKind::planning:
      sum.startup_s += alone_s;
      break;
    default:
      sum.transfer_s += alone_s;
  }
  (task.pace >= 0 ? sum.dvfs_s : sum.contention_s) += longer_s;
}

}  // namespace

Breakdown breakdown(const Schedule& schedule, const Timeline& timeline) {
  Breakdown sum;
  std::vector<std::size_t> last(static_cast<std::size_t>(schedule.requests), schedule.tasks.size());
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    if (schedule.tasks[i].kind == TaskKind::dvfs)
      continue;  // Beside the work; it shows as slower tasks.
    std::size_t& end = last[schedule.tasks[i].request];
    if (end == schedule.tasks.size() || timeline.finish_ps[i] >= timeline.finish_ps[end]) end = i;
  }
  for (std::size_t i : last) {
    // Back from the end of the request, from each task to what it waited for longest.
    while (i < schedule.tasks.size()) {
      const Task& task = schedule.tasks[i];
      add_run(task, timeline.finish_ps[i] - timeline.start_ps[i], sum);
      std::int64_t ready = 0;
      std::size_t before = schedule.tasks.size();
      for (TaskId d : schedule.dependencies_of(task))
        if (timeline.finish_ps[index(d)] >= ready)
          ready = timeline.finish_ps[index(d)], before = index(d);
      sum.waiting_s += to_seconds(timeline.start_ps[i] - ready);
      i = before;
    }
  }
  for (double* part : {&sum.compute_s, &sum.input_s, &sum.transfer_s, &sum.sync_s, &sum.startup_s,
                       &sum.dvfs_s, &sum.contention_s, &sum.waiting_s})
    *part /= schedule.requests;
  return sum;
}

std::vector<double> utilisation(const Soc& soc, const Schedule& schedule,
                                const Timeline& timeline) {
  std::vector<double> busy(soc.units.size(), 0);
  if (timeline.makespan_ps == 0) return busy;
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i)
    if (schedule.tasks[i].kind != TaskKind::dvfs)
      busy[schedule.tasks[i].unit] +=
          static_cast<double>(timeline.finish_ps[i] - timeline.start_ps[i]);
  for (double& b : busy) b /= static_cast<double>(timeline.makespan_ps);
  return busy;
}

}  // namespace partita
