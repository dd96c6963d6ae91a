// Pictures of what a phone lived through.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/report/live_report.h"
#include "sim/report/page.h"

namespace partita {

/// Who was served on which unit when, the requests in the house, clocks, heat, power and the bus
/// below on the same axis.
PageSection live_timeline_section(const LiveStory& story);
/// Every request's latency by arrival, deadlines and lost requests.
PageSection live_latency_section(const LiveStory& story);
/// Share of the requests answered within a time, by stream.
PageSection live_distribution_section(const LiveStory& story);
/// What became of the requests.
PageSection live_ends_section(const LiveStory& story);
PageSection live_units_section(const LiveStory& story);
Page live_page(const LiveStory& story);

/// Runs of a request's tasks on a unit, one after another with less than `gap_ps` between: one bar.
/// By start.
std::vector<LiveSpan> merged_spans(const std::vector<LiveSpan>& spans, std::int64_t gap_ps);

/// How many requests of a stream are there from a time on: waiting or being served.
struct QueueStep {
  std::int64_t at_ps = 0;
  int requests = 0;
};
std::vector<QueueStep> queue_of(const std::vector<RequestRecord>& requests, int stream);

}  // namespace partita
