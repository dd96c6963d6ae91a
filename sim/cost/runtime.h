// Runtimes as data (traces/runtimes/*.yaml): what they fuse, at which precision and with which
// threads they run, what their delegates cannot run, and what a launch costs.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/graph/fusion.h"
#include "sim/graph/graph.h"
#include "sim/soc/soc.h"

namespace partita {

/// How a runtime drives one kind of unit.
struct RuntimeUnit {
  UnitKind kind = UnitKind::cpu;
  std::string backend;                ///< e.g. "XNNPACK", "GPU delegate (OpenCL)"
  std::vector<Precision> precisions;  ///< It can run; the first is the default.
  std::string threading;              ///< How a parallel loop is cut: "even", "dynamic" or "none".
  double dispatch_s = 0;              ///< Launch of one kernel.
  std::vector<FusionRule> fusions;
  std::vector<OpKind> unsupported;  ///< Fall back to the CPU.
};

struct Runtime {
  std::string name;  ///< File stem, e.g. "tflite".
  std::string title, version, source, licence;
  Known known{};
  std::vector<RuntimeUnit> units;
  /// Part by which a part of an operator takes longer while another unit computes the rest.
  double co_run = 0;
  /// One thread launches on all units in turn: one that it waits for has nothing to do meanwhile.
  bool serial_launches = false;
  /// Null when it does not drive such units.
  const RuntimeUnit* unit(UnitKind kind) const;
};

/// Throws InputError with file, line, column and key path.
Runtime load_runtime(const std::filesystem::path& path);

}  // namespace partita
