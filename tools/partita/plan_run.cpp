#include "tools/partita/plan_run.h"

namespace partita {

std::vector<CounterSample> counters_of(const std::vector<Sample>& samples) {
  std::vector<CounterSample> out;
  for (const Sample& s : samples) out.push_back({s.at_ps, s.bandwidth_bytes_per_s, s.power_w});
  return out;
}

PlanRun::PlanRun(const Prepared& prepared, const Job& job, const Plan& plan)
    : job_(job), overheads_(take_apart(prepared, "", plan)) {
  LowerOptions options;
  options.requests = objective_requests(job.objective);
  schedule_ = lower(job.model, job.graph, plan, options);
  simulation_ = simulate(schedule_, {.contention = job.contention, .record = true});
}

PlanStory PlanRun::story(const Outcome& outcome) const {
  return {job_,       outcome, schedule_, simulation_.timeline, counters_of(simulation_.samples),
          &overheads_};
}

}  // namespace partita
