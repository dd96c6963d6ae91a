#include "sim/engine/governor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/units.h"

namespace partita {
namespace {

struct Preset {
  std::string_view name, summary;
  double period_s, threshold;
};

// Linux v6: schedutil without a rate limit from the driver decides with the transition latency's
// 1 ms floor on phones (rate_limit_us of 500 to 2000 us); ondemand's sampling rate is 10 ms on most
// drivers; devfreq users poll every 50 ms; adreno-tz evaluates windows of at least 5 ms.
constexpr std::array<Preset, kGovernors> kPresets{{
    {"performance", "the highest OPP", 0, 0},
    {"powersave", "the lowest OPP", 0, 0},
    {"fixed", "one OPP, the highest unless said", 0, 0},
    {"schedutil", "1.25 x the utilisation of the busiest core (PELT, half-life 32 ms)", 1e-3, 0},
    {"ondemand", "top OPP above 80 % of busy time, in proportion below", 10e-3, 0.80},
    {"simple_ondemand", "devfreq: top OPP above 90 % of busy time, in proportion below 85 %", 50e-3,
     0.90},
    {"adreno-tz", "one OPP up when a window is full, down when the next lower would do", 5e-3,
     0.95},
}};

const Preset& preset(GovernorKind kind) {
  return kPresets[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view to_string(GovernorKind kind) {
  return preset(kind).name;
}

std::string_view governor_summary(GovernorKind kind) {
  return preset(kind).summary;
}

std::vector<std::string> governor_names() {
  std::vector<std::string> names;
  for (const Preset& p : kPresets) names.emplace_back(p.name);
  return names;
}

double GovernorSettings::period() const {
  return period_s > 0 ? period_s : preset(kind).period_s;
}

double GovernorSettings::threshold() const {
  return up_threshold > 0 ? up_threshold : preset(kind).threshold;
}

Governor::Governor(GovernorSettings settings, const Domain& domain, int opp)
    : settings_(settings), domain_(&domain), opp_(opp), since_decision_s_(settings.period()) {}

int Governor::at_least(double frequency_hz) const {
  int opp = 0;
  while (opp < top() && frequency(opp) < frequency_hz * (1 - 1e-9)) ++opp;
  return opp;
}

int Governor::at_most(double frequency_hz) const {
  int opp = top();
  while (opp > 0 && frequency(opp) > frequency_hz * (1 + 1e-9)) --opp;
  return opp;
}

void Governor::advance(double seconds, double busy) {
  since_decision_s_ += seconds;
  window_s_ += seconds;
  busy_s_ += seconds * busy;
  if (settings_.kind == GovernorKind::schedutil) {
    // PELT in continuous time: it tends to the busy share x f / f_max.
    const double level = busy * frequency(opp_) / frequency(top());
    pelt_ = level + (pelt_ - level) * std::exp2(-seconds / settings_.half_life_s);
  }
}

double Governor::utilisation() const {
  if (settings_.kind == GovernorKind::schedutil) return pelt_;
  return window_s_ > 0 ? busy_s_ / window_s_ : 0;
}

double Governor::next_decision_s(double busy) const {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  switch (settings_.kind) {
    case GovernorKind::performance:
    case GovernorKind::powersave:
    case GovernorKind::fixed:
      return kNever;
    case GovernorKind::schedutil: {
      // The scheduler tells it at every tick of a busy core (CONFIG_HZ 250) and never when idle.
      constexpr double kTick = 4e-3;
      return busy > 0 ? std::max(kTick, settings_.period()) : kNever;
    }
    default:
      if (busy <= 0 && opp_ == 0 && busy_s_ == 0) return kNever;
      return std::max(0.0, settings_.period() - since_decision_s_);
  }
}

int Governor::decide(double busy) {
  const double share = window_s_ > 0 ? busy_s_ / window_s_ : busy;
  since_decision_s_ = window_s_ = busy_s_ = 0;
  switch (settings_.kind) {
    case GovernorKind::performance:
      return top();
    case GovernorKind::powersave:
      return 0;
    case GovernorKind::fixed:
      return settings_.fixed_opp >= 0 ? settings_.fixed_opp : top();
    case GovernorKind::schedutil:
      return at_least(settings_.headroom * pelt_ * frequency(top()));
    case GovernorKind::ondemand: {
      if (share > settings_.threshold()) return top();
      const double least = frequency(0);
      return at_most(least + share * (frequency(top()) - least));
    }
    case GovernorKind::simple_ondemand: {
      const double up = settings_.threshold();
      if (share > up) return top();
      if (share > up - settings_.down_differential) return opp_;
      return at_least(share * frequency(opp_) / (up - settings_.down_differential / 2));
    }
    case GovernorKind::adreno_tz: {
      if (share > settings_.threshold()) return std::min(opp_ + 1, top());
      if (opp_ > 0 && share * frequency(opp_) < settings_.threshold() * 0.9 * frequency(opp_ - 1))
        return opp_ - 1;
      return opp_;
    }
  }
  return opp_;
}

GovernorSettings GovernorPlan::of(const Domain& domain) const {
  const auto found = by_domain.find(domain.name);
  return found == by_domain.end() ? others : found->second;
}

namespace {

GovernorSettings parse_one(std::string_view text, const Domain* domain, std::string_view where) {
  const auto colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto names = governor_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown(std::string(where), "governor", name, names);
  GovernorSettings settings;
  settings.kind = static_cast<GovernorKind>(found - names.begin());
  if (colon == std::string_view::npos) return settings;
  if (settings.kind != GovernorKind::fixed || domain == nullptr)
    throw InputError(fmt::format("{}: only `DOMAIN=fixed` takes a clock", where));
  const double frequency = parse_quantity(text.substr(colon + 1), Dimension::frequency);
  for (std::size_t i = 0; i < domain->opps.size(); ++i)
    if (std::abs(domain->opps[i].frequency_hz - frequency) < 1e3)
      settings.fixed_opp = static_cast<int>(i);
  if (settings.fixed_opp < 0) {
    std::vector<std::string> known;
    for (const Opp& opp : domain->opps)
      known.push_back(format_quantity(opp.frequency_hz, Dimension::frequency));
    throw_unknown(fmt::format("{}: {}", where, domain->name), "OPP", text.substr(colon + 1), known);
  }
  return settings;
}

GovernorPlan stock(const Soc& soc) {
  GovernorPlan plan;
  for (const Cluster& cluster : soc.clusters)
    plan.by_domain[soc.domain(cluster.domain).name].kind = GovernorKind::schedutil;
  for (const Unit& unit : soc.units) {
    if (unit.kind == UnitKind::cpu || unit.kind == UnitKind::network) continue;
    plan.by_domain[soc.domain(unit.domain).name].kind =
        unit.core.find("Adreno") == 0 ? GovernorKind::adreno_tz : GovernorKind::simple_ondemand;
  }
  return plan;
}

}  // namespace

GovernorPlan parse_governors(const Soc& soc, std::string_view text, std::string_view where) {
  if (text == "stock") return stock(soc);
  GovernorPlan plan;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) {
      plan.others = parse_one(item, nullptr, where);
      continue;
    }
    const std::string_view name = item.substr(0, equals);
    std::vector<std::string> known;
    const Domain* domain = nullptr;
    for (const Domain& d : soc.domains) {
      known.push_back(d.name);
      if (d.name == name) domain = &d;
    }
    if (name == "others") {
      plan.others = parse_one(item.substr(equals + 1), nullptr, where);
      continue;
    }
    known.emplace_back("others");
    if (domain == nullptr) throw_unknown(std::string(where), "clock domain", name, known);
    plan.by_domain[domain->name] = parse_one(item.substr(equals + 1), domain, where);
  }
  return plan;
}

}  // namespace partita
