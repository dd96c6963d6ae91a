#include "sim/engine/machine.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/engine/contention.h"

namespace partita::engine {

std::int64_t kernel_now_ps() {
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value());
}

UnitModule::UnitModule(sc_core::sc_module_name name, Completion& completion, std::uint64_t& wakes)
    : sc_module(name), completion_(completion), wakes_(wakes) {
  SC_HAS_PROCESS(UnitModule);
  SC_METHOD(on_done);
  sensitive << done_;
  dont_initialize();
}

void UnitModule::start(std::uint32_t task, std::int64_t duration_ps, double power_w) {
  task_ = task;
  progress_.begin(kernel_now_ps(), duration_ps, power_w);
  done_.notify(picoseconds(duration_ps));
}

void UnitModule::change_pace(std::int64_t duration_ps, double power_w) {
  const std::int64_t now = kernel_now_ps();
  progress_.change(now, duration_ps, power_w);
  done_.cancel();
  done_.notify(picoseconds(progress_.finish_ps() - now));
}

void UnitModule::on_done() {
  ++wakes_;
  // A clock that changed in this very instant may have armed the event again.
  done_.cancel();
  const std::uint32_t task = task_;
  task_ = kNoTask;
  completion_.finished(task, progress_.total_energy_wps(kernel_now_ps()));
}

MemoryBus::MemoryBus(sc_core::sc_module_name name, Completion& completion, std::uint64_t& wakes)
    : sc_module(name), completion_(completion), wakes_(wakes) {
  SC_HAS_PROCESS(MemoryBus);
  SC_METHOD(on_next);
  sensitive << next_;
  dont_initialize();
}

void MemoryBus::reset(double capacity_bytes_per_s) {
  capacity_ = capacity_bytes_per_s;
  saturated_ = false;
  armed_ps_ = 0;
  flows_.clear();
  next_.cancel();
}

void MemoryBus::set_capacity(double bytes_per_s) {
  if (bytes_per_s == capacity_) return;
  capacity_ = bytes_per_s;
  if (flows_.empty()) return;
  saturated_ = true;  // Look, even if nobody was slowed so far.
  share();
  arm();
}

void MemoryBus::add(std::uint32_t task, std::int64_t duration_ps, double power_w, double bytes,
                    double cap_bytes_per_s, const ContentionCurve* curve) {
  Flow flow{
      task,  {}, 0, bytes, bytes / (static_cast<double>(duration_ps) * 1e-12), cap_bytes_per_s,
      curve, 1};
  flow.progress.begin(kernel_now_ps(), duration_ps, power_w);
  flow.finish_ps = flow.progress.finish_ps();
  flows_.push_back(flow);
  share();
  arm();
}

bool MemoryBus::change_pace(std::uint32_t task, std::int64_t duration_ps, double power_w) {
  for (Flow& flow : flows_) {
    if (flow.task != task) continue;
    flow.progress.change(kernel_now_ps(), duration_ps, power_w, flow.speed);
    flow.demand = flow.bytes / (static_cast<double>(duration_ps) * 1e-12);
    flow.finish_ps = flow.progress.finish_ps(flow.speed);
    share();
    arm();
    return true;
  }
  return false;
}

void MemoryBus::change_bytes(std::uint32_t task, double bytes) {
  for (Flow& flow : flows_) {
    if (flow.task != task || flow.bytes == bytes) continue;
    flow.bytes = bytes;
    flow.demand = bytes / (static_cast<double>(flow.progress.duration_ps) * 1e-12);
    // Its speed is a share of the demand, and that has moved.
    saturated_ = true;
    share();
    arm();
    return;
  }
}

double MemoryBus::rate_bytes_per_s() const {
  double sum = 0;
  for (const Flow& flow : flows_) sum += flow.demand * flow.speed;
  return sum;
}

void MemoryBus::share() {
  demands_.resize(flows_.size());
  double total = 0;
  bool capped = false;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    demands_[i] = std::min(flows_[i].demand, flows_[i].cap);
    total += demands_[i];
  }
  const double asked = total;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    if (flows_[i].curve != nullptr) {
      const double own = demands_[i];
      demands_[i] = attained_bytes_per_s(*flows_[i].curve, own, asked - own);
      total += demands_[i] - own;
    }
    capped |= demands_[i] < flows_[i].demand;
  }
  const bool saturated = total > capacity_ || capped;
  if (!saturated && !saturated_) return;  // Everybody ran and runs at full speed.
  saturated_ = saturated;
  const std::int64_t now = kernel_now_ps();
  max_min_rates(demands_, capacity_, rates_);
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    Flow& flow = flows_[i];
    const double speed = rates_[i] < flow.demand ? rates_[i] / flow.demand : 1;
    if (speed == flow.speed) continue;
    Progress& progress = flow.progress;
    progress.change(now, progress.duration_ps, progress.power_w, flow.speed);
    flow.speed = speed;
    flow.finish_ps = progress.finish_ps(speed);
  }
}

