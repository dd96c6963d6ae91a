// The streams of a workload on a SoC: what `partita live` and the study have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "partitioners/online/online.h"
#include "partitioners/plugin.h"
#include "sim/engine/live.h"
#include "tools/partita/opened.h"
#include "tools/partita/prepare.h"

namespace partita {

/// By stream.
using Programs = std::vector<std::unique_ptr<Program>>;

/// Cores that nobody shares: of the CPU units the largest of each cluster, and every accelerator.
std::vector<Mode> stock_workers(const Soc& soc);

/// Networks of a workload, prepared one by one.
class LiveStage {
 public:
  /// `request` says all but the network.
  LiveStage(Workload workload, const JobRequest& request, Opened& opened);

  const Workload& workload() const { return workload_; }
  const Prepared& first() const { return *prepared_.front(); }
  const Prepared& prepared(std::size_t stream) const { return *prepared_[stream]; }
  const Soc& soc() const { return first().soc; }

  /// Of a stage whose request has changes: others instead.
  void change(const DeviceChanges& changes);
  void set_objective(Objective objective);

  /// Units or kinds of units that plans do not use.
  void leave_out(const std::vector<std::string>& units);
  /// Of these workers those whose units are candidates.
  std::vector<Mode> candidates(std::vector<Mode> workers) const;

  /// Every stream's plan, by its own partitioner or by this one.
  Programs planned(const Registry& registry, const std::string& partitioner,
                   const Console& console) const;
  /// Every stream follows the plan given for it.
  Programs following(std::vector<Plan> plans, const std::string& planner) const;
  /// Every network in pieces for these workers.
  Programs cut(const std::vector<Mode>& workers) const;
  /// `planner`: for schedulers that plan.
  std::unique_ptr<OnlineScheduler> scheduler(const OnlineInfo& info, const PartitionerInfo& planner,
                                             OptionValues options = {}) const;

  /// Under conditions in which nothing happens.
  LiveSetup setup(const Programs& programs) const;

 private:
  Workload workload_;
  JobRequest request_;
  std::vector<std::unique_ptr<Prepared>> prepared_;
};

}  // namespace partita
