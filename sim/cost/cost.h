// What an operator, a slice of one, or a hand-over of a tensor costs on a unit at an operating
// point, and how well that is known. Asked in the order measured profile, roofline.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/units.h"
#include "sim/graph/graph.h"
#include "sim/soc/soc.h"

namespace partita {

/// Where an operator runs: the unit and the OPPs of its own and its host's clock.
struct Mode {
  UnitId unit{};
  std::int16_t opp = 0;  ///< Index into the OPPs of the unit's domain.
  std::int16_t host_opp =
      -1;  ///< Index into the host domain's OPPs; -1: the unit has no host clock.
  bool operator==(const Mode&) const = default;
};

/// The unit at its highest clocks.
Mode top_mode(const Soc& soc, UnitId unit);
/// Every (OPP, host OPP) of the unit, ascending.
std::vector<Mode> all_modes(const Soc& soc, UnitId unit);
/// `gpu@800MHz/host 1800MHz`
std::string to_string(const Soc& soc, const Mode& mode);

/// How a cost is known, best first.
enum class CostSource : std::uint8_t { measured, fitted, roofline, free };
std::string_view to_string(CostSource source);

struct Cost {
  double latency_s = 0;
  double bytes = 0;    ///< DRAM traffic while it runs.
  double power_w = 0;  ///< Above the board's base power, without the DRAM's energy per byte.
  CostSource source = CostSource::free;
  /// Standard deviation of the relative error: `own` is independent from operator to operator,
  /// `shared` moves every cost of this source together.
  double own_error = 0;
  double shared_error = 0;
  double dispatch_s = 0;  ///< Of latency_s, launching it; 0 where the source does not tell.
  /// Part of the unit that it fills while it runs; what is left, operators of the same stage can
  /// use (see occupancy_of()).
  double occupancy = 1;
};

/// One step of handing a tensor over.
struct TransferStep {
  LinkTermKind kind{};
  UnitId on{};
  double latency_s = 0;
  double bytes = 0;
  double power_w = 0;    ///< Above the board's base power.
  double own_error = 0;  ///< Standard deviation of the relative error.
};

/// A unit that cannot run an operator is left out by returning no cost.
class CostModel {
 public:
  virtual ~CostModel() = default;
  virtual const Soc& soc() const = 0;
  /// Nothing when the unit does not support the operator at this precision.
  virtual std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                            const Mode& mode, Precision precision) const = 0;
  /// The operator that `op` reads and whose kernel on this unit computes `op` too, for nothing
  /// more; nothing: `op` begins a kernel. Where the two are not on one unit with the same rows,
  /// `op` costs unfused_cost() and begins a kernel itself: what is fused with `op` stays with it.
  virtual std::optional<OpId> fused_with(const Graph&, OpId, const Mode&) const {
    return std::nullopt;
  }
  virtual std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                           const Mode& mode, Precision precision) const {
    return operator_cost(graph, op, slice, mode, precision);
  }
  /// Changing the precision of `elements` of a tensor that stays on its unit: one pass over them.
  virtual TransferStep recast(double elements, const Mode& mode, Precision from,
                              Precision to) const;
  /// Building the graph of an accelerator that runs operators with these weights; 0 for others.
  virtual double compile_s(UnitId, double) const { return 0; }
  /// Loading the network's input for `consumer`, the first operator that reads it.
  virtual Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const = 0;
  /// Handing `bytes` of `tensor` to `consumer`; a cast step counts only when precisions differ, one
  /// of no time says that the others hold it. See hand_over_steps().
  /// Empty when both modes are on the same unit. Throws UnsupportedError when the SoC has no link
  /// for the pair.
  virtual std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                             OpId consumer, const Mode& from,
                                             const Mode& to) const = 0;
  /// Beginning a run of operators on a unit with `op`, the operator before it having run elsewhere:
  /// its threads wake, its caches are cold. Nothing: no such cost.
  virtual std::optional<TransferStep> arrival(const Graph&, OpId, const Mode&) const {
    return std::nullopt;
  }
  /// Delay of an OPP change.
  virtual double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const = 0;
  /// Does the runtime let the clock of a unit fall to its lowest OPP when work moves to another
  /// unit?
  virtual bool parks_idle_clocks() const { return false; }
  /// Seconds more that an operator takes because its plan spreads over several units, whose threads
  /// wait beside it.
  virtual double spread_s(const Graph&, OpId, const Slice&, const Mode&, Precision) const {
    return 0;
  }
  /// Power of the board with every unit idle.
  virtual double base_power_w() const = 0;
};

