// Tasks with the changes of clocks that they ask for.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "sim/plan/lowering.h"

namespace partita::lowering {

namespace {

/// A unit has a clock and at most a host's: no memory for lists of them, task by task.
template <class Item>
class Few {
 public:
  void add(const Item& item) { items_[size_++] = item; }
  const Item* begin() const { return items_.data(); }
  const Item* end() const { return items_.data() + size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<Item, 2> items_{};
  std::size_t size_ = 0;
};

/// What each draft asks of the clocks, decided before any of them runs.
struct ClockAsk {
  DomainId domain{};
  std::int16_t opp = 0;
  double delay_s = 0;
  bool parks = false;  ///< The clock of a unit that was left falls; nobody waits for it.
};

/// Walks the tasks in order. A unit's clock changes when an operator asks for another OPP; where
/// the runtime parks idle clocks, it also falls to its lowest OPP when work moves elsewhere.
class ClockPlan {
 public:
  ClockPlan(const CostModel& model, const std::vector<Draft>& drafts, bool alternates)
      : model_(model), soc_(model.soc()), drafts_(drafts), clocks_(soc_.domains.size()) {
    asks.resize(drafts.size());
    parks_ = alternates && model.parks_idle_clocks();
    // A network runs again and again: the first pass leaves the clocks as the second finds them.
    if (alternates) walk(false);
    walk(true);
    for (std::size_t d = 0; d < clocks_.size(); ++d) {
      const int initial =
          clocks_[d].initial >= 0 ? clocks_[d].initial : soc_.top_opp(make_id<DomainId>(d));
      initial_opp.push_back(static_cast<std::int16_t>(initial));
      moving.push_back(clocks_[d].moves);
    }
  }

  static Few<std::pair<DomainId, std::int16_t>> wanted(const Unit& unit, const Task& task) {
    Few<std::pair<DomainId, std::int16_t>> wants;
    if (task.opp >= 0) wants.add({unit.domain, task.opp});
    if (task.opp >= 0 && unit.host_domain && task.host_opp >= 0)
      wants.add({*unit.host_domain, task.host_opp});
    return wants;
  }

  std::vector<std::vector<ClockAsk>> asks;  ///< By draft.
  std::vector<std::int16_t> initial_opp;    ///< By domain.
  std::vector<bool> moving;                 ///< By domain: changes at some time.

 private:
  struct Clock {
    int opp = -1;  ///< Last asked for.
    int initial = -1;
    bool moves = false;
  };

  void walk(bool record) {
    if (record)
      for (Clock& clock : clocks_) clock.initial = clock.opp;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      const Task& task = drafts_[i].task;
      const auto wants = wanted(soc_.units[task.unit], task);
      if (wants.empty()) continue;
      for (const auto& [domain, opp] : wants) ask(i, domain, opp, false, record);
      for (std::size_t d = 0; parks_ && d < clocks_.size(); ++d) {
        const bool used = std::any_of(wants.begin(), wants.end(),
                                      [&](const auto& w) { return index(w.first) == d; });
        if (!used && clocks_[d].opp > 0) ask(i, make_id<DomainId>(d), 0, true, record);
      }
    }
  }

  void ask(std::size_t i, DomainId domain, std::int16_t opp, bool parks, bool record) {
    Clock& clock = clocks_[index(domain)];
    if (clock.opp == opp) return;
    if (clock.opp < 0) {
      if (record) clock.initial = opp;
    } else {
      clock.moves = true;
      if (record)
        asks[i].push_back({domain, opp, model_.dvfs_delay_s(domain, clock.opp, opp), parks});
    }
    clock.opp = opp;
  }

  const CostModel& model_;
  const Soc& soc_;
  const std::vector<Draft>& drafts_;
  std::vector<Clock> clocks_;
  bool parks_ = false;
};

/// Copies the drafts into the schedule, with the changes of clocks beside the tasks that ask for
/// them, and the pace of tasks that run while clocks are on their way.
class Assembly {
 public:
  Assembly(const CostModel& model, const Graph& graph, Schedule& schedule,
           const LowerOptions& options)
      : model_(model),
        soc_(model.soc()),
        graph_(graph),
        schedule_(schedule),
        options_(options),
        clocks_(soc_.domains.size()) {}

