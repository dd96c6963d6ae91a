// One request's tasks: computation in the plan's order, with what reaches it from other units.
#include "sim/plan/draft.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/graph/merge.h"

namespace partita::lowering {

std::pair<double, double> Draft::cost_at(const CostModel& model, const Graph& graph,
                                         const Mode& mode, const Overheads& overheads) const {
  if (task.kind == TaskKind::compute) {
    const auto cost = cost_together(model, graph, parts, mode, overheads);
    if (!cost)
      throw UnsupportedError(fmt::format(
          "{} is not known at {}: a plan that changes clocks needs every OPP it may pass",
          graph.op(task.op).name, to_string(model.soc(), mode)));
    return {cost->latency_s, cost->power_w};
  }
  if (task.kind == TaskKind::arrival) {
    const auto wake = model.arrival(graph, task.op, mode);
    return {wake->latency_s, wake->power_w};
  }
  if (task.kind == TaskKind::input) {
    const Cost cost = model.input_cost(graph, reader, mode);
    return {cost.latency_s, cost.power_w};
  }
  if (recast) {
    const TransferStep same = model.recast(elements, mode, from_precision, to_precision);
    return {same.latency_s, same.power_w};
  }
  // A step on a third unit costs what it costs; the model is told of the clocks of the two ends
  // only.
  const TransferStep same =
      model.transfer(graph, task.tensor, elements * element_bytes(from_precision), reader,
                     mode.unit == from.unit ? mode : from, mode.unit == to.unit ? mode : to)[step];
  return {same.latency_s, same.power_w};
}

RequestLowering::RequestLowering(const CostModel& model, const Graph& graph, const Plan& plan,
                                 const LowerOptions& options)
    : model_(model), soc_(model.soc()), graph_(graph), plan_(plan), options_(options) {
  order_ = plan.order;
  if (order_.empty())
    for (OpId op : graph.order())
      if (is_placed(graph.op(op))) order_.push_back(op);
  sources_.resize(graph.size());
  made_.resize(graph.size());
  computed_.resize(graph.size());
  outgoing_.resize(graph.size());
  input_readers_.resize(graph.size());
  taken_.resize(graph.size());
  drafts_.reserve(2 * order_.size());
  std::optional<UnitId> first;
  for (OpId op : order_) {
    sources_[index(op)] = sources_of(soc_, plan, op);
    for (const Share& share : plan.shares[index(op)]) {
      if (!first) first = share.mode.unit;
      spread_ |= share.mode.unit != *first;
    }
  }
}

std::vector<Draft> RequestLowering::run() {
  place_inputs();
  if (options_.first) start_up();
  if (!options_.part.empty()) return run_part();
  for (OpId op : order_) plan_crossings(op);
  if (plan_.stage.empty()) {
    for (OpId op : order_) emit({op});
    return std::move(drafts_);
  }
  for (std::size_t i = 0; i < order_.size();) {
    std::vector<OpId> ops;
    const int stage = plan_.stage[index(order_[i])];
    while (i < order_.size() && plan_.stage[index(order_[i])] == stage) ops.push_back(order_[i++]);
    begin_stage();
    for (const auto& group : stage_groups(model_, graph_, plan_, ops, spread_, options_.overheads))
      emit(group);
  }
  return std::move(drafts_);
}

/// What the others made waits where they made it; its crossings to this part begin with the part.
std::vector<Draft> RequestLowering::run_part() {
  std::vector<bool> here(graph_.size(), false);
  for (OpId op : options_.part) here[index(op)] = true;
  const auto begin =
      std::find_if(order_.begin(), order_.end(), [&](OpId op) { return here[index(op)]; });
  for (auto op = order_.begin(); op != begin; ++op) plan_crossings(*op);
  for (auto& crossings : outgoing_)
    for (Crossing& crossing : crossings) crossing.emitted = crossing.steps.size();
  for (OpId op : order_)
    if (here[index(op)]) plan_crossings(op);
  for (auto before = order_.begin(); before != begin; ++before) {
    const OpId op = *before;
    for (OpId input : input_readers_[index(op)]) start_crossings(input);
    computed_[index(op)].clear();
    start_crossings(op);
    before_ = op;
    emitted_.push_back(op);
  }
  for (OpId op : order_)
    if (here[index(op)]) emit({op});
  return std::move(drafts_);
}

/// Network inputs are where their first reader is, loaded whole.
void RequestLowering::place_inputs() {
  for (OpId op : order_)
    for (OpId pred : graph_.predecessors(op))
      if (graph_.op(pred).kind == OpKind::input && sources_[index(pred)].empty()) {
        const Share& home = plan_.shares[index(op)].front();
        sources_[index(pred)] = {{home.mode, home.precision, {}, {}}};
        input_readers_[index(op)].push_back(pred);
      }
}

/// Before anything else: planning; before a unit's operators: building its graph.
void RequestLowering::start_up() {
  if (options_.overheads[Overhead::planning] && options_.planning_s > 0) {
    std::size_t cpu = 0;
    while (cpu < soc_.units.size() && soc_.units[cpu].kind != UnitKind::cpu) ++cpu;
    if (cpu == soc_.units.size())
      throw UnsupportedError(fmt::format("{}: no CPU to plan on", soc_.name));
    const Mode mode = top_mode(soc_, make_id<UnitId>(cpu));
    root_ = add(TaskKind::planning, order_.front(), mode, options_.planning_s, 0,
                busy_power_w(soc_, mode.unit, mode.opp), {});
    once(*root_);
  }
  if (!options_.overheads[Overhead::compile]) return;
  built_.resize(soc_.units.size());
  const MemoryUse memory = memory_use(soc_, graph_, plan_);
  for (OpId op : order_)
    for (const Share& share : plan_.shares[index(op)]) {
      auto& task = built_[index(share.mode.unit)];
      if (task) continue;
      const double seconds =
          model_.compile_s(share.mode.unit, memory.weights_bytes[index(share.mode.unit)]);
      if (seconds <= 0) continue;
      // Its energy is not known: the board's base power alone.
      task = add(TaskKind::compile, op, share.mode, seconds, 0, 0, {});
      once(*task);
    }
}

void RequestLowering::once(std::uint32_t id) {
  drafts_[id].once = true;
  drafts_[id].task.opp = drafts_[id].task.host_opp = -1;
}

/// Nothing of this stage starts before all tasks of the stages before have ended: before those that
/// none of them waits for.
void RequestLowering::begin_stage() {
  const auto end = static_cast<std::uint32_t>(drafts_.size());
  if (end == stage_begin_) return;
  std::vector<bool> waited_for(end, false);
  for (std::uint32_t i = stage_begin_; i < end; ++i)
    for (std::uint32_t a : drafts_[i].after) waited_for[a] = true;
  std::vector<std::uint32_t> last;
  for (std::uint32_t i = stage_begin_; i < end; ++i)
    if (!waited_for[i] && !drafts_[i].once) last.push_back(i);
  if (!last.empty()) barrier_ = std::move(last);
  stage_begin_ = end;
}

void RequestLowering::emit(const std::vector<OpId>& group) {
  for (OpId op : group)
    for (OpId input : input_readers_[index(op)]) emit_input(input, op);
  if (group.size() == 1) {
    for (const Share& share : plan_.shares[index(group.front())])
      compute({part_of(model_, graph_, plan_, group.front(), share, spread_)});
  } else {
    std::vector<Part> parts;
    for (OpId op : group)
      parts.push_back(part_of(model_, graph_, plan_, op, plan_.shares[index(op)].front(), spread_));
    compute(parts);
  }
  for (OpId op : group) {
    if (gathered_at(plan_, op))
      gather(op);
    else
      made_[index(op)] = computed_[index(op)];
    start_crossings(op);
  }
  before_ = group.back();
  emitted_.insert(emitted_.end(), group.begin(), group.end());
}

/// One compute task with what it waits for.
void RequestLowering::compute(const std::vector<Part>& parts) {
  const Share& share = parts.front().share;
  std::vector<std::uint32_t> after;
  for (const Part& part : parts)
    for (TensorId tensor : graph_.op(part.op).inputs) {
      const OpId producer = graph_.tensor(tensor).producer;
      const bool here =
          std::any_of(parts.begin(), parts.end(), [&](const Part& p) { return p.op == producer; });
      if (!here) collect(tensor, part.op, part.share, after);
    }
  if (!built_.empty() && built_[index(share.mode.unit)])
    after.push_back(*built_[index(share.mode.unit)]);
  arrive(parts.front().op, share, after);
  const auto cost = cost_together(model_, graph_, parts, share.mode, options_.overheads);
  if (!cost)
    throw UnsupportedError(fmt::format("{}: {} cannot run {}", graph_.op(parts.front().op).name,
                                       soc_.unit(share.mode.unit).name,
                                       to_string(graph_.op(parts.front().op).kind)));
  const std::uint32_t id = add(TaskKind::compute, parts.front().op, share.mode, cost->latency_s,
                               cost->bytes, cost->power_w, std::move(after));
  drafts_[id].parts = parts;
  for (const Part& part : parts) computed_[index(part.op)].push_back(id);
}

/// The operator before in order ran on another unit: this one wakes.
void RequestLowering::arrive(OpId op, const Share& share, std::vector<std::uint32_t>& after) {
  if (!before_ || !options_.overheads[Overhead::arrival]) return;
  for (const Share& earlier : plan_.shares[index(*before_)])
    if (earlier.mode.unit == share.mode.unit) return;
  const auto step = model_.arrival(graph_, op, share.mode);
  if (!step || step->latency_s <= 0) return;
  // Beside another network the order alternates; what counts is whether its own came from here.
  // The start of a network is in what loading its input costs.
  const auto own = before_in_network(op);
  if (!own) return;
  for (const Share& earlier : plan_.shares[index(*own)])
    if (earlier.mode.unit == share.mode.unit) return;
  after = {
      add(TaskKind::arrival, op, share.mode, step->latency_s, step->bytes, step->power_w, after)};
}

std::optional<OpId> RequestLowering::before_in_network(OpId op) {
  if (network_.empty()) {
    network_.resize(graph_.size());
    const auto networks = components(graph_);
    for (std::size_t n = 0; n < networks.size(); ++n)
      for (const OpId member : networks[n]) network_[index(member)] = n;
  }
  const auto same = [&](OpId other) { return network_[index(other)] == network_[index(op)]; };
  const auto found = std::find_if(emitted_.rbegin(), emitted_.rend(), same);
  return found == emitted_.rend() ? std::nullopt : std::optional<OpId>(*found);
}

void RequestLowering::emit_input(OpId input, OpId reader) {
  const Mode& mode = sources_[index(input)].front().mode;
  if (!options_.overheads[Overhead::input]) return;
  const Cost load = model_.input_cost(graph_, reader, mode);
  if (load.latency_s > 0) {
    made_[index(input)] = {
        add(TaskKind::input, input, mode, load.latency_s, load.bytes, load.power_w, {})};
    drafts_.back().reader = reader;
  }
  start_crossings(input);
}

std::uint32_t RequestLowering::add(TaskKind kind, OpId op, const Mode& mode, double latency_s,
                                   double bytes, double power_w, std::vector<std::uint32_t> after) {
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
  const bool in_stage =
      std::any_of(after.begin(), after.end(), [&](std::uint32_t a) { return a >= stage_begin_; });
  if (!in_stage)
    for (std::uint32_t a : barrier_)
      if (std::find(after.begin(), after.end(), a) == after.end()) after.push_back(a);
  if (after.empty() && root_) after.push_back(*root_);
  draft.after = std::move(after);
  drafts_.push_back(std::move(draft));
  return static_cast<std::uint32_t>(drafts_.size() - 1);
}

std::vector<Draft> draft_request(const CostModel& model, const Graph& graph, const Plan& plan,
                                 const LowerOptions& options) {
  return RequestLowering(model, graph, plan, options).run();
}

}  // namespace partita::lowering
