// Pictures that several kinds of page draw.
#pragma once

#include <string>
#include <vector>

#include "sim/report/outcome.h"
#include "sim/report/page.h"

namespace partita {

/// A point of a scatter plot. Lower is better along both axes where a front is drawn.
struct PagePoint {
  std::string name, group;
  double x = 0, y = 0;
  std::string note = {};  ///< Shown beside the name.
};
struct ScatterTitles {
  std::string x, y;           ///< With unit: `latency, ms`.
  std::string note = {};      ///< What PagePoint::note is; empty: not shown.
  bool front = true;          ///< Join the points of the first group that no other dominates.
  bool front_of_all = false;  ///< Of all groups together.
  bool logarithmic = false;
  bool diagonal = false;  ///< Draw where x equals y.
};
PageSection scatter_section(std::string heading, std::string lead, const ScatterTitles& titles,
                            const std::vector<PagePoint>& points);
/// Indices of the points that none dominates, by ascending x; equal points count once.
std::vector<std::size_t> front_of(const std::vector<PagePoint>& points);

/// Only a table.
PageSection table_section(std::string heading, std::string lead, PageTable table);

/// Name of what an objective's value is of: `latency`, `time a request`.
std::string objective_title(Objective objective);
/// Factor and unit for values around `typical` of an objective: 1e3 and `ms`.
struct Scaled {
  double factor = 1;
  std::string unit;
};
Scaled objective_scale(Objective objective, double typical);
/// Half of the 90 % interval of the objective's value: the latency's, carried over in proportion.
double value_interval_90(const Job& job, const Outcome& outcome);

/// SoC, network, runtime, costs, contention, compression, second device.
void add_job_facts(Page& page, const Job& job, const Outcome& outcome);

}  // namespace partita
