// Runtimes as data (traces/runtimes/*.yaml): what they fuse, at which precision and with which
// threads they run, what their delegates cannot run, and what a launch costs.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/graph/graph.h"
#include "sim/soc/soc.h"

namespace partita {

/// An operator that runs inside the kernel of the one before it: one of `kinds` with one of
/// `functions` (none: any), the only reader of a kernel that one of `after` leads.
struct FusionRule {
  std::vector<OpKind> after, kinds;
  std::vector<std::string> functions;
};

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
  /// Null when it does not drive such units.
  const RuntimeUnit* unit(UnitKind kind) const;
};

/// Throws InputError with file, line, column and key path.
Runtime load_runtime(const std::filesystem::path& path);

/// By operator: the one whose kernel it runs in (itself where it is not fused).
std::vector<OpId> fuse(const Graph& graph, std::span<const FusionRule> rules);

}  // namespace partita
