// One request's tasks: computation and the hand-overs between units.
#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/plan/lowering.h"

namespace partita::lowering {

std::pair<double, double> Draft::cost_at(const CostModel& model, const Graph& graph,
                                         const Mode& mode) const {
  if (task.kind == TaskKind::compute) {
    const auto cost = model.operator_cost(graph, task.op, share.slice, mode, share.precision);
    if (!cost)
      throw UnsupportedError(fmt::format(
          "{} is not known at {}: a plan that changes clocks needs every OPP it may pass",
          graph.op(task.op).name, to_string(model.soc(), mode)));
    const double more_s =
        spread ? model.spread_s(graph, task.op, share.slice, mode, share.precision) : 0;
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
  // A step on a third unit costs what it costs; the model is told of the clocks of the two ends
  // only.
  const TransferStep same =
      model.transfer(graph, task.tensor, asked_bytes, reader, mode.unit == from.unit ? mode : from,
                     mode.unit == to.unit ? mode : to)[step];
  return {same.latency_s, same.power_w};
}

namespace {

TaskKind task_kind(LinkTermKind kind) {
  switch (kind) {
    case LinkTermKind::transform:
      return TaskKind::transform;
    case LinkTermKind::map:
      return TaskKind::map;
    case LinkTermKind::sync:
      return TaskKind::sync;
    case LinkTermKind::copy:
      return TaskKind::copy;
    case LinkTermKind::cast:
      return TaskKind::cast;
    case LinkTermKind::unmap:
      return TaskKind::unmap;
  }
  throw std::logic_error("unknown link term");
}

/// One piece of a tensor on its way to a unit. Its leading steps run on the unit that made it,
/// right after it is made; the others when the reader's turn comes.
struct Crossing {
  TensorId tensor{};
  std::size_t producer_share = 0;
  OpId reader{};
  Mode from, to;
  double bytes = 0;
  std::vector<std::pair<std::size_t, TransferStep>>
      steps;                               ///< With the index in the model's answer.
  std::size_t eager = 0;                   ///< Steps on the maker's unit before any other.
  std::optional<std::uint32_t> last_task;  ///< Of the steps emitted so far.
  std::size_t emitted = 0;
};

/// Emits the tasks of one request.
class RequestLowering {
 public:
  RequestLowering(const CostModel& model, const Graph& graph, const Plan& plan,
                  const LowerOptions& options)
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
        for (std::size_t j = 0; j < from.size(); ++j)
          cross(tensor, producer, from[j], j, op, share);
    }
  }

  void cross(TensorId tensor, OpId producer, const Share& from, std::size_t j, OpId op,
             const Share& to) {
    if (from.mode.unit == to.mode.unit) return;
    const double count = overlap_elements(graph_, tensor, from.slice, op, to.slice);
    if (count <= 0) return;
    const double bytes = count * element_bytes(from.precision);
    if (find_crossing(producer, tensor, j, to.mode.unit, bytes)) return;
    Crossing crossing{tensor, j, op, from.mode, to.mode, bytes, {}, 0, {}, 0};
    const auto steps = model_.transfer(graph_, tensor, bytes, op, from.mode, to.mode);
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (!options_.overheads[steps[s].kind]) continue;
      if (steps[s].kind == LinkTermKind::cast && from.precision == to.precision) continue;
      crossing.steps.emplace_back(s, steps[s]);
    }
    while (crossing.eager < crossing.steps.size() &&
           crossing.steps[crossing.eager].second.on == from.mode.unit)
      ++crossing.eager;
    outgoing_[index(producer)].push_back(std::move(crossing));
  }

  /// A piece once handed to a unit is there for every later reader on it.
  Crossing* find_crossing(OpId producer, TensorId tensor, std::size_t j, UnitId unit,
                          double bytes) {
    for (Crossing& c : outgoing_[index(producer)])
      if (c.tensor == tensor && c.producer_share == j && c.to.unit == unit && c.bytes >= bytes)
        return &c;
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
      compute_task_[index(op)].push_back(add(TaskKind::compute, op, share.mode,
                                             cost->latency_s + more_s, cost->bytes, cost->power_w,
                                             after));
      drafts_.back().share = share;
      drafts_.back().spread = spread_;
    }
    start_crossings(op);
    before_ = op;
  }

  /// The operator before in order ran on another unit: this one wakes.
  void arrive(OpId op, const Share& share, std::vector<std::uint32_t>& after) {
    if (!before_ || !options_.overheads[Overhead::sync] || !options_.overheads[Overhead::arrival])
      return;
    for (const Share& earlier : plan_.shares[index(*before_)])
      if (earlier.mode.unit == share.mode.unit) return;
    const auto step = model_.arrival(graph_, op, share.mode);
    if (!step || step->latency_s <= 0) return;
    const std::uint32_t id =
        add(TaskKind::sync, op, share.mode, step->latency_s, step->bytes, step->power_w, after);
    drafts_[id].arrival = true;
    after = {id};
  }

  void emit_input(OpId input, OpId reader) {
    const Share& home = input_home_.at(input).front();
    if (!options_.overheads[Overhead::input]) return;
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
    if (step.on != c.to.unit)
      draft.task.opp = draft.task.host_opp = -1;  // Takes the clock as it is.
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
      if (last && std::find(after.begin(), after.end(), *last) == after.end())
        after.push_back(*last);
    }
  }

  std::uint32_t add(TaskKind kind, OpId op, const Mode& mode, double latency_s, double bytes,
                    double power_w, std::vector<std::uint32_t> after) {
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

}  // namespace

std::vector<Draft> draft_request(const CostModel& model, const Graph& graph, const Plan& plan,
                                 const LowerOptions& options) {
  return RequestLowering(model, graph, plan, options).run();
}

}  // namespace partita::lowering
