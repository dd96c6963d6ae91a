#include "partitioners/splits.h"

#include <algorithm>

#include "sim/base/error.h"

namespace partita {
namespace {

std::size_t at(Axis axis) {
  return axis == Axis::height ? 0 : 1;
}

struct Runs {
  std::size_t operators = 0;
  double latency_s = 0;
};

/// Of a kind of unit, the mode that runs most operators, then the fastest.
std::optional<std::size_t> best_mode(const CostTable& costs, UnitKind kind) {
  const Soc& soc = costs.model().soc();
  std::optional<std::size_t> best;
  Runs most;
  for (std::size_t m = 0; m < costs.modes().size(); ++m) {
    if (soc.unit(costs.modes()[m].unit).kind != kind) continue;
    Runs runs;
    for (OpId op : costs.placed())
      if (costs.supported(op, m)) ++runs.operators, runs.latency_s += costs.latency_s(op, m);
    if (best && (runs.operators < most.operators ||
                 (runs.operators == most.operators && runs.latency_s >= most.latency_s)))
      continue;
    best = m;
    most = runs;
  }
  return best;
}

/// Of height and channels; 0: cannot be cut.
std::array<std::int64_t, 2> extents(const Graph& graph, OpId op) {
  std::array<std::int64_t, 2> out{};
  if (graph.op(op).outputs.size() != 1) return out;
  for (Axis axis : cut_axes(graph, op))
    if (axis != Axis::batch) out[at(axis)] = cut_extent(graph, op, axis);
  return out;
}

}  // namespace

SplitPair find_pair(const CostTable& costs) {
  const auto cpu = best_mode(costs, UnitKind::cpu), gpu = best_mode(costs, UnitKind::gpu);
  if (!cpu || !gpu)
    throw UnsupportedError(costs.model().soc().name + ": needs a CPU unit and a GPU");
  return {*cpu, *gpu};
}

std::int64_t gpu_part(std::int64_t extent, int share, int steps, std::int64_t granule) {
  const std::int64_t rows = (extent * share + steps - 1) / steps;
  return std::min(extent, (rows + granule - 1) / granule * granule);
}

SplitCosts::SplitCosts(const CostTable& costs, const SplitPair& pair, int steps)
    : SplitCosts(costs, pair,
                 {{costs.model().soc().unit(costs.modes()[pair.gpu].unit).default_precision,
                   costs.model().soc().unit(costs.modes()[pair.cpu].unit).default_precision},
                  steps,
                  4}) {}

SplitCosts::SplitCosts(const CostTable& costs, const SplitPair& pair, const Settings& settings)
    : costs_(&costs), pair_(pair), settings_(settings) {
  std::vector<std::size_t> item_of(costs.graph().size(), 0);
  group(item_of);
  connect(item_of);
  times_.resize(items_.size() * 4);
  outs_.resize(items_.size() * 2);
  moved_.resize(first_input_.back() * 2);
  waits_.resize(first_input_.back() * 2);
  needs_.resize(first_input_.back() * 4);
}

void SplitCosts::group(std::vector<std::size_t>& item_of) {
  const Graph& graph = costs_->graph();
  for (OpId op : costs_->placed()) {
    const auto kernel = [&](std::size_t m) {
      return costs_->model().fused_with(graph, op, costs_->modes()[m]);
    };
    auto into = kernel(pair_.gpu);
    if (!into) into = kernel(pair_.cpu);
    if (into && costs_->supported(op, pair_.gpu) && costs_->supported(op, pair_.cpu)) {
      const std::size_t i = item_of[index(*into)];
      if (joins(op, items_[i], item_of)) {
        item_of[index(op)] = i;
        items_[i].ops.push_back(op);
        continue;
      }
    }
    item_of[index(op)] = items_.size();
    items_.push_back({{op}, {}, 0, extents(graph, op)});
  }
}

/// Can the item compute `op` too when it is cut? It alone reads the item, cuts the same way, and
/// whatever else it reads is made before.
bool SplitCosts::joins(OpId op, const SplitItem& item, std::span<const std::size_t> item_of) const {
  const Graph& graph = costs_->graph();
  const std::size_t self = item_of[index(item.ops[0])];
  if (!costs_->supported(item.ops[0], pair_.gpu) || !costs_->supported(item.ops[0], pair_.cpu))
    return false;
  const auto readers = graph.successors(item.tail());
  if (readers.size() != 1 || readers[0] != op || graph.op(op).outputs.size() != 1) return false;
  if (extents(graph, op) != item.extent) return false;
  for (Axis axis : {Axis::height, Axis::channel}) {
    const std::int64_t whole = item.extent[at(axis)];
    if (whole == 0) continue;
    const TensorId made = graph.op(item.tail()).outputs[0];
    const Slice first{axis, 0, 1}, last{axis, whole - 1, whole};
    if (input_slice(graph, op, made, first) != first || input_slice(graph, op, made, last) != last)
      return false;
  }
  for (OpId pred : graph.predecessors(op))
    if (pred != item.tail() && is_placed(graph.op(pred)) && item_of[index(pred)] >= self)
      return false;
  return true;
}

void SplitCosts::connect(std::span<const std::size_t> item_of) {
  const Graph& graph = costs_->graph();
  first_input_.push_back(0);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    SplitItem& item = items_[i];
    item.last_reader = i;
    for (std::size_t m = 0; m < item.ops.size(); ++m)
      for (TensorId tensor : graph.op(item.ops[m]).inputs) {
        const OpId maker = graph.tensor(tensor).producer;
        if (graph.op(maker).kind == OpKind::constant) continue;
        SplitItem::Input input{tensor, m, {}};
        if (is_placed(graph.op(maker))) input.from = item_of[index(maker)];
        const bool known = std::any_of(item.inputs.begin(), item.inputs.end(),
                                       [&](const auto& other) { return other.tensor == tensor; });
        if (input.from == i || known) continue;
        if (input.from) items_[*input.from].last_reader = i;
        item.inputs.push_back(input);
      }
    first_input_.push_back(first_input_.back() + item.inputs.size());
  }
}

