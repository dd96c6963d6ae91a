// The command line from Python: the same arguments, the same parser, the same output.
#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "tools/partita/arguments.h"
#include "tools/partita/prepare.h"
#include "tools/python/bindings.h"

namespace partita::python {
namespace {

bool names_plugin(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const std::string& a) { return a.starts_with("--plugin"); });
}

/// check_signals(), but not so often that it costs.
std::function<void()> tick() {
  using Clock = std::chrono::steady_clock;
  return [last = Clock::time_point{}]() mutable {
    if (Clock::now() - last < std::chrono::milliseconds(50)) return;
    last = Clock::now();
    check_signals();
  };
}

std::string execute(const std::vector<std::string>& arguments, bool terminal) {
  if (names_plugin(arguments)) lend_symbols();
  const std::vector<PartitionerInfo> own = registered_partitioners();
  std::string kept;
  const Engine engine;
  const Console console = terminal ? Console() : Console(kept, tick());
  try {
    parse_arguments(arguments, own)(console);
  } catch (const ClosedPipe&) {  // The reader has left: no failure.
  }
  return kept;
}

py::dict dict_of(const CommandText& command) {
  py::list arguments;
  for (const ArgumentText& a : command.arguments) {
    using namespace py::literals;
    arguments.append(py::dict("name"_a = a.name, "type"_a = a.type, "help"_a = a.help,
                              "positional"_a = a.positional, "required"_a = a.required,
                              "flag"_a = a.flag, "several"_a = a.several));
  }
  using namespace py::literals;
  return py::dict("name"_a = command.name, "summary"_a = command.summary,
                  "footer"_a = command.footer, "arguments"_a = arguments);
}

py::list table() {
  py::list commands;
  for (const CommandText& command : command_table()) commands.append(dict_of(command));
  return commands;
}

}  // namespace

void lend_symbols() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&lend_symbols), &info) == 0 ||
      ::dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL) == nullptr)
    throw std::runtime_error("the module cannot lend its functions to plug-ins");
}

void bind_commands(py::module_& module) {
  module.def("execute", &execute, py::arg("arguments"), py::arg("terminal") = false,
             "Runs the command on these arguments; returns what it writes, or writes it to the "
             "terminal.");
  module.def("command_table", &table, "Every command with its arguments, as the parser knows it.");
  module.def(
      "job_table", [] { return dict_of(job_table()); }, "The arguments of a Job.");
  module.def(
      "data_folder", [] { return open_catalog().root().string(); },
      "Where socs/, models/ and traces/ are read from.");
}

}  // namespace partita::python
