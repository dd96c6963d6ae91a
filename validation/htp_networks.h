// Whole networks on Hexagon tensor processors: one trend for all chipsets, through what each one's
// array and memory reach, and a factor for what is left over of each chipset.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "validation/ai_hub_runs.h"
#include "validation/htp_graphs.h"

namespace partita {

struct HtpCase {
  HubRun run;
  double latency_s = 0;  ///< Predicted.
  double relative_sd = 0;
  double plain_s = 0;  ///< 0: nothing to fit the plain method to.
};

class HtpNetworks {
 public:
  using Calibration = std::array<double, kHubPrecisions>;

  /// Keeps the runs whose chipset is known and whose network can be drawn; counts the others.
  HtpNetworks(std::vector<HubChipset> chipsets, const HubRuns& runs);

  const std::map<std::string, std::size_t>& dropped() const { return dropped_; }
  /// Each network by the others.
  std::vector<HtpCase> leave_networks_out(const std::function<void(double)>& progress) const;
  /// Each silicon by the others: peaks of the processors next in version, nothing of its own.
  std::vector<HtpCase> leave_chipsets_out() const;
  /// Runs from outside, by everything here but runs of the same network.
  std::vector<HtpCase> predict(const HtpNetworks& outside, const Calibration& sd) const;

  /// Relative standard deviations by precision with which nine in ten intervals hold.
  static Calibration calibrate(const std::vector<HtpCase>& cases);
  static void set_sd(std::vector<HtpCase>& cases, const Calibration& sd);

 private:
  struct Row {
    HubRun run;
    std::size_t chipset = 0;
    std::vector<double> design;  ///< Seconds at the peaks, by term.
    std::vector<double> plain;   ///< What the plain method goes by.
  };
  struct Model;
  using Chosen = std::function<bool(const Row&)>;

  Row row_of(const HubRun& run, std::size_t chipset) const;
  Model fit(const Chosen& chosen) const;
  void fit_factors(Model& model, const std::vector<const Row*>& rows) const;
  static HtpCase estimate(const Model& model, const Row& row);
  HubChipset guess(const HubChipset& unknown) const;

  std::vector<HubChipset> chipsets_;
  std::shared_ptr<HtpGraphs> graphs_;
  std::vector<Row> rows_;
  std::map<std::string, std::size_t> dropped_;
};

}  // namespace partita
