// The SystemC simulation of a schedule: unit queues, resources, memory bus, clocks, energy.
// No SystemC type appears here; include systemc.h nowhere else in the house.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/plan/max_min.h"
#include "sim/plan/schedule.h"

namespace partita {

struct SimulateOptions {
  bool contention = true;  ///< Max-min sharing of the memory bus.
  bool record = false;     ///< Keep bandwidth and power samples for traces.
};

/// State from `at_ps` until the next sample.
struct Sample {
  std::int64_t at_ps = 0;
  double bandwidth_bytes_per_s = 0;
  double power_w = 0;
};

struct Simulation {
  Timeline timeline;
  std::vector<Sample> samples;  ///< Only with SimulateOptions::record.
  std::uint64_t events = 0;     ///< SystemC wake-ups it took.
};

/// Not thread-safe: SystemC has one kernel a process. Same input, byte-identical output.
Simulation simulate(const Schedule& schedule, const SimulateOptions& options = {});
/// Reuses the result's memory.
void simulate(const Schedule& schedule, const SimulateOptions& options, Simulation& result);

/// Events per second of the bare kernel (`methods` SC_METHODs that wake themselves), for `bench`.
double raw_kernel_events_per_s(int methods, std::uint64_t events);

}  // namespace partita
