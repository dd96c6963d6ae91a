// Tables of tuned TVM kernels and whole networks on Adreno GPUs: ours (traces/<soc>/tvm-*), and the
// reduced AutoTVM logs as published (columns soc, task, dtype, input_shape, ...).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/tvm_gpu.h"

namespace partita {

/// One tuned kernel.
struct TvmRow {
  std::string soc;  ///< Name in socs/; empty: the table names no SoC.
  TvmKernel kernel;
  /// False where two fp16 rows of one kernel do not say which of them sums in fp32.
  bool numbers_known = true;
  std::vector<std::string> networks;  ///< That hold it.
  double latency_s = 0;
};

/// A whole inference.
struct TvmNetworkRow {
  std::string soc, network;
  TvmNumbers numbers = TvmNumbers::half;
  bool blocked = false;  ///< Of the campaign of 2022: blocked tensors, no Winograd.
  double latency_s = 0;
};

struct TvmTables {
  std::vector<TvmRow> kernels;
  std::vector<TvmNetworkRow> networks;
  std::size_t dropped = 0;  ///< Rows of templates for other GPUs, and of unnamed SoCs.
};

/// All of `traces/<soc>/tvm-<precision>/` with a templates.csv: kernels by template, on the GPU.
TvmTables read_tvm_traces(const Catalog& catalog);
/// A table of kernels or one of networks as published, told apart by their columns. Throws
/// InputError on any other.
TvmTables read_tvm_file(const std::filesystem::path& csv);

/// The kernels of the measured networks, with how often each occurs.
struct TvmNetworkKernel {
  TvmKernel kernel;
  double count = 1;
};
using TvmNetworks = std::map<std::string, std::vector<TvmNetworkKernel>>;
TvmNetworks read_tvm_networks(const std::filesystem::path& csv);

}  // namespace partita
