// Lower bounds that hold for every unsplit plan over a table's modes.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/plan/evaluate.h"

namespace partita {

namespace {

/// Longest path where each operator weighs `weight[op]`.
double longest_path(const Graph& graph, const std::vector<double>& weight) {
  std::vector<double> finish(graph.size(), 0);
  double longest = 0;
  for (OpId op : graph.order()) {
    double start = 0;
    for (OpId pred : graph.predecessors(op)) start = std::max(start, finish[index(pred)]);
    finish[index(op)] = start + weight[index(op)];
    longest = std::max(longest, finish[index(op)]);
  }
  return longest;
}

struct Cell {
  double latency_s, energy_j;
  std::uint64_t resources;
};

/// Tasks last whole picoseconds: an operator and the loading of its input may each round down by
/// half of one, which a bound on hundreds of them must not overlook.
constexpr double kRounding_s = 1e-12;

/// Does every plan load `op`'s network inputs where `op` runs? With several readers, the first in
/// the plan's order loads.
bool surely_loads(const Graph& graph, OpId op) {
  for (OpId pred : graph.predecessors(op))
    if (graph.op(pred).kind == OpKind::input && graph.successors(pred).size() > 1) return false;
  return true;
}

bool has_placed_predecessor(const Graph& graph, OpId op) {
  for (OpId pred : graph.predecessors(op))
    if (is_placed(graph.op(pred))) return true;
  return false;
}

/// Supported cells of each placed operator; dominated ones do not matter for the bounds' validity.
std::vector<std::vector<Cell>> cells_of(const CostTable& table) {
  std::vector<std::vector<Cell>> cells;
  for (OpId op : table.placed()) {
    auto& row = cells.emplace_back();
    const bool loads = surely_loads(table.graph(), op);
    for (std::size_t m = 0; m < table.modes().size(); ++m)
      if (table.supported(op, m))
        row.push_back({std::max(0.0, table.latency_s(op, m) - kRounding_s -
                                         (loads ? 0 : table.input_latency_s(op, m))),
                       table.energy_j(op, m) - (loads ? 0 : table.input_energy_j(op, m)),
                       table.model().soc().unit(table.modes()[m].unit).resources});
  }
  return cells;
}

/// For prices y >= 0 of the resources' time with sum 1, every plan obeys
///   makespan >= sum_i t_i y(resources_i),
/// so base x makespan + energy >= sum_i min over modes of (base x t y + e). Any y gives a valid
/// bound; a subgradient walk looks for a good one. base = 1, energy = 0 is the load bound itself.
double priced_bound(const std::vector<std::vector<Cell>>& cells, double base, bool with_energy) {
  std::uint64_t all = 0;
  for (const auto& row : cells)
    for (const Cell& cell : row) all |= cell.resources;
  std::vector<int> bits;
  for (std::uint64_t b = all; b; b &= b - 1) bits.push_back(std::countr_zero(b));
  if (bits.empty()) return 0;
  std::vector<double> log_price(bits.size(), 0), price(bits.size()), used(bits.size());
  double best = 0;
  constexpr int kSteps = 80;
  for (int step = 0; step < kSteps; ++step) {
    double sum = 0;
    const double top = *std::max_element(log_price.begin(), log_price.end());
    for (std::size_t r = 0; r < bits.size(); ++r) sum += price[r] = std::exp(log_price[r] - top);
    for (double& p : price) p /= sum;
    std::fill(used.begin(), used.end(), 0);
    double value = 0;
    for (const auto& row : cells) {
      double least = std::numeric_limits<double>::infinity();
      const Cell* chosen = nullptr;
      for (const Cell& cell : row) {
        double y = 0;
        for (std::size_t r = 0; r < bits.size(); ++r)
          if (cell.resources >> bits[r] & 1) y += price[r];
        const double v = base * cell.latency_s * y + (with_energy ? cell.energy_j : 0);
        if (v < least) least = v, chosen = &cell;
      }
      value += least;
      for (std::size_t r = 0; r < bits.size(); ++r)
        if (chosen->resources >> bits[r] & 1) used[r] += chosen->latency_s;
    }
    best = std::max(best, value);
    const double most = *std::max_element(used.begin(), used.end());
    if (most <= 0) break;
    // Dearer where the cheapest assignment crowds.
    const double rate = 3.0 / (1 + 0.15 * step);
    for (std::size_t r = 0; r < bits.size(); ++r) log_price[r] += rate * (used[r] / most - 0.5);
  }
  return best;
}

}  // namespace

double Bounds::latency_s(bool with_bus) const {
  return std::max({critical_path_s, load_s, with_bus ? memory_traffic_s : 0});
}

double Bounds::value(Objective objective, bool with_bus) const {
  switch (objective) {
    case Objective::latency:
      return latency_s(with_bus);
    case Objective::energy:
      return energy_j;
    case Objective::edp:
      return energy_j * latency_s(with_bus);
    case Objective::throughput:
      return std::max(load_s, with_bus ? memory_traffic_s : 0);
  }
  throw std::logic_error("unknown objective");
}

namespace {

Bounds bounds_over(const CostTable& table) {
  const Graph& graph = table.graph();
  const double base = table.model().base_power_w();
  const auto cells = cells_of(table);
  std::vector<double> fastest(graph.size(), 0), extra(graph.size(), 0);
  double least_energy = 0, least_bytes = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const OpId op = table.placed()[i];
    // An input that is loaded in mid-network may load beside the operators before it.
    const bool in_series = surely_loads(graph, op) && !has_placed_predecessor(graph, op);
    double t = std::numeric_limits<double>::infinity(), e = t, both = t, bytes = t;
    for (std::size_t m = 0; m < table.modes().size(); ++m) {
      if (!table.supported(op, m)) continue;
      const double latency_s = std::max(0.0, table.latency_s(op, m) - kRounding_s -
                                                 (in_series ? 0 : table.input_latency_s(op, m)));
      const double energy_j =
          table.energy_j(op, m) - (surely_loads(graph, op) ? 0 : table.input_energy_j(op, m));
      t = std::min(t, latency_s);
      e = std::min(e, energy_j);
      both = std::min(both, base * latency_s + energy_j);
      bytes = std::min(bytes, table.bytes(op, m));
    }
    fastest[index(op)] = t;
    extra[index(op)] = both - e;
    least_energy += e;
    least_bytes += bytes;
  }
  Bounds bounds;
  bounds.critical_path_s = longest_path(graph, fastest);
  bounds.load_s = priced_bound(cells, 1, false);
  const double bandwidth = table.model().soc().memory.shared_bytes_per_s;
  bounds.memory_traffic_s = bandwidth > 0 ? least_bytes / bandwidth : 0;
  // Along the longest path every operator pays the base power for its own time.
  bounds.energy_j =
      std::max({least_energy + longest_path(graph, extra), priced_bound(cells, base, true),
                least_energy + base * bounds.latency_s()});
  return bounds;
}

/// Every OPP of the units in the table.
std::vector<Mode> every_opp(const CostTable& table) {
  std::vector<Mode> modes;
  const Soc& soc = table.model().soc();
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const UnitId unit = make_id<UnitId>(u);
    const auto uses = [&](const Mode& mode) { return mode.unit == unit; };
    if (std::none_of(table.modes().begin(), table.modes().end(), uses)) continue;
    for (const Mode& mode : all_modes(soc, unit)) modes.push_back(mode);
  }
  return modes;
}

}  // namespace

Bounds lower_bounds(const CostTable& table) {
  // Where idle clocks fall, an operator may start at an OPP that no mode asks for.
  if (!table.model().parks_idle_clocks()) return bounds_over(table);
  return bounds_over(CostTable(table.model(), table.graph(), every_opp(table)));
}

}  // namespace partita
