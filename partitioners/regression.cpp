#include "partitioners/regression.h"

#include <algorithm>
#include <limits>

#include "sim/cost/kernel_fit.h"

namespace partita {
namespace {

std::uint64_t key(const Mode& mode, Precision precision) {
  return (static_cast<std::uint64_t>(index(mode.unit)) << 20) |
         (static_cast<std::uint64_t>(mode.opp) << 11) |
         (static_cast<std::uint64_t>(mode.host_opp + 1) << 2) |
         static_cast<std::uint64_t>(precision);
}

/// The first placed operator of a training network.
OpId only_operator(const Graph& graph) {
  return *std::find_if(graph.order().begin(), graph.order().end(),
                       [&](OpId op) { return is_placed(graph.op(op)); });
}

double elements(const KernelWork& work) {
  return work.input_elements + work.output_elements + work.weight_elements;
}

/// Of operators without an equation: operations, and elements read and written.
void general_terms(const KernelWork& work, std::vector<double>& terms) {
  terms = {1, work.macs + work.simple_ops, elements(work)};
}

}  // namespace

std::vector<double> fit_terms(const std::vector<std::vector<double>>& rows,
                              const std::vector<double>& latency_s) {
  TrendProblem problem;
  problem.terms = rows[0].size();
  problem.measured_s = latency_s;
  problem.relative_sd.assign(rows.size(), 1);
  problem.huber = std::numeric_limits<double>::infinity();
  problem.rounds = 1;
  problem.prior_sd.assign(problem.terms, std::numeric_limits<double>::infinity());
  problem.prior.assign(problem.terms, 0);
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t t = 0; t < problem.terms; ++t) {
      problem.design.push_back(rows[i][t]);
      problem.prior[t] += rows[i][t] / latency_s[i] / static_cast<double>(rows.size());
    }
  for (double& scale : problem.prior) scale = scale > 0 ? 1 / scale : 0;  // Columns alike in size.
  return fit_trend(problem);
}

RegressionBelief::RegressionBelief(const CostModel& truth, const Graph& graph, LatencyForm form)
    : BeliefModel(truth), graph_(graph), form_(std::move(form)), training_(training_operators()) {}

RegressionBelief::RegressionBelief(std::unique_ptr<CostModel> inner, const Graph& graph,
                                   LatencyForm form)
    : BeliefModel(*inner),
      inner_(std::move(inner)),
      graph_(graph),
      form_(std::move(form)),
      training_(training_operators()) {}

RegressionBelief::Known RegressionBelief::know(const Graph& graph, OpId op, const Mode& mode,
                                               Precision precision) const {
  return {truth().operator_cost(graph, op, {}, mode, precision),
          {-1, -1, -1, -1},
          kernel_of(graph, op, {}, precision)};
}

/// A layer profile knows its own network's operators only: it answers for others by another method,
/// and then the network's are what it can be trained on.
std::vector<RegressionBelief::Sample> RegressionBelief::profile(const Mode& mode,
                                                                Precision precision) const {
  std::vector<Sample> of_network, of_training;
  const auto add = [&](const Graph& graph, OpId op, std::vector<Sample>& samples) {
    const auto cost = truth().operator_cost(graph, op, {}, mode, precision);
    if (cost && cost->latency_s > 0)
      samples.push_back({kernel_of(graph, op, {}, precision), *cost});
  };
  for (OpId op : graph_.order())
    if (is_placed(graph_.op(op))) add(graph_, op, of_network);
  const bool measured = std::any_of(of_network.begin(), of_network.end(), [](const Sample& s) {
    return s.cost.source == CostSource::measured;
  });
  if (measured) return of_network;
  for (const Graph& graph : training_) add(graph, only_operator(graph), of_training);
  return of_training.empty() ? of_network : of_training;
}