  void run(const std::vector<Draft>& drafts) {
    position_.resize(drafts.size());
    schedule_.initial_opp.assign(soc_.domains.size(), -1);
    if (options_.free_clocks) {
      for (std::size_t d = 0; d < soc_.domains.size(); ++d)
        schedule_.initial_opp[d] = static_cast<std::int16_t>(soc_.top_opp(make_id<DomainId>(d)));
    } else if (options_.overheads[Overhead::dvfs]) {
      plan_.emplace(model_, drafts, options_.requests == 1 || !options_.overlap);
      schedule_.initial_opp = plan_->initial_opp;
    }
    std::vector<std::uint32_t> after;
    schedule_.tasks.reserve(drafts.size());
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      Task task = drafts[i].task;
      after.clear();
      for (std::uint32_t a : drafts[i].after) after.push_back(position_[a]);
      const Unit& unit = soc_.units[task.unit];
      if (plan_) change_clocks(i, task, unit, after);
      if ((plan_ && moves(unit) && !drafts[i].once) || options_.free_clocks)
        task.pace = pace(drafts[i], unit);
      position_[i] = push(task, after);
      for (DomainId domain : clocks_of(unit)) use(domain, position_[i]);
    }
  }

 private:
  struct Clock {
    std::vector<std::uint32_t> users;         ///< Tasks since the last change.
    std::vector<std::uint32_t> change_after;  ///< What the last change waited for.
  };

  static Few<DomainId> clocks_of(const Unit& unit) {
    Few<DomainId> clocks;
    clocks.add(unit.domain);
    if (unit.host_domain) clocks.add(*unit.host_domain);
    return clocks;
  }
  bool moves(const Unit& unit) const {
    for (DomainId domain : clocks_of(unit))
      if (plan_->moving[index(domain)]) return true;
    return false;
  }

  /// A clock must not change under a task that wants it as it is, nor a task start under an old
  /// change.
  void change_clocks(std::size_t i, const Task& task, const Unit& unit,
                     std::vector<std::uint32_t>& after) {
    const auto& asks = plan_->asks[i];
    for (const ClockAsk& ask : asks)
      if (!ask.parks) merge(after, clocks_[index(ask.domain)].users);
    for (DomainId domain : clocks_of(unit))
      if (plan_->moving[index(domain)]) merge(after, clocks_[index(domain)].change_after);
    for (const ClockAsk& ask : asks) change(ask, task, after);
  }

  void change(const ClockAsk& ask, const Task& task, const std::vector<std::uint32_t>& after) {
    Clock& clock = clocks_[index(ask.domain)];
    Task change;
    change.kind = TaskKind::dvfs;
    change.duration_ps = to_picoseconds(ask.delay_s);
    change.resources = clock_resource(ask.domain);
    change.unit = task.unit;
    change.op = task.op;
    change.request = task.request;
    change.domain = ask.domain;
    change.opp = ask.opp;
    // It is asked for when the task starts: after all that the task waits for, its unit's queue
    // too.
    std::vector<std::uint32_t> when = after;
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
      if (const auto last = last_on_[std::countr_zero(bits)]) merge(when, {*last});
    merge(when, clock.users);
    merge(when, clock.change_after);
    clock.users.clear();
    clock.change_after = when;
    push(change, when);
  }

  static void merge(std::vector<std::uint32_t>& into, const std::vector<std::uint32_t>& from) {
    for (std::uint32_t id : from)
      if (std::find(into.begin(), into.end(), id) == into.end()) into.push_back(id);
  }

  void use(DomainId domain, std::uint32_t id) {
    auto& users = clocks_[index(domain)].users;
    // A later task of the same unit implies the earlier ones.
    std::erase_if(users, [&](std::uint32_t u) {
      return schedule_.tasks[u].unit == schedule_.tasks[id].unit;
    });
    users.push_back(id);
  }

