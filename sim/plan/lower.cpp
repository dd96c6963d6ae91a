// Plan to tasks: computation, the hand-overs between units, and the OPP changes.
#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <optional>
#include <queue>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

#include "sim/plan/schedule.h"

namespace partita {

namespace {

TaskKind task_kind(LinkTermKind kind) {
  switch (kind) {
    case LinkTermKind::transform: return TaskKind::transform;
    case LinkTermKind::map: return TaskKind::map;
    case LinkTermKind::sync: return TaskKind::sync;
    case LinkTermKind::copy: return TaskKind::copy;
    case LinkTermKind::cast: return TaskKind::cast;
    case LinkTermKind::unmap: return TaskKind::unmap;
  }
  throw std::logic_error("unknown link term");
}

/// A task with its dependencies, before the order of several requests is fixed, and what its cost was
/// asked for, so that it can be asked again at other OPPs.
struct Draft {
  Task task;
  std::vector<std::uint32_t> after;
  Share share;         ///< compute: where and what.
  bool arrival = false;  ///< sync: the unit begins a run of operators.
  bool spread = false; ///< compute: the plan uses several units.
  OpId reader{};       ///< input, transfers: who waits for it.
  Mode from, to;       ///< transfers.
  std::size_t step = 0;

  std::pair<double, double> cost_at(const CostModel& model, const Graph& graph, const Mode& mode) const {
    if (task.kind == TaskKind::compute) {
      const auto cost = model.operator_cost(graph, task.op, share.slice, mode, share.precision);
      if (!cost) throw std::logic_error("lower: an operator runs at some OPPs only");
      const double more_s = spread ? model.spread_s(graph, task.op, share.slice, mode, share.precision) : 0;
      return {cost->latency_s + more_s, cost->power_w};
    }
    if (arrival) {
      const auto wake = model.arrival(graph, task.op, mode);
      return {wake->latency_s, wake->power_w};
    }
    if (task.kind == TaskKind::input) {
      const Cost cost = model.input_cost(graph, reader, mode);
      return {cost.latency_s, cost.power_w};
    }
    // A step on a third unit costs what it costs; the model is told of the clocks of the two ends only.
    const TransferStep same =
        model.transfer(graph, task.tensor, asked_bytes, reader, mode.unit == from.unit ? mode : from,
                       mode.unit == to.unit ? mode : to)[step];
    return {same.latency_s, same.power_w};
  }
  double asked_bytes = 0;  ///< transfers: size of the piece.
};

/// One piece of a tensor on its way to a unit. Its leading steps run on the unit that made it, right
/// after it is made; the others when the reader's turn comes.
struct Crossing {
  TensorId tensor{};
  std::size_t producer_share = 0;
  OpId reader{};
  Mode from, to;
  double bytes = 0;
  std::vector<std::pair<std::size_t, TransferStep>> steps;  ///< With the index in the model's answer.
  std::size_t eager = 0;                   ///< Steps on the maker's unit before any other.
  std::optional<std::uint32_t> last_task;  ///< Of the steps emitted so far.
  std::size_t emitted = 0;
};

/// Emits the tasks of one request.
class RequestLowering {
 public:
  RequestLowering(const CostModel& model, const Graph& graph, const Plan& plan, const LowerOptions& options)
      : model_(model), soc_(model.soc()), graph_(graph), plan_(plan), options_(options) {
    order_ = plan.order;
    if (order_.empty())
      for (OpId op : graph.order())
        if (is_placed(graph.op(op))) order_.push_back(op);
    compute_task_.resize(graph.size());
    outgoing_.resize(graph.size());
    std::optional<UnitId> first;
    for (OpId op : order_)
      for (const Share& share : plan.shares[index(op)]) {
        if (!first) first = share.mode.unit;
        spread_ |= share.mode.unit != *first;
      }
  }

  std::vector<Draft> run() {
    place_inputs();
    for (OpId op : order_) plan_crossings(op);
    for (OpId op : order_) emit(op);
    return std::move(drafts_);
  }

 private:
  /// Where a tensor's maker ran. Network inputs are where their first reader is.
  const std::vector<Share>& makers(OpId producer) const {
    const auto& placed = plan_.shares[index(producer)];
    return placed.empty() ? input_home_.at(producer) : placed;
  }

