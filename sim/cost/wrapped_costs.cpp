#include "sim/cost/wrapped_costs.h"

namespace partita {

std::optional<Cost> WrappedCosts::operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                                const Mode& mode, Precision precision) const {
  return inner_.operator_cost(graph, op, slice, mode, precision);
}

std::optional<OpId> WrappedCosts::fused_with(const Graph& graph, OpId op, const Mode& mode) const {
  return inner_.fused_with(graph, op, mode);
}

std::optional<Cost> WrappedCosts::unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                               const Mode& mode, Precision precision) const {
  return inner_.unfused_cost(graph, op, slice, mode, precision);
}

TransferStep WrappedCosts::recast(double elements, const Mode& mode, Precision from,
                                  Precision to) const {
  return inner_.recast(elements, mode, from, to);
}

double WrappedCosts::compile_s(UnitId unit, double weight_bytes) const {
  return inner_.compile_s(unit, weight_bytes);
}

Cost WrappedCosts::input_cost(const Graph& graph, OpId consumer, const Mode& mode) const {
  return inner_.input_cost(graph, consumer, mode);
}

std::vector<TransferStep> WrappedCosts::transfer(const Graph& graph, TensorId tensor, double bytes,
                                                 OpId consumer, const Mode& from,
                                                 const Mode& to) const {
  return inner_.transfer(graph, tensor, bytes, consumer, from, to);
}

std::optional<TransferStep> WrappedCosts::arrival(const Graph& graph, OpId op,
                                                  const Mode& mode) const {
  return inner_.arrival(graph, op, mode);
}

double WrappedCosts::dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const {
  return inner_.dvfs_delay_s(domain, from_opp, to_opp);
}

double WrappedCosts::spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                              Precision precision) const {
  return inner_.spread_s(graph, op, slice, mode, precision);
}

}  // namespace partita
