// How sure the latency of a plan is, and the difference of two.
#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/plan/evaluate.h"
#include "sim/plan/lowering.h"

namespace partita {

namespace {

/// 95 % point of the normal distribution: 90 % two-sided.
constexpr double kNinety = 1.645;

/// The terms of a plan's latency that can be wrong, keyed so that equal ones of two plans cancel.
struct Term {
  lowering::Part part;
  double latency_s = 0, own_error = 0;
};

struct Terms {
  std::vector<std::vector<Term>> by_op;
  std::array<double, 4> seconds{};        ///< By source.
  std::array<double, 4> shared_errors{};  ///< By source.
};

Terms terms_of(const CostModel& model, const Graph& graph, const Plan& plan) {
  Terms terms;
  terms.by_op.resize(graph.size());
  for (OpId op : graph.order())
    for (const Share& share : plan.shares[index(op)]) {
      lowering::Part part = lowering::part_of(model, graph, plan, op, share, false);
      const auto cost = lowering::cost_of(model, graph, part, share.mode, {});
      if (!cost) continue;
      const auto s = static_cast<std::size_t>(cost->source);
      terms.by_op[index(op)].push_back({part, cost->latency_s, cost->own_error});
      terms.seconds[s] += cost->latency_s;
      terms.shared_errors[s] = std::max(terms.shared_errors[s], cost->shared_error);
    }
  return terms;
}

double variance_of(const std::vector<HandOverStep>& steps) {
  double variance = 0;
  for (const HandOverStep& step : steps) variance += std::pow(step.own_error * step.latency_s, 2);
  return variance;
}

/// Of what one share reads of a tensor from the units that have it.
double reading_variance(const CostModel& model, const Graph& graph, const Plan& plan,
                        TensorId tensor, OpId reader, const Share& to) {
  const OpId maker = graph.tensor(tensor).producer;
  if (plan.shares[index(maker)].empty()) return 0;
  const auto sources = lowering::sources_of(model.soc(), plan, maker);
  double variance = 0;
  for (std::size_t j = 0; j < sources.size(); ++j) {
    const lowering::Source& from = sources[j];
    const bool stays = from.mode.unit == to.mode.unit;
    if (stays && from.precision == to.precision) continue;
    const double count = lowering::taken_elements(graph, tensor, sources, j, reader, to);
    if (count <= 0) continue;
    if (stays) {
      const TransferStep step = model.recast(count, to.mode, from.precision, to.precision);
      variance += std::pow(step.own_error * step.latency_s, 2);
    } else {
      variance += variance_of(hand_over_steps(model, graph, tensor, count, reader, from.mode,
                                              from.precision, to.mode, to.precision));
    }
  }
  return variance;
}

double gathering_variance(const CostModel& model, const Graph& graph, const Plan& plan, OpId op) {
  if (!lowering::gathered_at(plan, op)) return 0;
  const lowering::Source home = lowering::sources_of(model.soc(), plan, op).front();
  double variance = 0;
  for (const Share& share : plan.shares[index(op)]) {
    if (share.mode.unit == home.mode.unit) continue;
    for (TensorId tensor : graph.op(op).outputs) {
      const auto& readers = graph.tensor(tensor).consumers;
      variance += variance_of(hand_over_steps(model, graph, tensor,
                                              lowering::slice_elements(graph, tensor, share.slice),
                                              readers.empty() ? op : readers.front(), share.mode,
                                              share.precision, home.mode, home.precision));
    }
  }
  return variance;
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
    for (TensorId tensor : graph.op(op).inputs)
      for (const Share& share : plan.shares[index(op)])
        variance += reading_variance(model, graph, plan, tensor, op, share);
    variance += gathering_variance(model, graph, plan, op);
  }
  return variance;
}

/// The same rows on the same unit, as the same kernel.
bool same(const std::vector<Term>& a, const std::vector<Term>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Term& x, const Term& y) {
    const Share &s = x.part.share, &t = y.part.share;
    return s.mode == t.mode && s.slice == t.slice && s.halo == t.halo &&
           s.precision == t.precision && x.part.cut_off == y.part.cut_off;
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
    if (same(ta.by_op[op], tb.by_op[op])) continue;
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
