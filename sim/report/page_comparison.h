// Pictures of many plans for one job, and of many jobs.
#pragma once

#include <string>
#include <vector>

#include "sim/report/comparison.h"
#include "sim/report/page_run.h"

namespace partita {

/// Every plan's value with its interval, bound and verdict.
PageSection ranking_section(const Job& job, const Comparison& comparison);
/// Latency against energy of every plan, with the front.
PageSection trade_off_section(const Comparison& comparison);
/// What each planner believed against what the simulation says.
PageSection belief_section(const Job& job, const Comparison& comparison);
/// The parts of each plan's latency side by side.
PageSection parts_section(const Comparison& comparison);

/// `best`: the run of the first row's plan.
Page comparison_page(const Job& job, const Comparison& comparison, const PlanStory& best);
/// A heat map of SoCs and networks, and how the algorithms fared.
Page grid_page(const std::vector<SocResult>& results);

/// Names with their number of appearances where they repeat: `vgg16`, `vgg16 (2)`.
std::vector<std::string> told_apart(std::vector<std::string> names);

}  // namespace partita
