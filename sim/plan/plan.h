// What a partitioner decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"

namespace partita {

/// A part of an operator on one unit.
struct Share {
  Mode mode;
  Slice slice;  ///< Axis::none: the whole operator.
  Precision precision = Precision::fp32;
};

/// Operator to unit, or to several units by slices that tile its output.
struct Plan {
  /// By OpId; empty for inputs and constants.
  std::vector<std::vector<Share>> shares;
  /// Order in which operators enter the units' queues; empty: the graph's topological order.
  std::vector<OpId> order;
};

/// One mode per operator, indexed by OpId (ignored for inputs and constants), at each unit's
/// default precision.
Plan plan_from_modes(const Soc& soc, const Graph& graph, const std::vector<Mode>& modes);

/// Every way in which the plan is not executable, one line each; empty: legal.
/// Shares must tile the output, be supported by their unit, name existing OPPs; the order must be a
/// topological permutation of the placed operators.
std::vector<std::string> check_plan(const CostModel& model, const Graph& graph, const Plan& plan);

/// The unit letters of an unsplit plan in execution order, "GGLB"; units without a letter give '?',
/// split operators '*'.
std::string mapping_string(const Soc& soc, const Graph& graph, const Plan& plan);

}  // namespace partita
