// Applications in chunks, each on a unit of its own, tasks going round through queues: the time
// between two results when clocks, memory and waiting threads interfere. Event by event, in plain
// C++; times of stages come measured (alone, and with every unit at the same stage).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// A stage on a unit.
struct StageTime {
  double alone_s = 0;
  double all_busy_s = 0;  ///< While every other unit runs this stage too.
};

struct PipelineUnit {
  std::string name;
  int cores = 0;                  ///< Of a CPU: threads of its team, one a core; 0: an accelerator.
  std::vector<StageTime> stages;  ///< By stage of the application.
  /// Clocks of an accelerator whose launches overlap in a chunk. Without OPPs: each stage is
  /// submitted and waited for, and the table's two times hold all that its clocks do.
  Domain clock;
};

/// What an application meets on a device.
struct PipelineDevice {
  std::vector<PipelineUnit> units;
  double team_spin_s = 0;  ///< Threads of a team, after a parallel region, until they sleep.
};

/// A unit's part: stages `first` to `first + stages - 1`; none: tasks only pass.
struct PipelineChunk {
  std::size_t unit = 0, first = 0, stages = 0;
};

struct PipelineOptions {
  int tasks = 100;  ///< After which a worker ends.
  int queue = 15;   ///< Tasks in flight.
};

struct PipelineRun {
  double period_s = 0;              ///< Between results, from the first to the last.
  std::vector<double> chunk_s;      ///< Mean time of a task in each chunk, waiting excluded.
  std::vector<double> lowest_pace;  ///< By chunk: slowest of the clocks it met, of the top.
};

/// How the parts work (docs/model.md, pipelines):
/// - **Waiting workers yield in a loop**: to every governor their unit looks busy. Where a stage is
///   faster with all units busy, its path (launching thread, interconnect, DRAM) has a clock that
///   follows the sum of utilisations, schedutil's way: 1.25 x utilisation, half-life 32 ms.
/// - An accelerator's own clock follows its busy share as devfreq's simple_ondemand does.
/// - Where a stage is slower with all units busy, what they share was asked for more than it can
///   serve; the units at work now slow each other only as far as their demand exceeds that.
/// - The accelerator's worker is bound to no core: with no CPU unit left out of the pipeline it
///   waits on a core of a team's, which then has half of that core until the others are done.
/// - A worker that has done all its tasks ends; its team spins on for `team_spin_s`.
///
/// Throws std::logic_error on a chunk that names what is not there, or no work at all.
PipelineRun run_pipeline(const PipelineDevice& device, std::span<const PipelineChunk> chunks,
                         const PipelineOptions& options = {});

}  // namespace partita
