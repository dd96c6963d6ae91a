// A scheduler that no phone can have: it knows what conditions will do, and plans for it
// beforehand.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tools/partita/live_stage.h"

namespace partita {

/// What conditions leave of a SoC for a while.
struct PhoneState {
  std::vector<double> slowdown;       ///< By unit, at one clock; infinity: offline.
  std::vector<std::int16_t> top_opp;  ///< By domain.
  auto operator<=>(const PhoneState&) const = default;
};

/// Means over the time; clocks as at its beginning. What governors make of it is not known.
PhoneState state_over(const Soc& soc, const Conditions& conditions, double from_s, double to_s);

/// Requests follow plans for the half second in which they come; planning costs nothing.
class Foresight : public OnlineScheduler {
 public:
  /// All outlive it.
  Foresight(const LiveStage& stage, const PartitionerInfo& planner, const Conditions& conditions)
      : stage_(stage), planner_(planner), conditions_(conditions) {}
  void decide(const LiveView&, std::vector<Assignment>&) override {}
  Replan replan(const LiveView& view, int stream) override;

 private:
  std::unique_ptr<Program> planned(std::size_t stream, const PhoneState& state) const;

  const LiveStage& stage_;
  const PartitionerInfo& planner_;
  const Conditions& conditions_;
  /// Null: the planner cannot do without what is missing.
  std::map<std::pair<int, PhoneState>, std::unique_ptr<Program>> programs_;
};

}  // namespace partita
