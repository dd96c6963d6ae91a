// What runs: tasks with resources, dependencies, traffic and power, in the order each queue takes
// them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/overheads.h"
#include "sim/plan/plan.h"

namespace partita {

enum class TaskKind : std::uint8_t {
  input,
  compute,
  transform,
  map,
  sync,
  copy,
  cast,
  unmap,
  arrival,
  dvfs,
  compile,
  planning
};
inline constexpr std::size_t kTaskKinds = 12;
std::string_view to_string(TaskKind kind);

struct Task {
  std::int64_t duration_ps = 0;  ///< Alone on the machine.
  double bytes = 0;              ///< Memory traffic; demand is bytes / duration.
  double power_w = 0;            ///< Above the base power, while it runs.
  std::uint64_t resources = 0;   ///< Bits it holds while it runs (Unit::resources).
  std::uint32_t first_dependency = 0;
  std::uint16_t dependencies = 0;
  TaskKind kind{};
  std::uint8_t unit = 0;  ///< Index of the unit whose track it is on.
  /// The operator it computes or moves data for. Of several that a stage runs at once on a unit the
  /// first in the plan's order; its duration, bytes and power are then those of all of them.
  OpId op{};
  std::int32_t request = 0;
  std::int16_t opp = -1;       ///< OPP asked of the unit's domain; dvfs: the new OPP.
  std::int16_t host_opp = -1;  ///< OPP asked of the host's domain.
  TensorId tensor{-1};         ///< What a transfer moves.
  std::int32_t pace = -1;  ///< Index into Schedule::paces; -1: duration_ps whatever the clocks do.
  DomainId domain{-1};     ///< dvfs: the clock that changes when the task ends.
};

/// Duration and power of a task at every OPP of the clocks it depends on. A clock change while the
/// task runs changes the pace of what is left of it.
struct Pace {
  DomainId own{-1}, host{-1};   ///< host -1: none.
  std::uint32_t first = 0;      ///< Into Schedule::pace_duration_ps and pace_power_w.
  std::uint16_t host_opps = 1;  ///< Cell of (own OPP, host OPP): first + own x host_opps + host.
};

/// The resource of a clock domain: its changes happen one after another.
inline std::uint64_t clock_resource(DomainId domain) {
  return std::uint64_t{1} << (63 - index(domain));
}

/// Tasks in queue order: a task's dependencies come before it, and every resource serves its tasks
/// in this order. A dvfs task depends on every earlier task whose pace depends on its clock; a
/// later such task depends on what the dvfs task depends on. So no task runs under a change that
/// comes after it.
struct Schedule {
  std::vector<Task> tasks;
  std::vector<TaskId> dependencies;  ///< Concatenated; see Task::first_dependency.
  std::vector<Pace> paces;
  std::vector<std::int64_t> pace_duration_ps;
  std::vector<double> pace_power_w;
  std::vector<std::int16_t> initial_opp;  ///< By domain; -1 where no task depends on the clock.
  int requests = 1;
  double base_power_w = 0;
  double shared_bandwidth_bytes_per_s = std::numeric_limits<double>::infinity();
  double energy_per_byte_j = 0;
  std::vector<double> unit_bandwidth_bytes_per_s;  ///< Cap by unit index.
  /// By unit index: what it loses to the others' demand. Empty: no unit has a measured curve.
  std::vector<std::optional<ContentionCurve>> unit_contention;

