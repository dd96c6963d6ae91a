// The hardware as SystemC modules: units that compute, the memory bus they share, the dispatcher
// that feeds their queues. Elaborated once, bound to a schedule at each run.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include <systemc>

#include "sim/engine/engine.h"

namespace partita::engine {

inline constexpr std::size_t kMostUnits = 64;
inline constexpr std::uint32_t kNoTask = 0xffffffff;

/// Who hears that a task has run to its end.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void finished(std::uint32_t task, double energy_wps) = 0;
};

/// A unit, or the clock of a domain while it changes: one task at a time, its timer is the task's
/// duration at the present pace.
SC_MODULE(UnitModule) {
  UnitModule(sc_core::sc_module_name name, Completion & completion, std::uint64_t & wakes);
  void start(std::uint32_t task, std::int64_t duration_ps, double power_w);
  void change_pace(std::int64_t duration_ps, double power_w);

 private:
  void on_done();
  Completion& completion_;
  std::uint64_t& wakes_;
  std::uint32_t task_ = kNoTask;
  Progress progress_;
  sc_core::sc_event done_;
};

/// The memory bus: running tasks as flows with max-min fair rates under the shared and per-unit
/// caps. A task whose flow is slower than its demand progresses in proportion. One event: the
/// earliest end.
SC_MODULE(MemoryBus) {
  MemoryBus(sc_core::sc_module_name name, Completion & completion, std::uint64_t & wakes);
  void reset(double capacity_bytes_per_s);
  /// While it runs.
  void set_capacity(double bytes_per_s);
  /// `curve`: what the unit loses to the others' demand; null: nothing but its fair share.
  void add(std::uint32_t task, std::int64_t duration_ps, double power_w, double bytes,
           double cap_bytes_per_s, const ContentionCurve* curve);
  bool change_pace(std::uint32_t task, std::int64_t duration_ps, double power_w);
  /// The task, if it is a flow, now moves this much in all for the same work.
  void change_bytes(std::uint32_t task, double bytes);
  double rate_bytes_per_s() const;

 private:
  struct Flow {
    std::uint32_t task;
    Progress progress;
    std::int64_t finish_ps;
    double bytes, demand, cap;
    const ContentionCurve* curve;
    double speed;  ///< Rate over demand, at most 1.
  };
  void on_next();
  void share();
  void arm();
  Completion& completion_;
  std::uint64_t& wakes_;
  double capacity_ = 0;
  bool saturated_ = false;  ///< Somebody was slowed when the rates were last shared.
  std::int64_t armed_ps_ = 0;
  std::vector<Flow> flows_;
  std::vector<double> demands_, rates_;
  std::vector<Flow> ended_;
  sc_core::sc_event next_;
};

/// Starts a task when everything it waits for has ended and every resource it needs has come to it
/// in queue order.
SC_MODULE(Dispatcher), public Completion {
  explicit Dispatcher(sc_core::sc_module_name name);
  /// Arranges the run; the caller then starts the kernel until no event is left.
  void bind(const Schedule& schedule, const SimulateOptions& options, Simulation& result);
  void finished(std::uint32_t task, double energy_wps) override;
  void conclude();
  std::uint64_t wakes() const {
    return wakes_;
  }

 private:
  void on_go();
  void index_readers();
  void index_queues();
  bool at_head(const Task& task, std::uint32_t id) const;
  void try_start(std::uint32_t id);
  void start(std::uint32_t id);
  void set_clock(DomainId domain, std::int16_t opp);
  void sample();

  const Schedule* schedule_ = nullptr;
  SimulateOptions options_;
  Simulation* result_ = nullptr;
  std::uint64_t wakes_ = 0;
  std::int64_t origin_ps_ = 0;
  std::size_t done_ = 0;
  double power_w_ = 0;
  double energy_wps_ = 0;  ///< W x ps.
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<UnitModule>> units_, clocks_;
  std::unique_ptr<MemoryBus> bus_;
  sc_core::sc_event go_;
  // Indexes rebuilt per run, memory reused.
  std::vector<std::uint32_t> missing_;                 ///< Dependencies not yet ended, by task.
  std::vector<std::uint32_t> reader_begin_, readers_;  ///< Who waits for a task (CSR).
  std::array<std::vector<std::uint32_t>, 64> queues_;  ///< Tasks by resource, in order.
  std::array<std::uint32_t, 64> heads_{};
  std::array<std::uint32_t, kMostUnits> running_{};  ///< Task by unit, or kNoTask.
  std::array<double, kMostUnits> running_power_w_{};
  std::vector<std::int16_t> opps_;  ///< By domain, now.
  friend class Machine;
};

inline sc_core::sc_time picoseconds(std::int64_t ps) {
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(ps));
}

/// Picoseconds on the kernel's clock, which runs on from one simulation to the next.
std::int64_t kernel_now_ps();

}  // namespace partita::engine
