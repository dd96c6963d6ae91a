// Costs of a changed SoC, from the costs of the one that exists.
#pragma once

#include "sim/cost/device_changes.h"
#include "sim/cost/wrapped_costs.h"

namespace partita {

/// The equations are in sim/cost/README.md. Of an operator w = t - dispatch is split into what
/// computing takes and what the memory does, and each scales alone; nothing is counted twice, for
/// `inner` knows the SoC as it is. With no change every answer is `inner`'s, bit by bit.
class ChangedDevice final : public WrappedCosts {
 public:
  /// Keeps references: `changed`, a copy of inner.soc(), is what soc() says, and the changes are
  /// written into it.
  ChangedDevice(const CostModel& inner, Soc& changed, const DeviceChanges& changes);
  /// Instead of the changes so far.
  void change(const DeviceChanges& changes);

  const Soc& soc() const override { return changed_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override;
  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override;
  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override;
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override;
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override;
  std::optional<TransferStep> arrival(const Graph& graph, OpId op, const Mode& mode) const override;
  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision precision) const override;
  double base_power_w() const override { return changes_.base_power.of(inner().base_power_w()); }

 private:
  /// As one unit sees its memory.
  struct OfMemory {
    double bytes_per_s = 0;  ///< Of the unit as it is.
    double stretch = 1;      ///< Old bandwidth over new.
  };
  bool same(std::size_t unit) const;
  /// Of moving `bytes`, s, before the change: never more than `most_s`.
  double floor_s(std::size_t unit, double bytes, double most_s) const;
  void change_operator(Cost& cost, const Graph& graph, OpId op, const Slice& slice,
                       const Mode& mode, Precision precision) const;
  void change_step(TransferStep& step) const;

  Soc& changed_;
  DeviceChanges changes_;
  std::vector<OfMemory> memory_;  ///< By unit.
};

}  // namespace partita
