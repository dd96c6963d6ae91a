// Clock governors: from how busy a clock domain has been to the OPP it should have. Pure policies,
// as the Linux kernel documents them; the live machine calls them and applies the delay.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

enum class GovernorKind : std::uint8_t {
  performance,      ///< The highest OPP.
  powersave,        ///< The lowest OPP.
  fixed,            ///< One OPP (Linux: userspace).
  schedutil,        ///< CPU: 1.25 x the scheduler's utilisation of the busiest core.
  ondemand,         ///< CPU: busy share of a sampling period.
  simple_ondemand,  ///< devfreq: busy share of a polling period, with a band of hysteresis.
  adreno_tz,        ///< msm-adreno-tz-like: one level at a time by the busy share of a window.
};
inline constexpr std::size_t kGovernors = 7;
std::string_view to_string(GovernorKind kind);
std::vector<std::string> governor_names();
/// One line for lists and --help.
std::string_view governor_summary(GovernorKind kind);

/// Settings of a governor; presets are the kernel's.
struct GovernorSettings {
  GovernorKind kind = GovernorKind::performance;
  int fixed_opp = -1;  ///< fixed: index into the domain's OPPs; -1: the highest.
  /// Time between two decisions, s: schedutil rate_limit_us, ondemand sampling_rate, devfreq
  /// polling_ms, adreno-tz's shortest window. 0: the governor's preset.
  double period_s = 0;
  double headroom = 1.25;      ///< schedutil: map_util_freq, kernel/sched/sched.h.
  double half_life_s = 0.032;  ///< schedutil: PELT, y^32 = 0.5 over 1024 us periods.
  double up_threshold = 0;     ///< ondemand 0.80, simple_ondemand 0.90, adreno-tz 0.95; 0: preset.
  double down_differential = 0.05;  ///< simple_ondemand (devfreq DFSO_DOWNDIFFERENCTIAL 5 %).

  double period() const;
  double threshold() const;
};

/// Load and clock of one domain over time. Between two calls of `advance` the domain is either busy
/// or not and its clock stands still; busy: the share of time in which its busiest core (or the
/// accelerator) runs something, 0 to 1.
class Governor {
 public:
  Governor(GovernorSettings settings, const Domain& domain, int opp);

  /// Until now it was `busy`, at the OPP it has.
  void advance(double seconds, double busy);
  /// Seconds until it wants to be asked again; infinity: only when the load changes.
  double next_decision_s(double busy) const;
  /// May it decide now? Decisions keep their period.
  bool due() const { return since_decision_s_ >= settings_.period() - 1e-12; }
  /// The OPP it wants. Call when due; `busy` is the load from now on.
  int decide(double busy);
  void set_opp(int opp) { opp_ = opp; }
  int opp() const { return opp_; }
  /// schedutil: utilisation, of the domain's top frequency; others: busy share of the window.
  double utilisation() const;
  const GovernorSettings& settings() const { return settings_; }

 private:
  double frequency(int opp) const {
    return domain_->opps[static_cast<std::size_t>(opp)].frequency_hz;
  }
  int top() const { return static_cast<int>(domain_->opps.size()) - 1; }
  int at_least(double frequency_hz) const;  ///< The lowest OPP that reaches it.
  int at_most(double frequency_hz) const;   ///< The highest OPP not above it.

  GovernorSettings settings_;
  const Domain* domain_;
  int opp_;
  double since_decision_s_ = 0;
  double window_s_ = 0, busy_s_ = 0;  ///< Since the last decision.
  double pelt_ = 0;                   ///< Frequency-invariant utilisation, 0 to 1.
};

/// Which governor each clock domain has: `{big: schedutil, gpu: simple_ondemand}`; the kinds by
/// domain in the SoC's order. Throws InputError for unknown names.
struct GovernorPlan {
  std::map<std::string, GovernorSettings, std::less<>> by_domain;
  GovernorSettings others;  ///< Domains that are not named.
  GovernorSettings of(const Domain& domain) const;
};
/// "schedutil", or "big=schedutil,gpu=simple_ondemand,others=performance", each with ":OPP" for
/// fixed. `stock`: CPU clusters schedutil, an Adreno adreno-tz, other accelerators simple_ondemand.
GovernorPlan parse_governors(const Soc& soc, std::string_view text, std::string_view where);

}  // namespace partita