std::int64_t SplitCosts::extent(std::size_t i, Axis axis) const {
  return items_[i].extent[at(axis)];
}

Mode SplitCosts::mode(Side side) const {
  return costs_->modes()[side == Side::gpu ? pair_.gpu : pair_.cpu];
}

Slice SplitCosts::slice(std::size_t i, Side side, Axis axis, std::int64_t part) const {
  const std::int64_t whole = extent(i, axis);
  if (part >= whole) return {};
  return side == Side::gpu ? Slice{axis, 0, part} : Slice{axis, whole - part, whole};
}

double& SplitCosts::memo(std::vector<Memo>& table, std::size_t row, std::int64_t part,
                         std::int64_t most) {
  Memo& cells = table[row];
  if (cells.empty()) cells.assign(static_cast<std::size_t>(most) + 1, -1);
  return cells[static_cast<std::size_t>(part)];
}

double SplitCosts::time_s(std::size_t i, Side side, Axis axis, std::int64_t part) {
  if (part <= 0) return 0;
  const auto s = static_cast<std::size_t>(side);
  double& known = memo(times_, i * 4 + s * 2 + at(axis), part, extent(i, axis));
  if (known >= 0) return known;
  known = 0;
  for (OpId op : items_[i].ops) {
    const auto cost = costs_->model().operator_cost(costs_->graph(), op, slice(i, side, axis, part),
                                                    mode(side), settings_.precision[s]);
    known += cost ? cost->latency_s : kInfinity;
  }
  return known;
}

Precision SplitCosts::precision(std::size_t mode) const {
  if (mode == pair_.gpu) return settings_.precision[static_cast<std::size_t>(Side::gpu)];
  if (mode == pair_.cpu) return settings_.precision[static_cast<std::size_t>(Side::cpu)];
  return costs_->model().soc().unit(costs_->modes()[mode].unit).default_precision;
}

double SplitCosts::whole_s(std::size_t i, std::size_t mode) const {
  const bool tabulated =
      precision(mode) == costs_->model().soc().unit(costs_->modes()[mode].unit).default_precision;
  double sum = 0;
  for (OpId op : items_[i].ops) {
    if (tabulated) {
      sum += costs_->supported(op, mode)
                 ? costs_->latency_s(op, mode) - costs_->input_latency_s(op, mode)
                 : kInfinity;
      continue;
    }
    const auto cost = costs_->model().operator_cost(costs_->graph(), op, {}, costs_->modes()[mode],
                                                    precision(mode));
    sum += cost ? cost->latency_s : kInfinity;
  }
  return sum;
}

SplitCosts::Sharing SplitCosts::hand_over(TensorId tensor, double count, OpId reader,
                                          Side from) const {
  const Side to = from == Side::gpu ? Side::cpu : Side::gpu;
  const auto precision = [&](Side side) {
    return settings_.precision[static_cast<std::size_t>(side)];
  };
  Sharing sum;
  try {
    for (const HandOverStep& step :
         hand_over_steps(costs_->model(), costs_->graph(), tensor, count, reader, mode(from),
                         precision(from), mode(to), precision(to)))
      (step.kind == LinkTermKind::sync ? sum.wait_s : sum.moved_s) += step.latency_s;
  } catch (const UnsupportedError&) {
    sum.moved_s = kInfinity;  // A missing link is a price too high, not a failure.
  }
  return sum;
}

