#include "sim/report/page_task_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/units.h"
#include "sim/report/tracks.h"

namespace partita {
namespace {

std::string time_text(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

}  // namespace

const char* class_of(TaskKind kind) {
  if (is_transfer(kind)) return "handing over";
  switch (kind) {
    case TaskKind::input:
      return "loading the input";
    case TaskKind::dvfs:
      return "changing a clock";
    case TaskKind::compile:
    case TaskKind::planning:
      return "starting up";
    default:
      return "computing";
  }
}

TaskTexts::TaskTexts(const PlanStory& story) : story_(story), readers_(readers(story.schedule)) {}

std::string TaskTexts::why(std::size_t i) const {
  const Task& task = story_.schedule.tasks[i];
  const Timeline& t = story_.timeline;
  std::int64_t ready = 0;
  for (const TaskId d : story_.schedule.dependencies_of(task))
    ready = std::max(ready, t.finish_ps[index(d)]);
  std::string out =
      fmt::format("{} {}", class_of(task.kind), time_text(to_seconds(task.duration_ps)));
  if (is_transfer(task.kind))
    out = fmt::format("handing over ({}) {}", to_string(task.kind),
                      time_text(to_seconds(task.duration_ps)));
  const std::int64_t longer = t.finish_ps[i] - t.start_ps[i] - task.duration_ps;
  if (longer != 0)
    out += fmt::format("; {} {} {}", task.pace >= 0 ? "a clock on its way" : "the shared bus",
                       longer > 0 ? "adds" : "saves", time_text(to_seconds(std::abs(longer))));
  if (t.start_ps[i] > ready)
    out += fmt::format("; ready {} before it began: the unit was busy",
                       time_text(to_seconds(t.start_ps[i] - ready)));
  return out;
}

std::string TaskTexts::cost(std::size_t i) const {
  const Task& task = story_.schedule.tasks[i];
  if (task.kind != TaskKind::compute) return "";
  const auto cost = cost_of_task(story_.job, story_.outcome.plan, task);
  if (!cost) return "";
  // 90 % of a normal distribution lies within 1.645 standard deviations.
  const double sd =
      std::sqrt(cost->own_error * cost->own_error + cost->shared_error * cost->shared_error);
  return fmt::format("{}, ±{} (90 %)", to_string(cost->source), percent(1.645 * sd));
}

std::string TaskTexts::shape(std::size_t i) const {
  const Task& task = story_.schedule.tasks[i];
  const Operator& op = story_.job.graph.op(task.op);
  const TensorId tensor = is_transfer(task.kind) ? task.tensor
                          : op.outputs.empty()   ? TensorId{-1}
                                                 : op.outputs.front();
  return static_cast<int>(tensor) >= 0 ? to_string(story_.job.graph.tensor(tensor).shape) : "";
}

std::string TaskTexts::name(std::size_t i) const {
  const Task& task = story_.schedule.tasks[i];
  const std::string& name = story_.job.graph.op(task.op).name;
  if (task.kind == TaskKind::compute) return name;
  if (task.kind == TaskKind::input) return "loading " + name;
  if (is_transfer(task.kind))
    return fmt::format("{} of {} for {}", to_string(task.kind), name,
                       story_.job.graph.op(readers_[i]).name);
  return fmt::format("{} for {}", to_string(task.kind), name);
}

std::string TaskTexts::runs_on(std::size_t i) const {
  const Task& task = story_.schedule.tasks[i];
  std::string on =
      task.opp < 0
          ? story_.job.soc.units[task.unit].name
          : to_string(story_.job.soc, Mode{make_id<UnitId>(task.unit), task.opp, task.host_opp});
  if (story_.schedule.requests > 1) on += fmt::format(", request {}", task.request + 1);
  return on;
}

std::vector<CounterSample> thinned(const std::vector<CounterSample>& samples, std::int64_t end_ps,
                                   std::size_t most) {
  if (samples.size() <= most || end_ps <= 0) return samples;
  std::vector<CounterSample> out;
  const double step_ps = static_cast<double>(end_ps) / static_cast<double>(most);
  std::size_t s = 0;
  for (std::size_t b = 0; b < most; ++b) {
    const auto begin = static_cast<std::int64_t>(step_ps * static_cast<double>(b));
    const auto end =
        b + 1 == most ? end_ps : static_cast<std::int64_t>(step_ps * static_cast<double>(b + 1));
    if (end <= begin) continue;
    double bytes = 0, energy = 0;  // Rates times picoseconds.
    while (s + 1 < samples.size() && samples[s + 1].at_ps <= begin) ++s;
    for (std::size_t at = s; at < samples.size() && samples[at].at_ps < end; ++at) {
      const std::int64_t from = std::max(begin, samples[at].at_ps);
      const std::int64_t to = at + 1 < samples.size() ? std::min(end, samples[at + 1].at_ps) : end;
      bytes += samples[at].bandwidth_bytes_per_s * static_cast<double>(to - from);
      energy += samples[at].power_w * static_cast<double>(to - from);
    }
    const auto length = static_cast<double>(end - begin);
    out.push_back({begin, bytes / length, energy / length});
  }
  return out;
}

}  // namespace partita
