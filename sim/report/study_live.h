// Cells of a living phone: a workload on a SoC under conditions, and how it went by who decides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/comparison.h"

namespace partita {

struct StudyExperiment;

/// How it was decided where a request runs.
enum class LiveMade : std::uint8_t {
  kept,       ///< A plan made for the phone at its best.
  replanned,  ///< The same, made anew when units drift from what it assumed.
  foreseen,   ///< Plans by the same partitioner that knew the conditions.
  scheduled,  ///< A scheduler, piece by piece.
};
std::string_view to_string(LiveMade made);
/// Those of plans.
std::vector<std::string> ways_to_hold();

/// One stream of a run.
struct LiveStreamRow {
  std::string stream, model;
  std::size_t arrived = 0, done = 0;
  std::size_t late = 0;  ///< Lost, or answered after the deadline.
  double mean_s = 0, p50_s = 0, p95_s = 0, p99_s = 0;
  double alone_s = 0;           ///< A request with the phone to itself at the highest clocks.
  double slowdown = 0;          ///< Mean over that.
  double throughput_per_s = 0;  ///< Answered.
  double energy_j = 0;          ///< An inference, above the base power.
};

/// One run.
struct LiveRow {
  std::string decider;  ///< Partitioner or scheduler.
  LiveMade made = LiveMade::kept;
  std::vector<LiveStreamRow> streams;
  double fairness = 1;  ///< Jain's index of the streams' 1 / slowdown.
  double energy_per_inference_j = 0;

  /// "heft, re-planned"; a scheduler's is its own.
  std::string name() const;
  /// Of all requests.
  double late_share() const;
  std::size_t lost() const;
  /// Geometric mean over streams that answered anything.
  double slowdown() const;
};

/// A figure of all streams over the same of another run: geometric mean over the streams that both
/// answer; 0: none.
double ratio_over(const LiveRow& row, const LiveRow& than, double LiveStreamRow::*figure);

struct LiveCell {
  std::string soc, workload, runtime, conditions;
  std::vector<LiveRow> rows;
  std::vector<NotApplicable> left_out;
};

const LiveRow* find_row(const LiveCell& cell, std::string_view decider, LiveMade made);
/// The cell of the same SoC and workload under the experiment's first conditions.
const LiveCell& calm_sibling(const StudyExperiment& experiment, const LiveCell& cell);
/// Names of the deciders of a kind, in the order of the rows.
std::vector<std::string> deciders_of(const StudyExperiment& experiment, LiveMade made);

}  // namespace partita
