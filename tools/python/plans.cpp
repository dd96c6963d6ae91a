// Plans from what Python gives for one, and back.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"
#include "sim/plan/plan_file.h"
#include "tools/python/planner.h"

namespace partita::python {
namespace {

std::string place_of(const Planner& planner, std::size_t row) {
  return fmt::format("plan: operator {} ({})", row, planner.graph().op(planner.placed()[row]).name);
}

Mode mode_by_index(const Planner& planner, std::int64_t mode, std::size_t row) {
  if (mode < 0 || mode >= static_cast<std::int64_t>(planner.modes().size()))
    throw InputError(fmt::format("{}: there is no mode {}; modes are 0 to {}",
                                 place_of(planner, row), mode, planner.modes().size() - 1));
  return planner.modes()[static_cast<std::size_t>(mode)];
}

/// A unit's name or letter: at its highest candidate clock.
Mode mode_by_name(const Planner& planner, const std::string& name, std::size_t row) {
  const Soc& soc = planner.soc();
  std::vector<std::string> known;
  for (auto mode = planner.modes().rbegin(); mode != planner.modes().rend(); ++mode) {
    const Unit& unit = soc.unit(mode->unit);
    if (unit.name == name || (name.size() == 1 && unit.letter == name[0])) return *mode;
    known.insert(known.begin(),
                 unit.letter == 0 ? unit.name : fmt::format("{} ({})", unit.name, unit.letter));
  }
  known.erase(std::unique(known.begin(), known.end()), known.end());
  throw_unknown(place_of(planner, row), "unit", name, known);
}

Mode mode_of(const Planner& planner, py::handle given, std::size_t row) {
  if (py::isinstance<py::str>(given)) return mode_by_name(planner, given.cast<std::string>(), row);
  if (PyIndex_Check(given.ptr()) != 0)
    return mode_by_index(planner, py::int_(py::reinterpret_borrow<py::object>(given)), row);
  throw py::type_error(fmt::format("{}: neither a mode's index nor a unit's name: {}",
                                   place_of(planner, row), py::repr(given).cast<std::string>()));
}

Axis axis_by_name(const std::string& name, const std::string& where) {
  for (const Axis axis : {Axis::batch, Axis::channel, Axis::height})
    if (to_string(axis) == name) return axis;
  throw_unknown(where, "axis", name, {"batch", "channel", "height"});
}

/// Pieces of an operator: (mode or unit, axis, begin, end) each.
std::vector<Share> shares_of(const Planner& planner, const py::sequence& pieces, std::size_t row) {
  std::vector<Share> shares;
  for (const py::handle piece : pieces) {
    const auto parts = py::reinterpret_borrow<py::sequence>(piece);
    if (!py::isinstance<py::tuple>(piece) || py::len(parts) != 4)
      throw py::type_error(
          fmt::format("{}: a piece is (mode, axis, begin, end)", place_of(planner, row)));
    const Mode mode = mode_of(planner, py::object(parts[0]), row);
    const Axis axis =
        axis_by_name(py::object(parts[1]).cast<std::string>(), place_of(planner, row));
    shares.push_back({mode,
                      {axis, py::object(parts[2]).cast<std::int64_t>(),
                       py::object(parts[3]).cast<std::int64_t>()},
                      planner.soc().unit(mode.unit).default_precision});
  }
  return shares;
}

void check_length(const Planner& planner, std::size_t given, std::string_view what) {
  if (given != planner.placed().size())
    throw InputError(fmt::format("plan: {} {} for the {} operators of {}", given, what,
                                 planner.placed().size(), planner.graph().name()));
}

/// -1: in pieces, or at a clock that is no candidate.
std::int64_t mode_index(const Planner& planner, const std::vector<Share>& shares) {
  if (shares.size() != 1 || shares[0].slice.axis != Axis::none) return -1;
  const auto found = std::find(planner.modes().begin(), planner.modes().end(), shares[0].mode);
  return found == planner.modes().end() ? -1 : found - planner.modes().begin();
}

std::vector<std::string> units_of(const PyPlan& p) {
  std::vector<std::string> units;
  for (const OpId op : p.planner->placed()) {
    std::string text;
    for (const Share& share : p.plan.shares[index(op)])
      text += (text.empty() ? "" : "+") + p.planner->soc().unit(share.mode.unit).name;
    units.push_back(text);
  }
  return units;
}

py::list shares_list(const PyPlan& p) {
  using namespace py::literals;
  py::list all;
  const Graph& graph = p.planner->graph();
  for (const OpId op : p.planner->placed())
    for (const Share& share : p.plan.shares[index(op)])
      all.append(py::dict("operator"_a = graph.op(op).name,
                          "unit"_a = p.planner->soc().unit(share.mode.unit).name,
                          "mode"_a = to_string(p.planner->soc(), share.mode),
                          "precision"_a = std::string(to_string(share.precision)),
                          "axis"_a = std::string(to_string(share.slice.axis)),
                          "begin"_a = share.slice.begin, "end"_a = share.slice.end));
  return all;
}

std::string mapping_of(const PyPlan& p) {
  return mapping_string(p.planner->soc(), p.planner->graph(), p.plan);
}

void bind_mode(py::module_& module) {
  py::class_<PyMode>(module, "Mode", "A unit at an operating point: where an operator can run.")
      .def_readonly("index", &PyMode::index, "Its column in the cost arrays.")
      .def_readonly("name", &PyMode::name)
      .def_readonly("unit", &PyMode::unit)
      .def_readonly("precision", &PyMode::precision)
      .def_readonly("frequency_hz", &PyMode::frequency_hz)
      .def("__repr__", [](const PyMode& m) { return "<Mode " + m.name + ">"; });
}

}  // namespace

std::vector<PyMode> modes_of(const Planner& planner) {
  std::vector<PyMode> modes;
  const Soc& soc = planner.soc();
  for (const Mode& mode : planner.modes()) {
    const Unit& unit = soc.unit(mode.unit);
    modes.push_back(
        {to_string(soc, mode), unit.name, std::string(to_string(unit.default_precision)),
         static_cast<int>(modes.size()),
         soc.domain(unit.domain).opps[static_cast<std::size_t>(mode.opp)].frequency_hz});
  }
  return modes;
}

Plan plan_of(Planner& planner, const py::object& given) {
  if (py::isinstance<PyPlan>(given)) {
    const Plan& plan = given.cast<const PyPlan&>().plan;
    check_same_network(planner, plan);
    return plan;
  }
  if (py::isinstance<py::str>(given)) check_length(planner, py::len(given), "letters");
  if (!py::isinstance<py::sequence>(given) && !py::isinstance<py::array>(given))
    throw py::type_error("a plan is made of letters, of an array of modes, or of a list of units");
  check_length(planner, py::len(given), "entries");
  std::vector<Mode> modes(planner.graph().size());
  std::vector<std::pair<std::size_t, std::vector<Share>>> split;
  std::size_t row = 0;
  for (const py::handle entry : given) {
    const std::size_t op = index(planner.placed()[row]);
    if (py::isinstance<py::list>(entry)) {
      split.emplace_back(op, shares_of(planner, py::reinterpret_borrow<py::sequence>(entry), row));
      modes[op] = planner.modes().front();
    } else {
      modes[op] = mode_of(planner, entry, row);
    }
    ++row;
  }
  Plan plan = plan_from_modes(planner.soc(), planner.graph(), modes);
  for (auto& [op, shares] : split) plan.shares[op] = std::move(shares);
  return plan;
}

Plan legal_plan_of(Planner& planner, const py::object& given) {
  Plan plan = plan_of(planner, given);
  const Engine engine;
  if (const auto problems = check_plan(planner.model(), planner.graph(), plan); !problems.empty())
    throw InputError("plan: " + problems.front());
  return plan;
}

py::array_t<std::int64_t, py::array::c_style> rows_of(const Planner& planner,
                                                      const py::object& given) {
  const py::array array = py::array::ensure(given);
  if (!array || (array.dtype().kind() != 'i' && array.dtype().kind() != 'u'))
    throw py::type_error("assignments: an array of modes' indices, of integers");
  if (array.ndim() != 2 || array.shape(1) != static_cast<py::ssize_t>(planner.placed().size()))
    throw InputError(fmt::format("assignments: one row each, of {} columns: the operators of {}",
                                 planner.placed().size(), planner.graph().name()));
  auto rows = py::array_t<std::int64_t, py::array::c_style>::ensure(
      array.attr("astype")("int64", py::arg("copy") = false));
  const auto modes = static_cast<std::int64_t>(planner.modes().size());
  const std::int64_t* cells = rows.data();
  for (py::ssize_t i = 0; i < rows.size(); ++i)
    if (cells[i] < 0 || cells[i] >= modes)
      throw InputError(fmt::format("assignments[{}, {}]: there is no mode {}; modes are 0 to {}",
                                   i / rows.shape(1), i % rows.shape(1), cells[i], modes - 1));
  return rows;
}

void bind_plans(py::module_& module) {
  bind_mode(module);
  py::class_<PyPlan>(module, "Plan", R"(Which unit runs which operator; made by a Job or a Problem.

Arrays and lists are by placed operator, in the order they run.)")
      .def_property_readonly(
          "assignment",
          [](const PyPlan& p) {
            const auto& placed = p.planner->placed();
            return filled<std::int64_t>(placed.size(), [&](std::size_t i) {
              return mode_index(*p.planner, p.plan.shares[index(placed[i])]);
            });
          },
          "Indices of modes; -1 where an operator is in pieces.")
      .def_property_readonly("units", &units_of, "Names of units, joined by + where it is split.")
      .def_property_readonly("mapping", &mapping_of,
                             "A unit's letter each; ? without letter, * in pieces.")
      .def_property_readonly("shares", &shares_list,
                             "Every piece: operator, unit, mode, precision, axis, begin, end.")
      .def_readonly("made_by", &PyPlan::made_by, "The partitioner; empty: given by hand.")
      .def_readonly("status", &PyPlan::status, "optimal, heuristic or stopped; empty: by hand.")
      .def_readonly("belief", &PyPlan::belief, "What the partitioner planned by.")
      .def_readonly("believed_value", &PyPlan::believed_value,
                    "The objective as the partitioner believed it.")
      .def_readonly("lower_bound", &PyPlan::lower_bound, "On every plan, under that belief.")
      .def_readonly("gap", &PyPlan::gap, "Of the believed value to the bound.")
      .def(
          "to_yaml",
          [](const PyPlan& p) { return write_plan(p.planner->soc(), p.planner->graph(), p.plan); },
          "As a file that `run --plan` and Job.load_plan read.")
      .def("__repr__", [](const PyPlan& p) {
        return "<Plan " + mapping_of(p) + (p.made_by.empty() ? "" : " by " + p.made_by) + ">";
      });
  const auto array = [](py::object PyCosts::*member) {
    return [member](const PyCosts& costs) { return costs.*member; };
  };
  py::class_<PyCosts>(module, "Costs", R"(What every operator costs at every mode.

Arrays of (operators, modes), read-only, without transfers; the rows are the placed operators in
the order they run. Infinite where an operator cannot run.)")
      .def_property_readonly("latency_s", array(&PyCosts::latency_s),
                             "With loading the network's input where the operator waits for it.")
      .def_property_readonly("energy_j", array(&PyCosts::energy_j), "Above the base power.")
      .def_property_readonly("bytes", array(&PyCosts::bytes), "Memory traffic.")
      .def_property_readonly("supported", array(&PyCosts::supported))
      .def_property_readonly("occupancy", array(&PyCosts::occupancy),
                             "Part of the unit that it fills.")
      .def_property_readonly("input_s", array(&PyCosts::input_s),
                             "Of latency_s, loading the input.")
      .def_property_readonly("own_error", array(&PyCosts::own_error),
                             "Standard deviation of the relative error, independent by operator.")
      .def_property_readonly("shared_error", array(&PyCosts::shared_error),
                             "The same, of what moves all costs of this source together.")
      .def_property_readonly("source", array(&PyCosts::source),
                             "How it is known: measured, fitted, roofline or free.")
      .def_property_readonly("edges", &PyCosts::edges,
                             "Pairs (producer, consumer) of rows: shape (edges, 2).")
      .def_property_readonly("transfer_s", &PyCosts::transfer_s,
                             "Handing over along every edge: (edges, mode from, mode to); infinite "
                             "where there is no link.")
      .def_property_readonly("transfer_j", &PyCosts::transfer_j);
}

}  // namespace partita::python
