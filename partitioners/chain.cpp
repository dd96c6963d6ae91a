#include "partitioners/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace partita {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// Back pointers are kept for every layer and state.
constexpr std::size_t kMostCells = std::size_t{1} << 24;

}  // namespace

Clocks::Clocks(const SearchSpace& space, std::size_t most) : modes_(space.modes()) {
  find_digits(space);
  for (Digit& digit : digits_) {
    digit.scale = settings_;
    settings_ *= digit.opps.size() + 1;
    if (settings_ > most || settings_ * modes_ * space.size() > kMostCells) {
      digits_.clear();
      settings_ = 1;
      exact_ = false;
      break;
    }
  }
  tabulate(space);
}

void Clocks::find_digits(const SearchSpace& space) {
  std::map<DomainId, std::set<int>> used;
  for (std::size_t m = 0; m < modes_; ++m) {
    const Mode& mode = space.costs().modes()[m];
    used[space.unit(m).domain].insert(mode.opp);
    if (space.unit(m).host_domain) used[*space.unit(m).host_domain].insert(mode.host_opp);
  }
  const CostModel& model = space.costs().model();
  for (const auto& [domain, opps] : used) {
    bool priced = false;
    for (int a : opps)
      for (int b : opps) priced = priced || (a != b && model.dvfs_delay_s(domain, a, b) > 0);
    if (priced) digits_.push_back({domain, {opps.begin(), opps.end()}, 1});
  }
}

void Clocks::tabulate(const SearchSpace& space) {
  const CostModel& model = space.costs().model();
  next_.resize(settings_ * modes_);
  delay_s_.assign(settings_ * modes_, 0);
  for (std::size_t setting = 0; setting < settings_; ++setting)
    for (std::size_t m = 0; m < modes_; ++m) {
      const Mode& mode = space.costs().modes()[m];
      const Unit& unit = space.unit(m);
      std::size_t& next = next_[setting * modes_ + m] = setting;
      const auto ask = [&](DomainId domain, int opp) {
        for (const Digit& digit : digits_) {
          if (digit.domain != domain) continue;
          const std::size_t now = next / digit.scale % (digit.opps.size() + 1);
          const auto found = std::find(digit.opps.begin(), digit.opps.end(), opp);
          const auto wanted = static_cast<std::size_t>(found - digit.opps.begin()) + 1;
          if (now != 0 && now != wanted)
            delay_s_[setting * modes_ + m] += model.dvfs_delay_s(domain, digit.opps[now - 1], opp);
          next = next + wanted * digit.scale - now * digit.scale;
        }
      };
      ask(unit.domain, mode.opp);
      if (unit.host_domain) ask(*unit.host_domain, mode.host_opp);
    }
}

Chain::Chain(SearchSpace& space, std::size_t most_settings)
    : modes_(space.modes()), clocks_(space, most_settings), is_chain_(space.is_chain()) {
  cut(space);
}

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
    if (edge != kNone) price_hand_over(space, layer, edge);
    begin = p + 1;
    edge = kNone;
    for (std::size_t e = 0; e < space.edges().size() && maker != kNone; ++e)
      if (space.edges()[e].from == maker && space.edges()[e].to > p) {
        edge = e;  // edges ascend by reader: the first one pays, the others find the tensor there
        break;
      }
  }
}

void Chain::price(SearchSpace& space, Layer& layer) const {
  const CostModel& model = space.costs().model();
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
    }
    runs = runs || sum.latency_s < kInfinity;
    if (clocks_.settings() == 1) continue;
    const OpId first = space.op(layer.begin);
    const auto cost =
        model.operator_cost(space.costs().graph(), first, {}, space.costs().modes()[m],
                            space.unit(m).default_precision);
    layer.power_w.push_back(cost ? space.base_power_w() + cost->power_w : 0);
  }
  if (runs) return;
  const Graph& graph = space.costs().graph();
  throw UnsupportedError(
      fmt::format("chain-dp: no unit given runs the whole segment \"{}\" to \"{}\"; heft places "
                  "every operator alone",
                  graph.op(space.op(layer.begin)).name, graph.op(space.op(layer.end - 1)).name));
}

void Chain::price_hand_over(SearchSpace& space, Layer& layer, std::size_t edge) const {
  layer.hand_over.resize(modes_ * modes_);
  for (std::size_t a = 0; a < modes_; ++a)
    for (std::size_t b = 0; b < modes_; ++b) {
      const HandOver& cost = space.hand_over(edge, a, b);
      layer.hand_over[a * modes_ + b] = {cost.latency_s,
                                         cost.energy_j + space.base_power_w() * cost.latency_s};
    }
}

Price Chain::step(std::size_t layer, std::size_t from, std::size_t to, std::size_t setting) const {
  const Layer& l = layers_[layer];
  Price price = l.work[to];
  if (!l.hand_over.empty()) {
    const Price& cost = l.hand_over[from * modes_ + to];
    price.latency_s += cost.latency_s;
    price.energy_j += cost.energy_j;
  }
  if (clocks_.settings() > 1) {
    const double delay_s = clocks_.delay_s(setting, to);
    price.latency_s += delay_s;
    price.energy_j += delay_s * l.power_w[to];
  }
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
    const std::size_t s = clocks_.next(0, m) * modes_ + m;
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
        if (!layers_[l + 1].hand_over.empty()) {
          add.latency_s += layers_[l + 1].hand_over[m * modes_ + n].latency_s;
          add.energy_j += layers_[l + 1].hand_over[m * modes_ + n].energy_j;
        }
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