/// A later end than armed is left to wake for nothing: cheaper than cancelling.
void MemoryBus::arm() {
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (const Flow& flow : flows_) earliest = std::min(earliest, flow.finish_ps);
  if (flows_.empty()) return;
  const std::int64_t now = kernel_now_ps();
  if (armed_ps_ > now && armed_ps_ <= earliest) return;
  armed_ps_ = earliest;
  next_.notify(picoseconds(earliest - now));
}

void MemoryBus::on_next() {
  ++wakes_;
  const std::int64_t now = kernel_now_ps();
  armed_ps_ = 0;
  ended_.clear();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    if (flows_[i].finish_ps <= now)
      ended_.push_back(flows_[i]);
    else
      flows_[kept++] = flows_[i];
  }
  flows_.resize(kept);
  if (!ended_.empty()) share();
  for (const Flow& flow : ended_)
    completion_.finished(flow.task, flow.progress.total_energy_wps(now));
  arm();
}

Dispatcher::Dispatcher(sc_core::sc_module_name name) : sc_module(name) {
  SC_HAS_PROCESS(Dispatcher);
  SC_METHOD(on_go);
  sensitive << go_;
  dont_initialize();
  for (std::size_t u = 0; u < kMostUnits; ++u) {
    units_.push_back(std::make_unique<UnitModule>(fmt::format("unit{}", u).c_str(), *this, wakes_));
    clocks_.push_back(
        std::make_unique<UnitModule>(fmt::format("clock{}", u).c_str(), *this, wakes_));
  }
  bus_ = std::make_unique<MemoryBus>("bus", *this, wakes_);
}

void Dispatcher::bind(const Schedule& schedule, const SimulateOptions& options,
                      Simulation& result) {
  schedule_ = &schedule;
  options_ = options;
  result_ = &result;
  wakes_ = 0;
  done_ = 0;
  power_w_ = schedule.base_power_w;
  energy_wps_ = 0;
  failure_ = nullptr;
  origin_ps_ = kernel_now_ps();
  bus_->reset(schedule.shared_bandwidth_bytes_per_s);
  const std::size_t n = schedule.tasks.size();
  result.timeline.start_ps.resize(n);
  result.timeline.finish_ps.resize(n);
  result.timeline.request_finish_ps.assign(schedule.requests, 0);
  result.samples.clear();
  opps_ = schedule.initial_opp;
  running_.fill(kNoTask);
  index_readers();
  index_queues();
  if (n > 0) go_.notify(sc_core::SC_ZERO_TIME);
}

void Dispatcher::index_readers() {
  const std::size_t n = schedule_->tasks.size();
  missing_.resize(n);
  reader_begin_.assign(n + 1, 0);
  readers_.resize(schedule_->dependencies.size());
  for (TaskId d : schedule_->dependencies) ++reader_begin_[index(d) + 1];
  for (std::size_t i = 0; i < n; ++i) reader_begin_[i + 1] += reader_begin_[i];
  // Filling moves each start to its end; shifted back below.
  for (std::size_t i = 0; i < n; ++i) {
    const Task& task = schedule_->tasks[i];
    missing_[i] = task.dependencies;
    for (TaskId d : schedule_->dependencies_of(task))
      readers_[reader_begin_[index(d)]++] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t i = n; i > 0; --i) reader_begin_[i] = reader_begin_[i - 1];
  if (n > 0) reader_begin_[0] = 0;
}

void Dispatcher::index_queues() {
  for (auto& queue : queues_) queue.clear();
  heads_.fill(0);
  for (std::size_t i = 0; i < schedule_->tasks.size(); ++i)
    for (std::uint64_t bits = schedule_->tasks[i].resources; bits; bits &= bits - 1)
      queues_[std::countr_zero(bits)].push_back(static_cast<std::uint32_t>(i));
}

bool Dispatcher::at_head(const Task& task, std::uint32_t id) const {
  for (std::uint64_t bits = task.resources; bits; bits &= bits - 1) {
    const int r = std::countr_zero(bits);
    if (queues_[r][heads_[r]] != id) return false;
  }
  return true;
}

void Dispatcher::try_start(std::uint32_t id) {
  if (missing_[id] == 0 && at_head(schedule_->tasks[id], id)) start(id);
}

