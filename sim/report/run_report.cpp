#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "sim/report/json_text.h"
#include "sim/report/outcome_json.h"

namespace partita {
namespace {

using Align = TextTable::Align;

std::string ms(std::int64_t picoseconds) {
  return fmt::format("{:.3f}", 1e-9 * static_cast<double>(picoseconds));
}

/// Consecutive operators at one mode.
struct Stage {
  const Share* share = nullptr;  ///< Null: operators cut over several units.
  OpId first{}, last{};
  int count = 0;
  std::int64_t start_ps = std::numeric_limits<std::int64_t>::max(), finish_ps = 0, busy_ps = 0;
};

std::vector<Stage> stages_of(const Job& job, const Plan& plan,
                             std::vector<std::size_t>& stage_of_op) {
  std::vector<Stage> stages;
  stage_of_op.assign(job.graph.size(), 0);
  for (const OpId id : plan.order.empty() ? job.graph.order() : std::span<const OpId>(plan.order)) {
    const auto& shares = plan.shares[index(id)];
    if (shares.empty()) continue;
    const Share* share = shares.size() == 1 ? &shares.front() : nullptr;
    const bool same =
        !stages.empty() && share && stages.back().share && stages.back().share->mode == share->mode;
    if (!same) stages.push_back({.share = share, .first = id});
    stages.back().last = id;
    ++stages.back().count;
    stage_of_op[index(id)] = stages.size() - 1;
  }
  return stages;
}

std::string stages_text(const Job& job, const Outcome& outcome, const Schedule& schedule,
                        const Timeline& timeline, const Style& style) {
  std::vector<std::size_t> stage_of_op;
  auto stages = stages_of(job, outcome.plan, stage_of_op);
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    const Task& task = schedule.tasks[i];
    if (task.request != 0) continue;
    OpId op = task.op;
    if (task.kind == TaskKind::input)  // Belongs to the operator that waits for it.
      op = job.graph.successors(op).front();
    else if (task.kind != TaskKind::compute)
      continue;
    Stage& stage = stages[stage_of_op[index(op)]];
    stage.start_ps = std::min(stage.start_ps, timeline.start_ps[i]);
    stage.finish_ps = std::max(stage.finish_ps, timeline.finish_ps[i]);
    stage.busy_ps += timeline.finish_ps[i] - timeline.start_ps[i];
  }
  TextTable table({{"stage", Align::right},
                   {"runs on", Align::left, 34},
                   {"operators", Align::left, 34},
                   {"start ms", Align::right},
                   {"end ms", Align::right},
                   {"busy ms", Align::right}});
  constexpr std::size_t kMost = 24;
  for (std::size_t i = 0; i < stages.size() && i < kMost; ++i) {
    const Stage& stage = stages[i];
    const std::string names =
        stage.count == 1 ? job.graph.op(stage.first).name
                         : fmt::format("{}: {} .. {}", stage.count, job.graph.op(stage.first).name,
                                       job.graph.op(stage.last).name);
    table.add({std::to_string(i + 1),
               stage.share ? to_string(job.soc, stage.share->mode) : "cut over several units",
               names, ms(stage.start_ps), ms(stage.finish_ps), ms(stage.busy_ps)});
  }
  std::string out = table.render(style);
  if (stages.size() > kMost)
    out += fmt::format("  ... and {} more stages (--csv FILE has every task)\n",
                       stages.size() - kMost);
  return out;
}

std::string front_text(const Outcome& outcome, const Style& style) {
  using enum Dimension;
  TextTable table({{"latency", Align::right},
                   {"believed", Align::right},
                   {"energy", Align::right},
                   {"believed", Align::right},
                   {"memory", Align::right},
                   {"mapping", Align::left}});
  constexpr std::size_t kMost = 40;
  for (std::size_t i = 0; i < outcome.front.size() && i < kMost; ++i) {
    const FrontPoint& point = outcome.front[i];
    table.add(
        {format_quantity(point.latency_s, time), format_quantity(point.believed_latency_s, time),
         format_quantity(point.energy_j, energy), format_quantity(point.believed_energy_j, energy),
         format_quantity(point.memory_bytes, size), short_mapping(point.mapping, 40)});
  }
  std::string out = fmt::format("\n  front: {}\n\n",
                                outcome.front.size() == 1
                                    ? "one plan, believed best in latency, energy and memory"
                                    : std::to_string(outcome.front.size()) +
                                          " plans, each believed to be better than every other in "
                                          "something");
  out += table.render(style);
  if (outcome.front.size() > kMost)
    out += fmt::format("  ... and {} more (--json has every plan)\n", outcome.front.size() - kMost);
  return out;
}

std::string line(std::string_view title, const std::string& text) {
  return fmt::format("  {:<14}{}\n", title, text);
}

std::string time_of(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

std::string where_text(const Breakdown& time) {
  std::string text;
  const auto add = [&](std::string_view what, double seconds) {
    if (seconds > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, time_of(seconds));
  };
  add("compute", time.compute_s);
  add("input", time.input_s);
  add("transfer", time.transfer_s);
  add("sync", time.sync_s);
  add("start-up", time.startup_s);
  add("OPP changes", time.dvfs_s);
  add("longer because of the bus", time.contention_s);
  add("waiting for a unit", time.waiting_s);
  return text;
}

}  // namespace

std::string run_text(const Job& job, const Outcome& outcome, const Schedule& schedule,
                     const Timeline& timeline, const Style& style) {
  std::string out = job_text(job, outcome, style) + "\n";
  out += line("plan", fmt::format("{} ({}): {}", outcome.name, outcome.status,
                                  short_mapping(outcome.mapping, 60)));
  out += line("latency",
              fmt::format("{} ± {} (90 %); without contention {}", time_of(outcome.latency_s),
                          time_of(interval_90_s(outcome)), time_of(outcome.estimate_latency_s)));
  out += line("energy",
              fmt::format("{}, {} on average", format_quantity(outcome.energy_j, Dimension::energy),
                          format_quantity(outcome.energy_j / outcome.latency_s, Dimension::power)));
  out += line("throughput", fmt::format("{:.4g} inferences/s ({} requests back to back)",
                                        1 / outcome.period_s, job.requests));
  const bool split = outcome.mapping.find('*') != std::string::npos;
  out += line("bound", fmt::format("{} at least for any {}plan; gap {}",
                                   objective_text(job.objective, outcome.lower_bound),
                                   split ? "" : "unsplit ", percent(outcome.gap)));
  out += line("time went to", where_text(outcome.breakdown));
  std::string busy;
  for (std::size_t i = 0; i < outcome.utilisation.size(); ++i)
    busy += fmt::format("{}{} {}", busy.empty() ? "" : ", ", job.soc.units[i].name,
                        percent(outcome.utilisation[i], 0));
  out += line("units busy", busy) + "\n";
  out += stages_text(job, outcome, schedule, timeline, style);
  return outcome.front.empty() ? out : out + front_text(outcome, style);
}

std::string run_json(const Job& job, const Outcome& outcome) {
  nlohmann::ordered_json json = job_json(job);
  json["partitioner"] = outcome.name;
  add_outcome(json, job, outcome);
  json["front"] = front_json(outcome);
  json["assignment"] = assignment_json(job, outcome.plan);
  return json_text(json);
}

std::string tasks_csv(const Job& job, const Schedule& schedule, const Timeline& timeline) {
  std::string out = csv_line({"task", "request", "kind", "operator", "unit", "start_s", "finish_s",
                              "alone_s", "bytes", "power_w", "frequency_hz"});
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    const Task& task = schedule.tasks[i];
    const Unit& unit = job.soc.units[task.unit];
    const auto& opps = job.soc.domain(unit.domain).opps;
    out += csv_line(
        {std::to_string(i), std::to_string(task.request), std::string(to_string(task.kind)),
         job.graph.op(task.op).name, unit.name, csv_number(to_seconds(timeline.start_ps[i])),
         csv_number(to_seconds(timeline.finish_ps[i])), csv_number(to_seconds(task.duration_ps)),
         csv_number(task.bytes), csv_number(task.power_w),
         task.opp >= 0 ? csv_number(opps[static_cast<std::size_t>(task.opp)].frequency_hz) : ""});
  }
  return out;
}

}  // namespace partita
