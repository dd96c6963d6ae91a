#include "sim/report/tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace partita {
namespace {

/// From and to unit of every hand-over: the unit of the task it starts from, and of the one it
/// feeds.
std::vector<std::pair<int, int>> channels(const Schedule& schedule) {
  std::vector<std::pair<int, int>> ends(schedule.tasks.size(), {-1, -1});
  const auto of = [&](TaskId id) -> const Task& { return schedule.tasks[index(id)]; };
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    const Task& task = schedule.tasks[i];
    if (!is_transfer(task.kind)) continue;
    ends[i].first = task.unit;
    for (const TaskId d : schedule.dependencies_of(task))
      if (of(d).kind != TaskKind::dvfs)
        ends[i].first = is_transfer(of(d).kind) ? ends[index(d)].first : of(d).unit;
  }
  for (std::size_t i = schedule.tasks.size(); i-- > 0;) {
    const Task& task = schedule.tasks[i];
    const int to =
        is_transfer(task.kind) ? (ends[i].second < 0 ? task.unit : ends[i].second) : task.unit;
    if (is_transfer(task.kind)) ends[i].second = to;
    for (const TaskId d : schedule.dependencies_of(task)) {
      const bool feeds =
          is_transfer(of(d).kind) && (!is_transfer(task.kind) || task.tensor == of(d).tensor);
      if (feeds && ends[index(d)].second < 0) ends[index(d)].second = to;
    }
  }
  return ends;
}

}  // namespace

bool is_transfer(TaskKind kind) {
  return kind >= TaskKind::transform && kind <= TaskKind::arrival;
}

Tracks lay_out_tracks(const Soc& soc, const Schedule& schedule, const Timeline& timeline) {
  Tracks tracks;
  tracks.of_task.resize(schedule.tasks.size());
  // Units first, in the SoC's order, whether used or not: the eye finds an idle unit too.
  for (const Unit& unit : soc.units) tracks.names.push_back(unit.name);
  const auto ends = channels(schedule);
  std::vector<std::size_t> by_start(schedule.tasks.size());
  for (std::size_t i = 0; i < by_start.size(); ++i) by_start[i] = i;
  std::stable_sort(by_start.begin(), by_start.end(), [&](std::size_t a, std::size_t b) {
    return timeline.start_ps[a] < timeline.start_ps[b];
  });
  struct Lane {
    int track;
    std::int64_t free_ps;
  };
  std::map<std::pair<int, int>, std::vector<Lane>> lanes;
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const int unit = static_cast<int>(u);
    lanes[{unit, -1}].push_back({unit, 0});
  }
  for (const std::size_t i : by_start) {
    const Task& task = schedule.tasks[i];
    const auto channel = is_transfer(task.kind) && soc.units[task.unit].kind != UnitKind::network
                             ? ends[i]
                             : std::pair<int, int>{task.unit, -1};
    auto& choices = lanes[channel];
    auto lane = std::find_if(choices.begin(), choices.end(),
                             [&](const Lane& l) { return l.free_ps <= timeline.start_ps[i]; });
    if (lane == choices.end()) {
      std::string name = soc.units[static_cast<std::size_t>(channel.first)].name;
      if (channel.second >= 0)
        name += " → " + soc.units[static_cast<std::size_t>(channel.second)].name;
      if (!choices.empty()) name += fmt::format(" #{}", choices.size() + 1);
      choices.push_back({static_cast<int>(tracks.names.size()), 0});
      tracks.names.push_back(std::move(name));
      lane = choices.end() - 1;
    }
    tracks.of_task[i] = lane->track;
    lane->free_ps = timeline.finish_ps[i];
  }
  return tracks;
}

std::vector<OpId> readers(const Schedule& schedule) {
  std::vector<OpId> reader;
  for (const Task& task : schedule.tasks) reader.push_back(task.op);
  // From the end, so that the first reader is the last to be noted.
  for (std::size_t i = schedule.tasks.size(); i-- > 0;) {
    const Task& task = schedule.tasks[i];
    for (const TaskId d : schedule.dependencies_of(task)) {
      const Task& before = schedule.tasks[index(d)];
      if (is_transfer(before.kind) && (!is_transfer(task.kind) || task.tensor == before.tensor) &&
          task.kind != TaskKind::dvfs)
        reader[index(d)] = reader[i];
    }
  }
  return reader;
}

std::optional<Cost> cost_of_task(const Job& job, const Plan& plan, const Task& task) {
  for (const Share& share : plan.shares[index(task.op)])
    if (index(share.mode.unit) == task.unit)
      if (auto cost =
              job.model.operator_cost(job.graph, task.op, share.slice, share.mode, share.precision))
        return cost;
  return std::nullopt;
}

}  // namespace partita
