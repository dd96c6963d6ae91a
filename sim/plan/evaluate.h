// Values, bounds and uncertainty of plans under an objective.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/schedule.h"

namespace partita {

enum class Objective : std::uint8_t { latency, energy, edp, throughput };
std::string_view to_string(Objective objective);
std::vector<std::string> objective_names();

/// Lower is better: s, J, J s, or s per request (period_s).
double objective_value(Objective objective, const Timeline& timeline);
/// Requests a schedule needs for the objective: 1, or enough to fill a pipeline for throughput.
int objective_requests(Objective objective);

/// A plan's value on the analytical model.
double plan_value(const CostModel& model, const Graph& graph, const Plan& plan,
                  Objective objective);

/// Which plans a bound holds for.
struct PlanSpace {
  bool split = true;  ///< Operators may be cut, a unit computing one share of each at most.
  bool any_precision = false;  ///< At every precision a unit runs, not its default alone.
};

/// Lower bounds on any plan of a space over the table's modes; each is valid by itself.
struct Bounds {
  PlanSpace space;
  double critical_path_s = 0;   ///< Longest path with every operator at its best, no transfers.
  double load_s = 0;            ///< Dual of the fractional assignment of work to resources.
  double memory_traffic_s = 0;  ///< Least traffic over the shared bandwidth.
  double energy_j = 0;          ///< Least energy above base plus base power over the latency bound.
  /// What load_s is proven with: prices of the resources' time by bit, sum 1. Any plan takes at
  /// least the sum of its tasks' times at these prices.
  std::array<double, 64> price{};
  /// The bus limits simulate() with contention; estimate() does not know it.
  double latency_s(bool with_bus = false) const;
  double value(Objective objective, bool with_bus = false) const;
};
/// Slices that no formula covers are sampled: tenths, quarters, halves and multiples of what
/// kernels are tiled by, from the first row or channel on.
Bounds lower_bounds(const CostTable& table, PlanSpace space = {});

/// Where the time of a request went: along the chain of tasks that ends last, from each task back
/// to what it waited for longest. The parts add up to the time from 0 to the request's end, s, mean
/// over the requests.
struct Breakdown {
  double compute_s = 0, input_s = 0, transfer_s = 0;
  double sync_s = 0;        ///< Waiting for units to say they have ended, and waking them.
  double startup_s = 0;     ///< Planning and building graphs.
  double dvfs_s = 0;        ///< Longer than at the OPPs asked for, while clocks were on their way.
  double contention_s = 0;  ///< Longer than alone, because of the bus.
  double waiting_s = 0;     ///< Ready, but the unit was busy.
};
Breakdown breakdown(const Schedule& schedule, const Timeline& timeline);
/// Fraction of the makespan in which the unit's resources are held, by unit index.
std::vector<double> utilisation(const Soc& soc, const Schedule& schedule, const Timeline& timeline);

/// Uncertainty of a plan's latency.
struct Uncertainty {
  double sd_s = 0;                            ///< Standard deviation of the total.
  std::array<double, 4> seconds_by_source{};  ///< By CostSource.
};
Uncertainty uncertainty(const CostModel& model, const Graph& graph, const Plan& plan);
/// Standard deviation of the difference of two plans' latencies: what they share cancels.
double difference_sd_s(const CostModel& model, const Graph& graph, const Plan& a, const Plan& b);
/// |difference| below the 90 % two-sided bound of its error.
bool too_close_to_call(double difference_s, double sd_s);

}  // namespace partita