  void place_inputs() {
    for (OpId op : order_)
      for (OpId pred : graph_.predecessors(op))
        if (graph_.op(pred).kind == OpKind::input && !input_home_.contains(pred)) {
          Share home = plan_.shares[index(op)].front();
          home.slice = {};  // Inputs are loaded whole.
          input_home_[pred] = {home};
          input_readers_[index(op)].push_back(pred);
        }
  }

  void plan_crossings(OpId op) {
    for (TensorId tensor : graph_.op(op).inputs) {
      const OpId producer = graph_.tensor(tensor).producer;
      if (graph_.op(producer).kind == OpKind::constant) continue;
      const auto& from = makers(producer);
      for (const Share& share : plan_.shares[index(op)])
        for (std::size_t j = 0; j < from.size(); ++j) cross(tensor, producer, from[j], j, op, share);
    }
  }

  void cross(TensorId tensor, OpId producer, const Share& from, std::size_t j, OpId op, const Share& to) {
    if (from.mode.unit == to.mode.unit) return;
    const double count = overlap_elements(graph_, tensor, from.slice, op, to.slice);
    if (count <= 0) return;
    const double bytes = count * element_bytes(from.precision);
    if (find_crossing(producer, tensor, j, to.mode.unit, bytes)) return;
    Crossing crossing{tensor, j, op, from.mode, to.mode, bytes, {}, 0, {}, 0};
    const auto steps = model_.transfer(graph_, tensor, bytes, op, from.mode, to.mode);
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (!options_.transfers[static_cast<std::size_t>(steps[s].kind)]) continue;
      if (steps[s].kind == LinkTermKind::cast && from.precision == to.precision) continue;
      crossing.steps.emplace_back(s, steps[s]);
    }
    while (crossing.eager < crossing.steps.size() &&
           crossing.steps[crossing.eager].second.on == from.mode.unit)
      ++crossing.eager;
    outgoing_[index(producer)].push_back(std::move(crossing));
  }

  /// A piece once handed to a unit is there for every later reader on it.
  Crossing* find_crossing(OpId producer, TensorId tensor, std::size_t j, UnitId unit, double bytes) {
    for (Crossing& c : outgoing_[index(producer)])
      if (c.tensor == tensor && c.producer_share == j && c.to.unit == unit && c.bytes >= bytes) return &c;
    return nullptr;
  }

  void emit(OpId op) {
    for (OpId input : input_readers_[index(op)]) emit_input(input, op);
    const auto& shares = plan_.shares[index(op)];
    for (const Share& share : shares) {
      std::vector<std::uint32_t> after;
      for (TensorId tensor : graph_.op(op).inputs) collect(tensor, op, share, after);
      arrive(op, share, after);
      const auto cost = model_.operator_cost(graph_, op, share.slice, share.mode, share.precision);
      if (!cost)
        throw UnsupportedError(fmt::format("{}: {} cannot run {}", graph_.op(op).name,
                                           soc_.unit(share.mode.unit).name,
                                           to_string(graph_.op(op).kind)));
      const double more_s =
          spread_ ? model_.spread_s(graph_, op, share.slice, share.mode, share.precision) : 0;
      compute_task_[index(op)].push_back(add(TaskKind::compute, op, share.mode, cost->latency_s + more_s,
                                             cost->bytes, cost->power_w, after));
      drafts_.back().share = share;
      drafts_.back().spread = spread_;
    }
    start_crossings(op);
    before_ = op;
  }

  /// The operator before in order ran on another unit: this one wakes.
  void arrive(OpId op, const Share& share, std::vector<std::uint32_t>& after) {
    if (!before_ || !options_.transfers[static_cast<std::size_t>(LinkTermKind::sync)]) return;
    for (const Share& earlier : plan_.shares[index(*before_)])
      if (earlier.mode.unit == share.mode.unit) return;
    const auto step = model_.arrival(graph_, op, share.mode);
    if (!step || step->latency_s <= 0) return;
    const std::uint32_t id = add(TaskKind::sync, op, share.mode, step->latency_s, step->bytes, step->power_w, after);
    drafts_[id].arrival = true;
    after = {id};
  }

  void emit_input(OpId input, OpId reader) {
    const Share& home = input_home_.at(input).front();
    if (!options_.input) return;
    const Cost load = model_.input_cost(graph_, reader, home.mode);
    if (load.latency_s > 0) {
      compute_task_[index(input)] = {
          add(TaskKind::input, input, home.mode, load.latency_s, load.bytes, load.power_w, {})};
      drafts_.back().reader = reader;
    }
    start_crossings(input);
  }

