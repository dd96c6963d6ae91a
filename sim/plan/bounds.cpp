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

/// Supported cells of each placed operator; dominated ones do not matter for the bounds' validity.
std::vector<std::vector<Cell>> cells_of(const CostTable& table) {
  std::vector<std::vector<Cell>> cells;
  for (OpId op : table.placed()) {
    auto& row = cells.emplace_back();
    for (std::size_t m = 0; m < table.modes().size(); ++m)
      if (table.supported(op, m))
        row.push_back({table.latency_s(op, m), table.energy_j(op, m),
                       table.model().soc().unit(table.modes()[m].unit).resources});
  }
  return cells;
}

/// For prices y >= 0 of the resources' time with sum 1, every plan obeys
///   makespan >= sum_i t_i y(resources_i),
/// so base x makespan + energy >= sum_i min over modes of (base x t y + e). Any y gives a valid bound;
/// a subgradient walk looks for a good one. base = 1, energy = 0 is the load bound itself.
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
    case Objective::latency: return latency_s(with_bus);
    case Objective::energy: return energy_j;
    case Objective::edp: return energy_j * latency_s(with_bus);
    case Objective::throughput: return std::max(load_s, with_bus ? memory_traffic_s : 0);
  }
  throw std::logic_error("unknown objective");
}

Bounds lower_bounds(const CostTable& table) {
  const Graph& graph = table.graph();
  const double base = table.model().base_power_w();
  std::vector<double> fastest(graph.size(), 0), extra(graph.size(), 0);
  double least_energy = 0, least_bytes = 0;
  for (OpId op : table.placed()) {
    double t = std::numeric_limits<double>::infinity(), e = t, both = t, bytes = t;
    for (std::size_t m = 0; m < table.modes().size(); ++m) {
      if (!table.supported(op, m)) continue;
      t = std::min(t, table.latency_s(op, m));
      e = std::min(e, table.energy_j(op, m));
      both = std::min(both, base * table.latency_s(op, m) + table.energy_j(op, m));
      bytes = std::min(bytes, table.bytes(op, m));
    }
    fastest[index(op)] = t;
    extra[index(op)] = both - e;
    least_energy += e;
    least_bytes += bytes;
  }
  const auto cells = cells_of(table);
  Bounds bounds;
  bounds.critical_path_s = longest_path(graph, fastest);
  bounds.load_s = priced_bound(cells, 1, false);
  const double bandwidth = table.model().soc().memory.shared_bytes_per_s;
  bounds.memory_traffic_s = bandwidth > 0 ? least_bytes / bandwidth : 0;
  // Along the longest path every operator pays the base power for its own time.
  bounds.energy_j = std::max({least_energy + longest_path(graph, extra), priced_bound(cells, base, true),
                              least_energy + base * bounds.latency_s()});
  return bounds;
}

}  // namespace partita
