// The cells of an experiment: devices and networks are prepared once, conditions laid over them.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "partitioners/regions.h"
#include "sim/base/error.h"
#include "tools/partita/decide.h"
#include "tools/partita/evaluate.h"
#include "tools/partita/opened.h"
#include "tools/partita/study.h"

namespace partita {
namespace {

/// What the rows of a cell say about their plans.
class PlanCounts {
 public:
  explicit PlanCounts(const Prepared& prepared) : prepared_(prepared) {}

  int used_units(const Plan& plan) const {
    std::vector<bool> used(prepared_.soc.units.size(), false);
    for (const auto& shares : plan.shares)
      for (const Share& share : shares) used[index(share.mode.unit)] = true;
    return static_cast<int>(std::count(used.begin(), used.end(), true));
  }
  int crossings(const Plan& plan) const {
    int count = 0;
    for (const OpId op : prepared_.graph.order())
      for (const OpId before : prepared_.graph.predecessors(op))
        if (is_placed(prepared_.graph.op(op)) && is_placed(prepared_.graph.op(before)))
          count += units(plan, op) != units(plan, before);
    return count;
  }
  int fallbacks(const Plan& plan) const {
    std::vector<Mode> used;
    for (const auto& shares : plan.shares)
      for (const Share& share : shares)
        if (is_accelerator(prepared_.soc.unit(share.mode.unit)) &&
            std::find(used.begin(), used.end(), share.mode) == used.end())
          used.push_back(share.mode);
    if (used.empty()) return 0;
    int count = 0;
    for (const OpId op : prepared_.graph.order())
      if (is_placed(prepared_.graph.op(op)) && on_cpu(plan, op))
        count += std::none_of(used.begin(), used.end(), [&](const Mode& mode) {
          return prepared_.model
              ->operator_cost(prepared_.graph, op, Slice{}, mode,
                              prepared_.soc.unit(mode.unit).default_precision)
              .has_value();
        });
    return count;
  }

 private:
  static std::vector<UnitId> units(const Plan& plan, OpId op) {
    std::vector<UnitId> units;
    for (const Share& share : plan.shares[index(op)]) units.push_back(share.mode.unit);
    std::sort(units.begin(), units.end());
    return units;
  }
  bool on_cpu(const Plan& plan, OpId op) const {
    const auto& shares = plan.shares[index(op)];
    return std::all_of(shares.begin(), shares.end(), [&](const Share& share) {
      return !is_accelerator(prepared_.soc.unit(share.mode.unit));
    });
  }
  const Prepared& prepared_;
};

/// Extent of the first axis of the network's first input.
std::int64_t batch_of(const Graph& graph) {
  for (const Operator& op : graph.operators())
    if (op.kind == OpKind::input) return graph.tensor(op.outputs.front()).shape.front();
  return 1;
}

/// Plans by row name, of the first condition.
using Plans = std::map<std::string, Plan>;

/// One cell at work.
class CellRun {
 public:
  CellRun(const Prepared& prepared, const JobRequest& request, const Console& console)
      : prepared_(prepared),
        request_(request),
        console_(console),
        beliefs_(prepared, static_cast<std::uint64_t>(request.seed)),
        evaluate_(prepared, beliefs_.bounds(std::string(kTruth))) {}

  void add_single_units() {
    for (std::size_t u = 0; u < prepared_.soc.units.size(); ++u)
      if (auto plan = on_one_unit(prepared_, make_id<UnitId>(u)))
        add({.plan = plan->name, .made = Made::given}, plan->name, plan->plan, 0);
  }

  void add_planner(const std::string& name, const std::string& asked) {
    JobRequest request = request_;
    request.belief = asked == "own" ? "" : asked;
    const std::string row = row_name(name, asked);
    try {
      Decision decision =
          decide(prepared_, request, partitioner(name), OptionsFor::several, console_, beliefs_);
      made_[row] = decision.result.plan;
      add({.plan = name, .asked = asked, .belief = decision.belief, .made = Made::planned}, row,
          std::move(decision.result.plan), decision.result.value);
    } catch (const UnsupportedError& error) {
      left_out_.push_back({row, error.what()});
    }
  }

  /// The plan of another condition with every unit at the clocks of this one.
  void add_kept(const std::string& name, const std::string& asked, const Plans& plans) {
    const auto found = plans.find(row_name(name, asked));
    if (found == plans.end()) return;
    const std::string row = found->first + ", kept";
    Plan plan = found->second;
    for (auto& shares : plan.shares)
      for (Share& share : shares) {
        const auto mode = std::find_if(prepared_.modes.begin(), prepared_.modes.end(),
                                       [&](const Mode& m) { return m.unit == share.mode.unit; });
        if (mode == prepared_.modes.end()) {
          left_out_.push_back({row, fmt::format("needs {}, which is offline",
                                                prepared_.soc.unit(share.mode.unit).name)});
          return;
        }
        share.mode = *mode;
      }
    if (const auto problems = check_plan(*prepared_.model, prepared_.graph, plan);
        !problems.empty()) {
      left_out_.push_back({row, problems.front()});
      return;
    }
    add({.plan = name, .asked = asked, .made = Made::kept}, row, std::move(plan), 0);
  }

