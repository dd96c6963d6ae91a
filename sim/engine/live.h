// The phone alive: streams of requests on a SoC whose clocks, heat, memory and other programs move.
// SystemC underneath; no SystemC type here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/conditions.h"
#include "sim/engine/online.h"
#include "sim/engine/program.h"
#include "sim/engine/workload.h"

namespace partita {

struct LiveStream {
  Stream stream;
  const Program* program = nullptr;
};

struct LiveOptions {
  bool contention = true;    ///< Sharing of the memory bus.
  bool governors = true;     ///< Clocks move; false: the highest.
  bool thermal = true;       ///< Temperatures and throttling, where the SoC has a thermal section.
  bool idle = true;          ///< Cores take their time to wake, where the SoC says how long.
  bool cache = true;         ///< CPU clusters at work share the last-level cache.
  bool memory_clock = true;  ///< The memory's clock follows the votes of the OPPs.
  bool conditions = true;    ///< Background load, caps, missing cores, failures.
  std::uint64_t seed = 0;
  double sample_s = 0;      ///< Time between samples; 0: none.
  bool spans = false;       ///< Keep every task's run, for traces.
  double longest_s = 3600;  ///< Of simulated time after the last arrival, for requests to end.
};

enum class RequestEnd : std::uint8_t { done, dropped, failed, unfinished };
std::string_view to_string(RequestEnd end);

struct RequestRecord {
  int stream = 0;
  std::int64_t arrived_ps = 0, started_ps = -1, ended_ps = -1;
  RequestEnd end = RequestEnd::unfinished;
  bool missed = false;  ///< Its deadline.
};

/// State at a time.
struct LiveSample {
  double at_s = 0;
  std::vector<double> clock_hz;       ///< By domain.
  std::vector<double> temperature_c;  ///< By node; empty without a thermal description.
  std::vector<double> unit_busy;      ///< By unit: share since the last sample.
  double power_w = 0;                 ///< Mean since the last sample.
  double bandwidth_bytes_per_s = 0;   ///< Now.
};

/// A task's run.
struct LiveSpan {
  std::int64_t start_ps = 0, end_ps = 0;
  int stream = 0;
  std::uint32_t request = 0;  ///< Index into LiveResult::requests.
  std::uint8_t unit = 0;
  TaskKind kind{};
  OpId op{};
};

struct LiveResult {
  std::vector<RequestRecord> requests;  ///< By arrival.
  std::vector<LiveSample> samples;
  std::vector<LiveSpan> spans;
  double elapsed_s = 0;  ///< Until the last request ended, or the workload's duration if later.
  double energy_j = 0;   ///< Base power and all.
  std::vector<double> unit_busy_s;         ///< By unit.
  std::vector<double> unit_energy_j;       ///< By unit, above the base.
  std::vector<double> stream_energy_j;     ///< By stream: its tasks', above the base.
  std::vector<double> mean_clock_hz;       ///< By domain, over time.
  std::vector<double> capped_s;            ///< By domain: time below what its governor wanted.
  std::vector<double> peak_temperature_c;  ///< By thermal node.
  bool critical = false;  ///< A critical trip was reached: the device would have switched off.
  double bytes = 0;
  double peak_memory_bytes = 0;  ///< Weights of all programs and what others hold.
  std::uint64_t tasks = 0, events = 0, clock_changes = 0;
};

/// Everything a run needs; all referred to must outlive it.
struct LiveSetup {
  const Soc* soc = nullptr;
  double base_power_w = 0;
  double duration_s = 0;
  std::vector<LiveStream> streams;
  std::vector<Mode> workers;             ///< For programs in pieces.
  OnlineScheduler* scheduler = nullptr;  ///< Must be given when a program is in pieces.
  Conditions conditions;
};

/// Not thread-safe: SystemC has one kernel a process. Same input and seed, byte-identical output.
/// Throws UnsupportedError (more than 64 units) and std::logic_error.
LiveResult live(const LiveSetup& setup, const LiveOptions& options = {});

/// One stream's figures.
struct StreamMetrics {
  std::size_t arrived = 0, done = 0, dropped = 0, failed = 0, unfinished = 0, missed = 0;
  double mean_s = 0, p50_s = 0, p95_s = 0, p99_s = 0, most_s = 0;
  double throughput_per_s = 0;
  double energy_j = 0;  ///< Per inference, above the base power.
  double slowdown = 0;  ///< Mean latency over the latency alone at the highest clocks.
};
struct LiveMetrics {
  std::vector<StreamMetrics> streams;
  double fairness = 1;                ///< Jain's index of the streams' 1 / slowdown.
  double energy_per_inference_j = 0;  ///< The whole device's.
};
/// Latency percentiles by nearest rank.
LiveMetrics live_metrics(const LiveSetup& setup, const LiveResult& result);

}  // namespace partita
