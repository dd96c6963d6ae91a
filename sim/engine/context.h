// SystemC elaborates once per process. A fresh kernel context per scope gets around it; the trick
// is not in the standard, so it lives here alone and has a test.
#pragma once

#include <memory>

#include <systemc>

namespace partita::engine {

/// Owns a kernel context. Only one thread may use SystemC.
///
/// The boot context is kept alive for ever: static events live in it, and deleting it crashes at
/// exit.
class KernelContext {
 public:
  KernelContext();
  ~KernelContext();
  KernelContext(const KernelContext&) = delete;
  KernelContext& operator=(const KernelContext&) = delete;

  /// Makes it the current context for the life of the scope.
  class Scope {
   public:
    explicit Scope(KernelContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    sc_core::sc_simcontext* previous_;
  };

 private:
  sc_core::sc_simcontext* context_;
};

}  // namespace partita::engine
