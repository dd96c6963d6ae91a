// Partitioners that are Python functions.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "partitioners/options.h"
#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "tools/python/results.h"

namespace partita::python {
namespace {

/// What the function is handed. Lives for one call: the costs are the caller's.
struct PyProblem {
  const PartitionProblem* problem;
  std::shared_ptr<Planner> planner;
  py::object costs;
};

PyResult estimate_under_belief(const PyProblem& p, const py::object& given, int requests) {
  const Plan plan = plan_of(*p.planner, given);
  PyResult result{p.planner, {}, {}};
  const Engine engine;
  LowerOptions options;
  options.requests = requests;
  result.schedule = lower(p.planner->model(), p.planner->graph(), plan, options);
  result.run.timeline = estimate(result.schedule);
  return result;
}

double value_under_belief(const PyProblem& p, const py::object& given) {
  const Plan plan = plan_of(*p.planner, given);
  const Engine engine;
  return plan_value(p.planner->model(), p.planner->graph(), plan, p.planner->objective());
}

double ask_truth(const PyProblem& p, const py::object& given) {
  const Plan plan = legal_plan_of(*p.planner, given);
  const Engine engine;
  return p.problem->ask
             ? p.problem->ask(plan)
             : plan_value(p.planner->model(), p.planner->graph(), plan, p.planner->objective());
}

/// A Python object that other threads than Python's may let go of.
using Held = std::shared_ptr<const py::object>;

Held hold(py::handle object) {
  return {new py::object(py::reinterpret_borrow<py::object>(object)), [](const py::object* held) {
            const py::gil_scoped_acquire gil;
            delete held;
          }};
}

/// Calls the function and takes its answer for a plan.
Plan ask_function(const py::object& function, const PartitionProblem& problem,
                  const CostTable& costs) {
  const auto planner = std::make_shared<Planner>(problem, costs);
  struct Ending {
    Planner& planner;
    ~Ending() { planner.end(); }
  } const ending{*planner};
  const py::object answer = function(PyProblem{&problem, planner, {}});
  Plan plan = plan_of(*planner, answer);
  if (const auto wrong = check_plan(problem.belief, problem.graph, plan); !wrong.empty())
    throw InputError("illegal plan: " + wrong.front());
  return plan;
}

PartitionResult call(const std::string& name, const py::object& function,
                     const PartitionProblem& problem, const CostTable& costs) {
  const py::gil_scoped_acquire gil;
  PartitionResult result;
  try {
    result.plan = ask_function(function, problem, costs);
  } catch (const InputError& error) {
    throw InputError(fmt::format("partitioner {}: {}", name, error.what()));
  } catch (const py::error_already_set& error) {
    if (!error.matches(shared().unsupported)) throw;
    throw UnsupportedError(py::str(error.value()).cast<std::string>());
  }
  return result;
}

Objective objective_of(const std::string& name, const std::string& partitioner) {
  const auto names = objective_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown("partitioner " + partitioner, "objective", name, names);
  return static_cast<Objective>(found - names.begin());
}

/// Of a partita.Partitioner.
PartitionerInfo info_of(py::handle entry) {
  PartitionerInfo info;
  info.name = entry.attr("name").cast<std::string>();
  info.summary = entry.attr("summary").cast<std::string>();
  info.belief = entry.attr("belief").cast<std::string>();
  info.source = entry.attr("source").cast<std::string>();
  info.effort = entry.attr("search").cast<bool>() ? Effort::search : Effort::heuristic;
  for (const py::handle objective : entry.attr("objectives"))
    info.objectives.push_back(objective_of(objective.cast<std::string>(), info.name));
  for (const auto& [name, option] : entry.attr("options").cast<py::dict>())
    info.options.push_back({name.cast<std::string>(), option.attr("unit").cast<std::string>(),
                            option.attr("help").cast<std::string>(),
                            option.attr("least").cast<double>(), option.attr("most").cast<double>(),
                            option.attr("preset").cast<double>()});
  const Held function = hold(entry.attr("function"));
  info.run = [name = info.name, function](const PartitionProblem& problem, const CostTable& costs) {
    return call(name, *function, problem, costs);
  };
  return info;
}

void bind_problem(py::module_& module) {
  using namespace py::literals;
  py::class_<PyProblem>(module, "Problem", R"(What a partitioner is asked.

Costs and estimates are those it believes, which need not be the truth. It ends with the call.)")
      .def_property_readonly("graph_name",
                             [](const PyProblem& p) { return p.planner->graph().name(); })
      .def_property_readonly("soc_name", [](const PyProblem& p) { return p.planner->soc().name; })
      .def_property_readonly(
          "operators",
          [](const PyProblem& p) {
            std::vector<std::string> names;
            for (const OpId op : p.planner->placed())
              names.push_back(p.planner->graph().op(op).name);
            return names;
          },
          "Names of what is to be placed: the rows of every array.")
      .def_property_readonly(
          "kinds",
          [](const PyProblem& p) {
            std::vector<std::string> kinds;
            for (const OpId op : p.planner->placed())
              kinds.emplace_back(to_string(p.planner->graph().op(op).kind));
            return kinds;
          },
          "Their kinds: conv, pool, ...")
      .def_property_readonly(
          "modes", [](const PyProblem& p) { return modes_of(*p.planner); },
          "Candidates, by unit, then by ascending clock.")
      .def_property_readonly(
          "costs",
          [](PyProblem& p) {
            if (!p.costs) p.costs = py::cast(PyCosts(p.planner));
            return p.costs;
          },
          "What every operator costs at every mode, as believed.")
      .def_property_readonly(
          "objective",
          [](const PyProblem& p) { return std::string(to_string(p.planner->objective())); })
      .def_property_readonly(
          "options",
          [](const PyProblem& p) {
            std::map<std::string, double> options(p.problem->options.begin(),
                                                  p.problem->options.end());
            return options;
          },
          "Every option, presets filled in.")
      .def_property_readonly("seed", [](const PyProblem& p) { return p.problem->seed; })
      .def_property_readonly("memory_budget_bytes",
                             [](const PyProblem& p) { return p.problem->memory_budget_bytes; })
      .def(
          "plan",
          [](const PyProblem& p, const py::object& given) {
            return PyPlan{p.planner, legal_plan_of(*p.planner, given)};
          },
          py::arg("given"), "As Job.plan.")
      .def("value", &value_under_belief, py::arg("plan"), "The objective of a plan, as believed.")
      .def("estimate", &estimate_under_belief, py::arg("plan"), py::kw_only(),
           py::arg("requests") = 1, "A plan under the analytical model, as believed.")
      .def(
          "estimate_many",
          [](const PyProblem& p, const py::object& rows) {
            return evaluate_many(*p.planner, rows, false, false);
          },
          py::arg("assignments"), "As Job.estimate_many, as believed.")
      .def("ask", &ask_truth, py::arg("plan"),
           "The objective of a plan on the simulator: the truth, for searches that measure.")
      .def("__repr__", [](const PyProblem& p) {
        return fmt::format("<Problem {} on {}, {}>", p.planner->graph().name(),
                           p.planner->soc().name, to_string(p.planner->objective()));
      });
}

}  // namespace

std::vector<PartitionerInfo> registered_partitioners() {
  std::vector<PartitionerInfo> infos;
  for (const auto& [name, entry] : shared().registered) infos.push_back(info_of(entry));
  return infos;
}

void bind_partitioners(py::module_& module) {
  bind_problem(module);
  module.def(
      "check_partitioner",
      [](const py::object& entry) {
        const PartitionerInfo info = info_of(entry);
        Registry(std::span<const std::string>(), std::vector{info});
        complete_options("partitioner " + info.name, info.options, {});
      },
      py::arg("entry"), "Throws what is wrong with a partitioner's description.");
}

}  // namespace partita::python
