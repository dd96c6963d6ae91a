// From a plan to the tasks of its schedule, in three steps. Internal to sim/plan.
//   draft_request: one request's tasks, in the plan's order
//   repeat: several requests, one by one or interleaved
//   assemble: changes of clocks beside the tasks that ask for them
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/plan/schedule.h"

namespace partita::lowering {

/// Where a reader finds what an operator made: the pieces, each on its unit, or all of it at home.
struct Source {
  Mode mode;
  Precision precision = Precision::fp32;
  Slice owned;     ///< What units that lack it fetch from here; the sources' tile the output.
  Slice computed;  ///< What is here: with halo rows.
};
/// Of a placed operator.
std::vector<Source> sources_of(const Soc& soc, const Plan& plan, OpId op);
/// Where its pieces are gathered; nothing: nowhere, or all of it is made there.
std::optional<UnitId> gathered_at(const Plan& plan, OpId op);
/// Elements of `tensor` that a share takes from source `j` of its maker: on the share's own unit
/// what is there, elsewhere what that unit has not computed itself.
double taken_elements(const Graph& graph, TensorId tensor, const std::vector<Source>& sources,
                      std::size_t j, OpId reader, const Share& share);
/// Elements of `tensor` in a slice of its maker.
double slice_elements(const Graph& graph, TensorId tensor, const Slice& slice);

/// An operator's share as its cost is asked for.
struct Part {
  OpId op{};
  Share share;
  bool spread = false;   ///< The plan uses several units.
  bool cut_off = false;  ///< It is not in the kernel that it is fused into when they are together.
};
Part part_of(const CostModel& model, const Graph& graph, const Plan& plan, OpId op,
             const Share& share, bool spread);
/// With what `overheads` leaves of it; latency includes what spreading adds.
std::optional<Cost> cost_of(const CostModel& model, const Graph& graph, const Part& part,
                            const Mode& mode, const Overheads& overheads);
/// Of parts that one unit runs at once: the unit is filled to its width, so they take the sum of
/// latency x occupancy, but no less than the longest chain of parts that wait for one another.
/// Bytes and energies add up. Parts are in topological order.
std::optional<Cost> cost_together(const CostModel& model, const Graph& graph,
                                  const std::vector<Part>& parts, const Mode& mode,
                                  const Overheads& overheads);

/// The operators of one stage (in the plan's order) as they are emitted: alone, or several that one
/// unit runs at once.
std::vector<std::vector<OpId>> stage_groups(const CostModel& model, const Graph& graph,
                                            const Plan& plan, const std::vector<OpId>& ops,
                                            bool spread, const Overheads& overheads);

/// A task with its dependencies, before the order of several requests is fixed, and what its cost
/// was asked for, so that it can be asked again at other OPPs.
struct Draft {
  Task task;
  std::vector<std::uint32_t> after;
  bool once = false;        ///< Of the first request only.
  std::vector<Part> parts;  ///< compute: what, one unless a stage runs several at once.
  OpId reader{};            ///< input, transfers: who waits for it.
  Mode from, to;            ///< transfers.
  Precision from_precision{}, to_precision{};
  std::size_t step = 0;
  bool recast = false;  ///< cast: not a step of a link.
  double elements = 0;  ///< transfers: size of the piece.

  /// Seconds and W at other OPPs of the task's unit.
  std::pair<double, double> cost_at(const CostModel& model, const Graph& graph, const Mode& mode,
                                    const Overheads& overheads) const;
};

std::vector<Draft> draft_request(const CostModel& model, const Graph& graph, const Plan& plan,
                                 const LowerOptions& options);

/// Each request after the one before has ended.
std::vector<Draft> one_by_one(const std::vector<Draft>& one, int requests);
/// On a free resource the oldest request that is ready goes first.
std::vector<Draft> interleave(const std::vector<Draft>& one, int requests);

void assemble(const CostModel& model, const Graph& graph, const std::vector<Draft>& drafts,
              const LowerOptions& options, Schedule& schedule);

}  // namespace partita::lowering
