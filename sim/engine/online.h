// The one interface through which schedulers that decide while the phone runs reach the engine. The
// engine owns it; the algorithms are in partitioners/online.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/engine/program.h"
#include "sim/engine/workload.h"

namespace partita {

/// A request whose next piece has no worker yet.
struct Waiting {
  std::uint32_t request = 0;  ///< Handle for an assignment.
  int stream = 0;
  std::size_t piece = 0;
  double arrived_s = 0;
  double deadline_s = 0;  ///< Absolute; infinity: none.
  int last_worker = -1;   ///< Of the piece before; -1: none.
};

struct WorkerState {
  Mode mode;
  double free_in_s = 0;  ///< Expected end of what it holds, from now; 0: idle.
  std::size_t held = 0;  ///< Pieces assigned and not ended.
  double clock = 1;      ///< Frequency over the highest.
  double slowdown = 1;   ///< EWMA of measured over expected time of its tasks.
  double temperature_c = 0;
  bool throttled = false;
  bool online = true;
};

/// A piece that a worker holds.
struct Held {
  int stream = 0;
  std::size_t piece = 0;
  int worker = 0;
};

struct StreamState {
  const Stream* stream = nullptr;
  const Program* program = nullptr;
};

/// What a scheduler may know: what a phone's runtime can measure, not what will happen.
struct LiveView {
  double now_s = 0;
  std::span<const Waiting> waiting;  ///< By arrival.
  std::span<const Held> held;        ///< Assigned and not ended, in no order.
  std::span<const WorkerState> workers;
  std::span<const StreamState> streams;
  /// [stream][piece x workers + worker]: EWMA of measured times, the profile where never measured.
  std::span<const std::vector<double>> expected_s;
  /// By unit: EWMA of measured over expected time of tasks; infinity: offline.
  std::span<const double> unit_slowdown;

  /// Infinite where the worker does not run the piece, is offline or fails it.
  double expected(int stream, std::size_t piece, std::size_t worker) const {
    const auto& row = expected_s[static_cast<std::size_t>(stream)];
    return row[piece * workers.size() + worker];
  }
};

struct Assignment {
  std::uint32_t request = 0;
  int worker = 0;  ///< kDrop: nobody runs it; it counts as dropped.
};
inline constexpr int kDrop = -1;

/// A new plan for a stream, from its next request on.
struct Replan {
  const Program* program = nullptr;  ///< Owned by the scheduler; nullptr: keep.
};

class OnlineScheduler {
 public:
  virtual ~OnlineScheduler() = default;
  /// Called when a request arrives, a piece ends or a unit comes back. What it leaves waits on.
  virtual void decide(const LiveView& view, std::vector<Assignment>& out) = 0;
  /// For streams with fixed plans: called when a request of `stream` arrives.
  virtual Replan replan(const LiveView&, int) { return {}; }
};

}  // namespace partita
