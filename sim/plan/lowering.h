// From a plan to the tasks of its schedule, in three steps. Internal to sim/plan.
//   draft_request: one request's tasks, in the plan's order
//   repeat: several requests, one by one or interleaved
//   assemble: changes of clocks beside the tasks that ask for them
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/plan/schedule.h"

namespace partita::lowering {

/// A task with its dependencies, before the order of several requests is fixed, and what its cost
/// was asked for, so that it can be asked again at other OPPs.
struct Draft {
  Task task;
  std::vector<std::uint32_t> after;
  Share share;           ///< compute: where and what.
  bool arrival = false;  ///< sync: the unit begins a run of operators.
  bool spread = false;   ///< compute: the plan uses several units.
  OpId reader{};         ///< input, transfers: who waits for it.
  Mode from, to;         ///< transfers.
  std::size_t step = 0;

  double asked_bytes = 0;  ///< transfers: size of the piece.

  /// Seconds and W at other OPPs of the task's unit.
  std::pair<double, double> cost_at(const CostModel& model, const Graph& graph,
                                    const Mode& mode) const;
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
