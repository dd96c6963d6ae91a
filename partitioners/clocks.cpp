#include "partitioners/clocks.h"

#include <algorithm>
#include <map>
#include <set>

namespace partita {

Clocks::Clocks(const SearchSpace& space, std::size_t most) : modes_(space.modes()) {
  find_digits(space);
  for (Digit& digit : digits_) {
    digit.scale = settings_;
    settings_ *= digit.opps.size() + 1;
    if (settings_ > most || settings_ * modes_ * space.size() > kMostCells) {
      digits_.clear();
      settings_ = 1;
      break;
    }
  }
  tabulate(space);
}

void Clocks::find_digits(const SearchSpace& space) {
  std::map<DomainId, std::set<int>> used;
  const CostModel& model = space.costs().model();
  for (std::size_t m = 0; m < modes_; ++m) {
    const Mode& mode = space.costs().modes()[m];
    used[space.unit(m).domain].insert(mode.opp);
    if (space.unit(m).host_domain) used[*space.unit(m).host_domain].insert(mode.host_opp);
  }
  for (auto& [domain, opps] : used) {
    if (model.parks_idle_clocks()) opps.insert(0);
    if (opps.size() == 1) continue;
    steady_ = false;
    bool priced = false;
    for (int a : opps)
      for (int b : opps) priced = priced || (a != b && model.dvfs_delay_s(domain, a, b) > 0);
    if (priced) digits_.push_back({domain, {opps.begin(), opps.end()}, 1});
  }
}

int Clocks::opp(std::size_t setting, DomainId domain, int otherwise) const {
  for (const Digit& digit : digits_) {
    if (digit.domain != domain) continue;
    const std::size_t value = setting / digit.scale % (digit.opps.size() + 1);
    return value == 0 ? otherwise : digit.opps[value - 1];
  }
  return otherwise;
}

std::size_t Clocks::set(std::size_t setting, DomainId domain, int opp) const {
  for (const Digit& digit : digits_) {
    if (digit.domain != domain) continue;
    const std::size_t now = setting / digit.scale % (digit.opps.size() + 1);
    const auto found = std::find(digit.opps.begin(), digit.opps.end(), opp);
    const auto wanted = static_cast<std::size_t>(found - digit.opps.begin()) + 1;
    return setting + wanted * digit.scale - now * digit.scale;
  }
  return setting;
}

void Clocks::tabulate(const SearchSpace& space) {
  const bool parks = space.costs().model().parks_idle_clocks();
  next_.resize(settings_ * modes_);
  for (std::size_t setting = 0; setting < settings_; ++setting)
    for (std::size_t m = 0; m < modes_; ++m) {
      const Mode& mode = space.costs().modes()[m];
      const Unit& unit = space.unit(m);
      std::size_t next = setting;
      for (const Digit& digit : digits_)  // those in use fall, until the new unit's are set below
        if (parks && opp(next, digit.domain, 0) > 0) next = set(next, digit.domain, 0);
      next = set(next, unit.domain, mode.opp);
      if (unit.host_domain) next = set(next, *unit.host_domain, mode.host_opp);
      next_[setting * modes_ + m] = next;
    }
}

}  // namespace partita
