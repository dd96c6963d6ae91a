// What a run was like, as numbers and arrays.
#include "tools/python/results.h"

#include <algorithm>

namespace partita::python {
namespace {

using namespace py::literals;

std::vector<std::string> task_kinds() {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < kTaskKinds; ++k)
    names.emplace_back(to_string(static_cast<TaskKind>(k)));
  return names;
}

std::vector<std::string> operator_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Operator& op : graph.operators()) names.push_back(op.name);
  return names;
}

/// A column of names chosen by codes.
template <class Function>
py::object names_by(const std::vector<std::string>& names, std::size_t size, Function code) {
  return py::array(py::cast(names))
      .attr("__getitem__")(filled<std::int64_t>(
          size, [&](std::size_t i) { return static_cast<std::int64_t>(code(i)); }));
}

/// A structured array, a task a row.
py::object timeline_of(const PyResult& r) {
  const auto& tasks = r.schedule.tasks;
  const Timeline& t = r.run.timeline;
  const auto seconds = [&](const std::vector<std::int64_t>& ps) {
    return filled<double>(tasks.size(), [&](std::size_t i) { return to_seconds(ps[i]); });
  };
  py::dict columns;
  columns["kind"] =
      names_by(task_kinds(), tasks.size(), [&](std::size_t i) { return tasks[i].kind; });
  columns["operator"] = names_by(operator_names(r.planner->graph()), tasks.size(),
                                 [&](std::size_t i) { return tasks[i].op; });
  columns["unit"] = names_by(r.planner->soc().unit_names(), tasks.size(),
                             [&](std::size_t i) { return tasks[i].unit; });
  columns["request"] =
      filled<std::int64_t>(tasks.size(), [&](std::size_t i) { return tasks[i].request; });
  columns["start_s"] = seconds(t.start_ps);
  columns["end_s"] = seconds(t.finish_ps);
  columns["alone_s"] =
      filled<double>(tasks.size(), [&](std::size_t i) { return to_seconds(tasks[i].duration_ps); });
  columns["bytes"] = filled<double>(tasks.size(), [&](std::size_t i) { return tasks[i].bytes; });
  columns["power_w"] =
      filled<double>(tasks.size(), [&](std::size_t i) { return tasks[i].power_w; });
  py::list types;
  for (const auto& [name, column] : columns)
    types.append(py::make_tuple(name, column.attr("dtype")));
  py::object table = py::module_::import("numpy").attr("empty")(tasks.size(), types);
  for (const auto& [name, column] : columns) table.attr("__setitem__")(name, column);
  return table;
}

/// Bus and power over time: from `at_s` on, until the next row.
py::object samples_of(const PyResult& r) {
  const auto& samples = r.run.samples;
  const auto column = [&](auto f) {
    return filled<double>(samples.size(), [&](std::size_t i) { return f(samples[i]); });
  };
  py::list types;
  for (const char* name : {"at_s", "bandwidth_bytes_per_s", "power_w"})
    types.append(py::make_tuple(name, "f8"));
  py::object table = py::module_::import("numpy").attr("empty")(samples.size(), types);
  table["at_s"] = column([](const Sample& s) { return to_seconds(s.at_ps); });
  table["bandwidth_bytes_per_s"] = column([](const Sample& s) { return s.bandwidth_bytes_per_s; });
  table["power_w"] = column([](const Sample& s) { return s.power_w; });
  return table;
}

py::dict breakdown_of(const PyResult& r) {
  const Breakdown b = breakdown(r.schedule, r.run.timeline);
  return py::dict("compute_s"_a = b.compute_s, "input_s"_a = b.input_s,
                  "transfer_s"_a = b.transfer_s, "sync_s"_a = b.sync_s, "startup_s"_a = b.startup_s,
                  "dvfs_s"_a = b.dvfs_s, "contention_s"_a = b.contention_s,
                  "waiting_s"_a = b.waiting_s);
}

py::dict utilisation_of(const PyResult& r) {
  const auto parts = utilisation(r.planner->soc(), r.schedule, r.run.timeline);
  py::dict by_unit;
  const auto names = r.planner->soc().unit_names();
  for (std::size_t u = 0; u < parts.size(); ++u) by_unit[py::str(names[u])] = parts[u];
  return by_unit;
}

}  // namespace

void bind_results(py::module_& module) {
  py::class_<PyResult>(module, "Result", R"(A plan that has run, on the simulator or by the model.

Of several requests, times and energy are of all of them together.)")
      .def_property_readonly(
          "latency_s", [](const PyResult& r) { return to_seconds(r.run.timeline.makespan_ps); },
          "Until the last request has ended.")
      .def_property_readonly(
          "energy_j", [](const PyResult& r) { return r.run.timeline.energy_j; },
          "Base power included.")
      .def_property_readonly(
          "period_s", [](const PyResult& r) { return partita::period_s(r.run.timeline); },
          "latency_s over the number of requests.")
      .def_property_readonly(
          "value",
          [](const PyResult& r) { return objective_value(r.planner->objective(), r.run.timeline); },
          "The job's objective: s, J, J s or s per request; lower is better.")
      .def_property_readonly(
          "bytes", [](const PyResult& r) { return r.run.timeline.bytes; }, "Memory traffic.")
      .def_property_readonly(
          "request_end_s",
          [](const PyResult& r) {
            const auto& ends = r.run.timeline.request_finish_ps;
            return filled<double>(ends.size(), [&](std::size_t i) { return to_seconds(ends[i]); });
          },
          "When each request has ended.")
      .def_property_readonly("breakdown", &breakdown_of,
                             "Where the time went, along the chain of tasks that ends last; the "
                             "parts add up to the mean time to a request's end.")
      .def_property_readonly("utilisation", &utilisation_of, "Busy part of the time, by unit.")
      .def_property_readonly("timeline", &timeline_of,
                             "A structured array, a task a row: kind, operator, unit, request, "
                             "start_s, end_s, alone_s (undisturbed), bytes, power_w.")
      .def_property_readonly("samples", &samples_of,
                             "A structured array of bus traffic and power over time (at_s, "
                             "bandwidth_bytes_per_s, power_w); empty unless record=True.")
      .def("__repr__", [](const PyResult& r) {
        return "<Result " +
               format_quantity(to_seconds(r.run.timeline.makespan_ps), Dimension::time) + ", " +
               format_quantity(r.run.timeline.energy_j, Dimension::energy) + ">";
      });
}

}  // namespace partita::python
