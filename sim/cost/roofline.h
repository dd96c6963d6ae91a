// Roofline on the SoC description: the base that measured profiles refine.
#pragma once

#include "sim/cost/profile.h"

namespace partita {

class RooflineModel : public CostModel {
 public:
  explicit RooflineModel(const Soc& soc) : soc_(soc) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override;
  double compile_s(UnitId unit, double weight_bytes) const override;
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override;
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override;
  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override;
  double base_power_w() const override { return soc_.base_power_w; }

  /// DRAM traffic of a slice: weights, inputs and outputs once, what stays inside a block twice.
  static double slice_bytes(const Work& work, Precision precision);

 private:
  const Soc& soc_;
};

/// What computing alone takes at the rate that kernels reach; infinite where the unit cannot.
double compute_floor_s(const Soc& soc, const Work& work, const Mode& mode, Precision precision);

}  // namespace partita
