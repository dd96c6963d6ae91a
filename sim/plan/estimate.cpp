// The closed form: every queue serves in order, so one pass over the tasks gives their times.
#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include <fmt/format.h>

#include "sim/plan/schedule.h"

namespace partita {

std::string_view to_string(TaskKind kind) {
  static constexpr std::array<std::string_view, kTaskKinds> names{
      "input", "compute", "transform", "map",  "sync",    "copy",
      "cast",  "unmap",   "arrival",   "dvfs", "compile", "planning"};
  return names.at(static_cast<std::size_t>(kind));
}

namespace {

/// The clocks over time, as the dvfs tasks so far have set them.
class Clocks {
 public:
  explicit Clocks(const Schedule& schedule)
      : schedule_(schedule), opps_(schedule.initial_opp), changes_(schedule.initial_opp.size()) {}

  void change(const Task& task, std::int64_t at_ps) {
    changes_[index(task.domain)].push_back({at_ps, task.opp});
  }

  /// Runs a task that starts at `start_ps`; returns its end and adds its energy.
  std::int64_t run(const Task& task, std::int64_t start_ps, double& energy_wps) {
    const Pace& pace = schedule_.paces[task.pace];
    std::size_t own = set(pace.own, start_ps), host = set(pace.host, start_ps);
    Progress progress;
    const std::size_t cell = schedule_.pace_cell(task, opps_);
    progress.begin(start_ps, schedule_.pace_duration_ps[cell], schedule_.pace_power_w[cell]);
    for (;;) {
      const std::int64_t end = progress.finish_ps();
      const std::int64_t change = std::min(change_ps(pace.own, own), change_ps(pace.host, host));
      if (change >= end) {
        energy_wps += progress.total_energy_wps(end);
        return end;
      }
      own = set(pace.own, change);
      host = set(pace.host, change);
      const std::size_t now = schedule_.pace_cell(task, opps_);
      progress.change(change, schedule_.pace_duration_ps[now], schedule_.pace_power_w[now]);
    }
  }

 private:
  struct Change {
    std::int64_t at_ps;
    std::int16_t opp;
  };
  /// Puts the clock as it is at `now_ps`; returns the index of its next change. Changes come in
  /// order of time, tasks nearly so: the search is from the end.
  std::size_t set(DomainId domain, std::int64_t now_ps) {
    if (index(domain) >= changes_.size()) return 0;
    const auto& changes = changes_[index(domain)];
    std::size_t next = changes.size();
    while (next > 0 && changes[next - 1].at_ps > now_ps) --next;
    opps_[index(domain)] = next == 0 ? schedule_.initial_opp[index(domain)] : changes[next - 1].opp;
    return next;
  }
  std::int64_t change_ps(DomainId domain, std::size_t next) const {
    if (index(domain) >= changes_.size() || next >= changes_[index(domain)].size())
      return std::numeric_limits<std::int64_t>::max();
    return changes_[index(domain)][next].at_ps;
  }