  const ContentionCurve* curve_of(std::size_t unit) const {
    return unit < unit_contention.size() && unit_contention[unit] ? &*unit_contention[unit]
                                                                  : nullptr;
  }
  std::span<const TaskId> dependencies_of(const Task& task) const {
    return {dependencies.data() + task.first_dependency, task.dependencies};
  }
  /// Cell of a pace's table for the clocks as they are (OPP by domain).
  std::size_t pace_cell(const Task& task, std::span<const std::int16_t> opps) const {
    const Pace& pace = paces[static_cast<std::size_t>(task.pace)];
    const std::int16_t host =
        index(pace.host) < opps.size() ? opps[index(pace.host)] : std::int16_t{0};
    return pace.first + static_cast<std::size_t>(opps[index(pace.own)]) * pace.host_opps + host;
  }
};

/// What is left of a running task. estimate() and simulate() both advance it through this, so that
/// they round alike.
struct Progress {
  double left = 1;               ///< Fraction of the work.
  std::int64_t updated_ps = 0;   ///< When `left` was right.
  std::int64_t duration_ps = 0;  ///< Of the whole task at the present pace.
  double power_w = 0;
  double energy_wps = 0;  ///< Above base, W x ps, up to updated_ps.

  void begin(std::int64_t now_ps, std::int64_t duration, double power) {
    *this = {1, now_ps, duration, power, 0};
  }
  /// From `now_ps` on the task goes at another pace; `speed`: fraction of it the bus allowed so
  /// far.
  void change(std::int64_t now_ps, std::int64_t duration, double power, double speed = 1) {
    const auto elapsed = static_cast<double>(now_ps - updated_ps);
    energy_wps += power_w * elapsed;
    if (duration_ps > 0)
      left = std::max(0.0, left - elapsed * speed / static_cast<double>(duration_ps));
    updated_ps = now_ps;
    duration_ps = duration;
    power_w = power;
  }
  /// When it ends if nothing changes any more.
  std::int64_t finish_ps(double speed = 1) const {
    if (left == 1 && speed == 1) return updated_ps + duration_ps;
    return updated_ps + std::llround(left * static_cast<double>(duration_ps) / speed);
  }
  double total_energy_wps(std::int64_t end_ps) const {
    return energy_wps + power_w * static_cast<double>(end_ps - updated_ps);
  }
};

struct LowerOptions {
  int requests = 1;
  bool overlap = true;  ///< Requests may overlap; false: each starts when the one before has ended.
  bool first = false;   ///< The first request after start-up: accelerators build their graphs.
  double planning_s = 0;  ///< Of the first request, before anything else, on the CPU.
  /// The clocks are not the plan's: no changes of clocks, and every task has its pace at every OPP.
  /// Where the model does not know one, the plan's is scaled (see scaled_pace in assemble.cpp).
  bool free_clocks = false;
  /// Only these operators, in the plan's order; what they read of others is there already. Empty:
  /// all. Not with stages or homes.
  std::span<const OpId> part;
  Overheads overheads;
};

/// Plan to tasks. Several requests that overlap are interleaved so that a unit takes the oldest
/// request that is ready; barriers of stages hold within a request. The clocks begin as a run of
/// the same plan before would have left them. Throws InputError when the plan is not legal,
/// UnsupportedError when a link is missing.
Schedule lower(const CostModel& model, const Graph& graph, const Plan& plan,
               const LowerOptions& options = {});

/// When everything ran. `start_ps`/`finish_ps` by task index.
struct Timeline {
  std::vector<std::int64_t> start_ps, finish_ps;
  std::vector<std::int64_t> request_finish_ps;
  std::int64_t makespan_ps = 0;
  double energy_j = 0;
  double bytes = 0;
};

/// Closed form, without contention: equals simulate() to the picosecond when contention is off.
/// The second form reuses the timeline's memory.
Timeline estimate(const Schedule& schedule);
void estimate(const Schedule& schedule, Timeline& timeline);

/// Every violation, one line each: a task before a dependency's end, two tasks on one resource at
/// once, a task shorter than alone, one clock domain at two OPPs at once. Empty: legal.
std::vector<std::string> check_timeline(const Soc& soc, const Schedule& schedule,
                                        const Timeline& timeline);

/// Time per request of requests back to back: makespan / requests, so the filling of a pipeline
/// counts.
double period_s(const Timeline& timeline);

}  // namespace partita
