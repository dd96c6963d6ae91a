// A cost model that stands before another: every answer is the other's until a method says
// otherwise.
#pragma once

#include <optional>
#include <vector>

#include "sim/cost/cost.h"

namespace partita {

class WrappedCosts : public CostModel {
 public:
  /// Keeps a reference to `inner`: the caller keeps it alive.
  explicit WrappedCosts(const CostModel& inner) : inner_(inner) {}
  const Soc& soc() const override { return inner_.soc(); }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override;
  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override;
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override;
  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override;
  double compile_s(UnitId unit, double weight_bytes) const override;
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override;
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override;
  std::optional<TransferStep> arrival(const Graph& graph, OpId op, const Mode& mode) const override;
  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override;
  bool parks_idle_clocks() const override { return inner_.parks_idle_clocks(); }
  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision precision) const override;
  double base_power_w() const override { return inner_.base_power_w(); }

 protected:
  const CostModel& inner() const { return inner_; }

 private:
  const CostModel& inner_;
};

}  // namespace partita
