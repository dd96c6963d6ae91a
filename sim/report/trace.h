// Chrome trace events (readable by ui.perfetto.dev): a track per unit and per transfer channel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/report/outcome.h"

namespace partita {

/// Values of a counter from `at_ps` on.
struct CounterSample {
  std::int64_t at_ps = 0;
  double bandwidth_bytes_per_s = 0;
  double power_w = 0;
};

/// One process per SoC. Slices are tasks; arrows lead along dependencies from track to track, so
/// from producer over the channel to consumer; counters are memory bandwidth (GB/s), power (W) and
/// the clock of each domain (MHz). Times in microseconds, exact to the picosecond. Slices of one
/// track never overlap: hand-overs of one channel that run at once get a second track.
std::string chrome_trace(const Job& job, const Plan& plan, const Schedule& schedule,
                         const Timeline& timeline, const std::vector<CounterSample>& samples);

}  // namespace partita
