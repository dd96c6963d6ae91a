// Lower bounds on the plans over a table's modes, whole operators or cut ones.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/plan/bound_cells.h"

namespace partita {

namespace {

using bounding::Cell;
using bounding::Row;

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

/// Longest path along which every slice waits for as large a part of what it reads as it is itself;
/// where it may wait for less, the path begins anew. Joining tensors by channel hands on all of a
/// producer to whoever needs all channels.
double longest_waiting_path(const Graph& graph, const std::vector<double>& weight) {
  std::vector<double> finish(graph.size(), 0), through(graph.size(), 0);
  double longest = 0;
  for (OpId op : graph.order()) {
    double start = 0;
    const Operator& o = graph.op(op);
    for (TensorId tensor : o.inputs) {
      const OpId pred = graph.tensor(tensor).producer;
      if (!is_placed(graph.op(pred))) continue;
      const bool joins = o.kind == OpKind::concat && o.axis == 1 &&
                         graph.tensor(o.outputs[0]).shape.size() != 3;
      if (joins) through[index(op)] = std::max(through[index(op)], finish[index(pred)]);
      if (finish[index(pred)] > start && keeps_position(graph, tensor, op))
        start = finish[index(pred)];
      if (through[index(pred)] > start && keeps_position(graph, tensor, op, Axis::channel))
        start = through[index(pred)];
    }
    finish[index(op)] = start + weight[index(op)];
    longest = std::max(longest, finish[index(op)]);
  }
  return longest;
}

/// For prices y >= 0 of the resources' time with sum 1, every plan obeys
///   makespan >= sum_i t_i y(resources_i),
/// so base x makespan + energy >= sum_i min over modes of (base x t y + e). Any y gives a valid
/// bound; a subgradient walk looks for a good one. base = 1, energy = 0 is the load bound itself.
double priced_bound(const std::vector<Row>& rows, double base, bool with_energy,
                    std::array<double, 64>* best_price = nullptr) {
  std::uint64_t all = 0;
  for (const Row& row : rows)
    for (const Cell& cell : row.cells) all |= cell.resources;
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
    for (const Row& row : rows) {
      double least = std::numeric_limits<double>::infinity();
      const Cell* chosen = nullptr;
      for (const Cell& cell : row.cells) {
        double y = 0;
        for (std::size_t r = 0; r < bits.size(); ++r)
          if (cell.resources >> bits[r] & 1) y += price[r];
        const double v = base * cell.load_s * y + (with_energy ? cell.energy_j : 0);
        if (v < least) least = v, chosen = &cell;
      }
      value += least;
      for (std::size_t r = 0; r < bits.size(); ++r)
        if (chosen->resources >> bits[r] & 1) used[r] += chosen->load_s;
    }
    if (value > best) {
      best = value;
      for (std::size_t r = 0; best_price && r < bits.size(); ++r)
        (*best_price)[static_cast<std::size_t>(bits[r])] = price[r];
    }
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

/// Least energy with the base power over the longest path, every operator of which pays for its own
/// time.
double energy_along(const Graph& graph, const CostTable& table, const std::vector<Row>& rows,
                    double base) {
  std::vector<double> extra(graph.size(), 0);
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double energy_j = std::numeric_limits<double>::infinity(), both = energy_j;
    for (const Cell& cell : rows[i].cells) {
      energy_j = std::min(energy_j, cell.energy_j);
      both = std::min(both, base * cell.latency_s + cell.energy_j);
    }
    sum += energy_j;
    extra[index(table.placed()[i])] = both - energy_j;
  }
  return sum + longest_path(graph, extra);
}

double least_sum(const std::vector<Row>& rows, double Cell::*what) {
  double sum = 0;
  for (const Row& row : rows) {
    double least = std::numeric_limits<double>::infinity();
    for (const Cell& cell : row.cells) least = std::min(least, cell.*what);
    sum += least;
  }
  return sum;
}

Bounds bounds_over(const CostTable& table, PlanSpace space) {
  const Graph& graph = table.graph();
  const double base = table.model().base_power_w();
  const bool whole = !space.split && !space.any_precision;
  const std::vector<Row> rows =
      whole ? bounding::unsplit_rows(table) : bounding::split_rows(table, space.any_precision);
  std::vector<double> weight(graph.size(), 0);
  for (std::size_t i = 0; i < table.placed().size(); ++i)
    weight[index(table.placed()[i])] = rows[i].path_s;
  Bounds bounds;
  bounds.space = space;
  bounds.critical_path_s =
      whole ? longest_path(graph, weight) : longest_waiting_path(graph, weight);
  bounds.load_s = priced_bound(rows, 1, false, &bounds.price);
  const double bandwidth = table.model().soc().memory.shared_bytes_per_s;
  bounds.memory_traffic_s = bandwidth > 0 ? least_sum(rows, &Cell::bytes) / bandwidth : 0;
  bounds.energy_j = std::max(priced_bound(rows, base, true),
                             least_sum(rows, &Cell::energy_j) + base * bounds.latency_s());
  if (whole) bounds.energy_j = std::max(bounds.energy_j, energy_along(graph, table, rows, base));
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

Bounds lower_bounds(const CostTable& table, PlanSpace space) {
  // Where idle clocks fall, an operator may start at an OPP that no mode asks for.
  if (!table.model().parks_idle_clocks()) return bounds_over(table, space);
  return bounds_over(CostTable(table.model(), table.graph(), every_opp(table)), space);
}

}  // namespace partita
