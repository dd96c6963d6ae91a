#include "sim/engine/engine.h"

#include <memory>
#include <stdexcept>

#include "sim/base/error.h"
#include "sim/engine/context.h"
#include "sim/engine/machine.h"

namespace partita {

namespace engine {

namespace {

/// The machine is elaborated once and reused: a run costs no construction. Its clock runs on, so it
/// is renewed long before 2^63 ps.
constexpr std::int64_t kRenewAtPs = std::int64_t{1} << 61;

struct Machine {
  KernelContext context;
  std::unique_ptr<Dispatcher> dispatcher;

  Machine() {
    KernelContext::Scope scope(context);
    dispatcher = std::make_unique<Dispatcher>("machine");
  }
  ~Machine() {
    KernelContext::Scope scope(context);
    dispatcher.reset();
  }
};

/// Never destroyed: at exit the kernel's own statics may already be gone.
std::unique_ptr<Machine>& the_machine() {
  static auto* machine = new std::unique_ptr<Machine>;
  return *machine;
}

}  // namespace

void run(const Schedule& schedule, const SimulateOptions& options, Simulation& result) {
  auto& machine = the_machine();
  if (!machine) machine = std::make_unique<Machine>();
  bool worn_out = true;  // Also after a failure, which may leave events behind.
  struct Renewal {
    std::unique_ptr<Machine>& machine;
    bool& due;
    ~Renewal() {
      if (due) machine.reset();
    }
  } renewal{machine, worn_out};
  KernelContext::Scope scope(machine->context);
  machine->dispatcher->bind(schedule, options, result);
  sc_core::sc_start();
  machine->dispatcher->conclude();
  worn_out = kernel_now_ps() > kRenewAtPs;
}

}  // namespace engine

void simulate(const Schedule& schedule, const SimulateOptions& options, Simulation& result) {
  if (schedule.unit_bandwidth_bytes_per_s.size() > engine::kMostUnits)
    throw UnsupportedError("simulate: more than 64 units");
  engine::run(schedule, options, result);
}

Simulation simulate(const Schedule& schedule, const SimulateOptions& options) {
  Simulation result;
  simulate(schedule, options, result);
  return result;
}

}  // namespace partita
