#include "tools/python/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/base/error.h"
#include "sim/engine/engine.h"

namespace partita::python {

namespace {

std::vector<OpId> placed_of(const Graph& graph) {
  std::vector<OpId> placed;
  for (const OpId op : graph.order())
    if (is_placed(graph.op(op))) placed.push_back(op);
  return placed;
}

}  // namespace

Planner::Planner(std::shared_ptr<Prepared> prepared)
    : prepared_(std::move(prepared)),
      model_(prepared_->model.get()),
      graph_(&prepared_->graph),
      objective_(prepared_->objective),
      modes_(prepared_->modes),
      placed_(placed_of(*graph_)) {}

Planner::Planner(const PartitionProblem& problem, const CostTable& table)
    : model_(&problem.belief),
      graph_(&problem.graph),
      objective_(problem.objective),
      modes_(problem.modes),
      placed_(table.placed().begin(), table.placed().end()),
      table_(&table) {}

void Planner::check_alive() const {
  if (ended_)
    throw std::runtime_error("the partitioner has answered: its problem and plans have ended");
}

const CostModel& Planner::model() const {
  check_alive();
  return *model_;
}

const Graph& Planner::graph() const {
  check_alive();
  return *graph_;
}

const CostTable& Planner::table() {
  check_alive();
  if (table_ == nullptr) table_ = &own_table_.emplace(*model_, *graph_, modes_);
  return *table_;
}

void check_same_network(const Planner& planner, const Plan& plan) {
  if (plan.shares.size() != planner.graph().size())
    throw InputError(fmt::format("plan: it is of a network with {} operators, {} has {}",
                                 plan.shares.size(), planner.graph().name(),
                                 planner.graph().size()));
}

namespace {

struct Lowered {
  Timeline timeline;
  Simulation simulation;
};

/// Latency and energy of one plan, the memory of `work` used again.
std::pair<double, double> evaluate_one(const Planner& planner, const Plan& plan, bool simulated,
                                       bool contention, Lowered& work) {
  const Schedule schedule = lower(planner.model(), planner.graph(), plan);
  if (simulated) {
    simulate(schedule, {.contention = contention}, work.simulation);
    return {to_seconds(work.simulation.timeline.makespan_ps), work.simulation.timeline.energy_j};
  }
  estimate(schedule, work.timeline);
  return {to_seconds(work.timeline.makespan_ps), work.timeline.energy_j};
}

}  // namespace

py::tuple evaluate_many(Planner& planner, const py::object& assignments, bool simulated,
                        bool contention) {
  const auto rows = rows_of(planner, assignments);
  const auto count = static_cast<std::size_t>(rows.shape(0));
  py::array_t<double> latency_s(rows.shape(0)), energy_j(rows.shape(0));
  const std::int64_t* cells = rows.data();
  double *latencies = latency_s.mutable_data(), *energies = energy_j.mutable_data();
  const std::vector<OpId>& placed = planner.placed();
  {
    const Engine engine;
    const CostTable& table = planner.table();
    Lowered work;
    std::vector<Mode> modes(planner.graph().size());
    for (std::size_t row = 0; row < count; ++row) {
      bool runs = true;
      for (std::size_t i = 0; i < placed.size(); ++i) {
        const auto mode = static_cast<std::size_t>(cells[row * placed.size() + i]);
        runs = runs && table.supported(placed[i], mode);
        modes[index(placed[i])] = planner.modes()[mode];
      }
      latencies[row] = energies[row] = std::numeric_limits<double>::infinity();
      if (row % 256 == 0) check_signals();
      if (!runs) continue;
      try {
        std::tie(latencies[row], energies[row]) =
            evaluate_one(planner, plan_from_modes(planner.soc(), planner.graph(), modes), simulated,
                         contention, work);
      } catch (const UnsupportedError&) {  // No link between two of its units.
      }
    }
  }
  return py::make_tuple(latency_s, energy_j);
}

namespace {

/// Nobody writes into what is shown twice.
py::object fixed(py::array array) {
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

}  // namespace

PyCosts::PyCosts(std::shared_ptr<Planner> planner) : planner_(std::move(planner)) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const CostTable* asked = nullptr;
  {
    const Engine engine;
    asked = &planner_->table();
  }
  const CostTable& table = *asked;
  const auto& ops = planner_->placed();
  const auto& modes = planner_->modes();
  const auto by_cell = [&](auto member, double otherwise) {
    return fixed(filled<double>(ops.size(), modes.size(), [&](std::size_t i, std::size_t m) {
      return table.supported(ops[i], m) ? (table.*member)(ops[i], m) : otherwise;
    }));
  };
  latency_s = by_cell(&CostTable::latency_s, kNone);
  energy_j = by_cell(&CostTable::energy_j, kNone);
  bytes = by_cell(&CostTable::bytes, 0);
  occupancy = by_cell(&CostTable::occupancy, 0);
  input_s = by_cell(&CostTable::input_latency_s, 0);
  supported = fixed(filled<bool>(ops.size(), modes.size(), [&](std::size_t i, std::size_t m) {
    return table.supported(ops[i], m);
  }));
  std::vector<Cost> costs;
  {
    const Engine engine;
    for (const OpId op : ops)
      for (const Mode& mode : modes)
        costs.push_back(planner_->model()
                            .operator_cost(planner_->graph(), op, Slice{}, mode,
                                           planner_->soc().unit(mode.unit).default_precision)
                            .value_or(Cost{}));
  }
  const auto of_cost = [&](auto member) {
    return fixed(filled<double>(ops.size(), modes.size(), [&](std::size_t i, std::size_t m) {
      return costs[i * modes.size() + m].*member;
    }));
  };
  own_error = of_cost(&Cost::own_error);
  shared_error = of_cost(&Cost::shared_error);
  py::list names;
  for (const CostSource s :
       {CostSource::measured, CostSource::fitted, CostSource::roofline, CostSource::free})
    names.append(std::string(to_string(s)));
  names.append("");
  const auto codes =
      filled<std::int64_t>(ops.size(), modes.size(), [&](std::size_t i, std::size_t m) {
        return table.supported(ops[i], m)
                   ? static_cast<std::int64_t>(costs[i * modes.size() + m].source)
                   : 4;
      });
  source = fixed(py::array(names).attr("__getitem__")(codes));
}

void PyCosts::ask_transfers() {
  if (edges_) return;
  const auto& ops = planner_->placed();
  std::vector<std::size_t> row(planner_->graph().size(), ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) row[index(ops[i])] = i;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (std::size_t i = 0; i < ops.size(); ++i)
    for (const OpId from : planner_->graph().predecessors(ops[i]))
      if (row[index(from)] < ops.size()) edges.emplace_back(row[index(from)], i);
  const std::size_t count = planner_->modes().size();
  const std::vector<std::size_t> shape{edges.size(), count, count};
  py::array_t<double> seconds(shape), joules(shape);
  double *s = seconds.mutable_data(), *j = joules.mutable_data();
  {
    const Engine engine;
    const CostTable& table = planner_->table();
    for (const auto& [from, to] : edges)
      for (std::size_t a = 0; a < count; ++a)
        for (std::size_t b = 0; b < count; ++b, ++s, ++j) {
          *s = *j = std::numeric_limits<double>::infinity();
          if (!table.supported(ops[from], a) || !table.supported(ops[to], b)) continue;
          try {
            const auto price = table.transfer(ops[from], ops[to], a, b);
            *s = price.latency_s;
            *j = price.energy_j;
          } catch (const UnsupportedError&) {  // No link.
          }
        }
  }
  transfer_s_ = fixed(seconds);
  transfer_j_ = fixed(joules);
  edges_ = fixed(filled<std::int64_t>(edges.size(), 2, [&](std::size_t e, std::size_t end) {
    return static_cast<std::int64_t>(end == 0 ? edges[e].first : edges[e].second);
  }));
}

py::object PyCosts::edges() {
  ask_transfers();
  return edges_;
}
py::object PyCosts::transfer_s() {
  ask_transfers();
  return transfer_s_;
}
py::object PyCosts::transfer_j() {
  ask_transfers();
  return transfer_j_;
}

}  // namespace partita::python
