#include "sim/cost/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace partita {

Mode top_mode(const Soc& soc, UnitId unit) {
  const Unit& u = soc.unit(unit);
  Mode mode{unit, static_cast<std::int16_t>(soc.top_opp(u.domain)), -1};
  if (u.host_domain) mode.host_opp = static_cast<std::int16_t>(soc.top_opp(*u.host_domain));
  return mode;
}

std::vector<Mode> all_modes(const Soc& soc, UnitId unit) {
  const Unit& u = soc.unit(unit);
  const int hosts = u.host_domain ? soc.top_opp(*u.host_domain) + 1 : 1;
  std::vector<Mode> modes;
  for (int opp = 0; opp <= soc.top_opp(u.domain); ++opp)
    for (int host = 0; host < hosts; ++host)
      modes.push_back({unit, static_cast<std::int16_t>(opp),
                       static_cast<std::int16_t>(u.host_domain ? host : -1)});
  return modes;
}

std::string to_string(const Soc& soc, const Mode& mode) {
  const Unit& u = soc.unit(mode.unit);
  auto mhz = [&](DomainId domain, int opp) {
    return soc.domain(domain).opps[opp].frequency_hz / 1e6;
  };
  std::string text = fmt::format("{}@{:.0f}MHz", u.name, mhz(u.domain, mode.opp));
  if (u.host_domain && mode.host_opp >= 0)
    text += fmt::format("/host {:.0f}MHz", mhz(*u.host_domain, mode.host_opp));
  return text;
}

std::string_view to_string(CostSource source) {
  switch (source) {
    case CostSource::measured:
      return "measured";
    case CostSource::fitted:
      return "fitted";
    case CostSource::roofline:
      return "roofline";
    case CostSource::free:
      return "free";
  }
  throw std::logic_error("unknown cost source");
}

bool is_placed(const Operator& op) {
  return op.kind != OpKind::input && op.kind != OpKind::constant;
}

namespace {

/// The operator that waits for the loading of each network input: its first reader in order.
std::vector<OpId> input_readers(const Graph& graph) {
  std::vector<OpId> readers;
  for (const Operator& op : graph.operators()) {
    if (op.kind != OpKind::input) continue;
    for (OpId candidate : graph.order()) {
      const auto preds = graph.predecessors(candidate);
      const OpId self = make_id<OpId>(static_cast<std::size_t>(&op - graph.operators().data()));
      if (std::find(preds.begin(), preds.end(), self) == preds.end()) continue;
      readers.push_back(candidate);
      break;
    }
  }
  return readers;
}

}  // namespace

TransferStep CostModel::recast(double elements, const Mode& mode, Precision from,
                               Precision to) const {
  const Unit& unit = soc().unit(mode.unit);
  TransferStep step{LinkTermKind::cast, mode.unit};
  step.bytes = elements * (element_bytes(from) + element_bytes(to));
  step.latency_s = unit.dispatch_s + step.bytes / unit.memory_bandwidth_bytes_per_s;
  step.power_w = busy_power_w(soc(), mode.unit, mode.opp);
  step.own_error = 0.3;  // Assumed, as of links without a measurement.
  return step;
}

std::vector<HandOverStep> hand_over_steps(const CostModel& model, const Graph& graph,
                                          TensorId tensor, double count, OpId consumer,
                                          const Mode& from, Precision from_precision,
                                          const Mode& to, Precision to_precision) {
  const bool casts = from_precision != to_precision;
  const auto answer =
      model.transfer(graph, tensor, count * element_bytes(from_precision), consumer, from, to);
  std::vector<HandOverStep> steps;
  steps.reserve(answer.size() + 1);
  bool cast = false;
  for (std::size_t s = 0; s < answer.size(); ++s) {
    if (answer[s].kind == LinkTermKind::cast) {
      cast = true;
      if (!casts || (answer[s].latency_s <= 0 && answer[s].bytes <= 0)) continue;
    }
    steps.push_back({answer[s], s, false});
  }
  if (casts && !cast)
    steps.push_back({model.recast(count, to, from_precision, to_precision), answer.size(), true});
  return steps;
}

