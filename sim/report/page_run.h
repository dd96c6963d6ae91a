// Pictures of one plan's run: what ran when, what limited it, and where the network was cut.
#pragma once

#include <string>
#include <vector>

#include "sim/report/explanation.h"
#include "sim/report/outcome.h"
#include "sim/report/page_pictures.h"
#include "sim/report/trace.h"

namespace partita {

/// A plan with the run that its pictures show. `samples`: bus and power; empty: not recorded.
struct PlanStory {
  const Job& job;
  const Outcome& outcome;
  const Schedule& schedule;
  const Timeline& timeline;
  std::vector<CounterSample> samples = {};
  const ExplainedPlan* overheads = nullptr;  ///< Null: not taken apart.
};

/// Tasks by unit and channel, the bus and the power below on the same axis.
PageSection timeline_section(const PlanStory& story);
/// Value with its interval beside bound, estimate and belief.
PageSection value_section(const PlanStory& story);
/// Breakdown of the latency as a waterfall: the steps add up to it.
PageSection waterfall_section(const PlanStory& story);
/// The objective's value from computing alone, overheads switched on one after another.
PageSection overheads_section(const Job& job, const ExplainedPlan& plan);
PageSection utilisation_section(const PlanStory& story);
/// The partition on the network graph.
PageSection network_section(const PlanStory& story);
/// Plans of which none is better in everything, of a partitioner that gives several.
PageSection front_section(const PlanStory& story);

/// Names and numbers of the waterfall, in the order drawn; without steps that are zero.
std::vector<std::pair<std::string, double>> waterfall_steps(const Breakdown& breakdown);
/// Samples averaged over at most `most` equal times, so that energy and traffic are kept.
std::vector<CounterSample> thinned(const std::vector<CounterSample>& samples, std::int64_t end_ps,
                                   std::size_t most);

Page run_page(const PlanStory& story);

}  // namespace partita
