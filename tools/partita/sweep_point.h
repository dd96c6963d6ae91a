// One point of a sweep put to work: what neighbouring points have in common stays prepared.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "partitioners/plugin.h"
#include "tools/partita/live_stage.h"
#include "tools/partita/opened.h"
#include "tools/partita/sweep.h"

namespace partita {

/// A SoC with a network or workload, ready to be changed; or why there is none.
struct SweepSetting {
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<LiveStage> stage;  ///< Of live points, instead.
  std::vector<ChangeKey> changes;    ///< By axis of the plan; empty for others.
  std::string reason;
};

class SweepPoints {
 public:
  SweepPoints(const SweepPlan& plan, const std::vector<std::string>& plugins);
  /// As many settings of the plan as are kept, so that processes that fork share them.
  void prepare_all(const sweep::Design& design);
  sweep::Row evaluate(std::uint64_t number, std::span<const double> values);

 private:
  std::string name(SweepUse use, std::span<const double> values,
                   const std::string& otherwise) const;
  double number(SweepUse use, std::span<const double> values, double otherwise) const;
  JobRequest request(std::span<const double> values) const;
  SweepSetting& setting(std::span<const double> values);
  std::unique_ptr<SweepSetting> make_setting(std::span<const double> values);
  DeviceChanges changes(const SweepSetting& setting, const Soc& soc,
                        std::span<const double> values) const;
  OptionValues options(SweepUse use, std::span<const double> values) const;
  /// `by`: empty: the point's partitioner.
  Plan decide_plan(const Prepared& prepared, std::span<const double> values,
                   const std::string& by = {}) const;
  LiveSetup live_setup(LiveStage& stage, std::span<const double> values);
  void run(SweepSetting& setting, std::span<const double> values, sweep::Row& row);
  void live(SweepSetting& setting, std::span<const double> values, sweep::Row& row);

  const SweepPlan& plan_;
  Opened opened_;
  Registry registry_;
  struct Known {
    std::unique_ptr<SweepSetting> setting;
    std::uint64_t used = 0;
  };
  /// What a live point's setup refers to.
  struct LiveParts {
    Programs programs;
    std::unique_ptr<OnlineScheduler> scheduler;
  };
  LiveParts parts_;
  std::map<std::vector<double>, Known> settings_;  ///< By the values of the axes that decide them.
  std::uint64_t uses_ = 0;
};

/// The columns of run points, and of live ones.
std::vector<sweep::Figure> sweep_figures(bool live);

}  // namespace partita