  std::int32_t pace(const Draft& draft, const Unit& unit) {
    Pace pace;
    pace.own = unit.domain;
    if (unit.host_domain) {
      pace.host = *unit.host_domain;
      pace.host_opps = static_cast<std::uint16_t>(soc_.top_opp(pace.host) + 1);
    }
    pace.first = static_cast<std::uint32_t>(schedule_.pace_duration_ps.size());
    for (const Mode& mode : all_modes(soc_, make_id<UnitId>(draft.task.unit))) {
      const auto [latency_s, power_w] =
          options_.free_clocks ? free_pace(draft, unit, mode)
                               : draft.cost_at(model_, graph_, mode, options_.overheads);
      schedule_.pace_duration_ps.push_back(to_picoseconds(latency_s));
      schedule_.pace_power_w.push_back(power_w);
    }
    schedule_.paces.push_back(pace);
    return static_cast<std::int32_t>(schedule_.paces.size() - 1);
  }

  /// What the model says, or else what it says of the plan's own OPP, scaled.
  std::pair<double, double> free_pace(const Draft& draft, const Unit& unit, const Mode& mode) {
    if (!draft.once) {
      try {
        return draft.cost_at(model_, graph_, mode, options_.overheads);
      } catch (const UnsupportedError&) {
      }
    }
    return scaled_pace(draft.task, unit, mode);
  }

  /// Time goes with 1/f down to what the memory needs, power as the unit's busy power does
  /// (assumed: of the host's clock only the launch depends, which is not told apart here).
  std::pair<double, double> scaled_pace(const Task& task, const Unit& unit, const Mode& mode) {
    const double known_s = to_seconds(task.duration_ps);
    const auto& opps = soc_.domain(unit.domain).opps;
    const int own = task.opp >= 0 ? task.opp : soc_.top_opp(unit.domain);
    const double ratio = opps[static_cast<std::size_t>(own)].frequency_hz /
                         opps[static_cast<std::size_t>(mode.opp)].frequency_hz;
    const double memory_s = unit.memory_bandwidth_bytes_per_s > 0
                                ? task.bytes / unit.memory_bandwidth_bytes_per_s
                                : 0.0;
    const double latency_s = std::max(known_s * ratio, std::min(known_s, memory_s));
    const double known_w = busy_power_w(soc_, mode.unit, own);
    const double power_w = known_w > 0
                               ? task.power_w * busy_power_w(soc_, mode.unit, mode.opp) / known_w
                               : task.power_w;
    return {latency_s, power_w};
  }

  std::uint32_t push(Task task, const std::vector<std::uint32_t>& after) {
    if (after.size() > std::numeric_limits<std::uint16_t>::max())
      throw UnsupportedError(fmt::format("an operator that waits for {} tasks", after.size()));
    task.first_dependency = static_cast<std::uint32_t>(schedule_.dependencies.size());
    task.dependencies = static_cast<std::uint16_t>(after.size());
    for (std::uint32_t a : after) schedule_.dependencies.push_back(make_id<TaskId>(a));
    schedule_.tasks.push_back(task);
    const auto id = static_cast<std::uint32_t>(schedule_.tasks.size() - 1);
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
      last_on_[std::countr_zero(bits)] = id;
    return id;
  }

  const CostModel& model_;
  const Soc& soc_;
  const Graph& graph_;
  Schedule& schedule_;
  const LowerOptions& options_;
  std::optional<ClockPlan> plan_;
  std::vector<Clock> clocks_;
  std::array<std::optional<std::uint32_t>, 64> last_on_{};
  std::vector<std::uint32_t> position_;
};

}  // namespace

void assemble(const CostModel& model, const Graph& graph, const std::vector<Draft>& drafts,
              const LowerOptions& options, Schedule& schedule) {
  Assembly(model, graph, schedule, options).run(drafts);
}

}  // namespace partita::lowering
