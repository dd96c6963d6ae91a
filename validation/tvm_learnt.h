// What the suite adreno-ops learns from traces/: the SoCs' GPUs, the tuned kernels, and the plain
// method beside them.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "validation/tvm_tables.h"

namespace partita {

/// The SoCs of the tables, by name.
class TvmDevices {
 public:
  explicit TvmDevices(const Catalog& catalog) : catalog_(&catalog) {}
  /// Nothing when socs/ has no such SoC.
  std::optional<std::size_t> find(const std::string& soc);
  const std::vector<TvmDevice>& all() const { return devices_; }

 private:
  const Catalog* catalog_;
  std::map<std::string, std::size_t> at_;
  std::vector<TvmDevice> devices_;
};

/// Rows and what is predicted of them.
struct TvmOutcomes {
  std::vector<double> predicted, measured, sd, plain;
  std::vector<const TvmRow*> rows;
};

/// Relative least squares on [1, MACs, input, output, weights, output x window] by family, fp32 or
/// fp16, and SoC (of an unseen one: of all): what one fits without a model.
class TvmPlainMethod {
 public:
  explicit TvmPlainMethod(const std::vector<const TvmRow*>& rows);
  std::optional<double> predict(const TvmRow& row) const;

 private:
  using Key = std::tuple<std::string, int, bool>;
  std::map<Key, std::vector<double>> coefficients_;
};

using TvmRowTest = std::function<bool(const TvmRow&)>;

class TvmLearnt {
 public:
  explicit TvmLearnt(const Catalog& catalog);

  TvmDevices& devices() { return devices_; }
  const TvmTables& tables() const { return tables_; }
  /// Fitted to the rows that `use` accepts.
  TvmGpuFit fit(const TvmRowTest& use) const;
  TvmPlainMethod plain(const TvmRowTest& use) const;
  void predict(const TvmGpuFit& fit, const TvmPlainMethod& plain, const TvmRow& row,
               TvmOutcomes& outcomes);
  /// Sum of the network's kernels, each by its best template; nothing when the network or the SoC
  /// is unknown.
  std::optional<KernelEstimate> sum(const TvmGpuFit& fit, const TvmNetworkRow& row);

 private:
  void label_pairs();

  TvmDevices devices_;
  TvmTables tables_;
  std::vector<TvmMeasurement> evidence_;  ///< Of tables_.kernels.
  TvmNetworks networks_;
};

}  // namespace partita
