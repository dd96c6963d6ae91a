// What a phone lived through, as text, JSON, CSV and a trace.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/live.h"
#include "sim/report/table.h"

namespace partita {

/// What the figures are of.
struct LiveStory {
  const LiveSetup& setup;
  const LiveResult& result;
  std::string workload, conditions, scheduler, runtime;
  std::vector<std::string> governors;  ///< By domain.
  std::vector<std::string> thermal_nodes;
};

std::string live_text(const LiveStory& story, const Style& style);
std::string live_json(const LiveStory& story);
/// A line a request: stream, arrived_s, started_s, ended_s, latency_s, end, missed.
std::string requests_csv(const LiveStory& story);
/// A line a sample: at_s, power_w, bandwidth, then clocks, temperatures and busy shares by name.
std::string samples_csv(const LiveStory& story);
/// Tasks by unit and counters, for ui.perfetto.dev.
std::string live_trace(const LiveStory& story);

}  // namespace partita
