#include "sim/plan/evaluate.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace partita {

namespace {

constexpr std::array<std::string_view, 4> kObjectives{"latency", "energy", "edp", "throughput"};

/// Enough requests that filling a pipeline of a few stages is a small part of the makespan.
constexpr int kThroughputRequests = 32;

/// 95 % point of the normal distribution: 90 % two-sided.
constexpr double kNinety = 1.645;

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
      sum.sync_s += alone_s;
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
  for (double* part : {&sum.compute_s, &sum.input_s, &sum.transfer_s, &sum.sync_s, &sum.dvfs_s,
                       &sum.contention_s, &sum.waiting_s})
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

namespace {

/// The terms of a plan's latency that can be wrong, keyed so that equal ones of two plans cancel.
struct Term {
  double latency_s, own_error;
  CostSource source;
};

struct Terms {
  std::vector<std::vector<Share>> shares;
  std::vector<std::vector<Term>> by_op;
  std::array<double, 4> seconds{};        ///< By source.
  std::array<double, 4> shared_errors{};  ///< By source.
};

Terms terms_of(const CostModel& model, const Graph& graph, const Plan& plan) {
  Terms terms;
  terms.shares = plan.shares;
  terms.by_op.resize(graph.size());
  for (OpId op : graph.order())
    for (const Share& share : plan.shares[index(op)]) {
      const auto cost = model.operator_cost(graph, op, share.slice, share.mode, share.precision);
      if (!cost) continue;
      const auto s = static_cast<std::size_t>(cost->source);
      terms.by_op[index(op)].push_back({cost->latency_s, cost->own_error, cost->source});
      terms.seconds[s] += cost->latency_s;
      terms.shared_errors[s] = std::max(terms.shared_errors[s], cost->shared_error);
    }
  return terms;
}

/// Variance of the hand-overs, which are rarely common to two plans.
double transfer_variance(const CostModel& model, const Graph& graph, const Plan& plan) {
  double variance = 0;
  std::optional<UnitId> before;
  for (OpId op : graph.order()) {
    if (plan.shares[index(op)].empty()) continue;
    const Mode& to = plan.shares[index(op)].front().mode;
    if (before && *before != to.unit)
      if (const auto arrival = model.arrival(graph, op, to))
        variance += std::pow(arrival->own_error * arrival->latency_s, 2);
    before = to.unit;
    for (TensorId tensor : graph.op(op).inputs) {
      const auto& from = plan.shares[index(graph.tensor(tensor).producer)];
      if (from.empty() || from.front().mode.unit == to.unit) continue;
      const double bytes = static_cast<double>(elements(graph.tensor(tensor).shape)) *
                           element_bytes(from.front().precision);
      for (const TransferStep& step :
           model.transfer(graph, tensor, bytes, op, from.front().mode, to))
        variance += std::pow(step.own_error * step.latency_s, 2);
    }
  }
  return variance;
}

bool same(const std::vector<Share>& a, const std::vector<Share>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Share& x, const Share& y) {
    return x.mode == y.mode && x.slice == y.slice && x.precision == y.precision;
  });
}

double own_variance(const std::vector<Term>& terms) {
  double variance = 0;
  for (const Term& term : terms) variance += std::pow(term.own_error * term.latency_s, 2);
  return variance;
}

}  // namespace

Uncertainty uncertainty(const CostModel& model, const Graph& graph, const Plan& plan) {
  const Terms terms = terms_of(model, graph, plan);
  double variance = transfer_variance(model, graph, plan);
  for (const auto& op : terms.by_op) variance += own_variance(op);
  for (std::size_t s = 0; s < terms.seconds.size(); ++s)
    variance += std::pow(terms.shared_errors[s] * terms.seconds[s], 2);
  return {std::sqrt(variance), terms.seconds};
}

double difference_sd_s(const CostModel& model, const Graph& graph, const Plan& a, const Plan& b) {
  const Terms ta = terms_of(model, graph, a), tb = terms_of(model, graph, b);
  double variance = 0;
  bool any = false;
  for (std::size_t op = 0; op < graph.size(); ++op) {
    if (same(ta.shares[op], tb.shares[op])) continue;
    any = true;
    variance += own_variance(ta.by_op[op]) + own_variance(tb.by_op[op]);
  }
  if (!any) return 0;
  variance += transfer_variance(model, graph, a) + transfer_variance(model, graph, b);
  for (std::size_t s = 0; s < ta.seconds.size(); ++s) {
    const double shared = std::max(ta.shared_errors[s], tb.shared_errors[s]);
    variance += std::pow(shared * (ta.seconds[s] - tb.seconds[s]), 2);
  }
  return std::sqrt(variance);
}

bool too_close_to_call(double difference_s, double sd_s) {
  return std::abs(difference_s) <= kNinety * sd_s;
}

}  // namespace partita
