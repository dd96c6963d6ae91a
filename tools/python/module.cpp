// The extension module partita._core: the library and the commands as Python sees them.
#include <cstdlib>

#include "sim/base/error.h"
#include "tools/python/bindings.h"

namespace partita::python {

std::recursive_mutex& engine_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

Shared& shared() {
  static auto* const kept = new Shared;  // The interpreter may end before static objects do.
  return *kept;
}

void check_signals() {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

}  // namespace partita::python

PYBIND11_MODULE(_core, module) {
  namespace py = pybind11;
  using namespace partita::python;
  // SystemC writes its licence to standard output before its first run, unless told not to.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  module.doc() = "The compiled part of partita; import partita instead.";
  auto& input_error =
      py::register_exception<partita::InputError>(module, "InputError", PyExc_ValueError);
  input_error.doc() = "An argument or a file of the user's is wrong; the message is one line.";
  auto& unsupported = py::register_exception<partita::UnsupportedError>(module, "UnsupportedError",
                                                                        PyExc_RuntimeError);
  unsupported.doc() = "Well asked, but this build, unit or algorithm cannot serve it.";
  for (py::handle error : {py::handle(input_error), py::handle(unsupported)})
    error.attr("__module__") = "partita";
  shared().unsupported = unsupported;
  module.attr("registered") = shared().registered;
  bind_soc(module);
  bind_graph(module);
  bind_plans(module);
  bind_results(module);
  bind_jobs(module);
  bind_partitioners(module);
  bind_commands(module);
  bind_sweeps(module);
}
