// SoCs and their units.
#include "sim/soc/soc.h"

#include "sim/base/error.h"
#include "tools/partita/prepare.h"
#include "tools/python/bindings.h"

namespace partita::python {
namespace {

/// A unit with the SoC it is of.
struct PyUnit {
  std::shared_ptr<const Soc> soc;
  UnitId id{};
  const Unit& get() const { return soc->unit(id); }
};

Precision precision_by_name(const std::string& name) {
  const auto names = precision_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown("precision", "precision", name, names);
  return static_cast<Precision>(found - names.begin());
}

Precision precision_of(const PyUnit& unit, const std::optional<std::string>& name) {
  return name ? precision_by_name(*name) : unit.get().default_precision;
}

/// -1: the highest.
int opp_of(const PyUnit& unit, int opp) {
  const int top = unit.soc->top_opp(unit.get().domain);
  if (opp < -1 || opp > top)
    throw InputError(unit.get().name + ": its operating points are 0 to " + std::to_string(top));
  return opp < 0 ? top : opp;
}

py::array_t<double> frequencies(const PyUnit& unit) {
  const auto& opps = unit.soc->domain(unit.get().domain).opps;
  return filled<double>(opps.size(), [&](std::size_t i) { return opps[i].frequency_hz; });
}

py::dict memory_of(const Soc& soc) {
  using namespace py::literals;
  return py::dict("type"_a = soc.memory.type, "peak_bytes_per_s"_a = soc.memory.peak_bytes_per_s,
                  "shared_bytes_per_s"_a = soc.memory.shared_bytes_per_s,
                  "size_bytes"_a = soc.memory.size_bytes,
                  "energy_per_byte_j"_a = soc.memory.energy_per_byte_j);
}

/// The price of a hand-over by its terms.
py::list links_of(const Soc& soc) {
  using namespace py::literals;
  py::list links;
  for (const Link& link : soc.links) {
    py::list terms;
    for (const LinkTerm& term : link.terms)
      terms.append(py::dict("kind"_a = std::string(to_string(term.kind)),
                            "fixed_s"_a = term.fixed_s, "per_byte_s"_a = term.per_byte_s,
                            "on"_a = soc.unit(term.on).name));
    links.append(py::dict("from"_a = soc.unit(link.from).name, "to"_a = soc.unit(link.to).name,
                          "terms"_a = terms));
  }
  return links;
}

std::vector<PyUnit> units_of(const std::shared_ptr<const Soc>& soc) {
  std::vector<PyUnit> units;
  for (std::size_t u = 0; u < soc->units.size(); ++u) units.push_back({soc, make_id<UnitId>(u)});
  return units;
}

void bind_unit(py::module_& module) {
  py::class_<PyUnit>(module, "Unit", "Something that runs operators: CPU cores, a GPU, an NPU.")
      .def_property_readonly("name", [](const PyUnit& u) { return u.get().name; })
      .def_property_readonly(
          "letter",
          [](const PyUnit& u) {
            return u.get().letter == 0 ? std::string() : std::string(1, u.get().letter);
          },
          "Its letter in mappings such as \"GGLB\"; empty: none.")
      .def_property_readonly("kind",
                             [](const PyUnit& u) { return std::string(to_string(u.get().kind)); })
      .def_property_readonly("core", [](const PyUnit& u) { return u.get().core; })
      .def_property_readonly(
          "precision",
          [](const PyUnit& u) { return std::string(to_string(u.get().default_precision)); },
          "What it computes in unless told otherwise.")
      .def_property_readonly("frequencies_hz", &frequencies,
                             "Its clock's operating points, ascending.")
      .def_property_readonly(
          "memory_bandwidth_bytes_per_s",
          [](const PyUnit& u) { return u.get().memory_bandwidth_bytes_per_s; },
          "What it draws alone.")
      .def_property_readonly(
          "dispatch_s", [](const PyUnit& u) { return u.get().dispatch_s; },
          "Launching one operator.")
      .def_property_readonly(
          "unsupported", [](const PyUnit& u) { return u.get().unsupported; },
          "Kinds of operators it cannot run.")
      .def(
          "peak_ops_per_s",
          [](const PyUnit& u, const std::optional<std::string>& precision, int opp) {
            return partita::peak_ops_per_s(*u.soc, u.id, precision_of(u, precision),
                                           opp_of(u, opp));
          },
          py::arg("precision") = py::none(), py::arg("opp") = -1,
          "Peak operations/s of all its threads (1 MAC = 2) at an operating point; -1: the "
          "highest.")
      .def(
          "efficiency",
          [](const PyUnit& u, const std::optional<std::string>& precision) {
            return u.get()
                .throughput[static_cast<std::size_t>(precision_of(u, precision))]
                .efficiency;
          },
          py::arg("precision") = py::none(),
          "Part of the peak that the roofline takes convolutions to reach.")
      .def(
          "busy_power_w",
          [](const PyUnit& u, int opp) {
            return partita::busy_power_w(*u.soc, u.id, opp_of(u, opp));
          },
          py::arg("opp") = -1, "Power while busy, above the board's base.")
      .def("__repr__",
           [](const PyUnit& u) { return "<Unit " + u.get().name + " of " + u.soc->name + ">"; });
}

}  // namespace

void bind_soc(py::module_& module) {
  bind_unit(module);
  py::class_<Soc, std::shared_ptr<Soc>>(module, "Soc", R"(A system on a chip.

Soc("rk3399pro") or the path of a .yaml file. All numbers are SI.)")
      .def(py::init([](const std::string& name) {
             return std::make_shared<Soc>(open_soc(open_catalog(), name));
           }),
           py::arg("name"))
      .def_readonly("name", &Soc::name)
      .def_readonly("title", &Soc::title)
      .def_readonly("board", &Soc::board)
      .def_readonly("base_power_w", &Soc::base_power_w, "Power with every unit idle.")
      .def_property_readonly("units", &units_of)
      .def(
          "unit",
          [](const std::shared_ptr<Soc>& soc, const std::string& name) {
            return PyUnit{soc, soc->unit_by_name(name, soc->name)};
          },
          py::arg("name"), "A unit by its name.")
      .def_property_readonly("memory", &memory_of, "Type, bandwidths, size, energy of a byte.")
      .def_property_readonly("links", &links_of,
                             "Prices of handing a tensor over: fixed_s + per_byte_s x bytes, by "
                             "term.")
      .def("__repr__", [](const Soc& soc) { return "<Soc " + soc.name + ">"; });
}

}  // namespace partita::python