double SplitCosts::share_in_s(std::size_t i, Axis axis, std::int64_t cpu_part, std::size_t first) {
  if (cpu_part <= 0) return 0;
  const SplitItem& item = items_[i];
  double moved_s = 0, wait_s = 0;
  for (std::size_t k = 0; k < item.inputs.size(); ++k) {
    const SplitItem::Input& input = item.inputs[k];
    if (input.from && *input.from >= first) continue;
    const std::size_t row = (first_input_[i] + k) * 2 + at(axis);
    double& moved = memo(moved_, row, cpu_part, std::max(cpu_part, extent(i, axis)));
    double& waited = memo(waits_, row, cpu_part, std::max(cpu_part, extent(i, axis)));
    if (moved < 0) {
      const OpId reader = item.ops[input.member];
      const double count = input_elements_needed(costs_->graph(), reader, input.tensor,
                                                 slice(i, Side::cpu, axis, cpu_part));
      const Sharing sharing = hand_over(input.tensor, count, reader, Side::gpu);
      moved = sharing.moved_s;
      waited = sharing.wait_s;
    }
    moved_s += moved;
    wait_s = std::max(wait_s, waited);  // One wait for the GPU serves every input.
  }
  return moved_s + wait_s;
}

double SplitCosts::share_out_s(std::size_t i, Axis axis, std::int64_t cpu_part) {
  const Graph& graph = costs_->graph();
  const OpId tail = items_[i].tail();
  const std::int64_t whole = extent(i, axis);
  // Pieces are gathered whoever reads them; a whole operator's output is fetched by its readers.
  if (cpu_part <= 0 || (cpu_part >= whole && graph.successors(tail).empty())) return 0;
  double& known = memo(outs_, i * 2 + at(axis), cpu_part, std::max(cpu_part, whole));
  if (known >= 0) return known;
  known = 0;
  for (TensorId id : graph.op(tail).outputs) {
    const Tensor& tensor = graph.tensor(id);
    double count = static_cast<double>(elements(tensor.shape));
    if (whole > 0) count *= static_cast<double>(cpu_part) / static_cast<double>(whole);
    const OpId reader = tensor.consumers.empty() ? tail : tensor.consumers.front();
    const Sharing sharing = hand_over(id, count, reader, Side::cpu);
    known += sharing.moved_s + sharing.wait_s;
  }
  return known;
}

std::int64_t SplitCosts::needed(std::size_t i, std::size_t input, Side side, Axis axis,
                                std::int64_t part) {
  const SplitItem::Input& in = items_[i].inputs[input];
  const auto s = static_cast<std::size_t>(side);
  double& known =
      memo(needs_, (first_input_[i] + input) * 4 + s * 2 + at(axis), part, extent(i, axis));
  if (known >= 0) return static_cast<std::int64_t>(known);
  const std::int64_t made = extent(*in.from, axis);
  const Slice rows =
      input_slice(costs_->graph(), items_[i].ops[in.member], in.tensor, slice(i, side, axis, part));
  std::int64_t count = made;
  if (rows.axis != Axis::none) count = side == Side::gpu ? rows.end : made - rows.begin;
  known = static_cast<double>(count);
  return count;
}

std::optional<Cut> SplitCosts::cut(std::size_t i, Axis axis, int share) const {
  const std::int64_t whole = extent(i, axis);
  if (whole == 0) return std::nullopt;
  const std::int64_t first =
      gpu_part(whole, share, settings_.steps, axis == Axis::channel ? settings_.granule : 1);
  if (first <= 0 || first >= whole) return std::nullopt;
  return Cut{axis, 0, share, {first, whole - first}, {first, whole - first}, true};
}

Cut SplitCosts::whole(std::size_t mode) const {
  Cut cut;
  cut.mode = mode;
  cut.share = mode == pair_.gpu ? settings_.steps : 0;
  return cut;
}

Cut SplitCosts::elsewhere(std::size_t i) const {
  std::size_t best = 0;
  for (std::size_t m = 1; m < costs_->modes().size(); ++m)
    if (whole_s(i, m) < whole_s(i, best)) best = m;
  return whole(best);
}

}  // namespace partita
