// A partitioner decides which unit runs which operator. It sees costs, never SystemC.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan/evaluate.h"

namespace partita {

/// Bounds on the plans of a problem, at the units' default precisions.
struct ProblemBounds {
  Bounds any;      ///< Split or not.
  Bounds unsplit;  ///< Higher.
};

/// What the caller wants and what the partitioner may believe.
struct PartitionProblem {
  const CostModel& belief;  ///< The planner's costs; need not be the truth.
  const Graph& graph;
  Objective objective = Objective::latency;
  std::vector<Mode> modes;  ///< Candidates; usually every unit at its top clocks.
  std::uint64_t seed = 0;
  std::map<std::string, double, std::less<>> options =
      {};  ///< Checked against the algorithm's table.
  /// Called now and then with the fraction done; may be empty. Returning false asks to stop.
  std::function<bool(double)> progress = {};
  /// Value of a plan on the simulator, for searches that ask it; empty: plan_value() of the belief.
  std::function<double(const Plan&)> ask = {};
  /// Of memory_use().total_bytes(), for algorithms that know a limit.
  double memory_budget_bytes = std::numeric_limits<double>::infinity();
  /// Plans that are known already, for searches to start from: what they return is no worse.
  std::vector<Plan> starts = {};
  /// problem_bounds() where the caller has them already: they are the same for every algorithm.
  const ProblemBounds* bounds = nullptr;
};

enum class PartitionStatus : std::uint8_t {
  heuristic,  ///< A good plan; how good, the gap says.
  optimal,    ///< No better plan exists in the algorithm's stated space under its belief.
  stopped,    ///< A limit was hit; the best plan so far.
};
std::string_view to_string(PartitionStatus status);

/// One of several plans of which none is better in everything.
struct ParetoPoint {
  Plan plan;
  double latency_s = 0, energy_j = 0, memory_bytes = 0;  ///< Under the belief.
};

struct PartitionResult {
  Plan plan;
  PartitionStatus status = PartitionStatus::heuristic;
  double value = 0;  ///< Of the plan under the belief: s, J, J s, s per request.
  /// On every plan over the problem's modes, split or not; at any precision if this one leaves the
  /// units' defaults.
  double lower_bound = 0;
  double unsplit_bound = 0;  ///< On every unsplit plan at the units' default precisions.
  /// On every plan of the space that the algorithm searches, from its search; 0: it proves none.
  double proven_bound = 0;
  /// value over the highest of those bounds that hold for this plan, less 1.
  double gap = 0;
  std::vector<ParetoPoint> front = {};  ///< By latency; empty for algorithms with one answer.
  double planning_s = 0;                ///< What deciding takes on the device; 0: not published.
};

struct OptionInfo {
  std::string name, unit, help;
  double least = 0, most = 0, preset = 0;
};

/// What an algorithm costs its user.
enum class Effort : std::uint8_t {
  heuristic,  ///< Milliseconds.
  search,     ///< Until its budget: seconds.
};

struct PartitionerInfo {
  std::string name;                   ///< e.g. "chain-dp"
  std::string summary;                ///< One line for --help.
  std::vector<Objective> objectives;  ///< That it optimises; others throw UnsupportedError.
  std::vector<OptionInfo> options;
  /// Gets every option, presets filled in, and the costs of problem.modes; sets plan and status.
  std::function<PartitionResult(const PartitionProblem&, const CostTable&)> run;
  std::string belief = "truth";  ///< What its paper plans by; see belief.h.
  Effort effort = Effort::heuristic;
  std::string source = {};  ///< Paper or code it follows, with section.
  /// Among several it comes last and begins from what the others have found.
  bool after_others = false;
};

/// The one table of algorithms, in the order lists are printed.
std::span<const PartitionerInfo> partitioners();
/// Throws InputError naming the known ones.
const PartitionerInfo& partitioner(std::string_view name);
/// Checks the objective, modes and options, runs under problem.belief, and fills value, bound and
/// gap. Whoever wants the algorithm's own belief makes it: make_belief(info.belief, ...).
/// Throws InputError (unknown option, out of bounds, no or wrong modes) or UnsupportedError
/// (objective; an operator no mode runs; no link between units a plan needs).
PartitionResult partition(std::string_view name, const PartitionProblem& problem);
/// The same for one that need not be in the table.
PartitionResult partition(const PartitionerInfo& info, const PartitionProblem& problem);
ProblemBounds problem_bounds(const CostTable& costs);

// One factory per algorithm, each defined in its own .cpp.
PartitionerInfo make_single();
PartitionerInfo make_greedy();
PartitionerInfo make_chain_dp();
PartitionerInfo make_heft();
PartitionerInfo make_pipeline();
PartitionerInfo make_exhaustive();
PartitionerInfo make_cpop();
PartitionerInfo make_peft();
PartitionerInfo make_one();
PartitionerInfo make_tflite_delegate();
PartitionerInfo make_nnapi();
PartitionerInfo make_band();
PartitionerInfo make_parallax();
PartitionerInfo make_dads();
PartitionerInfo make_neurosurgeon();
PartitionerInfo make_codl();
PartitionerInfo make_codl_literal();
PartitionerInfo make_mulayer();
PartitionerInfo make_asymo();
PartitionerInfo make_ios();
PartitionerInfo make_nn_stretch();
PartitionerInfo make_hax_conn();
PartitionerInfo make_pipe_it();
PartitionerInfo make_pipe_all();
PartitionerInfo make_hetero_llm();
PartitionerInfo make_llm_batch();
PartitionerInfo make_annealing();
PartitionerInfo make_nsga2();
PartitionerInfo make_branch_and_bound();
PartitionerInfo make_milp();
PartitionerInfo make_hope();
PartitionerInfo make_mosaic();
PartitionerInfo make_oracle();

}  // namespace partita
