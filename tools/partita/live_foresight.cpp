#include "tools/partita/live_foresight.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "partitioners/online/slowed.h"
#include "sim/base/error.h"

namespace partita {
namespace {

constexpr double kWindow_s = 0.5;
/// States nearer than this are one, or a game's frames would make every half second another.
constexpr double kStep = 0.05;

/// The highest OPP under the cap, or the lowest.
std::int16_t capped_opp(const Domain& domain, double cap_hz) {
  int opp = static_cast<int>(domain.opps.size()) - 1;
  while (opp > 0 && domain.opps[static_cast<std::size_t>(opp)].frequency_hz > cap_hz * (1 + 1e-9))
    --opp;
  return static_cast<std::int16_t>(opp);
}

std::vector<double> values_at(const std::vector<Course>& courses, double seconds, double& until_s) {
  std::vector<double> values;
  for (const Course& course : courses) {
    values.push_back(course.at(seconds));
    until_s = std::min(until_s, course.next_change_s(seconds));
  }
  return values;
}

}  // namespace

PhoneState state_over(const Soc& soc, const Conditions& conditions, double from_s, double to_s) {
  PhoneState state;
  std::vector<double> speed(soc.units.size(), 0);
  for (double now = from_s; now < to_s;) {
    double until_s = to_s;
    const std::vector<double> load = values_at(conditions.load, now, until_s),
                              missing = values_at(conditions.offline, now, until_s);
    for (std::size_t u = 0; u < speed.size(); ++u)
      speed[u] +=
          speed_left(soc, make_id<UnitId>(u), load, missing) * (until_s - now) / (to_s - from_s);
    now = until_s;
  }
  for (const double share : speed)
    state.slowdown.push_back(share > 0 ? std::round(1 / share / kStep) * kStep
                                       : std::numeric_limits<double>::infinity());
  for (std::size_t d = 0; d < soc.domains.size(); ++d)
    state.top_opp.push_back(capped_opp(soc.domains[d], conditions.cap_hz[d].at(from_s)));
  return state;
}

Replan Foresight::replan(const LiveView& view, int stream) {
  const double from_s = std::floor(view.now_s / kWindow_s + 1e-9) * kWindow_s;
  const std::pair key{stream, state_over(stage_.soc(), conditions_, from_s, from_s + kWindow_s)};
  const auto [found, is_new] = programs_.try_emplace(key);
  if (is_new) found->second = planned(static_cast<std::size_t>(stream), key.second);
  return {found->second.get()};
}

std::unique_ptr<Program> Foresight::planned(std::size_t stream, const PhoneState& state) const {
  const Prepared& prepared = stage_.prepared(stream);
  std::vector<Mode> modes = prepared.modes;
  std::erase_if(modes, [&](const Mode& m) { return std::isinf(state.slowdown[index(m.unit)]); });
  if (modes.empty()) return nullptr;
  for (Mode& mode : modes) {
    const Unit& unit = prepared.soc.unit(mode.unit);
    mode.opp = std::min(mode.opp, state.top_opp[index(unit.domain)]);
    if (unit.host_domain && mode.host_opp >= 0)
      mode.host_opp = std::min(mode.host_opp, state.top_opp[index(*unit.host_domain)]);
  }
  const SlowedModel belief(*prepared.model, state.slowdown);
  try {
    Plan plan =
        partition(planner_, {belief, prepared.graph, prepared.objective, std::move(modes)}).plan;
    // Who sets the clocks while it runs are the governors.
    for (auto& shares : plan.shares)
      for (Share& share : shares) share.mode = top_mode(prepared.soc, share.mode.unit);
    return std::make_unique<Program>(*prepared.model, prepared.graph, std::move(plan),
                                     planner_.name + ", foreseen");
  } catch (const UnsupportedError&) {
    return nullptr;
  }
}

}  // namespace partita
