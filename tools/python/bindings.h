// What the binding files share. Names follow the library; Python's own conventions win where a
// user of the module sees them.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <mutex>
#include <string>
#include <vector>

#include "partitioners/partitioner.h"

namespace partita::python {

namespace py = pybind11;

/// SystemC has one kernel a process and the solvers and cost caches are not for two threads: one
/// holds them at a time. Recursive, because a partitioner in Python may ask for estimates.
std::recursive_mutex& engine_mutex();

/// While it lives: Python's other threads run, and the engine is this thread's.
class Engine {
 public:
  Engine() : held_(engine_mutex()) {}

 private:
  py::gil_scoped_release released_;  // Waiting for the engine holds up nobody.
  std::lock_guard<std::recursive_mutex> held_;
};

/// Lets Ctrl-C end long work: throws what Python's signal handlers raise.
void check_signals();

/// What this module's Python side shares with it; lives as long as the interpreter.
struct Shared {
  py::dict registered;     ///< partita.Partitioner by name.
  py::object unsupported;  ///< The class UnsupportedError.
};
Shared& shared();

/// C++ plug-ins leave the library's functions undefined: makes those of this module findable.
void lend_symbols();

/// The functions that `partita.partitioner` keeps, as the table of algorithms wants them.
std::vector<PartitionerInfo> registered_partitioners();

/// `f(row, column)` by rows.
template <class T, class Function>
py::array_t<T> filled(std::size_t rows, std::size_t columns, Function f) {
  py::array_t<T> out(std::vector<std::size_t>{rows, columns});
  auto cells = out.template mutable_unchecked<2>();
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      cells(static_cast<py::ssize_t>(r), static_cast<py::ssize_t>(c)) = f(r, c);
  return out;
}

template <class T, class Function>
py::array_t<T> filled(std::size_t size, Function f) {
  py::array_t<T> out(static_cast<py::ssize_t>(size));
  T* cells = out.mutable_data();
  for (std::size_t i = 0; i < size; ++i) cells[i] = f(i);
  return out;
}

void bind_commands(py::module_& module);
void bind_sweeps(py::module_& module);
void bind_soc(py::module_& module);
void bind_graph(py::module_& module);
void bind_plans(py::module_& module);
void bind_results(py::module_& module);
void bind_jobs(py::module_& module);
void bind_partitioners(py::module_& module);

}  // namespace partita::python
