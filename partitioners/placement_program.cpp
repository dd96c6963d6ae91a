#include "partitioners/placement_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "partitioners/exact_search.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// Large beside the solver's absolute tolerance of 1e-7.
constexpr double kScaledWorst = 1e4;

Linear constant(double value) {
  return {{}, value};
}

}  // namespace

PlacementProgram::PlacementProgram(SearchSpace& space, const Options& options)
    : space_(space), options_(options), scale_(kScaledWorst / options.worst_s) {
  on_resource_.resize(64);
  place();
  find_flows();
  find_order();
  for (const Flow& flow : flows_)
    for (std::size_t reader : flow.readers) add_joint(flow.host, reader);
  const std::size_t n = space_.size();
  work_.resize(n), load_.resize(n), wake_.resize(n), send_.resize(n), send_input_.resize(n);
  add_extras();
  add_fetches();
  add_times();
  if (options_.queues) add_queues();
  add_stretches();
  add_loads();
  add_objective();
}

void PlacementProgram::place() {
  for (std::size_t p = 0; p < space_.size(); ++p) {
    double fastest_s = kInfinity;
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (space_.supported(p, m)) fastest_s = std::min(fastest_s, space_.latency_s(p, m));
    Linear sum;
    auto& row = x_.emplace_back(space_.modes(), -1);
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      if (!space_.supported(p, m)) continue;
      if (space_.latency_s(p, m) > fastest_s * options_.allowed_slowdown) continue;
      row[m] = program_.binary();
      sum.add(row[m]);
    }
    program_.equal(sum, 1);
  }
}

void PlacementProgram::find_flows() {
  const Graph& graph = space_.costs().graph();
  std::vector<std::size_t> position(graph.size(), 0);
  for (std::size_t p = 0; p < space_.size(); ++p) position[index(space_.op(p))] = p;
  in_flows_.resize(space_.size()), out_flows_.resize(space_.size());
  host_flows_.resize(space_.size());
  for (OpId op : graph.order())
    for (TensorId id : graph.op(op).outputs) {
      if (graph.op(op).kind == OpKind::constant) continue;
      Flow flow{id, 0, graph.op(op).kind == OpKind::input, {}, {}, {}};
      for (OpId consumer : graph.tensor(id).consumers)
        flow.readers.push_back(position[index(consumer)]);
      std::sort(flow.readers.begin(), flow.readers.end());
      flow.readers.erase(std::unique(flow.readers.begin(), flow.readers.end()), flow.readers.end());
      if (flow.input && !flow.readers.empty()) {
        flow.host = flow.readers.front();
        flow.readers.erase(flow.readers.begin());
      } else {
        flow.host = position[index(op)];
      }
      if (flow.readers.empty()) continue;
      price(flow);
      (flow.input ? host_flows_ : out_flows_)[flow.host].push_back(flows_.size());
      flows_.push_back(std::move(flow));
    }
  // In the order in which the reader names what it reads: it fetches in this order.
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (TensorId id : graph.op(space_.op(p)).inputs)
      for (std::size_t f = 0; f < flows_.size(); ++f)
        if (flows_[f].tensor == id &&
            std::count(flows_[f].readers.begin(), flows_[f].readers.end(), p) &&
            !std::count(in_flows_[p].begin(), in_flows_[p].end(), f))
          in_flows_[p].push_back(f);
}

/// What the steps of handing the tensor to each reader take, by whose unit does them.
void PlacementProgram::price(Flow& flow) {
  const CostModel& model = space_.costs().model();
  const Graph& graph = space_.costs().graph();
  const double count = static_cast<double>(elements(graph.tensor(flow.tensor).shape));
  const std::size_t modes = space_.modes();
  for (std::size_t reader : flow.readers) {
    auto& prices = flow.price.emplace_back(modes * modes);
    auto& eager = flow.eager_s.emplace_back(modes * modes, 0);
    for (std::size_t a = 0; a < modes; ++a)
      for (std::size_t b = 0; b < modes; ++b) {
        if (space_.same_unit(a, b) || x_[flow.host][a] < 0 || x_[reader][b] < 0) continue;
        const Precision from = space_.unit(a).default_precision;
        HandOver& sum = prices[a * modes + b];
        bool left = false;
        try {
          for (const HandOverStep& step : hand_over_steps(
                   model, graph, flow.tensor, count, space_.op(reader), space_.costs().modes()[a],
                   from, space_.costs().modes()[b], space_.unit(b).default_precision)) {
            left = left || step.on != unit(a);
            if (!left) eager[a * modes + b] += step.latency_s;
            if (step.on == unit(b)) sum.on_to_s += step.latency_s;
            sum.latency_s += step.latency_s;
            sum.energy_j +=
                step.power_w * step.latency_s + step.bytes * model.soc().memory.energy_per_byte_j;
          }
        } catch (const UnsupportedError&) {  // no link: these two modes cannot go together
          sum.latency_s = kInfinity;
        }
      }
  }
}

