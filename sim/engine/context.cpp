#include "sim/engine/context.h"

// libsystemc expects one; an executable that has its own main never calls it.
__attribute__((weak)) int sc_main(int, char**) {
  return 0;
}

namespace partita::engine {

namespace {

sc_core::sc_simcontext* make_current(sc_core::sc_simcontext* context) {
  sc_core::sc_simcontext* previous = sc_core::sc_get_curr_simcontext();
  sc_core::sc_curr_simcontext = sc_core::sc_default_global_context = context;
  return previous;
}

}  // namespace

KernelContext::KernelContext() {
  sc_core::sc_get_curr_simcontext();  // The boot context exists before any other.
  context_ = new sc_core::sc_simcontext;
}

KernelContext::~KernelContext() {
  sc_core::sc_simcontext* previous = make_current(context_);
  delete context_;
  make_current(previous);
}

KernelContext::Scope::Scope(KernelContext& context) : previous_(make_current(context.context_)) {}
KernelContext::Scope::~Scope() {
  make_current(previous_);
}

}  // namespace partita::engine
