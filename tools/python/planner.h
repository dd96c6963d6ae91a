// What jobs and partitioners' problems have in common: costs of a network at candidate modes, and
// plans made from them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/partita/prepare.h"
#include "tools/python/bindings.h"

namespace partita::python {

/// Costs that plans are made under: the truth of a job, or what a partitioner believes.
class Planner {
 public:
  explicit Planner(std::shared_ptr<Prepared> prepared);
  /// Until end(): the others own it.
  Planner(const PartitionProblem& problem, const CostTable& table);

  const CostModel& model() const;
  const Soc& soc() const { return model().soc(); }
  const Graph& graph() const;
  Objective objective() const { return objective_; }
  const std::vector<Mode>& modes() const { return modes_; }
  /// What plans place, in the order they run: the rows of every array.
  const std::vector<OpId>& placed() const { return placed_; }
  /// Made when first asked for. Throws UnsupportedError where no mode runs an operator.
  const CostTable& table();
  /// What it refers to is gone.
  void end() { ended_ = true; }

 private:
  void check_alive() const;
  std::shared_ptr<Prepared> prepared_;  ///< Null: of a problem.
  const CostModel* model_;
  const Graph* graph_;
  Objective objective_;
  std::vector<Mode> modes_;
  std::vector<OpId> placed_;
  const CostTable* table_ = nullptr;
  std::optional<CostTable> own_table_;
  bool ended_ = false;
};

/// A candidate mode, for people.
struct PyMode {
  std::string name, unit, precision;
  int index = 0;
  double frequency_hz = 0;
};
std::vector<PyMode> modes_of(const Planner& planner);

struct PyPlan {
  std::shared_ptr<Planner> planner;
  Plan plan;
  // Of plans that a partitioner made:
  std::string made_by = {}, status = {}, belief = {};
  std::optional<double> believed_value = {}, lower_bound = {}, gap = {};
};

/// A plan of what Python gives for one: a Plan, letters, or per operator a mode's index, a unit's
/// name, or pieces (mode, axis, begin, end). Throws InputError naming what is wrong.
Plan plan_of(Planner& planner, const py::object& given);
/// The same, and executable.
Plan legal_plan_of(Planner& planner, const py::object& given);

/// Rows of modes' indices, checked. Throws InputError.
py::array_t<std::int64_t, py::array::c_style> rows_of(const Planner& planner,
                                                      const py::object& given);

/// Latency and energy of every row; infinite where an operator cannot run. `simulated`: on the
/// engine, with contention where that is on; else by the analytical model.
py::tuple evaluate_many(Planner& planner, const py::object& assignments, bool simulated,
                        bool contention);

/// Arrays of costs, made once.
class PyCosts {
 public:
  explicit PyCosts(std::shared_ptr<Planner> planner);
  py::object latency_s, energy_j, bytes, supported, occupancy, input_s, own_error, shared_error,
      source;
  py::object edges();
  py::object transfer_s();
  py::object transfer_j();

 private:
  void ask_transfers();
  std::shared_ptr<Planner> planner_;
  py::object edges_, transfer_s_, transfer_j_;
};

/// Where a plan is worked on again: the network must be the same.
void check_same_network(const Planner& planner, const Plan& plan);

}  // namespace partita::python
