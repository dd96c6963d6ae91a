// Measured pipelines on phones and boards, and the stage tables they are predicted from.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/engine/pipeline.h"

namespace partita {

/// A device of validation/co-execution/: its folder's meta.yaml and stages.csv.
struct CoExecutionDevice {
  std::string name;                ///< First of `names`.
  std::vector<std::string> names;  ///< As tables of schedules call it.
  std::map<std::string, PipelineDevice> apps;
  std::map<std::string, std::size_t> units;  ///< By the schedules' label.
  PipelineOptions options;
};
std::vector<CoExecutionDevice> load_co_execution_devices(const Catalog& catalog);
CoExecutionDevice load_co_execution_device(const Catalog& catalog,
                                           const std::filesystem::path& folder);

/// A chunk as written down, stages from 1.
struct LoggedChunk {
  std::string unit;
  std::size_t first = 0, last = 0;
};

/// A schedule with all its runs.
struct MeasuredSchedule {
  std::string device, id, app;  ///< `id`: of the raw table; may be empty.
  std::vector<LoggedChunk> chunks;
  std::vector<double> periods_s;
  int line = 0;  ///< Of its first row.
};

/// Ours (device, app, chunks, period_ms; others ignored by prediction: runs, least_ms, most_ms,
/// ran_nothing, chunk_ms) or the raw table (measured_period_ms, device_id). Chunks:
/// `GPU:1-7|Little:8-9` or `GPU:1,2|...`, in order and without a hole. Rows of one schedule are put
/// together; one without a period (empty, nan) only names it. Throws InputError.
std::vector<MeasuredSchedule> read_measured_schedules(const std::filesystem::path& path);

/// The logging program began each chunk one stage late: what it ran of this one.
PipelineChunk ran(const LoggedChunk& chunk, std::size_t unit);
/// A chunk of one stage ran nothing.
bool ran_nothing(const LoggedChunk& chunk);

}  // namespace partita
