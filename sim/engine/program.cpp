#include "sim/engine/program.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include <fmt/format.h>

namespace partita {

Fragment::Fragment(Schedule tasks) : schedule(std::move(tasks)) {
  const std::size_t n = schedule.tasks.size();
  std::vector<std::vector<std::uint32_t>> before(n);
  std::array<std::int64_t, 64> last;
  last.fill(-1);
  for (std::size_t i = 0; i < n; ++i) {
    const Task& task = schedule.tasks[i];
    for (TaskId d : schedule.dependencies_of(task))
      before[i].push_back(static_cast<std::uint32_t>(index(d)));
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1) {
      auto& previous = last[static_cast<std::size_t>(std::countr_zero(bits))];
      if (previous >= 0) before[i].push_back(static_cast<std::uint32_t>(previous));
      previous = static_cast<std::int64_t>(i);
    }
    std::sort(before[i].begin(), before[i].end());
    before[i].erase(std::unique(before[i].begin(), before[i].end()), before[i].end());
    const std::size_t unit = task.unit;
    if (unit_s.size() <= unit) unit_s.resize(unit + 1);
    std::int64_t least = task.duration_ps;
    if (task.pace >= 0)
      least = schedule.pace_duration_ps[schedule.pace_cell(task, schedule.initial_opp)];
    unit_s[unit] += to_seconds(least);
  }
  waits_for.resize(n);
  reader_begin.assign(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    waits_for[i] = static_cast<std::uint16_t>(before[i].size());
    for (std::uint32_t b : before[i]) ++reader_begin[b + 1];
  }
  for (std::size_t i = 0; i < n; ++i) reader_begin[i + 1] += reader_begin[i];
  readers.resize(reader_begin[n]);
  std::vector<std::uint32_t> next(reader_begin.begin(), reader_begin.end() - 1);
  for (std::size_t i = 0; i < n; ++i)
    for (std::uint32_t b : before[i]) readers[next[b]++] = static_cast<std::uint32_t>(i);
}

Program::Program(const CostModel& model, const Graph& graph, Plan plan, std::string label,
                 double planning_s)
    : model_(&model), graph_(&graph), label_(std::move(label)) {
  auto& ops = pieces_.emplace_back();
  for (OpId op : graph.order())
    if (is_placed(graph.op(op))) ops.push_back(op);
  LowerOptions options;
  options.free_clocks = true;
  Schedule schedule = lower(model, graph, plan, options);
  // Alone, at the plan's own clocks where it has any.
  alone_s_ = to_seconds(estimate(schedule).makespan_ps);
  if (planning_s > 0) {
    options.first = true;
    options.planning_s = planning_s;
    options.overheads.set(Overhead::compile, false);
    schedule = lower(model, graph, plan, options);
  }
  whole_ = std::make_unique<Fragment>(std::move(schedule));
  memory_bytes_ = memory_use(model.soc(), graph, plan).total_bytes();
}

Program::Program(const CostModel& model, const Graph& graph, std::vector<std::vector<OpId>> pieces,
                 std::vector<Mode> workers)
    : model_(&model),
      graph_(&graph),
      label_("pieces"),
      pieces_(std::move(pieces)),
      workers_(std::move(workers)) {
  for (const auto& ops : pieces_) {
    int any = -1;
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      double sum = 0;
      for (OpId op : ops) {
        const auto cost = model.operator_cost(graph, op, Slice{}, workers_[w],
                                              model.soc().unit(workers_[w].unit).default_precision);
        if (!cost) {
          sum = -1;
          break;
        }
        sum += cost->latency_s;
      }
      seconds_.push_back(sum);
      if (sum >= 0 && sum < best) best = sum, any = static_cast<int>(w);
    }
    if (any < 0)
      throw UnsupportedError(fmt::format("{}: no worker runs the piece that begins with {}",
                                         graph.name(), graph.op(ops.front()).name));
    any_worker_.push_back(static_cast<std::uint8_t>(any));
  }
  // Alone: the best of one worker for all that it runs, the others' pieces where they run fastest.
  alone_s_ = std::numeric_limits<double>::infinity();
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    std::vector<std::uint8_t> chosen = any_worker_;
    for (std::size_t p = 0; p < pieces_.size(); ++p)
      if (runs(p, w)) chosen[p] = static_cast<std::uint8_t>(w);
    const Plan plan = plan_for(chosen);
    LowerOptions options;
    options.free_clocks = true;
    const double seconds = to_seconds(estimate(lower(model, graph, plan, options)).makespan_ps);
    if (seconds >= alone_s_) continue;
    alone_s_ = seconds;
    memory_bytes_ = memory_use(model.soc(), graph, plan).total_bytes();
  }
}

Plan Program::plan_for(std::span<const std::uint8_t> chosen) const {
  std::vector<Mode> modes(graph_->size());
  std::vector<OpId> order;
  for (std::size_t p = 0; p < pieces_.size(); ++p)
    for (OpId op : pieces_[p]) {
      modes[index(op)] = workers_[p < chosen.size() ? chosen[p] : any_worker_[p]];
      order.push_back(op);
    }
  Plan plan = plan_from_modes(model_->soc(), *graph_, modes);
  plan.order = std::move(order);
  return plan;
}

const Fragment& Program::fragment(std::span<const std::uint8_t> chosen) const {
  if (whole_) return *whole_;
  auto& cached = cache_[std::string(chosen.begin(), chosen.end())];
  if (!cached) {
    LowerOptions options;
    options.free_clocks = true;
    options.part = pieces_[chosen.size() - 1];
    cached = std::make_unique<Fragment>(lower(*model_, *graph_, plan_for(chosen), options));
  }
  return *cached;
}

}  // namespace partita
