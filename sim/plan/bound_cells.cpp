#include "sim/plan/bound_cells.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace partita::bounding {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Tasks last whole picoseconds: an operator and the loading of its input may each round down by
/// half of one, which a bound on hundreds of them must not overlook.
constexpr double kRounding_s = 1e-12;

double rounded_down(double latency_s) {
  return std::max(0.0, latency_s - kRounding_s);
}

bool has_placed_predecessor(const Graph& graph, OpId op) {
  for (OpId pred : graph.predecessors(op))
    if (is_placed(graph.op(pred))) return true;
  return false;
}

/// An input that is loaded in mid-network may load beside the operators before it.
bool loads_in_series(const Graph& graph, OpId op) {
  return surely_loads(graph, op) && !has_placed_predecessor(graph, op);
}

/// Ends of the slices to ask for, all from 0 on. A slice from the edge has the least halo.
std::vector<std::int64_t> sampled_ends(std::int64_t extent) {
  std::vector<std::int64_t> ends;
  for (std::int64_t tenths = 1; tenths < 10; ++tenths)
    ends.push_back(std::llround(static_cast<double>(extent * tenths) / 10));
  for (std::int64_t quarters : {1, 3})
    ends.push_back(std::llround(static_cast<double>(extent * quarters) / 4));
  // A kernel's last tile is paid in full: whole tiles have the best rate.
  for (std::int64_t tile : {4, 16, 64}) ends.push_back((extent - 1) / tile * tile);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::erase_if(ends, [&](std::int64_t end) { return end <= 0 || end >= extent; });
  return ends;
}

/// Slices of an operator with the fraction that each is of it.
struct Part {
  Slice slice;
  double fraction;
};

std::vector<Part> parts_of(const Graph& graph, OpId op) {
  std::vector<Part> parts{{{}, 1}};
  for (Axis axis : cut_axes(graph, op)) {
    const std::int64_t extent = cut_extent(graph, op, axis);
    for (std::int64_t end : sampled_ends(extent))
      parts.push_back({{axis, 0, end}, static_cast<double>(end) / static_cast<double>(extent)});
  }
  return parts;
}

class SplitRows {
 public:
  SplitRows(const CostTable& table, bool any_precision)
      : table_(table), model_(table.model()), any_precision_(any_precision) {}

  std::vector<Row> run() {
    std::vector<Row> rows, loads;
    for (OpId op : table_.placed()) {
      rows.push_back(row_of(op));
      if (surely_loads(table_.graph(), op)) loads.push_back(load_of(op));
      if (loads_in_series(table_.graph(), op)) rows.back().path_s += loads.back().path_s;
    }
    for (Row& load : loads) rows.push_back(std::move(load));
    return rows;
  }

 private:
  std::vector<Precision> precisions(const Unit& unit) const {
    if (any_precision_) return {Precision::fp32, Precision::fp16, Precision::int8};
    return {unit.default_precision};
  }

  Cell best(OpId op, const Mode& mode, const std::vector<Part>& parts) const {
    const Unit& unit = model_.soc().unit(mode.unit);
    Cell cell{kInfinity, kInfinity, kInfinity, kInfinity, unit.resources};
    for (Precision precision : precisions(unit))
      for (const Part& part : parts) {
        const auto cost = model_.operator_cost(table_.graph(), op, part.slice, mode, precision);
        if (!cost) continue;
        const double latency_s = rounded_down(cost->latency_s) / part.fraction;
        cell.latency_s = std::min(cell.latency_s, latency_s);
        cell.load_s = std::min(cell.load_s, latency_s * std::min(1.0, cost->occupancy));
        cell.energy_j =
            std::min(cell.energy_j, (cost->power_w * rounded_down(cost->latency_s) +
                                     cost->bytes * model_.soc().memory.energy_per_byte_j) /
                                        part.fraction);
        cell.bytes = std::min(cell.bytes, cost->bytes / part.fraction);
      }
    return cell;
  }

  /// A row or channel of the output, drawn at random, is made by a share on unit u with chance f_u,
  /// and that share takes f_u t_u: on average sum f_u^2 t_u, least for f_u ~ 1 / t_u. A share waits
  /// for what made the same place of its input, so along a path the averages add up to a bound.
  Row row_of(OpId op) const {
    const std::vector<Part> parts = parts_of(table_.graph(), op);
    Row row;
    std::vector<double> rate(model_.soc().units.size(), 0);  ///< 1 / s, by unit.
    for (const Mode& mode : table_.modes()) {
      const Cell cell = best(op, mode, parts);
      if (cell.latency_s == kInfinity) continue;
      row.cells.push_back(cell);
      double& fastest = rate[index(mode.unit)];
      fastest = std::max(fastest, cell.latency_s > 0 ? 1 / cell.latency_s : kInfinity);
    }
    double sum = 0;
    for (double r : rate) sum = parts.size() > 1 ? sum + r : std::max(sum, r);
    row.path_s = 1 / sum;
    return row;
  }

  /// Inputs are loaded whole by one unit.
  Row load_of(OpId op) const {
    Row row;
    row.path_s = kInfinity;
    for (std::size_t m = 0; m < table_.modes().size(); ++m) {
      if (!table_.supported(op, m) && !any_precision_) continue;
      const double latency_s = rounded_down(table_.input_latency_s(op, m));
      row.cells.push_back({latency_s, latency_s, table_.input_energy_j(op, m), 0,
                           model_.soc().unit(table_.modes()[m].unit).resources});
      row.path_s = std::min(row.path_s, latency_s);
    }
    return row;
  }

  const CostTable& table_;
  const CostModel& model_;
  bool any_precision_;
};

}  // namespace

bool surely_loads(const Graph& graph, OpId op) {
  for (OpId pred : graph.predecessors(op))
    if (graph.op(pred).kind == OpKind::input && graph.successors(pred).size() > 1) return false;
  return true;
}

std::vector<Row> unsplit_rows(const CostTable& table) {
  std::vector<Row> rows;
  const Graph& graph = table.graph();
  for (OpId op : table.placed()) {
    Row& row = rows.emplace_back();
    row.path_s = kInfinity;
    const bool loads = surely_loads(graph, op), in_series = loads_in_series(graph, op);
    for (std::size_t m = 0; m < table.modes().size(); ++m) {
      if (!table.supported(op, m)) continue;
      const double work_s = rounded_down(table.latency_s(op, m) - table.input_latency_s(op, m));
      const double load_s = loads ? rounded_down(table.input_latency_s(op, m)) : 0;
      const double energy_j = table.energy_j(op, m) - (loads ? 0 : table.input_energy_j(op, m));
      row.cells.push_back({work_s + (in_series ? load_s : 0),
                           work_s * table.occupancy(op, m) + load_s, energy_j, table.bytes(op, m),
                           table.model().soc().unit(table.modes()[m].unit).resources});
      row.path_s = std::min(row.path_s, row.cells.back().latency_s);
    }
  }
  return rows;
}

std::vector<Row> split_rows(const CostTable& table, bool any_precision) {
  return SplitRows(table, any_precision).run();
}

}  // namespace partita::bounding
