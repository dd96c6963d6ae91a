// A job: SoC, network and costs, prepared once; plans made, estimated and simulated for it.
#include <fmt/format.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>

#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "tools/partita/arguments.h"
#include "tools/partita/decide.h"
#include "tools/partita/evaluate.h"
#include "tools/python/results.h"

namespace partita::python {
namespace {

using namespace py::literals;

struct PyJob {
  JobRequest request;
  std::shared_ptr<Prepared> prepared;
  std::shared_ptr<Planner> planner;
  py::object costs;
};

PyJob make_job(const std::vector<std::string>& arguments) {
  PyJob job{parse_job(arguments), nullptr, nullptr, {}};
  const Engine engine;
  job.prepared = prepare(job.request);
  job.planner = std::make_shared<Planner>(job.prepared);
  return job;
}

std::vector<std::string> operators_of(const Planner& planner) {
  std::vector<std::string> names;
  for (const OpId op : planner.placed()) names.push_back(planner.graph().op(op).name);
  return names;
}

std::string joined(const py::object& list) {
  if (list.is_none()) return {};
  if (py::isinstance<py::str>(list)) return list.cast<std::string>();
  std::string text;
  for (const py::handle item : list) {
    if (!text.empty()) text += ',';
    text += item.cast<std::string>();
  }
  return text;
}

LowerOptions lowering(int requests, const py::object& off, bool first) {
  if (requests < 1 || requests > 100'000) throw InputError("requests: 1 to 100000");
  LowerOptions options = overheads_without(joined(off));
  options.requests = requests;
  options.first = first;
  return options;
}

PyResult estimate_plan(const PyJob& job, const py::object& plan, int requests,
                       const py::object& off, bool first) {
  const LowerOptions options = lowering(requests, off, first);
  const Plan asked = plan_of(*job.planner, plan);
  PyResult result{job.planner, {}, {}};
  const Engine engine;
  result.schedule = lower(*job.prepared->model, job.prepared->graph, asked, options);
  result.run.timeline = estimate(result.schedule);
  return result;
}

PyResult simulate_plan(const PyJob& job, const py::object& plan, int requests, bool record,
                       const std::optional<bool>& contention, const py::object& off, bool first) {
  const LowerOptions options = lowering(requests, off, first);
  const Plan asked = plan_of(*job.planner, plan);
  PyResult result{job.planner, {}, {}};
  const Engine engine;
  result.schedule = lower(*job.prepared->model, job.prepared->graph, asked, options);
  result.run =
      simulate(result.schedule, {.contention = contention.value_or(job.prepared->contention) &&
                                               options.overheads[Overhead::contention],
                                 .record = record});
  return result;
}

/// The job's options of partitioners, and keywords: numbers, or True and False.
std::map<std::string, double, std::less<>> options_of(const PyJob& job, const py::kwargs& given) {
  auto options = job.prepared->options;
  for (const auto& [name, value] : given) {
    if (!py::isinstance<py::float_>(value) && PyNumber_Check(value.ptr()) == 0)
      throw py::type_error(name.cast<std::string>() + ": options of partitioners are numbers");
    options.insert_or_assign(name.cast<std::string>(),
                             py::float_(py::reinterpret_borrow<py::object>(value)));
  }
  return options;
}

PyPlan partition_job(PyJob& job, const std::string& name, const std::optional<std::string>& belief,
                     const std::optional<std::uint64_t>& seed, const py::kwargs& given) {
  JobRequest request = job.request;
  if (belief) request.belief = *belief;
  if (seed) request.seed = static_cast<std::int64_t>(*seed);
  const auto options = options_of(job, given);
  if (!request.plugins.empty()) lend_symbols();
  const Registry registry(request.plugins, registered_partitioners());
  const PartitionerInfo& info = registry.find(name);
  std::string kept;
  const Engine engine;
  const auto before = std::exchange(job.prepared->options, options);
  struct Restore {
    Prepared& prepared;
    std::map<std::string, double, std::less<>> options;
    ~Restore() { prepared.options = std::move(options); }
  } const restore{*job.prepared, before};
  Decision decision =
      decide(*job.prepared, request, info, OptionsFor::it, Console(kept, &check_signals));
  return {job.planner,
          std::move(decision.result.plan),
          name,
          std::string(to_string(decision.result.status)),
          std::move(decision.belief),
          decision.result.value,
          decision.result.lower_bound,
          decision.result.gap};
}

PyPlan plan_on(const PyJob& job, const std::string& unit) {
  const UnitId id = job.prepared->soc.unit_by_name(unit, "on");
  const Engine engine;
  auto plan = on_one_unit(*job.prepared, id);
  if (!plan)
    throw UnsupportedError(
        fmt::format("{} cannot run all of {} alone", unit, job.prepared->graph.name()));
  return {job.planner, std::move(plan->plan)};
}

py::dict bounds_of(const PyJob& job) {
  ProblemBounds bounds;
  {
    const Engine engine;
    bounds = problem_bounds(job.planner->table());
  }
  const auto of = [&](const Bounds& b) {
    return py::dict("latency_s"_a = b.latency_s(), "energy_j"_a = b.energy_j,
                    "value"_a = b.value(job.prepared->objective),
                    "critical_path_s"_a = b.critical_path_s, "load_s"_a = b.load_s,
                    "memory_traffic_s"_a = b.memory_traffic_s);
  };
  return py::dict("any"_a = of(bounds.any), "unsplit"_a = of(bounds.unsplit));
}

py::dict uncertainty_of(const PyJob& job, const py::object& given) {
  const Plan plan = legal_plan_of(*job.planner, given);
  Outcome outcome;
  {
    const Engine engine;
    outcome.uncertainty = uncertainty(*job.prepared->model, job.prepared->graph, plan);
  }
  py::dict sources;
  for (const CostSource s :
       {CostSource::measured, CostSource::fitted, CostSource::roofline, CostSource::free})
    sources[py::str(std::string(to_string(s)))] =
        outcome.uncertainty.seconds_by_source[static_cast<std::size_t>(s)];
  return py::dict("sd_s"_a = outcome.uncertainty.sd_s, "interval_90_s"_a = interval_90_s(outcome),
                  "seconds_by_source"_a = sources);
}

double difference_sd_of(const PyJob& job, const py::object& a, const py::object& b) {
  const Plan first = legal_plan_of(*job.planner, a), second = legal_plan_of(*job.planner, b);
  const Engine engine;
  return difference_sd_s(*job.prepared->model, job.prepared->graph, first, second);
}

py::dict memory_of(const PyJob& job, const py::object& given) {
  const MemoryUse use =
      memory_use(job.prepared->soc, job.prepared->graph, legal_plan_of(*job.planner, given));
  py::dict weights;
  const auto names = job.prepared->soc.unit_names();
  for (std::size_t u = 0; u < use.weights_bytes.size(); ++u)
    weights[py::str(names[u])] = use.weights_bytes[u];
  return py::dict("total_bytes"_a = use.total_bytes(),
                  "activations_bytes"_a = use.activations_bytes,
                  "duplicated_bytes"_a = use.duplicated_bytes, "weights_bytes"_a = weights);
}

void bind_questions(py::class_<PyJob>& job) {
  job.def(
         "plan",
         [](const PyJob& j, const py::object& given) {
           return PyPlan{j.planner, legal_plan_of(*j.planner, given)};
         },
         py::arg("given"),
         R"(A plan of letters ("GGLB"), of an array of modes' indices, or of a list.

An entry of a list is a mode's index, a unit's name or letter, or a list of pieces
(mode or unit, axis, begin, end) that tile the output along "batch", "channel" or "height".)")
      .def(
          "load_plan",
          [](const PyJob& j, const std::filesystem::path& file) {
            const Engine engine;
            return PyPlan{j.planner, plan_from_file(*j.prepared, file.string())};
          },
          py::arg("file"), "A plan from a file that Plan.to_yaml or `run --save-plan` wrote.")
      .def("on", &plan_on, py::arg("unit"), "The whole network on one unit, at its best clock.")
      .def("partition", &partition_job, py::arg("name"), py::kw_only(),
           py::arg("belief") = py::none(), py::arg("seed") = py::none(),
           R"(What a partitioner decides; further keywords are its options, beside those of the job.

It plans by `belief`, else the job's, else by what its paper does.)")
      .def("estimate", &estimate_plan, py::arg("plan"), py::kw_only(), py::arg("requests") = 1,
           py::arg("off") = py::none(), py::arg("first") = false,
           R"(The analytical model: closed form, microseconds, no contention.

requests: back to back. off: overheads to leave out, as `run --off`. first: the first request
after start-up.)")
      .def("simulate", &simulate_plan, py::arg("plan"), py::kw_only(), py::arg("requests") = 1,
           py::arg("record") = false, py::arg("contention") = py::none(),
           py::arg("off") = py::none(), py::arg("first") = false,
           R"(The SystemC simulation, with contention for the memory bus unless told otherwise.

record: keep samples of bus and power. The others are as for estimate(). One simulation runs at a
time: other threads wait.)")
      .def(
          "estimate_many",
          [](const PyJob& j, const py::object& rows) {
            return evaluate_many(*j.planner, rows, false, false);
          },
          py::arg("assignments"), R"(Latencies and energies of many plans: (latency_s, energy_j).

assignments: modes' indices, a plan a row. Infinite where an operator cannot run there.)")
      .def(
          "simulate_many",
          [](const PyJob& j, const py::object& rows) {
            return evaluate_many(*j.planner, rows, true, j.prepared->contention);
          },
          py::arg("assignments"), "The same on the simulator.")
      .def("bounds", &bounds_of,
           "Lower bounds on plans at the units' default precisions: of any, and of unsplit ones.")
      .def("uncertainty", &uncertainty_of, py::arg("plan"),
           "How sure a plan's latency is: standard deviation, half of the 90 % interval, seconds "
           "by source of cost.")
      .def("difference_sd_s", &difference_sd_of, py::arg("a"), py::arg("b"),
           "Standard deviation of the difference of two latencies: what they share cancels.")
      .def("memory", &memory_of, py::arg("plan"), "What a plan keeps in memory.");
}

}  // namespace

void bind_jobs(py::module_& module) {
  py::class_<PyJob> job(module, "Job");
  job.def(py::init(&make_job), py::arg("arguments"))
      .def_property_readonly(
          "soc", [](const PyJob& j) { return std::shared_ptr<Soc>(j.prepared, &j.prepared->soc); })
      .def_property_readonly(
          "graph",
          [](const PyJob& j) { return std::shared_ptr<Graph>(j.prepared, &j.prepared->graph); },
          "The network as it is costed: a board's layers may be merged.")
      .def_property_readonly(
          "runtime", [](const PyJob& j) { return j.prepared->runtime; },
          "Where the costs come from.")
      .def_property_readonly(
          "measured", [](const PyJob& j) { return j.prepared->measured; },
          "A layer profile has measured this network.")
      .def_property_readonly(
          "objective", [](const PyJob& j) { return std::string(to_string(j.prepared->objective)); })
      .def_property_readonly("contention", [](const PyJob& j) { return j.prepared->contention; })
      .def_property_readonly(
          "modes", [](const PyJob& j) { return modes_of(*j.planner); },
          "Candidates, by unit, then by ascending clock.")
      .def_property_readonly(
          "operators", [](const PyJob& j) { return operators_of(*j.planner); },
          "Names of what a plan places, in the order it runs.")
      .def_property_readonly(
          "placed",
          [](const PyJob& j) {
            const auto& placed = j.planner->placed();
            return filled<std::int64_t>(placed.size(), [&](std::size_t i) {
              return static_cast<std::int64_t>(index(placed[i]));
            });
          },
          "Their indices in graph.operators.")
      .def_property_readonly(
          "costs",
          [](PyJob& j) {
            if (!j.costs) j.costs = py::cast(PyCosts(j.planner));
            return j.costs;
          },
          "What every operator costs at every mode.")
      .def("__repr__", [](const PyJob& j) {
        return fmt::format("<Job {} on {}, {}>", j.prepared->graph.name(), j.prepared->soc.name,
                           j.prepared->runtime);
      });
  bind_questions(job);
}

}  // namespace partita::python