const RegressionBelief::Fit& RegressionBelief::fit(const Mode& mode, Precision precision) const {
  const auto [at, fresh] = fits_.try_emplace(key(mode, precision));
  Fit& fit = at->second;
  if (!fresh) return fit;
  fit.traits = traits_of(soc(), mode, precision);
  struct Table {
    std::vector<std::vector<double>> rows;
    std::vector<double> latency_s;
  };
  std::vector<Table> tables(form_.classes);
  Table all;
  std::vector<double> terms;
  for (const Sample& sample : profile(mode, precision)) {
    const std::size_t c = form_.class_of(sample.work, fit.traits);
    form_.terms(c, sample.work, fit.traits, terms);
    tables[c].rows.push_back(terms);
    tables[c].latency_s.push_back(sample.cost.latency_s);
    general_terms(sample.work, terms);
    all.rows.push_back(terms);
    all.latency_s.push_back(sample.cost.latency_s);
  }
  constexpr std::size_t kFewest = 3;
  fit.of_class.resize(form_.classes);
  for (std::size_t c = 0; c < form_.classes; ++c)
    if (tables[c].rows.size() >= kFewest)
      fit.of_class[c] = fit_terms(tables[c].rows, tables[c].latency_s);
  if (!all.rows.empty()) fit.general = fit_terms(all.rows, all.latency_s);
  return fit;
}

double RegressionBelief::predict_s(const KernelWork& work, const Mode& mode,
                                   Precision precision) const {
  const Fit& fitted = fit(mode, precision);
  const std::size_t c = form_.class_of(work, fitted.traits);
  const std::vector<double>* coefficients = &fitted.of_class[c];
  std::vector<double> terms;
  if (coefficients->empty()) {
    coefficients = &fitted.general;
    general_terms(work, terms);
  } else {
    form_.terms(c, work, fitted.traits, terms);
  }
  double sum_s = 0;
  for (std::size_t t = 0; t < coefficients->size(); ++t) sum_s += (*coefficients)[t] * terms[t];
  return sum_s;
}

std::optional<Cost> RegressionBelief::cost(const Graph& graph, OpId op, const Slice& slice,
                                           const Mode& mode, Precision precision,
                                           bool unfused) const {
  Known stranger;
  Known* known = &stranger;
  if (&graph == &graph_) {
    const auto [at, fresh] =
        known_.try_emplace((static_cast<std::uint64_t>(index(op)) << 32) | key(mode, precision));
    known = &at->second;
    if (fresh) *known = know(graph, op, mode, precision);
  } else {
    stranger = know(graph, op, mode, precision);
  }
  if (!known->whole) return std::nullopt;
  if (slice.axis != Axis::none) {
    signed char& cuts = known->cuts[static_cast<std::size_t>(slice.axis)];
    if (cuts < 0) cuts = truth().operator_cost(graph, op, slice, mode, precision).has_value();
    if (cuts == 0) return std::nullopt;
  }
  Cost believed = *known->whole;
  if (believed.source == CostSource::free || (believed.latency_s <= 0 && !unfused)) return believed;
  std::optional<KernelWork> part;
  if (slice.axis != Axis::none) part = kernel_of(graph, op, slice, precision);
  const KernelWork& work = part ? *part : known->work;
  believed.latency_s = predict_s(work, mode, precision);
  if (const double whole = elements(known->work); whole > 0)
    believed.bytes *= elements(work) / whole;
  believed.bytes = std::min(
      believed.bytes, believed.latency_s * soc().unit(mode.unit).memory_bandwidth_bytes_per_s);
  believed.dispatch_s = std::min(believed.dispatch_s, believed.latency_s);
  return believed;
}

std::optional<Cost> RegressionBelief::operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                                    const Mode& mode, Precision precision) const {
  return cost(graph, op, slice, mode, precision, false);
}

std::optional<Cost> RegressionBelief::unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                                   const Mode& mode, Precision precision) const {
  return cost(graph, op, slice, mode, precision, true);
}

}  // namespace partita