  Plans plans() const { return made_; }

  void finish(StudyCell& cell) {
    cell.comparison = rank(prepared_.job(), std::move(outcomes_), std::move(left_out_));
    for (Ranked& ranked : cell.comparison.rows) {
      StudyRow row = rows_.at(ranked.outcome.name);
      row.verdict = ranked.verdict;
      row.regret = ranked.regret;
      row.gain = ranked.gain;
      cell.rows.push_back(std::move(row));
      ranked.outcome.plan = {};  // Hundreds of cells are kept.
    }
  }

 private:
  static std::string row_name(const std::string& name, const std::string& asked) {
    return asked == "own" ? name : fmt::format("{} by {}", name, asked);
  }

  void add(StudyRow row, const std::string& name, Plan plan, double believed) {
    const PlanCounts counts(prepared_);
    row.units = counts.used_units(plan);
    row.crossings = counts.crossings(plan);
    row.fallbacks = counts.fallbacks(plan);
    row.memory_bytes = memory_use(prepared_.soc, prepared_.graph, plan).total_bytes();
    row.believed_value = believed;
    Outcome outcome = evaluate_(name, std::string(to_string(row.made)), std::move(plan));
    outcome.single_unit = row.made == Made::given;
    row.value = outcome.value;
    row.latency_s = outcome.latency_s;
    row.uncontended_s = outcome.estimate_latency_s;
    row.energy_j = outcome.energy_j;
    row.gap = outcome.gap;
    rows_.emplace(name, std::move(row));
    outcomes_.push_back(std::move(outcome));
  }

  const Prepared& prepared_;
  const JobRequest& request_;
  const Console& console_;
  Beliefs beliefs_;
  Evaluator evaluate_;
  std::vector<Outcome> outcomes_;
  std::vector<NotApplicable> left_out_;
  std::map<std::string, StudyRow> rows_;
  Plans made_;
};

/// A device and network with all conditions of the experiment.
class ConditionsRun {
 public:
  ConditionsRun(const Experiment& experiment, const Axes& axes, const Console& console,
                Opened& opened)
      : experiment_(experiment), axes_(axes), console_(console), opened_(opened) {}

  void run(JobRequest request, StudyExperiment& out, const std::function<void()>& step) {
    std::unique_ptr<Prepared> prepared;
    Plans first;
    for (const Condition& condition : axes_.conditions) {
      StudyCell cell{
          request.soc, request.model, request.runtime, request.objective, condition.name, 1, {},
          {}};
      try {
        if (!prepared || condition.compress != request.compress) {
          request.compress = condition.compress;
          prepared = prepare(request, opened_);
          truth_ = std::move(prepared->model);
        }
        cell.runtime = prepared->runtime;
        cell.batch = batch_of(prepared->graph);
        lay_over(*prepared, *truth_, condition);
        fill(cell, *prepared, request, condition, first);
      } catch (const UnsupportedError& error) {
        cell.comparison.left_out.push_back({"every plan", error.what()});
      }
      out.cells.push_back(std::move(cell));
      step();
    }
  }

 private:
  void fill(StudyCell& cell, const Prepared& prepared, const JobRequest& request,
            const Condition& condition, Plans& first) const {
    const bool is_first = &condition == axes_.conditions.data();
    CellRun run(prepared, request, console_);
    run.add_single_units();
    for (const std::string& belief : axes_.beliefs)
      for (const std::string& name : axes_.partitioners) {
        run.add_planner(name, belief);
        if (experiment_.keep && !is_first) run.add_kept(name, belief, first);
      }
    if (is_first) first = run.plans();
    run.finish(cell);
  }

  const Experiment& experiment_;
  const Axes& axes_;
  const Console& console_;
  Opened& opened_;
  std::unique_ptr<CostModel> truth_;  ///< Of the device and network as they are.
};

}  // namespace

StudyExperiment run_experiment(const Experiment& experiment, bool quick, Opened& opened,
                               const Console& console, const std::function<void(double)>& step) {
  if (experiment.live) return run_live_experiment(experiment, quick, opened, console, step);
  const Axes& axes = quick ? experiment.quick : experiment.axes;
  StudyExperiment out{experiment.name, experiment.title, experiment.findings, {}, {}, {}};
  for (const Condition& condition : axes.conditions) out.conditions.push_back(condition.name);
  const std::size_t cells = axes.objectives.size() * axes.socs.size() * axes.models.size() *
                            axes.runtimes.size() * axes.conditions.size();
  ConditionsRun run(experiment, axes, console, opened);
  for (const std::string& objective : axes.objectives)
    for (const std::string& model : axes.models)
      for (const std::string& soc : axes.socs)
        for (const std::string& runtime : axes.runtimes) {
          JobRequest request;
          request.soc = soc;
          request.model = model;
          request.runtime = runtime == "own" ? "" : runtime;
          request.objective = objective;
          // A stream is only simulated where it is what counts.
          if (objective != to_string(Objective::throughput)) request.requests = 1;
          run.run(request, out, [&] {
            if (step) step(static_cast<double>(out.cells.size()) / static_cast<double>(cells));
          });
        }
  return out;
}

}  // namespace partita
