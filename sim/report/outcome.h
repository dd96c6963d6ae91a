// One plan after evaluation, and what it was evaluated on.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/compress.h"
#include "sim/plan/evaluate.h"
#include "sim/report/table.h"
#include "sim/soc/network.h"

namespace partita {

/// The question: which SoC, network, costs and objective.
struct Job {
  const Soc& soc;
  const Graph& graph;
  const CostModel& model;
  std::string runtime;    ///< Profile folder name, e.g. "armcl-fp32"; a runtime; or "roofline".
  bool measured = false;  ///< The profile has this network.
  bool kernel_models = false;               ///< Costs are fitted kernel models of `runtime`.
  std::vector<std::string> other_runtimes;  ///< Profiles that have it too.
  Objective objective = Objective::latency;
  bool contention = true;
  int requests = 1;                 ///< For the throughput: requests back to back.
  const Joined* joined = nullptr;   ///< The phone with a remote device; null: the phone alone.
  std::string remote_runtime = {};  ///< Where the remote device's costs come from.
  std::vector<CompressionEffect> compression = {};  ///< What made `graph` of the network asked for.
  std::vector<std::string> changes = {};  ///< KEY=VALUE that made `soc` of one that exists.
};

/// One of several plans of which the partitioner believed that none is better in everything.
struct FrontPoint {
  std::string mapping;
  double latency_s = 0, energy_j = 0;                    ///< One request alone, simulated.
  double believed_latency_s = 0, believed_energy_j = 0;  ///< As the partitioner saw them.
  double memory_bytes = 0;                               ///< Weights and activations, all copies.
};

struct Outcome {
  std::string name;  ///< Partitioner, "all on gpu", or "mapping".
  std::string
      status;  ///< Of the partitioner: optimal, heuristic, stopped; "fixed" for given plans.
  bool single_unit = false;
  Plan plan;
  std::string mapping;
  double value = 0;           ///< Simulated, of the job's objective: s, J, J s, s per request.
  double estimate_value = 0;  ///< The same from the analytical model.
  double latency_s = 0;       ///< One request alone, simulated.
  double estimate_latency_s = 0;
  double energy_j = 0;  ///< One request alone, base power included.
  double period_s = 0;  ///< Per request, Job::requests back to back.
  double lower_bound = 0;
  double gap = 0;               ///< estimate_value / lower_bound - 1.
  std::string belief;           ///< What the partitioner planned by; empty: a given plan.
  double believed_value = 0;    ///< `value` as the partitioner believed it.
  double memory_bytes = 0;      ///< Weights and activations, all copies.
  double duplicated_bytes = 0;  ///< Of the weights, held more than once.
  Uncertainty uncertainty;
  Breakdown breakdown;              ///< Of the one request.
  std::vector<double> utilisation;  ///< By unit, of the one request.
  std::vector<FrontPoint> front;    ///< By believed latency; empty: one answer.
};

/// Half of the two-sided 90 % interval of the latency, s.
double interval_90_s(const Outcome& outcome);

/// Short form for tables: runs of letters counted when the whole does not fit, `G12 B3 L60`.
std::string short_mapping(std::string_view mapping, std::size_t most);

/// `98 % of the time measured, 2 % roofline`
std::string cost_sources_text(const std::array<double, 4>& seconds_by_source);
/// Two lines: what was asked, and where the costs come from.
std::string job_text(const Job& job, const Outcome& outcome, const Style& style);
/// `units: B cpu-big fp32, G gpu fp32, N npu int8`: what the letters of a mapping mean.
std::string units_legend(const Soc& soc);
/// Unit, value and name of the objective: "latency", "energy", "energy x delay", "time a request".
std::string objective_text(Objective objective, double value);

/// The report of one run. `timeline` and `schedule` of the same run, for the stages' times.
std::string run_text(const Job& job, const Outcome& outcome, const Schedule& schedule,
                     const Timeline& timeline, const Style& style);
std::string run_json(const Job& job, const Outcome& outcome);
/// Every task of the run: what, where, when.
std::string tasks_csv(const Job& job, const Schedule& schedule, const Timeline& timeline);

}  // namespace partita
