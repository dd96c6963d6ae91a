// Pieces of tensors on their way: to readers on other units, to the home of a split operator, to
// another precision.
#include <algorithm>
#include <stdexcept>

#include "sim/graph/reads.h"
#include "sim/plan/draft.h"

namespace partita::lowering {
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

}  // namespace

void RequestLowering::plan_crossings(OpId op) {
  for (TensorId tensor : graph_.op(op).inputs) {
    const OpId producer = graph_.tensor(tensor).producer;
    if (graph_.op(producer).kind == OpKind::constant) continue;
    for (const Share& share : plan_.shares[index(op)])
      for (std::size_t j = 0; j < sources_[index(producer)].size(); ++j)
        cross(tensor, producer, j, op, share);
  }
}

void RequestLowering::cross(TensorId tensor, OpId producer, std::size_t j, OpId op,
                            const Share& to) {
  const auto& sources = sources_[index(producer)];
  const Source& from = sources[j];
  const bool stays = from.mode.unit == to.mode.unit;
  if (stays && from.precision == to.precision) return;
  const double count = taken(tensor, producer, j, op, to);
  if (count <= 0 || find_crossing(tensor, producer, j, op, to)) return;
  Crossing crossing;
  crossing.tensor = tensor;
  crossing.source = j;
  crossing.reader = op;
  crossing.read = to.computed();
  crossing.from = from.mode;
  crossing.to = to.mode;
  crossing.from_precision = from.precision;
  crossing.to_precision = to.precision;
  crossing.elements = count;
  keep_steps(crossing);
  if (!stays)
    while (crossing.eager < crossing.steps.size() &&
           crossing.steps[crossing.eager].on == from.mode.unit)
      ++crossing.eager;
  outgoing_[index(producer)].push_back(std::move(crossing));
}

double RequestLowering::taken(TensorId tensor, OpId producer, std::size_t j, OpId op,
                              const Share& share) {
  const auto& sources = sources_[index(producer)];
  const Slice read = share.computed();
  if (sources.size() == 1 && sources[j].owned.axis == Axis::none && read.axis == Axis::none)
    return taken_elements(graph_, tensor, sources, j, op, share);
  for (const Taken& known : taken_[index(op)])
    if (known.tensor == tensor && known.source == j && known.unit == share.mode.unit &&
        known.read == read)
      return known.elements;
  const double elements = taken_elements(graph_, tensor, sources, j, op, share);
  taken_[index(op)].push_back({tensor, j, share.mode.unit, read, elements});
  return elements;
}

void RequestLowering::keep_steps(Crossing& c) const {
  if (c.from.unit == c.to.unit) {
    HandOverStep step{model_.recast(c.elements, c.to, c.from_precision, c.to_precision), 0, true};
    c.steps = {step};
  } else {
    c.steps = hand_over_steps(model_, graph_, c.tensor, c.elements, c.reader, c.from,
                              c.from_precision, c.to, c.to_precision);
  }
  std::erase_if(c.steps, [&](const HandOverStep& s) { return !options_.overheads[s.kind]; });
}

/// A piece once handed to a unit is there for every later reader on it that needs no more of it.
Crossing* RequestLowering::find_crossing(TensorId tensor, OpId producer, std::size_t j, OpId op,
                                         const Share& to) {
  for (Crossing& c : outgoing_[index(producer)]) {
    if (c.tensor != tensor || c.source != j || c.to.unit != to.mode.unit ||
        c.to_precision != to.precision)
      continue;
    if (c.read.axis == Axis::none && to.slice.axis == Axis::none) return &c;
    if (reads_within(graph_, tensor, op, to.computed(), c.reader, c.read)) return &c;
  }
  return nullptr;
}

void RequestLowering::start_crossings(OpId producer) {
  for (Crossing& c : outgoing_[index(producer)])
    while (c.emitted < c.eager) emit_step(producer, c, made_by(producer, c.source));
}

/// `made`: what the first step waits for.
void RequestLowering::emit_step(OpId producer, Crossing& c, std::vector<std::uint32_t> made) {
  const HandOverStep& step = c.steps[c.emitted++];
  if (c.last_task) made = {*c.last_task};
  Mode mode = c.to;
  mode.unit = step.on;
  const std::uint32_t id = add(task_kind(step.kind), producer, mode, step.latency_s, step.bytes,
                               step.power_w, std::move(made));
  Draft& draft = drafts_[id];
  if (step.on != c.to.unit || c.gathers)
    draft.task.opp = draft.task.host_opp = -1;  // Takes the clock as it is.
  draft.task.tensor = c.tensor;
  draft.reader = c.reader;
  draft.from = c.from;
  draft.to = c.to;
  draft.from_precision = c.from_precision;
  draft.to_precision = c.to_precision;
  draft.step = step.asked;
  draft.recast = step.recast;
  draft.elements = c.elements;
  c.last_task = id;
}

/// Every piece goes to the operator's home right after it is made; what readers find there waits
/// for all of them.
void RequestLowering::gather(OpId op) {
  const Source& home = sources_[index(op)].front();
  auto& gathered = made_[index(op)];
  const auto& shares = plan_.shares[index(op)];
  for (std::size_t j = 0; j < shares.size(); ++j) {
    const Share& share = shares[j];
    const std::uint32_t computed = computed_[index(op)][j];
    if (share.mode.unit == home.mode.unit && share.precision == home.precision) {
      gathered.push_back(computed);
      continue;
    }
    for (TensorId tensor : graph_.op(op).outputs) {
      Crossing crossing;
      crossing.tensor = tensor;
      const auto& readers = graph_.tensor(tensor).consumers;
      crossing.reader = readers.empty() ? op : readers.front();
      crossing.from = share.mode;
      crossing.to = home.mode;
      crossing.from_precision = share.precision;
      crossing.to_precision = home.precision;
      crossing.elements = slice_elements(graph_, tensor, share.slice);
      crossing.gathers = true;
      keep_steps(crossing);
      while (crossing.emitted < crossing.steps.size()) emit_step(op, crossing, {computed});
      gathered.push_back(crossing.last_task.value_or(computed));
    }
  }
}

/// What a share waits for: its own unit's pieces that it reads, and what others hand over.
void RequestLowering::collect(TensorId tensor, OpId op, const Share& share,
                              std::vector<std::uint32_t>& after) {
  const OpId producer = graph_.tensor(tensor).producer;
  if (graph_.op(producer).kind == OpKind::constant) return;
  const auto& sources = sources_[index(producer)];
  for (std::size_t j = 0; j < sources.size(); ++j) {
    if (taken(tensor, producer, j, op, share) <= 0) continue;
    std::vector<std::uint32_t> last = made_by(producer, j);
    if (sources[j].mode.unit != share.mode.unit || sources[j].precision != share.precision) {
      Crossing& c = *find_crossing(tensor, producer, j, op, share);
      while (c.emitted < c.steps.size()) emit_step(producer, c, last);
      if (c.last_task) last = {*c.last_task};
    }
    for (std::uint32_t task : last)
      if (std::find(after.begin(), after.end(), task) == after.end()) after.push_back(task);
  }
}

std::vector<std::uint32_t> RequestLowering::made_by(OpId producer, std::size_t j) const {
  const auto& made = made_[index(producer)];
  if (made.empty()) return {};
  if (sources_[index(producer)].size() == 1) return made;
  return {made[j]};
}

}  // namespace partita::lowering
