// The bare kernel's event rate: the limit that simulate() is measured against.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/context.h"
#include "sim/engine/engine.h"

namespace partita {

namespace {

SC_MODULE(SelfWaker) {
  SelfWaker(sc_core::sc_module_name name, std::uint64_t period_ps, std::uint64_t times)
      : sc_module(name), period_(sc_core::sc_time::from_value(period_ps)), left_(times) {
    SC_HAS_PROCESS(SelfWaker);
    SC_METHOD(on_wake);
    sensitive << wake_;
  }

 private:
  void on_wake() {
    if (left_-- > 0) wake_.notify(period_);
  }
  sc_core::sc_time period_;
  std::uint64_t left_;
  sc_core::sc_event wake_;
};

}  // namespace

double raw_kernel_events_per_s(int methods, std::uint64_t events) {
  engine::KernelContext context;
  engine::KernelContext::Scope scope(context);
  std::vector<std::unique_ptr<SelfWaker>> wakers;
  const std::uint64_t each = events / static_cast<std::uint64_t>(methods);
  for (int i = 0; i < methods; ++i)
    wakers.push_back(std::make_unique<SelfWaker>(("waker" + std::to_string(i)).c_str(),
                                                 1000 + 7 * static_cast<std::uint64_t>(i), each));
  const auto begin = std::chrono::steady_clock::now();
  sc_core::sc_start();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  wakers.clear();
  return static_cast<double>(each * static_cast<std::uint64_t>(methods)) / elapsed.count();
}

}  // namespace partita
