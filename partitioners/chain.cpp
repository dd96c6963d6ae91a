#include "partitioners/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace partita {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

}  // namespace

Chain::Chain(SearchSpace& space, std::size_t most_settings)
    : space_(&space),
      modes_(space.modes()),
      clocks_(space, most_settings),
      is_chain_(space.is_chain()) {
  cut(space);
}

namespace {

/// Above the base power, while it computes.
double power_w(const SearchSpace& space, std::size_t position, std::size_t mode) {
  const auto cost = space.costs().model().operator_cost(space.costs().graph(), space.op(position),
                                                        {}, space.costs().modes()[mode],
                                                        space.unit(mode).default_precision);
  return cost ? cost->power_w : 0;
}

}  // namespace

/// A cut needs that at most one tensor crosses, and that it was made since the last cut: then
/// hand-overs only ever join neighbours.
void Chain::cut(SearchSpace& space) {
  const Graph& graph = space.costs().graph();
  std::vector<std::size_t> position;
  position.resize(graph.size(), kNone);
  for (std::size_t p = 0; p < space.size(); ++p) position[index(space.op(p))] = p;
  std::vector<int> crossing(space.size() + 1,
                            0);  // tensors alive between p and p + 1, as differences
  std::vector<std::size_t> last_reader;
  last_reader.resize(space.size());
  for (const Tensor& tensor : graph.tensors()) {
    const std::size_t made = position[index(tensor.producer)];
    if (made == kNone || tensor.consumers.empty()) continue;
    std::size_t last = made;
    for (OpId reader : tensor.consumers) last = std::max(last, position[index(reader)]);
    ++crossing[made];
    --crossing[last];
    last_reader[made] = std::max(last_reader[made], last);
  }
  std::size_t begin = 0, edge = kNone;
  int alive = 0;
  for (std::size_t p = 0; p < space.size(); ++p) {
    alive += crossing[p];
    std::size_t maker = kNone;
    for (std::size_t q = begin; q <= p && alive == 1; ++q)
      if (last_reader[q] > p) maker = q;
    const bool last = p + 1 == space.size();
    if (!last && alive != 0 && maker == kNone) continue;
    Layer& layer = layers_.emplace_back();
    layer.begin = begin;
    layer.end = p + 1;
    price(space, layer);
    if (begin > 0) price_hand_over(space, layer, edge);
    begin = p + 1;
    edge = kNone;
    for (std::size_t e = 0; e < space.edges().size() && maker != kNone; ++e)
      if (space.edges()[e].from == maker && space.edges()[e].to > p) {
        edge = e;  // edges ascend by reader: the first one pays, the others find the tensor there
        break;
      }
  }
}

void Chain::price(SearchSpace& space, Layer& layer) {
  layer.work.resize(modes_);
  bool runs = false;
  for (std::size_t m = 0; m < modes_; ++m) {
    Price& sum = layer.work[m];
    for (std::size_t p = layer.begin; p < layer.end; ++p) {
      if (!space.supported(p, m)) {
        sum.latency_s = sum.energy_j = kInfinity;
        break;
      }
      sum.latency_s += space.latency_s(p, m);
      sum.energy_j += space.energy_j(p, m);
      const double more_s = space.spread_s(p, m);
      if (more_s <= 0) continue;
      spreading_costs_ = true;
      sum.latency_s += more_s;
      sum.energy_j += more_s * (space.base_power_w() + power_w(space, p, m));
    }
    runs = runs || sum.latency_s < kInfinity;
  }
  if (clocks_.settings() > 1) price_paces(space, layer);
  if (runs) return;
  const Graph& graph = space.costs().graph();
  throw UnsupportedError(
      fmt::format("chain-dp: no unit given runs the whole segment \"{}\" to \"{}\"; heft places "
                  "every operator alone",
                  graph.op(space.op(layer.begin)).name, graph.op(space.op(layer.end - 1)).name));
}