std::optional<Cost> cut_off_cost(const CostModel& model, const Graph& graph, OpId before, OpId op,
                                 const Mode& mode, Precision precision) {
  if (model.fused_with(graph, op, mode) != before) return std::nullopt;
  const auto own = model.unfused_cost(graph, op, {}, mode, precision);
  const auto fused = model.operator_cost(graph, op, {}, mode, precision);
  if (!own || !fused) return std::nullopt;
  Cost more = *own;
  more.latency_s = std::max(0.0, own->latency_s - fused->latency_s);
  more.bytes = std::max(0.0, own->bytes - fused->bytes);
  if (more.latency_s > 0)
    more.power_w =
        (own->power_w * own->latency_s - fused->power_w * fused->latency_s) / more.latency_s;
  return more;
}

CostTable::CostTable(const CostModel& model, const Graph& graph, std::vector<Mode> modes)
    : model_(&model), graph_(&graph), modes_(std::move(modes)) {
  const Soc& soc = model.soc();
  const std::size_t cells = graph.size() * modes_.size();
  latency_.assign(cells, -1);
  energy_.assign(cells, 0);
  bytes_.assign(cells, 0);
  occupancy_.assign(cells, 1);
  input_latency_.assign(cells, 0);
  input_energy_.assign(cells, 0);
  before_.resize(graph.size());
  const double energy_per_byte = soc.memory.energy_per_byte_j;
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    before_[index(op)] = placed_.empty() ? op : placed_.back();
    placed_.push_back(op);
    bool runs = false;
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      const auto cost =
          model.operator_cost(graph, op, {}, modes_[m], soc.unit(modes_[m].unit).default_precision);
      if (!cost) continue;
      runs = true;
      latency_[slot(op, m)] = cost->latency_s;
      energy_[slot(op, m)] = cost->power_w * cost->latency_s + cost->bytes * energy_per_byte;
      bytes_[slot(op, m)] = cost->bytes;
      occupancy_[slot(op, m)] = std::min(1.0, cost->occupancy);
    }
    if (!runs)
      throw UnsupportedError(fmt::format("{}: no unit given can run operator \"{}\" ({})",
                                         graph.name(), graph.op(op).name,
                                         to_string(graph.op(op).kind)));
  }
  for (OpId op : input_readers(graph)) {
    if (!is_placed(graph.op(op))) continue;
    for (std::size_t m = 0; m < modes_.size(); ++m) {
      if (!supported(op, m)) continue;
      const Cost load = model.input_cost(graph, op, modes_[m]);
      const double load_j = load.power_w * load.latency_s + load.bytes * energy_per_byte;
      latency_[slot(op, m)] += load.latency_s;
      energy_[slot(op, m)] += load_j;
      input_latency_[slot(op, m)] += load.latency_s;
      input_energy_[slot(op, m)] += load_j;
      bytes_[slot(op, m)] += load.bytes;
    }
  }
}

CostTable::Transfer CostTable::transfer(OpId producer, OpId consumer, std::size_t from_mode,
                                        std::size_t to_mode) const {
  Transfer sum;
  const Operator& from = graph_->op(producer);
  const Mode &a = modes_[from_mode], &b = modes_[to_mode];
  if (!is_placed(from) || a.unit == b.unit) return sum;
  const Soc& soc = model_->soc();
  const Precision precision = soc.unit(a.unit).default_precision,
                  wanted = soc.unit(b.unit).default_precision;
  for (TensorId id : from.outputs) {
    const Tensor& tensor = graph_->tensor(id);
    if (std::find(tensor.consumers.begin(), tensor.consumers.end(), consumer) ==
        tensor.consumers.end())
      continue;
    const auto count = static_cast<double>(elements(tensor.shape));
    for (const HandOverStep& step :
         hand_over_steps(*model_, *graph_, id, count, consumer, a, precision, b, wanted)) {
      sum.latency_s += step.latency_s;
      sum.energy_j += step.power_w * step.latency_s + step.bytes * soc.memory.energy_per_byte_j;
    }
  }
  if (const auto more = cut_off_cost(*model_, *graph_, producer, consumer, b, wanted)) {
    sum.latency_s += more->latency_s;
    sum.energy_j += more->power_w * more->latency_s + more->bytes * soc.memory.energy_per_byte_j;
  }
  if (before_[index(consumer)] == producer)
    if (const auto arrival = model_->arrival(*graph_, consumer, b)) {
      sum.latency_s += arrival->latency_s;
      sum.energy_j += arrival->power_w * arrival->latency_s;
    }
  return sum;
}

}  // namespace partita
