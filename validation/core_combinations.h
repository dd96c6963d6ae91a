// Whole networks that TFLite ran on every combination of a phone's cores: the committed evidence
// and what the fits to it say about other networks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/evidence.h"
#include "sim/cost/kernel_fit.h"
#include "sim/cost/size_model.h"

namespace partita {

/// Cores of one SoC at one precision, and what was measured on them.
struct CoreCombination {
  std::string soc, spec;  ///< `prime:1 gold:1`
  Precision precision{};
  UnitTraits unit;
  std::vector<NetworkRow> rows;
};

struct LatencyCase {
  SizedNetwork network;         ///< `latency_s`: as measured.
  std::size_t combination = 0;  ///< Index into CoreCombinations::all().
  double noise = 0;             ///< Relative, of the measurement.
  // Predictions:
  double latency_s = 0;
  double relative_sd = 0;  ///< With the measurement's noise.
  double plain_s = 0;
  bool by_graph = true;  ///< Not by its size alone.
};

class CoreCombinations {
 public:
  /// Reads every CPU row of traces/*/tflite-*. Throws InputError.
  explicit CoreCombinations(const Catalog& catalog);
  ~CoreCombinations();

  const std::vector<CoreCombination>& all() const { return all_; }
  /// Nothing when nobody has measured on it.
  std::optional<std::size_t> find(const std::string& soc, const std::string& spec,
                                  Precision precision) const;
  /// Null when it is not among the measured ones.
  const Soc* soc(const std::string& name) const;

  /// Every measured network, predicted by the others.
  std::vector<LatencyCase> cross_validate(const std::function<void(double)>& progress) const;
  /// Fills the predictions of `cases` by everything that was measured.
  void predict(std::vector<LatencyCase>& cases, const std::function<void(double)>& progress) const;

 private:
  struct Networks;
  double noise_of(const NetworkRow& row) const;
  std::vector<Measurement> measurements(const CoreCombination& c) const;
  double level_of(const CoreCombination& c) const;
  KernelFit::Options fit_options(Precision precision, bool by_group) const;
  KernelFit::Options at_level(KernelFit::Options options, const CoreCombination& c) const;
  std::vector<LatencyCase> cross_validate(std::size_t combination,
                                          const KernelFit::Options& options) const;

  const KernelForm& form_;
  std::map<std::string, Soc> socs_;
  std::vector<CoreCombination> all_;
  std::unique_ptr<Networks> networks_;
};

}  // namespace partita
