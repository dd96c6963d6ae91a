// Rates of the machine Partita runs on, each beside the raw limit it is measured against.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "partitioners/partitioner.h"

namespace partita {

/// Medians of the repetitions.
struct BenchResult {
  int repetitions = 0;
  double systemc_events_per_s = 0;  ///< The bare kernel with the simulation's number of processes.
  double simulate_tasks_per_s = 0;  ///< 10,000 tasks, 4 units, contention on.
  double simulate_events_per_task = 0;  ///< Kernel wake-ups.
  double simulate_events_per_s = 0;
  double simulate_of_raw = 0;  ///< simulate_events_per_s / systemc_events_per_s.
  double bus_asked = 0;        ///< Demand over capacity of the bus in that workload, were it alone.
  double full_bus_asked = 0;   ///< The same workload asking for more than there is.
  double full_bus_tasks_per_s = 0;
  double full_bus_events_per_task = 0;
  double estimate_tasks_per_s = 0;  ///< The same schedule, analytical.
  double scan_tasks_per_s = 0;  ///< Raw limit of the above: reading every task and dependency once.
  double estimate_of_raw = 0;
  double live_still_tasks_per_s = 0;  ///< Three networks at 30 frames/s; only the bus moves.
  double live_still_events_per_task = 0;
  double live_tasks_per_s = 0;  ///< With governors, heat, idle states and the memory's clock.
  double live_events_per_task = 0;
  double simulate_run_fixed_us = 0;  ///< A schedule of one task.
  double simulate_run_small_us = 0;  ///< A schedule of 20 tasks, as a search would run.
  int memory_runs = 0;
  double memory_growth_bytes = 0;  ///< Resident memory after those runs less before.
  double cost_table_ms = 0;        ///< Raw limit of partitioning: asking every cost once.
  std::map<std::string, std::optional<double>>
      partition_ms;  ///< Nothing: cannot do the 200 operators.
};

void measure_live(BenchResult& result);
BenchResult measure(std::span<const PartitionerInfo> infos,
                    const std::function<void(double)>& progress);

}  // namespace partita
