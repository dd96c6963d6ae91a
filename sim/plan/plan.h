// What a partitioner decides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"

namespace partita {

/// Rows computed beyond a slice of height, so that a later operator of the chain need not fetch
/// them from the unit that owns them.
struct Halo {
  std::int64_t before = 0, after = 0;
  bool operator==(const Halo&) const = default;
};

/// A part of an operator on one unit.
struct Share {
  Mode mode;
  Slice slice;  ///< Axis::none: the whole operator. What this unit answers for.
  Precision precision = Precision::fp32;
  Halo halo = {};  ///< Only with Axis::height; inside the output's extent.
  /// What the unit computes: the slice and its halo.
  Slice computed() const {
    if (slice.axis != Axis::height) return slice;
    return {slice.axis, slice.begin - halo.before, slice.end + halo.after};
  }
};

/// Operator to unit, or to several units by slices that tile its output.
struct Plan {
  /// By OpId; empty for inputs and constants.
  std::vector<std::vector<Share>> shares;
  /// Order in which operators enter the units' queues; empty: the graph's topological order.
  std::vector<OpId> order;
  /// By OpId, or empty: where the pieces of a split operator are gathered before anybody reads
  /// them. Nothing: every piece stays where it was made, and a reader fetches what its own unit has
  /// not computed. Operators in a row with neither home nor missing rows form a chain.
  std::vector<std::optional<UnitId>> home = {};
  /// By OpId, or empty: barrier number. A stage begins when the one before has ended; operators of
  /// a stage that wait for none of each other may share one unit at the same time (see
  /// Cost::occupancy). Numbers ascend along every edge.
  std::vector<int> stage = {};
};

/// Operators, in order, that run split along one axis without an exchange between them.
struct PlanChain {
  std::vector<OpId> ops;
  Axis axis = Axis::none;
};
/// The longest such runs, each of two operators or more.
std::vector<PlanChain> chains(const Graph& graph, const Plan& plan);

/// What a plan keeps in memory, bytes.
struct MemoryUse {
  std::vector<double> weights_bytes;  ///< By unit: a copy for every unit that computes with them.
  double activations_bytes = 0;       ///< Most that live at once in the plan's order, all copies.
  double duplicated_bytes = 0;        ///< Of the weights, what a single unit would not hold.
  double total_bytes() const;
};
MemoryUse memory_use(const Soc& soc, const Graph& graph, const Plan& plan);

/// One mode per operator, indexed by OpId (ignored for inputs and constants), at each unit's
/// default precision.
Plan plan_from_modes(const Soc& soc, const Graph& graph, const std::vector<Mode>& modes);

/// Every way in which the plan is not executable, one line each; empty: legal.
/// Shares must tile the output, be supported by their unit, name existing OPPs; halos must lie in
/// the output; stages must ascend along edges and in the order; the order must be a topological
/// permutation of the placed operators.
std::vector<std::string> check_plan(const CostModel& model, const Graph& graph, const Plan& plan);

/// The unit letters of an unsplit plan in execution order, "GGLB"; units without a letter give '?',
/// split operators '*'.
std::string mapping_string(const Soc& soc, const Graph& graph, const Plan& plan);

}  // namespace partita
