// Costs on a phone whose units are slower than they were profiled.
#pragma once

#include <vector>

#include "partitioners/belief.h"

namespace partita {

/// The profile, each unit slowed as it was of late.
class SlowedModel : public BeliefModel {
 public:
  SlowedModel(const CostModel& truth, std::vector<double> slowdown)
      : BeliefModel(truth), slowdown_(std::move(slowdown)) {}

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    return slowed(BeliefModel::operator_cost(graph, op, slice, mode, precision), mode);
  }
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    return slowed(BeliefModel::unfused_cost(graph, op, slice, mode, precision), mode);
  }

 private:
  std::optional<Cost> slowed(std::optional<Cost> cost, const Mode& mode) const {
    if (cost) cost->latency_s *= slowdown_[index(mode.unit)];
    return cost;
  }
  std::vector<double> slowdown_;
};

}  // namespace partita
