// Benchmark tables of ncnn's users (benchncnn), and what is known of the devices in them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/ncnn_fit.h"

namespace partita {

/// A row: one network on one device in one configuration.
struct NcnnRow {
  std::string device, soc, network;  ///< The network by its name in models/.
  bool gpu_run = false;              ///< Vulkan was on. Networks in int8 run on the CPU even so.
  bool on_gpu = false;
  NcnnCores cores = NcnnCores::all;
  int threads = 1;
  std::string date;      ///< When the table first had it.
  bool flagged = false;  ///< Noisy or implausible.
  double latency_s = 0;  ///< Mean.
};

/// Columns device, soc, unit, cores, num_threads, powersave, gpu_device, model, min_ms, max_ms,
/// avg_ms, quality_flag, first_seen_in_readme. Throws InputError.
std::vector<NcnnRow> read_ncnn_rows(const std::filesystem::path& csv);

/// `traces/<soc>/ncnn-*/networks.csv`, with the columns board, version, cores, threads and vulkan.
std::vector<NcnnRow> read_ncnn_traces(const Catalog& catalog);

/// Facts of the SoCs of the tables.
class NcnnDevices {
 public:
  explicit NcnnDevices(const Catalog& catalog) : catalog_(catalog) {}
  /// Of the description in socs/ that is meant, at the clock the device's text gives where it is
  /// clearly another; without one as far as that text says; nothing when it says nothing.
  std::optional<NcnnSoc> find(const std::string& soc, const std::string& device);

 private:
  std::optional<std::string> described(const std::string& soc);

  const Catalog& catalog_;
  std::map<std::string, std::string> words_;  ///< Of the descriptions, by name.
};

}  // namespace partita