  void start_crossings(OpId producer) {
    for (Crossing& c : outgoing_[index(producer)])
      while (c.emitted < c.eager) emit_step(producer, c);
  }

  void emit_step(OpId producer, Crossing& c) {
    const auto& [step_index, step] = c.steps[c.emitted++];
    std::vector<std::uint32_t> after;
    const auto& made = compute_task_[index(producer)];
    if (c.last_task)
      after.push_back(*c.last_task);
    else if (!made.empty())
      after.push_back(made[c.producer_share]);
    Mode mode = c.to;
    mode.unit = step.on;
    const std::uint32_t id =
        add(task_kind(step.kind), producer, mode, step.latency_s, step.bytes, step.power_w, after);
    Draft& draft = drafts_[id];
    if (step.on != c.to.unit) draft.task.opp = draft.task.host_opp = -1;  // Takes the clock as it is.
    draft.task.tensor = c.tensor;
    draft.reader = c.reader;
    draft.from = c.from;
    draft.to = c.to;
    draft.step = step_index;
    draft.asked_bytes = c.bytes;
    c.last_task = id;
  }

  void collect(TensorId tensor, OpId op, const Share& share, std::vector<std::uint32_t>& after) {
    const OpId producer = graph_.tensor(tensor).producer;
    if (graph_.op(producer).kind == OpKind::constant) return;
    const auto& from = makers(producer);
    for (std::size_t j = 0; j < from.size(); ++j) {
      const double count = overlap_elements(graph_, tensor, from[j].slice, op, share.slice);
      if (count <= 0) continue;
      std::optional<std::uint32_t> last;
      if (from[j].mode.unit != share.mode.unit) {
        Crossing* c = find_crossing(producer, tensor, j, share.mode.unit,
                                    count * element_bytes(from[j].precision));
        while (c->emitted < c->steps.size()) emit_step(producer, *c);
        last = c->last_task;
      }
      const auto& made = compute_task_[index(producer)];
      if (!last && !made.empty()) last = made[j];
      if (last && std::find(after.begin(), after.end(), *last) == after.end()) after.push_back(*last);
    }
  }

  std::uint32_t add(TaskKind kind, OpId op, const Mode& mode, double latency_s, double bytes, double power_w,
                    std::vector<std::uint32_t> after) {
    Draft draft;
    draft.task.duration_ps = to_picoseconds(latency_s);
    draft.task.bytes = bytes;
    draft.task.power_w = power_w;
    draft.task.resources = soc_.unit(mode.unit).resources;
    draft.task.kind = kind;
    draft.task.unit = static_cast<std::uint8_t>(index(mode.unit));
    draft.task.op = op;
    draft.task.opp = mode.opp;
    draft.task.host_opp = mode.host_opp;
    draft.after = std::move(after);
    drafts_.push_back(std::move(draft));
    return static_cast<std::uint32_t>(drafts_.size() - 1);
  }

