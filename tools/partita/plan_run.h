// A plan run once more, with what the pictures of a page need.
#pragma once

#include "sim/engine/engine.h"
#include "sim/report/page_run.h"
#include "tools/partita/prepare.h"

namespace partita {

std::vector<CounterSample> counters_of(const std::vector<Sample>& samples);

/// Every overhead of a plan alone, and all of them one after another. `planning_s` >= 0: of the
/// first request after start-up, decided in so many seconds.
ExplainedPlan take_apart(const Prepared& prepared, std::string name, const Plan& plan,
                         double planning_s = -1);

class PlanRun {
 public:
  /// As many requests as the job's objective needs.
  PlanRun(const Prepared& prepared, const Job& job, const Plan& plan);
  /// Refers to this, and to the job and the outcome.
  PlanStory story(const Outcome& outcome) const;

 private:
  const Job& job_;
  Schedule schedule_;
  Simulation simulation_;
  ExplainedPlan overheads_;
};

}  // namespace partita