void Chain::price_paces(SearchSpace& space, Layer& layer) const {
  const CostModel& model = space.costs().model();
  layer.pace.resize(modes_);
  for (std::size_t m = 0; m < modes_; ++m) {
    if (layer.work[m].latency_s == kInfinity) continue;
    for (const Mode& mode : all_modes(model.soc(), space.costs().modes()[m].unit)) {
      Price& sum = layer.pace[m].emplace_back();
      for (std::size_t p = layer.begin; p < layer.end; ++p) {
        const auto cost = model.operator_cost(space.costs().graph(), space.op(p), {}, mode,
                                              space.unit(m).default_precision);
        if (!cost) continue;  // runs at this mode's OPPs only: not slowed down
        sum.latency_s += cost->latency_s;
        sum.energy_j += cost->latency_s * (cost->power_w + space.base_power_w());
      }
    }
  }
}

/// Adds what starting the work at the clocks of `setting` changes.
void Chain::price_change(const Layer& layer, std::size_t to, std::size_t setting, double early_s,
                         Price& price) const {
  const Mode& mode = space_->costs().modes()[to];
  const Unit& unit = space_->unit(to);
  const CostModel& model = space_->costs().model();
  struct Change {
    double at_s = 0;
    int opp = 0;
    bool own = true;
  };
  std::array<Change, 2> changes;
  std::size_t count = 0;
  int own = clocks_.opp(setting, unit.domain, mode.opp), host = 0, hosts = 1;
  if (own != mode.opp)
    changes[count++] = {model.dvfs_delay_s(unit.domain, own, mode.opp), mode.opp, true};
  if (unit.host_domain) {
    hosts = model.soc().top_opp(*unit.host_domain) + 1;
    host = clocks_.opp(setting, *unit.host_domain, mode.host_opp);
    if (host != mode.host_opp)
      changes[count++] = {model.dvfs_delay_s(*unit.host_domain, host, mode.host_opp), mode.host_opp,
                          false};
  }
  if (count == 0) return;
  if (count == 2 && changes[1].at_s < changes[0].at_s) std::swap(changes[0], changes[1]);
  const auto at_clocks = [&] {
    return layer.pace[to][static_cast<std::size_t>(own * hosts + host)];
  };
  double left = 1, now_s = 0;
  const auto advance = [&](double fraction) {
    price.latency_s += fraction * at_clocks().latency_s;
    price.energy_j += fraction * at_clocks().energy_j;
    left -= fraction;
  };
  for (std::size_t c = 0; c < count && left > 0; ++c) {
    const double at_s = std::max(0.0, changes[c].at_s - early_s);
    const double whole_s = at_clocks().latency_s, span_s = at_s - now_s;
    advance(whole_s > span_s ? std::min(left, span_s / whole_s) : left);
    now_s = at_s;
    (changes[c].own ? own : host) = changes[c].opp;
  }
  own = mode.opp;
  host = unit.host_domain ? mode.host_opp : 0;
  advance(left - 1);  // the work's price had all of it at the mode's own clocks
}

void Chain::price_hand_over(SearchSpace& space, Layer& layer, std::size_t edge) const {
  layer.hand_over.resize(modes_ * modes_);
  layer.early_s.resize(modes_ * modes_);
  for (std::size_t b = 0; b < modes_; ++b) {
    const Price arrival = space.arrival(layer.begin, b);
    for (std::size_t a = 0; a < modes_; ++a) {
      if (space.costs().modes()[a].unit == space.costs().modes()[b].unit) continue;
      Price& price = layer.hand_over[a * modes_ + b] = arrival;
      layer.early_s[a * modes_ + b] = arrival.latency_s;
      if (edge == kNone) continue;
      const HandOver& cost = space.hand_over(edge, a, b);
      price.latency_s += cost.latency_s;
      price.energy_j += cost.energy_j + space.base_power_w() * cost.latency_s;
      layer.early_s[a * modes_ + b] += cost.on_to_s;
    }
  }
}

Price Chain::start(std::size_t mode) const {
  Price price = layers_[0].work[mode];
  if (clocks_.settings() > 1 && price.latency_s < kInfinity)
    price_change(layers_[0], mode, initial_, 0, price);
  return price;
}

