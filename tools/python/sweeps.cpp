// Sweeps from Python: points of a plan evaluated here, their rows kept in its database.
#include "tools/partita/sweep.h"

#include "tools/python/bindings.h"

namespace partita::python {
namespace {

/// Keeps the sweep that it is of.
struct KeptRows {
  std::shared_ptr<Sweep> sweep;
  partita::sweep::Store store;
};

py::list missing(const KeptRows& rows) {
  py::list ranges;
  for (const auto& [begin, end] : rows.store.missing()) ranges.append(py::make_tuple(begin, end));
  return ranges;
}

}  // namespace

void bind_sweeps(py::module_& module) {
  py::class_<Sweep, std::shared_ptr<Sweep>>(
      module, "Sweep", "A plan of `partita sweep`, opened: its points can be evaluated.")
      .def(py::init([](const std::string& file, const std::vector<std::string>& plugins) {
             if (!plugins.empty()) lend_symbols();
             const Engine engine;
             return std::make_shared<Sweep>(file, plugins);
           }),
           py::arg("plan"), py::arg("plugins") = std::vector<std::string>{})
      .def_property_readonly("points", [](const Sweep& s) { return s.design().size(); })
      .def_property_readonly("title", [](const Sweep& s) { return s.plan().title; })
      .def_property_readonly(
          "identity",
          [](const Sweep& s) {
            const partita::sweep::Identity& i = s.plan().identity;
            return py::make_tuple(i.plan, i.version, i.data);
          },
          "Plan in canonical form, version, hash of the files it names: rows of two sweeps belong "
          "together where these are equal.")
      .def(
          "evaluate",
          [](Sweep& s, std::uint64_t begin, std::uint64_t end) {
            std::string rows;
            {
              const Engine engine;
              rows = s.evaluate(begin, end);
            }
            return py::bytes(rows);
          },
          py::arg("begin"), py::arg("end"), "Rows of the points [begin, end), packed.")
      .def(
          "store",
          [](std::shared_ptr<Sweep> s, const std::string& file, bool resume) {
            auto store = s->store(file, resume);
            return std::make_unique<KeptRows>(KeptRows{std::move(s), std::move(store)});
          },
          py::arg("database"), py::arg("resume") = false, "Its database, begun or gone on with.");
  py::class_<KeptRows>(module, "SweepStore", "The SQLite database of a sweep.")
      .def_property_readonly("done", [](const KeptRows& r) { return r.store.done(); })
      .def("missing", &missing, "Ranges (begin, end) that have no rows, each one batch.")
      .def(
          "add",
          [](KeptRows& r, const py::bytes& rows) {
            r.store.add(partita::sweep::unpack(std::string_view(rows), r.sweep->figures().size()));
          },
          py::arg("rows"), "What Sweep.evaluate returned, in one transaction.")
      .def("settle", [](KeptRows& r) { r.store.settle(); }, "Moves everything into the one file.");
}

}  // namespace partita::python
