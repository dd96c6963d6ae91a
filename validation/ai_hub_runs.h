// Profile jobs of Qualcomm's AI Hub, and the tensor processors they ran on.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/kernel_work.h"

namespace partita {

/// Bits of weights and activations.
enum class HubPrecision : std::uint8_t { fp16, w8a8, w8a16 };
inline constexpr std::size_t kHubPrecisions = 3;
std::string_view to_string(HubPrecision precision);
/// Of weights.
Precision weights_of(HubPrecision precision);

struct HubRun {
  std::string network;  ///< Of the zoo.
  std::string chipset, runtime;
  HubPrecision precision{};
  bool mixed = false;  ///< Some layers on the CPU or GPU.
  double latency_s = 0;
};

struct HubRuns {
  std::vector<HubRun> runs;
  /// Rows left out, by reason.
  std::map<std::string, std::size_t> dropped;
};

/// Columns model, component, precision, soc, runtime, inference_ms; optional the others of the
/// published table. Throws InputError, also on any other column.
HubRuns read_hub_runs(const std::filesystem::path& path);

/// A chipset's tensor processor: peaks that its own runs reach, fitted.
struct HubChipset {
  std::string name, silicon;  ///< Chipsets of one silicon are one device.
  int version = 0;            ///< Of the tensor processor.
  double fp16_macs_per_s = 0, int8_macs_per_s = 0, bytes_per_s = 0, dispatch_s = 0;
  UnitTraits traits(HubPrecision precision) const;
};
std::vector<HubChipset> read_hub_chipsets(const Catalog& catalog);

}  // namespace partita