  const Schedule& schedule_;
  std::vector<std::int16_t> opps_;
  std::vector<std::vector<Change>> changes_;  ///< By domain.
};

}  // namespace

void estimate(const Schedule& schedule, Timeline& timeline) {
  const std::size_t n = schedule.tasks.size();
  timeline.start_ps.resize(n);
  timeline.finish_ps.resize(n);
  timeline.request_finish_ps.assign(schedule.requests, 0);
  std::array<std::int64_t, 64> free_at{};
  std::int64_t makespan = 0;
  double energy = 0, bytes = 0;
  Clocks clocks(schedule);
  const TaskId* dependencies = schedule.dependencies.data();
  for (std::size_t i = 0; i < n; ++i) {
    const Task& task = schedule.tasks[i];
    std::int64_t start = 0;
    const TaskId* first = dependencies + task.first_dependency;
    for (const TaskId* d = first; d != first + task.dependencies; ++d)
      start = std::max(start, timeline.finish_ps[index(*d)]);
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
      start = std::max(start, free_at[std::countr_zero(bits)]);
    std::int64_t finish = start + task.duration_ps;
    if (task.pace >= 0) [[unlikely]]
      finish = clocks.run(task, start, energy);
    else
      energy += task.power_w * static_cast<double>(task.duration_ps);
    if (task.kind == TaskKind::dvfs) clocks.change(task, finish);
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
      free_at[std::countr_zero(bits)] = finish;
    timeline.start_ps[i] = start;
    timeline.finish_ps[i] = finish;
    // A clock that settles after the last operator does not keep the request waiting.
    if (task.kind != TaskKind::dvfs) {
      auto& request = timeline.request_finish_ps[task.request];
      request = std::max(request, finish);
      makespan = std::max(makespan, finish);
    }
    bytes += task.bytes;
  }
  timeline.makespan_ps = makespan;
  timeline.bytes = bytes;
  timeline.energy_j = (energy + schedule.base_power_w * static_cast<double>(makespan)) * 1e-12 +
                      bytes * schedule.energy_per_byte_j;
}

Timeline estimate(const Schedule& schedule) {
  Timeline timeline;
  estimate(schedule, timeline);
  return timeline;
}

double period_s(const Timeline& timeline) {
  return to_seconds(timeline.makespan_ps) / static_cast<double>(timeline.request_finish_ps.size());
}

namespace {

using Violations = std::vector<std::string>;

std::string task_name(const Schedule& schedule, std::size_t i) {
  const Task& task = schedule.tasks[i];
  return fmt::format("task {} ({} of operator {}, request {})", i, to_string(task.kind),
                     index(task.op), task.request);
}

/// With clocks that change on the way, a task is at least as long as at the best OPPs.
std::int64_t fastest_ps(const Schedule& schedule, const Task& task) {
  const Pace& pace = schedule.paces[task.pace];
  const std::size_t end =
      &pace == &schedule.paces.back() ? schedule.pace_duration_ps.size() : (&pace)[1].first;
  return *std::min_element(schedule.pace_duration_ps.begin() + pace.first,
                           schedule.pace_duration_ps.begin() + end);
}

/// Two intervals of the same key must not overlap unless `compatible`.
template <class Compatible>
void check_overlaps(const Schedule& schedule, const Timeline& timeline,
                    std::vector<std::size_t>& tasks, std::string_view what, Compatible compatible,
                    Violations& out) {
  std::stable_sort(tasks.begin(), tasks.end(), [&](std::size_t a, std::size_t b) {
    return timeline.start_ps[a] < timeline.start_ps[b];
  });
  std::vector<std::size_t> open;
  for (std::size_t i : tasks) {
    if (timeline.start_ps[i] == timeline.finish_ps[i]) continue;
    std::erase_if(open,
                  [&](std::size_t o) { return timeline.finish_ps[o] <= timeline.start_ps[i]; });
    for (std::size_t o : open)
      if (!compatible(o, i))
        out.push_back(fmt::format("{}: {} and {} at once", what, task_name(schedule, o),
                                  task_name(schedule, i)));
    open.push_back(i);
  }
}

}  // namespace

std::vector<std::string> check_timeline(const Soc& soc, const Schedule& schedule,
                                        const Timeline& timeline) {
  Violations out;
  const std::size_t n = schedule.tasks.size();
  if (timeline.start_ps.size() != n || timeline.finish_ps.size() != n)
    return {"timeline: wrong length"};
  std::map<int, std::vector<std::size_t>> by_resource;
  std::map<std::size_t, std::vector<std::size_t>> by_domain;
  for (std::size_t i = 0; i < n; ++i) {
    const Task& task = schedule.tasks[i];
    std::int64_t alone = task.duration_ps;
    if (task.pace >= 0) alone = fastest_ps(schedule, task);
    if (timeline.start_ps[i] < 0 || timeline.finish_ps[i] - timeline.start_ps[i] < alone)
      out.push_back(fmt::format("{}: shorter than alone", task_name(schedule, i)));
    for (TaskId d : schedule.dependencies_of(task))
      if (index(d) >= i || timeline.finish_ps[index(d)] > timeline.start_ps[i])
        out.push_back(fmt::format("{}: before {} ends", task_name(schedule, i),
                                  task_name(schedule, index(d))));
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
      by_resource[std::countr_zero(bits)].push_back(i);
    const Unit& unit = soc.units[task.unit];
    if (task.kind == TaskKind::dvfs) continue;
    if (task.opp >= 0) by_domain[index(unit.domain)].push_back(i);
    if (task.host_opp >= 0 && unit.host_domain) by_domain[index(*unit.host_domain)].push_back(i);
  }
  for (auto& [bit, tasks] : by_resource)
    check_overlaps(
        schedule, timeline, tasks, fmt::format("resource {}", bit),
        [](std::size_t, std::size_t) { return false; }, out);
  for (auto& [domain, tasks] : by_domain) {
    auto opp_of = [&, id = domain](std::size_t i) {
      const Task& task = schedule.tasks[i];
      return index(soc.units[task.unit].domain) == id ? task.opp : task.host_opp;
    };
    check_overlaps(
        schedule, timeline, tasks, fmt::format("clock {}", soc.domains[domain].name),
        [&](std::size_t a, std::size_t b) { return opp_of(a) == opp_of(b); }, out);
  }
  return out;
}

}  // namespace partita