  const CostModel& model_;
  const Soc& soc_;
  const Graph& graph_;
  const Plan& plan_;
  const LowerOptions& options_;
  std::vector<OpId> order_;
  bool spread_ = false;         ///< Over several units.
  std::optional<OpId> before_;  ///< Emitted before the present one.
  std::map<OpId, std::vector<Share>> input_home_;
  std::map<std::size_t, std::vector<OpId>> input_readers_;
  std::vector<std::vector<std::uint32_t>> compute_task_;  ///< By OpId, by share.
  std::vector<std::vector<Crossing>> outgoing_;           ///< By producer.
  std::vector<Draft> drafts_;
};

/// The same tasks for every request, each after the one before has ended.
std::vector<Draft> one_by_one(const std::vector<Draft>& one, int requests) {
  const std::size_t n = one.size();
  std::vector<bool> read(n, false);
  for (const Draft& draft : one)
    for (std::uint32_t a : draft.after) read[a] = true;
  std::vector<Draft> out;
  for (int r = 0; r < requests; ++r) {
    const auto first = static_cast<std::uint32_t>(out.size());
    for (Draft draft : one) {
      draft.task.request = r;
      for (std::uint32_t& a : draft.after) a += first;
      if (draft.after.empty() && r > 0)
        for (std::size_t i = 0; i < n; ++i)
          if (!read[i]) draft.after.push_back(static_cast<std::uint32_t>(first - n + i));
      out.push_back(std::move(draft));
    }
  }
  return out;
}

/// The same tasks for every request; on a free resource the oldest ready request goes first.
std::vector<Draft> interleave(const std::vector<Draft>& one, int requests) {
  const std::size_t n = one.size(), total = n * static_cast<std::size_t>(requests);
  std::vector<std::vector<std::uint32_t>> readers(n);
  std::vector<std::uint32_t> missing(total);
  for (std::size_t i = 0; i < n; ++i)
    for (std::uint32_t a : one[i].after) readers[a].push_back(static_cast<std::uint32_t>(i));
  using Finish = std::pair<std::int64_t, std::uint32_t>;
  std::priority_queue<Finish, std::vector<Finish>, std::greater<>> running;
  // Ready tasks by the resources they need: few distinct sets, so the scan per event is short.
  std::map<std::uint64_t, std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>>> ready;
  for (std::size_t t = 0; t < total; ++t) {
    missing[t] = static_cast<std::uint32_t>(one[t % n].after.size());
    if (missing[t] == 0) ready[one[t % n].task.resources].push(static_cast<std::uint32_t>(t));
  }
  std::uint64_t busy = 0;
  std::int64_t now = 0;
  std::vector<std::uint32_t> position(total);
  std::vector<Draft> out;
  out.reserve(total);
  while (out.size() < total) {
    for (;;) {
      auto best = ready.end();
      for (auto it = ready.begin(); it != ready.end(); ++it)
        if (!it->second.empty() && !(it->first & busy) &&
            (best == ready.end() || it->second.top() < best->second.top()))
          best = it;
      if (best == ready.end()) break;
      const std::uint32_t t = best->second.top();
      best->second.pop();
      busy |= best->first;
      Draft draft = one[t % n];
      draft.task.request = static_cast<std::int32_t>(t / n);
      for (std::uint32_t& a : draft.after) a = position[t / n * n + a];
      position[t] = static_cast<std::uint32_t>(out.size());
      running.emplace(now + draft.task.duration_ps, t);
      out.push_back(std::move(draft));
    }
    if (running.empty()) break;
    const auto [finish, t] = running.top();
    running.pop();
    now = finish;
    busy &= ~one[t % n].task.resources;
    for (std::uint32_t r : readers[t % n]) {
      const std::size_t reader = t / n * n + r;
      if (--missing[reader] == 0) ready[one[r].task.resources].push(static_cast<std::uint32_t>(reader));
    }
  }
  if (out.size() != total) throw std::logic_error("interleave: tasks left over");
  return out;
}

/// What each draft asks of the clocks, decided before any of them runs.
struct ClockAsk {
  DomainId domain{};
  std::int16_t opp = 0;
  double delay_s = 0;
  bool parks = false;  ///< The clock of a unit that was left falls; nobody waits for it.
};

/// Walks the tasks in order. A unit's clock changes when an operator asks for another OPP; where the
/// runtime parks idle clocks, it also falls to its lowest OPP when work moves elsewhere.
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
      const int initial = clocks_[d].initial >= 0 ? clocks_[d].initial : soc_.top_opp(make_id<DomainId>(d));
      initial_opp.push_back(static_cast<std::int16_t>(initial));
      moving.push_back(clocks_[d].moves);
    }
  }

  static std::vector<std::pair<DomainId, std::int16_t>> wanted(const Unit& unit, const Task& task) {
    if (task.opp < 0) return {};
    if (unit.host_domain && task.host_opp >= 0)
      return {{unit.domain, task.opp}, {*unit.host_domain, task.host_opp}};
    return {{unit.domain, task.opp}};
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
        const bool used = std::any_of(wants.begin(), wants.end(), [&](const auto& w) { return index(w.first) == d; });
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
      if (record) asks[i].push_back({domain, opp, model_.dvfs_delay_s(domain, clock.opp, opp), parks});
    }
    clock.opp = opp;
  }

  const CostModel& model_;
  const Soc& soc_;
  const std::vector<Draft>& drafts_;
  std::vector<Clock> clocks_;
  bool parks_ = false;
};

