#include "partitioners/search.h"

#include <algorithm>
#include <map>
#include <set>

namespace partita {

SearchSpace::SearchSpace(const CostTable& costs)
    : costs_(&costs), soc_(&costs.model().soc()), base_power_w_(costs.model().base_power_w()) {
  const Graph& graph = costs.graph();
  std::vector<std::size_t> position(graph.size());
  for (std::size_t p = 0; p < size(); ++p) position[index(op(p))] = p;
  first_input_.push_back(0);
  for (std::size_t p = 0; p < size(); ++p) {
    for (OpId producer : graph.predecessors(op(p)))
      if (is_placed(graph.op(producer))) edges_.push_back({position[index(producer)], p});
    first_input_.push_back(edges_.size());
  }
  hand_overs_.resize(edges_.size());
  cut_offs_.resize(edges_.size());
  no_link_.assign(modes() * modes(), false);
  find_loads();
}

void SearchSpace::find_loads() {
  const Graph& graph = costs_->graph();
  std::set<OpId> seen;
  for (std::size_t p = 0; p < size(); ++p)
    for (OpId producer : graph.predecessors(op(p))) {
      if (graph.op(producer).kind != OpKind::input || !seen.insert(producer).second || p == 0)
        continue;
      load_s_.resize(size() * modes(), 0);
      for (std::size_t m = 0; m < modes(); ++m)
        if (supported(p, m))
          load_s_[p * modes() + m] +=
              costs_->model().input_cost(graph, op(p), costs_->modes()[m]).latency_s;
    }
}

double SearchSpace::spread_s(std::size_t position, std::size_t mode) const {
  return costs_->model().spread_s(costs_->graph(), op(position), {}, costs_->modes()[mode],
                                  unit(mode).default_precision);
}

Price SearchSpace::arrival(std::size_t position, std::size_t mode) const {
  const auto step = costs_->model().arrival(costs_->graph(), op(position), costs_->modes()[mode]);
  if (!step || step->latency_s <= 0) return {};
  return {step->latency_s, step->latency_s * (step->power_w + base_power_w_) +
                               step->bytes * soc_->memory.energy_per_byte_j};
}

const HandOver& SearchSpace::hand_over(std::size_t edge, std::size_t from_mode,
                                       std::size_t to_mode) {
  static const HandOver none;
  if (costs_->modes()[from_mode].unit == costs_->modes()[to_mode].unit) return none;
  auto& cells = hand_overs_[edge];
  if (cells.empty()) cells.resize(modes() * modes());
  auto& cell = cells[from_mode * modes() + to_mode];
  if (!cell) cell = std::make_unique<HandOver>(ask(edge, from_mode, to_mode));
  return *cell;
}

const Price& SearchSpace::cut_off(std::size_t edge, std::size_t mode) {
  auto& cells = cut_offs_[edge];
  if (cells.empty()) cells.resize(modes());
  auto& cell = cells[mode];
  if (cell) return *cell;
  const auto more =
      cut_off_cost(costs_->model(), costs_->graph(), op(edges_[edge].from), op(edges_[edge].to),
                   costs_->modes()[mode], unit(mode).default_precision);
  if (!more) return cell.emplace();
  return cell.emplace(Price{more->latency_s, more->power_w * more->latency_s +
                                                 more->bytes * soc_->memory.energy_per_byte_j});
}

HandOver SearchSpace::ask(std::size_t e, std::size_t from_mode, std::size_t to_mode) {
  const Edge& edge = edges_[e];
  HandOver sum;
  sum.latency_s = kInfinity;
  if (no_link_[from_mode * modes() + to_mode]) return sum;
  sum.latency_s = 0;
  const Graph& graph = costs_->graph();
  const Mode &from = costs_->modes()[from_mode], &to = costs_->modes()[to_mode];
  const Unit &source = soc_->unit(from.unit), &sink = soc_->unit(to.unit);
  const OpId consumer = op(edge.to);
  try {
    for (TensorId id : graph.op(op(edge.from)).outputs) {
      const Tensor& tensor = graph.tensor(id);
      if (std::find(tensor.consumers.begin(), tensor.consumers.end(), consumer) ==
          tensor.consumers.end())
        continue;
      const auto count = static_cast<double>(elements(tensor.shape));
      double alone_s = 0;
      for (const HandOverStep& step :
           hand_over_steps(costs_->model(), graph, id, count, consumer, from,
                           source.default_precision, to, sink.default_precision)) {
        alone_s += step.latency_s;
        sum.energy_j += step.power_w * step.latency_s + step.bytes * soc_->memory.energy_per_byte_j;
        if (step.on == from.unit) sum.on_from_s += step.latency_s;
        if (step.on == to.unit) sum.on_to_s += step.latency_s;
        if (step.on == from.unit ? sum.on_to_s > 0 : step.on != to.unit) sum.forward = false;
      }
      sum.latency_s += alone_s;
      sum.longest_s = std::max(sum.longest_s, alone_s);
    }
    const Price more = cut_off(e, to_mode);
    sum.latency_s += more.latency_s;
    sum.longest_s += more.latency_s;
    sum.on_to_s += more.latency_s;
    sum.energy_j += more.energy_j;
  } catch (const UnsupportedError&) {  // a missing link is a price too high, not a failure
    no_link_[from_mode * modes() + to_mode] = true;
    sum.latency_s = kInfinity;
  }
  return sum;
}

bool SearchSpace::is_chain() const {
  if (edges_.size() + 1 != size()) return false;
  const Graph& graph = costs_->graph();
  for (std::size_t p = 1; p < size(); ++p)
    for (OpId producer : graph.predecessors(op(p)))
      if (graph.op(producer).kind == OpKind::input) return false;
  for (std::size_t e = 0; e < edges_.size(); ++e)
    if (edges_[e].from != e || edges_[e].to != e + 1) return false;
  return true;
}

namespace {

/// Calls `use(domain, opp)` for every clock the mode sets.
template <class Use>
void for_each_clock(const Unit& unit, const Mode& mode, Use use) {
  use(unit.domain, static_cast<int>(mode.opp));
  if (unit.host_domain) use(*unit.host_domain, static_cast<int>(mode.host_opp));
}

}  // namespace

std::vector<std::size_t> SearchSpace::steady_modes() const {
  std::map<DomainId, int> top;
  std::vector<std::size_t> kept, all;
  for (std::size_t m = 0; m < modes(); ++m)
    for_each_clock(unit(m), costs_->modes()[m], [&](DomainId domain, int opp) {
      int& highest = top.emplace(domain, opp).first->second;
      highest = std::max(highest, opp);
    });
  for (std::size_t m = 0; m < modes(); ++m) {
    bool highest = true;
    for_each_clock(unit(m), costs_->modes()[m],
                   [&](DomainId domain, int opp) { highest = highest && opp == top[domain]; });
    if (highest) kept.push_back(m);
    all.push_back(m);
  }
  for (std::size_t p = 0; p < size(); ++p)
    if (std::none_of(kept.begin(), kept.end(), [&](std::size_t m) { return supported(p, m); }))
      return all;
  return kept;
}

bool SearchSpace::is_steady(std::span<const std::size_t> modes) const {
  std::map<DomainId, int> clocks;
  bool steady = true;
  for (std::size_t m : modes)
    for_each_clock(unit(m), costs_->modes()[m], [&](DomainId domain, int opp) {
      steady = steady && clocks.emplace(domain, opp).first->second == opp;
    });
  return steady;
}

Plan SearchSpace::plan(std::span<const std::size_t> mode_of) const {
  const Graph& graph = costs_->graph();
  std::vector<Mode> modes(graph.size());
  for (std::size_t p = 0; p < size(); ++p) modes[index(op(p))] = costs_->modes()[mode_of[p]];
  return plan_from_modes(*soc_, graph, modes);
}

}  // namespace partita
