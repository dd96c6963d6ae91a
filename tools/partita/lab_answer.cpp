#include "tools/partita/lab_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/engine/engine.h"
#include "sim/report/outcome_json.h"
#include "sim/report/page_spec.h"
#include "tools/partita/evaluate.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

/// The unit at the highest of its candidate clocks.
Mode mode_on(const Prepared& prepared, const Yaml& where, const std::string& unit) {
  const UnitId id = prepared.soc.unit_by_name(unit, where.where());
  const auto found = std::find_if(prepared.modes.rbegin(), prepared.modes.rend(),
                                  [&](const Mode& mode) { return mode.unit == id; });
  if (found == prepared.modes.rend()) where.fail(fmt::format("{} takes no operators", unit));
  return *found;
}

OpId operator_named(const Graph& graph, const LabMove& move) {
  for (const OpId op : graph.order())
    if (graph.op(op).name == move.op && is_placed(graph.op(op))) return op;
  move.where.fail(fmt::format("no operator \"{}\" to place in {}", move.op, graph.name()));
}

std::vector<Share> shares_of(const Prepared& prepared, OpId op, const LabMove& move) {
  const auto share = [&](std::size_t i, const Slice& slice) {
    const Mode mode = mode_on(prepared, move.where, move.units[i]);
    return Share{mode, slice, prepared.soc.unit(mode.unit).default_precision};
  };
  if (move.units.size() == 1) return {share(0, {})};
  const std::vector<Axis> axes = cut_axes(prepared.graph, op);
  const auto axis =
      std::find_if(axes.begin(), axes.end(), [&](Axis a) { return to_string(a) == move.cut; });
  if (axis == axes.end())
    move.where.fail(fmt::format("{} cannot be cut along \"{}\"", move.op, move.cut));
  const std::int64_t extent = cut_extent(prepared.graph, op, *axis);
  if (extent < 2) move.where.fail(fmt::format("{} has nothing to cut there", move.op));
  const std::int64_t at = std::clamp<std::int64_t>(
      std::llround(move.part * static_cast<double>(extent)), 1, extent - 1);
  return {share(0, {*axis, 0, at}), share(1, {*axis, at, extent})};
}

Plan moved(const Prepared& prepared, Plan plan, const std::vector<LabMove>& moves) {
  for (const LabMove& move : moves) {
    const OpId op = operator_named(prepared.graph, move);
    plan.shares[index(op)] = shares_of(prepared, op, move);
    if (!plan.home.empty()) plan.home[index(op)].reset();
  }
  if (!moves.empty())
    if (const auto problems = check_plan(*prepared.model, prepared.graph, plan); !problems.empty())
      throw UnsupportedError(problems.front());
  return plan;
}

ordered_json units_json(const Prepared& prepared) {
  ordered_json list = ordered_json::array();
  const std::vector<std::string> colours = pages::unit_colours(prepared.soc);
  for (const Unit& unit : prepared.soc.units)
    list.push_back({{"name", unit.name},
                    {"colour", colours[list.size()]},
                    {"kind", to_string(unit.kind)},
                    {"domain", prepared.soc.domain(unit.domain).name},
                    {"precision", to_string(unit.default_precision)},
                    {"resources", unit.resources}});
  return list;
}

ordered_json domains_json(const Prepared& prepared) {
  ordered_json list = ordered_json::array();
  for (std::size_t d = 0; d < prepared.soc.domains.size(); ++d) {
    const Domain& domain = prepared.soc.domains[d];
    int now = -1;
    for (const Mode& mode : prepared.modes) {
      const Unit& unit = prepared.soc.unit(mode.unit);
      if (index(unit.domain) == d) now = std::max(now, static_cast<int>(mode.opp));
      if (unit.host_domain && index(*unit.host_domain) == d)
        now = std::max(now, static_cast<int>(mode.host_opp));
    }
    ordered_json opps = ordered_json::array();
    for (const Opp& opp : domain.opps) opps.push_back(opp.frequency_hz);
    list.push_back({{"name", domain.name}, {"opps_hz", opps}, {"opp", now}});
  }
  return list;
}