/// Copies the drafts into the schedule, with the changes of clocks beside the tasks that ask for them,
/// and the pace of tasks that run while clocks are on their way.
class Assembly {
 public:
  Assembly(const CostModel& model, const Graph& graph, Schedule& schedule, const LowerOptions& options)
      : model_(model), soc_(model.soc()), graph_(graph), schedule_(schedule), options_(options),
        clocks_(soc_.domains.size()) {}

  void run(const std::vector<Draft>& drafts) {
    position_.resize(drafts.size());
    schedule_.initial_opp.assign(soc_.domains.size(), -1);
    if (options_.dvfs) {
      plan_.emplace(model_, drafts, options_.requests == 1 || !options_.overlap);
      schedule_.initial_opp = plan_->initial_opp;
    }
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      Task task = drafts[i].task;
      std::vector<std::uint32_t> after;
      for (std::uint32_t a : drafts[i].after) after.push_back(position_[a]);
      const Unit& unit = soc_.units[task.unit];
      if (plan_) change_clocks(i, task, unit, after);
      if (plan_ && moves(unit)) task.pace = pace(drafts[i], unit);
      position_[i] = push(task, after);
      for (DomainId domain : clocks_of(unit)) use(domain, position_[i]);
    }
  }

 private:
  struct Clock {
    std::vector<std::uint32_t> users;         ///< Tasks since the last change.
    std::vector<std::uint32_t> change_after;  ///< What the last change waited for.
  };

  static std::vector<DomainId> clocks_of(const Unit& unit) {
    if (unit.host_domain) return {unit.domain, *unit.host_domain};
    return {unit.domain};
  }
  bool moves(const Unit& unit) const {
    for (DomainId domain : clocks_of(unit))
      if (plan_->moving[index(domain)]) return true;
    return false;
  }

  /// A clock must not change under a task that wants it as it is, nor a task start under an old change.
  void change_clocks(std::size_t i, const Task& task, const Unit& unit, std::vector<std::uint32_t>& after) {
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
    // It is asked for when the task starts: after all that the task waits for, its unit's queue too.
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
      const auto [latency_s, power_w] = draft.cost_at(model_, graph_, mode);
      schedule_.pace_duration_ps.push_back(to_picoseconds(latency_s));
      schedule_.pace_power_w.push_back(power_w);
    }
    schedule_.paces.push_back(pace);
    return static_cast<std::int32_t>(schedule_.paces.size() - 1);
  }

  std::uint32_t push(Task task, const std::vector<std::uint32_t>& after) {
    if (after.size() > std::numeric_limits<std::uint16_t>::max())
      throw UnsupportedError(fmt::format("an operator that waits for {} tasks", after.size()));
    task.first_dependency = static_cast<std::uint32_t>(schedule_.dependencies.size());
    task.dependencies = static_cast<std::uint16_t>(after.size());
    for (std::uint32_t a : after) schedule_.dependencies.push_back(make_id<TaskId>(a));
    schedule_.tasks.push_back(task);
    const auto id = static_cast<std::uint32_t>(schedule_.tasks.size() - 1);
    for (std::uint64_t bits = task.resources; bits; bits &= bits - 1) last_on_[std::countr_zero(bits)] = id;
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

Schedule lower(const CostModel& model, const Graph& graph, const Plan& plan, const LowerOptions& options) {
  if (options.requests < 1 || options.requests > 100'000)
    throw InputError(fmt::format("requests: {} is not between 1 and 100000", options.requests));
  if (const auto violations = check_plan(model, graph, plan); !violations.empty())
    throw InputError(fmt::format("plan: {}", violations.front()));
  Schedule schedule;
  schedule.requests = options.requests;
  schedule.base_power_w = model.base_power_w();
  schedule.shared_bandwidth_bytes_per_s = model.soc().memory.shared_bytes_per_s;
  schedule.energy_per_byte_j = model.soc().memory.energy_per_byte_j;
  for (const Unit& unit : model.soc().units)
    schedule.unit_bandwidth_bytes_per_s.push_back(unit.memory_bandwidth_bytes_per_s);
  std::vector<Draft> drafts = RequestLowering(model, graph, plan, options).run();
  if (options.requests > 1)
    drafts = options.overlap ? interleave(drafts, options.requests) : one_by_one(drafts, options.requests);
  Assembly(model, graph, schedule, options).run(drafts);
  return schedule;
}

}  // namespace partita
