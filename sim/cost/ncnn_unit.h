// Processors as ncnn's kernels see them, and seconds at their peak.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/cost/core_types.h"
#include "sim/cost/ncnn_kernels.h"
#include "sim/soc/soc.h"

namespace partita {

/// A CPU cluster at its top clock.
struct NcnnCluster {
  const CoreType* core = nullptr;
  double clock_hz = 0;
  int cores = 0;
  double peak() const { return core->macs_per_cycle * clock_hz; }
};

enum class GpuFamily : std::uint8_t { none, nvidia, mali, adreno, apple, videocore, other };
GpuFamily gpu_family(std::string_view text);

/// What ncnn's times depend on in an SoC.
struct NcnnSoc {
  std::string name;
  std::vector<NcnnCluster> clusters;
  double bytes_per_s = 0;  ///< Peak of the memory.
  GpuFamily gpu = GpuFamily::none;
  double gpu_macs_per_s = 0;  ///< Peak in fp32; 0: unknown or none.
};
/// Of a description. Cores of no known type are taken by their width.
NcnnSoc ncnn_soc(const Soc& soc);

/// As ncnn's set_cpu_powersave: 0, 1, 2.
enum class NcnnCores : std::uint8_t { all, little, big };

/// One way to run: a GPU (with host threads for what it cannot do), or threads on some cores.
struct NcnnUnit {
  bool gpu = false;
  int threads = 1;       ///< As asked for.
  int running = 1;       ///< Of them, as many as there are cores.
  double over = 0;       ///< Threads without a core, per core.
  double core_peak = 0;  ///< MACs/s in fp32 of the slowest core in use.
  double clock_hz = 0;   ///< Of the fastest.
  double lanes = 0;      ///< MACs per cycle of the fastest.
  bool in_order = false, half = false, dot = false, matrix = false;
  bool mixed = false;  ///< Cores of unlike peak together.
  double bytes_per_s = 0;
  GpuFamily family = GpuFamily::none;
  double gpu_macs_per_s = 0;
  int era = 2;  ///< Version of ncnn: 0 up to May 2021, 1 up to 2022, 2 since 2023.
};
/// `date`: ISO 8601, when the version was current.
NcnnUnit ncnn_unit(const NcnnSoc& soc, bool gpu, NcnnCores cores, int threads,
                   std::string_view date);

/// Kinds of work that share one coefficient.
inline constexpr std::size_t kNcnnColumns = 20;
using NcnnSeconds = std::array<double, kNcnnColumns>;
/// Seconds at the unit's peak, by column.
NcnnSeconds ncnn_seconds(const NcnnCounts& counts, const NcnnUnit& unit);

/// What no GPU can stay below: multiplications at 80 % of its fp16 peak, twice that in fp32 (eight
/// times with tensor cores), weights from memory once. Zero for CPUs.
double ncnn_least_s(const NcnnCounts& counts, const NcnnUnit& unit);

/// Where units that get alike coefficients lie near each other.
std::vector<double> ncnn_features(const NcnnUnit& unit);

}  // namespace partita