/// Every operator that is placed: what it is, where it may go, what it would take there.
ordered_json operators_json(const Prepared& prepared, const Plan& plan) {
  const Graph& graph = prepared.graph;
  ordered_json list = ordered_json::array();
  for (const OpId id : graph.order()) {
    const Operator& op = graph.op(id);
    if (!is_placed(op)) continue;
    ordered_json alone = ordered_json::array(), on = ordered_json::array(),
                 cuts = ordered_json::array(), reads = ordered_json::array();
    for (std::size_t u = 0; u < prepared.soc.units.size(); ++u) {
      const auto mode = std::find_if(prepared.modes.rbegin(), prepared.modes.rend(),
                                     [&](const Mode& m) { return index(m.unit) == u; });
      std::optional<Cost> cost;
      if (mode != prepared.modes.rend())
        cost = prepared.model->operator_cost(graph, id, {}, *mode,
                                             prepared.soc.units[u].default_precision);
      alone.push_back(cost ? ordered_json(cost->latency_s) : ordered_json());
    }
    for (const Share& share : plan.shares[index(id)])
      on.push_back({{"unit", index(share.mode.unit)},
                    {"cut", to_string(share.slice.axis)},
                    {"begin", share.slice.begin},
                    {"end", share.slice.end}});
    for (const Axis axis : cut_axes(graph, id))
      if (axis != Axis::batch && cut_extent(graph, id, axis) > 1) cuts.push_back(to_string(axis));
    for (const OpId before : graph.predecessors(id)) reads.push_back(graph.op(before).name);
    list.push_back({{"name", op.name},
                    {"kind", to_string(op.kind)},
                    {"shape", to_string(graph.tensor(op.outputs.front()).shape)},
                    {"macs", op.macs},
                    {"reads", reads},
                    {"shares", on},
                    {"cuts", cuts},
                    {"alone_s", alone}});
  }
  return list;
}

/// Tasks of one request; `ready_s`: when the last task it depends on has ended.
ordered_json tasks_json(const Prepared& prepared, const Schedule& schedule,
                        const Timeline& timeline) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i) {
    const Task& task = schedule.tasks[i];
    std::int64_t ready_ps = 0;
    for (const TaskId before : schedule.dependencies_of(task))
      ready_ps = std::max(ready_ps, timeline.finish_ps[index(before)]);
    list.push_back({{"kind", to_string(task.kind)},
                    {"op", index(task.op) < prepared.graph.size()
                               ? ordered_json(prepared.graph.op(task.op).name)
                               : ordered_json()},
                    {"unit", task.unit},
                    {"start_s", to_seconds(timeline.start_ps[i])},
                    {"finish_s", to_seconds(timeline.finish_ps[i])},
                    {"ready_s", to_seconds(ready_ps)},
                    {"alone_s", to_seconds(task.duration_ps)},
                    {"bytes", task.bytes}});
  }
  return list;
}

ordered_json single_json(const Prepared& prepared, Evaluator& evaluate) {
  auto single = best_single_unit(prepared);
  if (!single) return nullptr;
  const Outcome outcome = evaluate(single->name, "fixed", std::move(single->plan));
  return {{"name", outcome.name},
          {"value", outcome.value},
          {"latency_s", outcome.latency_s},
          {"energy_j", outcome.energy_j}};
}

}  // namespace

std::string lab_answer(const Prepared& prepared, Beliefs& beliefs, const std::string& partitioner,
                       const PartitionResult& result, const std::vector<LabMove>& moves) {
  Evaluator evaluate(prepared, beliefs.bounds(std::string(kTruth)));
  const Outcome outcome =
      evaluate(partitioner, moves.empty() ? std::string(to_string(result.status)) : "fixed",
               moved(prepared, result.plan, moves));
  const Schedule schedule = lower(*prepared.model, prepared.graph, outcome.plan);
  const Simulation simulation =
      simulate(schedule, {.contention = prepared.contention, .record = true});
  ordered_json samples = ordered_json::array();
  for (const Sample& sample : simulation.samples)
    samples.push_back({to_seconds(sample.at_ps), sample.bandwidth_bytes_per_s, sample.power_w});
  const Job job = prepared.job();
  ordered_json answer = job_json(job);
  answer["title"] = prepared.soc.title;
  answer["partitioner"] = partitioner;
  answer["moved"] = moves.size();
  add_outcome(answer, job, outcome);
  answer["single"] = single_json(prepared, evaluate);
  answer["shared_bandwidth_bytes_per_s"] = prepared.soc.memory.shared_bytes_per_s;
  answer["units"] = units_json(prepared);
  answer["domains"] = domains_json(prepared);
  answer["operators"] = operators_json(prepared, outcome.plan);
  answer["tasks"] = tasks_json(prepared, schedule, simulation.timeline);
  answer["samples"] = std::move(samples);
  return answer.dump();
}

}  // namespace partita