/// The steps that handing `count` elements of `tensor` over takes between these precisions. Without
/// a cast among the model's steps the reader's unit changes the precision (CostModel::recast).
struct HandOverStep : TransferStep {
  std::size_t asked = 0;  ///< Index into the model's answer.
  bool recast = false;    ///< Not in the model's answer.
};
std::vector<HandOverStep> hand_over_steps(const CostModel& model, const Graph& graph,
                                          TensorId tensor, double count, OpId consumer,
                                          const Mode& from, Precision from_precision,
                                          const Mode& to, Precision to_precision);

/// What `op` costs beyond operator_cost() when `before` ran on another unit; nothing when the two
/// have a kernel each anyway.
std::optional<Cost> cut_off_cost(const CostModel& model, const Graph& graph, OpId before, OpId op,
                                 const Mode& mode, Precision precision);

/// Costs of a graph's operators at given modes, laid out for search.
class CostTable {
 public:
  /// `modes`: candidates, the same for every operator; precision: each unit's default.
  /// Throws UnsupportedError naming the first operator that no mode can run.
  CostTable(const CostModel& model, const Graph& graph, std::vector<Mode> modes);

  const CostModel& model() const { return *model_; }
  const Graph& graph() const { return *graph_; }
  std::span<const Mode> modes() const { return modes_; }
  /// Operators a plan places: all but inputs and constants, in topological order.
  std::span<const OpId> placed() const { return placed_; }
  bool supported(OpId op, std::size_t mode) const { return latency_[slot(op, mode)] >= 0; }
  /// Seconds, with the loading of the network's input where `op` is the one that waits for it.
  double latency_s(OpId op, std::size_t mode) const { return latency_[slot(op, mode)]; }
  /// Energy above the base power, J: power_w x latency_s, and the DRAM's for the bytes.
  double energy_j(OpId op, std::size_t mode) const { return energy_[slot(op, mode)]; }
  double bytes(OpId op, std::size_t mode) const { return bytes_[slot(op, mode)]; }
  /// Part of the unit's width that it fills, 0 to 1.
  double occupancy(OpId op, std::size_t mode) const { return occupancy_[slot(op, mode)]; }
  /// The part of latency_s and energy_j that loads the network's input.
  double input_latency_s(OpId op, std::size_t mode) const { return input_latency_[slot(op, mode)]; }
  double input_energy_j(OpId op, std::size_t mode) const { return input_energy_[slot(op, mode)]; }
  /// Sum of the steps of handing everything `consumer` reads of `producer`'s outputs over, s and J,
  /// with what `consumer` costs more when that cuts it off from the kernel of `producer`, and with
  /// the arrival when `producer` comes right before `consumer` in order. Zero for producers
  /// that are not placed.
  struct Transfer {
    double latency_s = 0, energy_j = 0;
  };
  Transfer transfer(OpId producer, OpId consumer, std::size_t from_mode, std::size_t to_mode) const;

 private:
  std::size_t slot(OpId op, std::size_t mode) const { return index(op) * modes_.size() + mode; }
  const CostModel* model_;
  const Graph* graph_;
  std::vector<Mode> modes_;
  std::vector<OpId> placed_;
  std::vector<double> latency_, energy_, bytes_, occupancy_, input_latency_, input_energy_;
  std::vector<OpId>
      before_;  ///< By OpId: the placed operator before it in order; itself for the first.
};

/// Is it placed by a plan (neither input nor constant)?
bool is_placed(const Operator& op);

}  // namespace partita