void PlacementProgram::find_order() {
  const std::size_t n = space_.size();
  reaches_.assign(n, std::vector<bool>(n, false));
  const auto before = predecessors(space_);
  for (std::size_t q = 0; q < n; ++q)
    for (std::size_t p : before[q]) {
      reaches_[p][q] = true;
      for (std::size_t o = 0; o < p; ++o)
        if (reaches_[o][p]) reaches_[o][q] = true;
    }
  feeds_.assign(n, std::vector<bool>(n, false));
  for (const Edge& edge : space_.edges()) {  // By reader, ascending.
    feeds_[edge.from][edge.to] = true;
    for (std::size_t o = 0; o < edge.from; ++o)
      if (feeds_[o][edge.from]) feeds_[o][edge.to] = true;
  }
  if (!options_.queues || !options_.any_order) return;
  const auto add = [&](std::size_t p, std::size_t q, bool siblings) {
    if (reaches_[p][q]) return;
    const auto [found, is_new] = bit_of_.emplace(std::pair{p, q}, bits_.size());
    if (is_new)
      bits_.push_back({p, q, program_.binary(), siblings});
    else
      bits_[found->second].siblings |= siblings;
  };
  for (const Flow& flow : flows_)
    for (std::size_t i = 0; i < flow.readers.size(); ++i)
      for (std::size_t j = i + 1; j < flow.readers.size(); ++j)
        add(flow.readers[i], flow.readers[j], true);
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t q = p + 1; q < n; ++q)
      for (std::size_t a = 0; a < space_.modes(); ++a)
        for (std::size_t b = 0; b < space_.modes(); ++b)
          if (x_[p][a] >= 0 && x_[q][b] >= 0 &&
              (space_.unit(a).resources & space_.unit(b).resources))
            add(p, q, false);
}

void PlacementProgram::add_joint(std::size_t p, std::size_t q) {
  if (y_.contains({p, q})) return;
  const std::size_t modes = space_.modes();
  std::vector<int> cells(modes * modes, -1);
  std::vector<Linear> from(modes), to(modes);
  for (std::size_t a = 0; a < modes; ++a)
    for (std::size_t b = 0; b < modes; ++b) {
      if (x_[p][a] < 0 || x_[q][b] < 0) continue;
      bool linked = true;
      for (const Flow& flow : flows_)
        for (std::size_t i = 0; i < flow.readers.size(); ++i)
          if (flow.host == p && flow.readers[i] == q)
            linked = linked && flow.price[i][a * modes + b].latency_s < kInfinity;
      if (!linked) continue;
      cells[a * modes + b] = program_.variable(0, 1);
      from[a].add(cells[a * modes + b]);
      to[b].add(cells[a * modes + b]);
    }
  for (std::size_t m = 0; m < modes; ++m) {
    if (x_[p][m] >= 0) program_.equal(from[m].add(x_[p][m], -1), 0);
    if (x_[q][m] >= 0) program_.equal(to[m].add(x_[q][m], -1), 0);
  }
  y_[{p, q}] = std::move(cells);
}

Linear PlacementProgram::joint(std::size_t p, std::size_t q, std::size_t a, std::size_t b) {
  const int cell = y_.at({p, q})[a * space_.modes() + b];
  return cell < 0 ? Linear{} : Linear{}.add(cell);
}

Linear PlacementProgram::on(std::size_t p, std::uint64_t resources) const {
  Linear sum;
  for (std::size_t m = 0; m < space_.modes(); ++m)
    if (x_[p][m] >= 0 && (space_.unit(m).resources & resources)) sum.add(x_[p][m]);
  return sum;
}