void Dispatcher::start(std::uint32_t id) {
  const Task& task = schedule_->tasks[id];
  missing_[id] = kNoTask;  // Started: never again.
  result_->timeline.start_ps[id] = kernel_now_ps() - origin_ps_;
  if (task.kind == TaskKind::dvfs) {
    clocks_[index(task.domain)]->start(id, task.duration_ps, task.power_w);
    return;
  }
  std::int64_t duration_ps = task.duration_ps;
  double power_w = task.power_w;
  if (task.pace >= 0) {
    const std::size_t cell = schedule_->pace_cell(task, opps_);
    duration_ps = schedule_->pace_duration_ps[cell];
    power_w = schedule_->pace_power_w[cell];
  }
  power_w_ += power_w;
  running_[task.unit] = id;
  running_power_w_[task.unit] = power_w;
  if (options_.contention && task.bytes > 0 && duration_ps > 0)
    bus_->add(id, duration_ps, power_w, task.bytes,
              schedule_->unit_bandwidth_bytes_per_s.empty()
                  ? std::numeric_limits<double>::infinity()
                  : schedule_->unit_bandwidth_bytes_per_s[task.unit],
              schedule_->curve_of(task.unit));
  else
    units_[task.unit]->start(id, duration_ps, power_w);
  if (options_.record) sample();
}

void Dispatcher::set_clock(DomainId domain, std::int16_t opp) {
  opps_[index(domain)] = opp;
  for (std::size_t u = 0; u < kMostUnits; ++u) {
    if (running_[u] == kNoTask) continue;
    const Task& task = schedule_->tasks[running_[u]];
    if (task.pace < 0) continue;
    const Pace& pace = schedule_->paces[task.pace];
    if (pace.own != domain && pace.host != domain) continue;
    const std::size_t cell = schedule_->pace_cell(task, opps_);
    const std::int64_t duration_ps = schedule_->pace_duration_ps[cell];
    const double power_w = schedule_->pace_power_w[cell];
    power_w_ += power_w - running_power_w_[u];
    running_power_w_[u] = power_w;
    if (!bus_->change_pace(running_[u], duration_ps, power_w))
      units_[u]->change_pace(duration_ps, power_w);
  }
  if (options_.record) sample();
}

void Dispatcher::finished(std::uint32_t id, double energy_wps) try {
  const Task& task = schedule_->tasks[id];
  Timeline& timeline = result_->timeline;
  const std::int64_t now = kernel_now_ps() - origin_ps_;
  timeline.finish_ps[id] = now;
  energy_wps_ += energy_wps;
  ++done_;
  if (task.kind == TaskKind::dvfs) {
    set_clock(task.domain, task.opp);
  } else {
    auto& request = timeline.request_finish_ps[task.request];
    request = std::max(request, now);
    power_w_ -= running_power_w_[task.unit];
    running_[task.unit] = kNoTask;
  }
  for (std::uint64_t bits = task.resources; bits; bits &= bits - 1)
    ++heads_[std::countr_zero(bits)];
  if (options_.record) sample();
  for (std::uint32_t r = reader_begin_[id]; r < reader_begin_[id + 1]; ++r)
    if (--missing_[readers_[r]] == 0) try_start(readers_[r]);
  for (std::uint64_t bits = task.resources; bits; bits &= bits - 1) {
    const int r = std::countr_zero(bits);
    if (heads_[r] < queues_[r].size()) try_start(queues_[r][heads_[r]]);
  }
} catch (...) {
  failure_ = std::current_exception();  // The kernel would hide its type.
}

void Dispatcher::on_go() try {
  for (const auto& queue : queues_)
    if (!queue.empty()) try_start(queue.front());
} catch (...) {
  failure_ = std::current_exception();
}

void Dispatcher::sample() {
  const std::int64_t now = kernel_now_ps() - origin_ps_;
  auto& samples = result_->samples;
  if (samples.empty() || samples.back().at_ps != now) samples.push_back({now, 0, 0});
  samples.back().bandwidth_bytes_per_s = bus_->rate_bytes_per_s();
  samples.back().power_w = power_w_;
}

void Dispatcher::conclude() {
  if (failure_) std::rethrow_exception(failure_);
  const std::size_t n = schedule_->tasks.size();
  if (done_ != n)
    throw std::logic_error(fmt::format("simulate: {} of {} tasks never ran", n - done_, n));
  Timeline& timeline = result_->timeline;
  timeline.makespan_ps = 0;
  for (std::int64_t finish : timeline.request_finish_ps)
    timeline.makespan_ps = std::max(timeline.makespan_ps, finish);
  timeline.bytes = 0;
  for (const Task& task : schedule_->tasks) timeline.bytes += task.bytes;
  timeline.energy_j =
      (energy_wps_ + schedule_->base_power_w * static_cast<double>(timeline.makespan_ps)) * 1e-12 +
      timeline.bytes * schedule_->energy_per_byte_j;
  result_->events = wakes_;
}

}  // namespace partita::engine
