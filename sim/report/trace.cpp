#include "sim/report/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "sim/report/json_text.h"
#include "sim/report/outcome_json.h"
#include "sim/report/tracks.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

constexpr int kProcess = 1;

/// The double next to it: the picosecond is there for more than 1000 s.
double microseconds(std::int64_t picoseconds) {
  return static_cast<double>(picoseconds) / 1e6;
}

class TraceWriter {
 public:
  TraceWriter(const Job& job, const Plan& plan, const Schedule& schedule, const Timeline& timeline)
      : job_(job),
        plan_(plan),
        schedule_(schedule),
        timeline_(timeline),
        tracks_(lay_out_tracks(job.soc, schedule, timeline)) {}

  std::string run(const std::vector<CounterSample>& samples) {
    // One event a line, written as it is made: long traces stay readable and small in memory.
    out_ = R"({"displayTimeUnit":"ms","otherData":)" + json_line(job_json(job_)) +
           R"(,"traceEvents":[)";
    name_tracks();
    for (std::size_t i = 0; i < schedule_.tasks.size(); ++i) slice(i);
    for (std::size_t i = 0; i < schedule_.tasks.size(); ++i) arrows_into(i);
    for (const CounterSample& sample : samples) {
      counter("memory bandwidth (GB/s)", sample.at_ps, sample.bandwidth_bytes_per_s * 1e-9);
      counter("power (W)", sample.at_ps, sample.power_w);
    }
    clocks();
    return std::move(out_) + "]}\n";
  }

 private:
  static ordered_json event(std::string_view phase, std::string_view name) {
    return {{"ph", phase}, {"name", name}, {"pid", kProcess}};
  }

  void write(const ordered_json& event) {
    out_ += first_ ? "\n" : ",\n";
    first_ = false;
    out_ += json_line(event);
  }

  void name_tracks() {
    ordered_json process = event("M", "process_name");
    process["args"] = {{"name", job_.soc.title.empty() ? job_.soc.name : job_.soc.title}};
    write(process);
    for (std::size_t t = 0; t < tracks_.names.size(); ++t) {
      ordered_json name = event("M", "thread_name"), order = event("M", "thread_sort_index");
      name["tid"] = order["tid"] = t + 1;
      name["args"] = {{"name", tracks_.names[t]}};
      order["args"] = {{"sort_index", t}};
      write(name);
      write(order);
    }
  }

  void slice(std::size_t i) {
    const Task& task = schedule_.tasks[i];
    const Operator& op = job_.graph.op(task.op);
    ordered_json slice = event("X", task.kind == TaskKind::compute
                                        ? op.name
                                        : std::string(to_string(task.kind)) + " " + op.name);
    const double length_us = microseconds(timeline_.finish_ps[i] - timeline_.start_ps[i]);
    slice["cat"] = to_string(task.kind);
    slice["tid"] = tracks_.of_task[i] + 1;
    slice["ts"] = microseconds(timeline_.start_ps[i]);
    slice["dur"] = length_us;
    ordered_json args{{"operator", op.name}, {"operator_kind", to_string(op.kind)}};
    const TensorId tensor = is_transfer(task.kind) ? task.tensor
                            : op.outputs.empty()   ? TensorId{-1}
                                                   : op.outputs.front();
    if (static_cast<int>(tensor) >= 0) args["shape"] = to_string(job_.graph.tensor(tensor).shape);
    args["request"] = task.request;
    args["bytes"] = task.bytes;
    args["power_w"] = task.power_w;
    args["alone_us"] = microseconds(task.duration_ps);
    args["actual_us"] = length_us;
    if (task.kind == TaskKind::compute) {
      const Mode mode{make_id<UnitId>(task.unit), task.opp, task.host_opp};
      if (task.opp >= 0) args["mode"] = to_string(job_.soc, mode);
      if (const auto cost = cost_of_task(job_, plan_, task)) args["cost"] = to_string(cost->source);
    }
    slice["args"] = std::move(args);
    write(slice);
  }

  void arrows_into(std::size_t to) {
    for (const TaskId dependency : schedule_.dependencies_of(schedule_.tasks[to])) {
      const std::size_t from = index(dependency);
      if (tracks_.of_task[from] == tracks_.of_task[to]) continue;
      // An arrow belongs to the slice that holds its time, and a slice does not hold its own end.
      const std::int64_t length_ps = timeline_.finish_ps[from] - timeline_.start_ps[from];
      const std::int64_t leave_ps =
          timeline_.finish_ps[from] - std::min<std::int64_t>(length_ps, 1000);
      ++arrows_;
      end_of_arrow("s", from, leave_ps);
      end_of_arrow("f", to, timeline_.start_ps[to]);
    }
  }

  void end_of_arrow(std::string_view phase, std::size_t task, std::int64_t at_ps) {
    ordered_json end = event(phase, "data");
    end["cat"] = "flow";
    end["id"] = arrows_;
    end["tid"] = tracks_.of_task[task] + 1;
    end["ts"] = microseconds(at_ps);
    if (phase == "f") end["bp"] = "e";
    write(end);
  }

  void counter(std::string_view name, std::int64_t at_ps, double value) {
    ordered_json sample = event("C", name);
    sample["ts"] = microseconds(at_ps);
    sample["args"] = {{"value", value}};
    write(sample);
  }

  /// The clock of a domain is known from the tasks that run on it; it holds until the next change.
  void clocks() {
    struct Change {
      std::size_t domain;
      std::int64_t at_ps;
      int opp;
    };
    std::vector<Change> changes;
    for (std::size_t i = 0; i < schedule_.tasks.size(); ++i) {
      const Task& task = schedule_.tasks[i];
      const Unit& unit = job_.soc.units[task.unit];
      if (task.opp >= 0) changes.push_back({index(unit.domain), timeline_.start_ps[i], task.opp});
      if (task.host_opp >= 0 && unit.host_domain)
        changes.push_back({index(*unit.host_domain), timeline_.start_ps[i], task.host_opp});
    }
    std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
      return std::tie(a.domain, a.at_ps) < std::tie(b.domain, b.at_ps);
    });
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      const bool first = i == 0 || changes[i - 1].domain != change.domain;
      if (!first && changes[i - 1].opp == change.opp) continue;
      const Domain& domain = job_.soc.domains[change.domain];
      // Set before anything runs: the first task finds its clock as it needs it.
      counter(fmt::format("clock of {} (MHz)", domain.name), first ? 0 : change.at_ps,
              domain.opps[static_cast<std::size_t>(change.opp)].frequency_hz * 1e-6);
    }
  }

  const Job& job_;
  const Plan& plan_;
  const Schedule& schedule_;
  const Timeline& timeline_;
  Tracks tracks_;
  std::string out_;
  bool first_ = true;
  int arrows_ = 0;
};

}  // namespace

std::string chrome_trace(const Job& job, const Plan& plan, const Schedule& schedule,
                         const Timeline& timeline, const std::vector<CounterSample>& samples) {
  return TraceWriter(job, plan, schedule, timeline).run(samples);
}

}  // namespace partita