Linear PlacementProgram::on_unit(std::size_t p, UnitId id) const {
  Linear sum;
  for (std::size_t m = 0; m < space_.modes(); ++m)
    if (x_[p][m] >= 0 && unit(m) == id) sum.add(x_[p][m]);
  return sum;
}

Linear PlacementProgram::first(std::size_t p, std::size_t q) const {
  if (reaches_[p][q]) return constant(1);
  if (reaches_[q][p]) return {};
  if (p > q) return constant(1).add(first(q, p), -1);
  const auto bit = bit_of_.find({p, q});
  return bit == bit_of_.end() ? constant(1) : Linear{}.add(bits_[bit->second].variable);
}

/// Work, loads and wakings.
void PlacementProgram::add_extras() {
  add_spread();
  add_cut_offs();
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      if (x_[p][m] < 0) continue;
      work_[p].add(x_[p][m], (space_.latency_s(p, m) - load_s(p, m)) * scale_);
      load_[p].add(x_[p][m], load_s(p, m) * scale_);
      energy_.add(x_[p][m], space_.costs().energy_j(space_.op(p), m));
      if (p == 0) continue;
      const Price wake = space_.arrival(p, m);
      if (wake.latency_s <= 0) continue;
      // The operator before in order, which is the graph's, ran elsewhere.
      const int wakes = program_.variable(0, 1);
      program_.at_most(Linear{}.add(x_[p][m]).add(on_unit(p - 1, unit(m)), -1),
                       Linear{}.add(wakes));
      wake_[p].add(wakes, wake.latency_s * scale_);
      energy_.add(wakes, wake.energy_j - space_.base_power_w() * wake.latency_s);
    }
}

/// An operator away from the kernel that would compute it too takes longer.
void PlacementProgram::add_cut_offs() {
  for (std::size_t e = 0; e < space_.edges().size(); ++e) {
    const auto [from, to] = space_.edges()[e];
    for (std::size_t b = 0; b < space_.modes(); ++b) {
      if (x_[to][b] < 0) continue;
      const auto more =
          cut_off_cost(space_.costs().model(), space_.costs().graph(), space_.op(from),
                       space_.op(to), space_.costs().modes()[b], space_.unit(b).default_precision);
      if (!more || more->latency_s <= 0) continue;
      const double energy_j = more->power_w * more->latency_s +
                              more->bytes * space_.costs().model().soc().memory.energy_per_byte_j;
      for (std::size_t a = 0; a < space_.modes(); ++a) {
        if (space_.same_unit(a, b)) continue;
        work_[to].add(joint(from, to, a, b), more->latency_s * scale_);
        energy_.add(joint(from, to, a, b), energy_j);
      }
    }
  }
}

void PlacementProgram::add_spread() {
  for (std::size_t p = 0; p < space_.size(); ++p)
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      const double spread_s = x_[p][m] < 0 ? 0 : space_.spread_s(p, m);
      if (spread_s <= 0) continue;
      if (!spread_) {
        spread_ = program_.binary();
        for (std::size_t q = 1; q < space_.size(); ++q)
          for (std::size_t a = 0; a < space_.modes(); ++a)
            if (x_[q][a] >= 0)
              program_.at_most(Linear{}.add(x_[q][a]).add(on_unit(0, unit(a)), -1),
                               Linear{}.add(*spread_));
      }
      const int both = program_.variable(0, 1);
      program_.at_most(Linear{}.add(x_[p][m]).add(*spread_).add(constant(-1)), Linear{}.add(both));
      work_[p].add(both, spread_s * scale_);
      const Cost cost = *space_.costs().model().operator_cost(space_.costs().graph(), space_.op(p),
                                                              {}, space_.costs().modes()[m],
                                                              space_.unit(m).default_precision);
      energy_.add(both, spread_s * cost.power_w);
    }
}

void check_choices(std::string_view partitioner, const CostTable& costs, double most) {
  const std::size_t choices = costs.placed().size() * costs.modes().size();
  if (static_cast<double>(choices) > most)
    throw UnsupportedError(
        fmt::format("{} operators x {} modes are more than max_choices = {:g} of {}",
                    costs.placed().size(), costs.modes().size(), most, partitioner));
}

}  // namespace partita