std::size_t Chain::last_setting(const std::vector<std::size_t>& mode_of) const {
  std::size_t setting = initial_;
  for (std::size_t mode : mode_of) setting = clocks_.next(setting, mode);
  return setting;
}

Price Chain::step(std::size_t layer, std::size_t from, std::size_t to, std::size_t setting) const {
  const Layer& l = layers_[layer];
  Price price = l.work[to];
  const Price& cost = l.hand_over[from * modes_ + to];
  price.latency_s += cost.latency_s;
  price.energy_j += cost.energy_j;
  if (clocks_.settings() > 1 && price.latency_s < kInfinity)
    price_change(l, to, setting, l.early_s[from * modes_ + to], price);
  return price;
}

namespace {

struct State {
  double value = kInfinity;
  Price price;
};

}  // namespace

Chain::Path Chain::solve(const Weights& weights) const {
  const std::size_t states = clocks_.settings() * modes_;  // setting * modes + mode
  std::vector<State> now(states), next(states);
  std::vector<std::size_t> reached, reached_next;
  std::vector<std::uint32_t> parent(layers() * states);
  for (std::size_t m = 0; m < modes_; ++m) {
    if (!supported(0, m)) continue;
    const std::size_t s = first_setting(m) * modes_ + m;
    now[s] = {weights.of(start(m)), start(m)};
    reached.push_back(s);
  }
  for (std::size_t l = 1; l < layers(); ++l) {
    reached_next.clear();
    for (std::size_t s : reached) {
      const std::size_t setting = s / modes_, from = s % modes_;
      for (std::size_t m = 0; m < modes_; ++m) {
        const Price add = step(l, from, m, setting);
        if (add.latency_s == kInfinity) continue;
        const double value = now[s].value + weights.of(add);
        const std::size_t t = clocks_.next(setting, m) * modes_ + m;
        if (!(value < next[t].value)) continue;
        if (next[t].value == kInfinity) reached_next.push_back(t);
        next[t] = {value,
                   {now[s].price.latency_s + add.latency_s, now[s].price.energy_j + add.energy_j}};
        parent[l * states + t] = static_cast<std::uint32_t>(s);
      }
    }
    for (std::size_t s : reached) now[s] = {};
    now.swap(next);
    reached.swap(reached_next);
    std::sort(reached.begin(), reached.end());
  }
  std::size_t best = kNone;
  for (std::size_t s : reached)
    if (best == kNone || now[s].value < now[best].value) best = s;
  if (best == kNone)
    throw UnsupportedError("chain-dp: no links join units that together run every operator");
  Path path;
  path.price = now[best].price;
  path.mode_of.resize(layers());
  for (std::size_t l = layers(); l-- > 0;) {
    path.mode_of[l] = best % modes_;
    best = parent[l * states + best];
  }
  return path;
}

std::vector<double> Chain::to_go(const Weights& weights) const {
  std::vector<double> least(layers() * modes_, kInfinity);
  for (std::size_t m = 0; m < modes_; ++m) least[(layers() - 1) * modes_ + m] = 0;
  for (std::size_t l = layers() - 1; l-- > 0;)
    for (std::size_t m = 0; m < modes_; ++m)
      for (std::size_t n = 0; n < modes_; ++n) {
        Price add = layers_[l + 1].work[n];
        add.latency_s += layers_[l + 1].hand_over[m * modes_ + n].latency_s;
        add.energy_j += layers_[l + 1].hand_over[m * modes_ + n].energy_j;
        if (add.latency_s == kInfinity) continue;
        double& cell = least[l * modes_ + m];
        cell = std::min(cell, weights.of(add) + least[(l + 1) * modes_ + n]);
      }
  return least;
}

std::vector<std::size_t> Chain::expand(const std::vector<std::size_t>& mode_of) const {
  std::vector<std::size_t> by_position;
  for (std::size_t l = 0; l < layers(); ++l)
    by_position.insert(by_position.end(), layers_[l].end - layers_[l].begin, mode_of[l]);
  return by_position;
}

}  // namespace partita
