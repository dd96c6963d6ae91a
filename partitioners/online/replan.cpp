// A re-planner around any offline partitioner: plans by a profile that is out of date, corrected by
// an EWMA of what tasks took of late, when units have drifted far enough from what the last plan
// assumed. Planning takes time on the CPU.
#include <algorithm>
#include <cmath>

#include "partitioners/online/online.h"
#include "partitioners/online/slowed.h"
#include "sim/base/error.h"

namespace partita {
namespace {

class Replanner : public OnlineScheduler {
 public:
  explicit Replanner(const OnlineRequest& request)
      : planner_(*request.planner),
        objective_(request.objective),
        modes_(request.modes),
        seed_(request.seed),
        threshold_(request.options.at("threshold")),
        period_s_(request.options.at("period_ms") * 1e-3),
        planning_s_(request.options.at("planning_ms") * 1e-3) {}

  void decide(const LiveView&, std::vector<Assignment>&) override {}

  Replan replan(const LiveView& view, int stream) override {
    if (streams_.size() < view.streams.size()) streams_.resize(view.streams.size());
    State& state = streams_[static_cast<std::size_t>(stream)];
    if (state.assumed.empty()) {
      state.assumed.assign(view.unit_slowdown.size(), 1);
      state.at_s = view.now_s;
      return {};  // The plan made beforehand.
    }
    if (state.settled != nullptr) {  // Planning counts once.
      const Program* settled = state.settled;
      state.settled = nullptr;
      return {settled};
    }
    if (view.now_s - state.at_s < period_s_ || !drifted(view, state)) return {};
    state.assumed.assign(view.unit_slowdown.begin(), view.unit_slowdown.end());
    state.at_s = view.now_s;
    const Program& old = *view.streams[static_cast<std::size_t>(stream)].program;
    const std::optional<Plan> plan = planned(old, state.assumed);
    if (!plan) return {};
    const auto keep = [&](double planning_s) {
      programs_.push_back(std::make_unique<Program>(old.model(), old.graph(), *plan,
                                                    planner_.name + ", re-planned", planning_s));
      return programs_.back().get();
    };
    state.settled = keep(0);
    return {keep(planning_s_)};
  }

 private:
  struct State {
    std::vector<double> assumed;  ///< Slowdown by unit when it was planned last.
    double at_s = 0;
    const Program* settled = nullptr;  ///< The new plan without the time that making it took.
  };

  /// By what is known of the units; none: the planner cannot do without one that is offline.
  std::optional<Plan> planned(const Program& old, const std::vector<double>& slowdown) const {
    std::vector<Mode> modes = modes_;
    std::erase_if(modes, [&](const Mode& mode) { return std::isinf(slowdown[index(mode.unit)]); });
    const SlowedModel belief(old.model(), slowdown);
    if (modes.empty()) return std::nullopt;
    try {
      return partition(planner_, {belief, old.graph(), objective_, std::move(modes), seed_}).plan;
    } catch (const UnsupportedError&) {
      return std::nullopt;
    }
  }

  bool drifted(const LiveView& view, const State& state) const {
    for (std::size_t u = 0; u < view.unit_slowdown.size(); ++u)
      if (std::abs(view.unit_slowdown[u] / state.assumed[u] - 1) > threshold_) return true;
    return false;
  }

  const PartitionerInfo& planner_;
  Objective objective_;
  std::vector<Mode> modes_;
  std::uint64_t seed_;
  double threshold_, period_s_, planning_s_;
  std::vector<State> streams_;
  std::vector<std::unique_ptr<Program>> programs_;
};

}  // namespace

OnlineInfo online_replan() {
  return {
      "replan",
      "plans again with the offline partitioner when units drift from what it assumed",
      false,
      {{"threshold", "", "drift of a unit's slowdown that makes it plan again", 0, 10, 0.2},
       {"period_ms", "ms", "least time between two plans of a stream", 0, 1e7, 1000},
       {"planning_ms", "ms", "of CPU time that a plan takes (CoDL: 0.2 to 0.5 ms)", 0, 1e6, 0.5}},
      "EWMA 0.1 as in Band, MobiSys 2022; the trigger is ours",
      [](const OnlineRequest& request) { return std::make_unique<Replanner>(request); }};
}

}  // namespace partita
