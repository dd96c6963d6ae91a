#include "sim/cost/changed_device.h"

#include <algorithm>
#include <cmath>

#include "sim/cost/occupancy.h"
#include "sim/cost/roofline.h"

namespace partita {
namespace {

/// Of a sum of times: a memory's time that is all of the work is not found by `==`.
constexpr double kRounding = 1e-9;

/// Nobody has measured a device that does not exist. By how much a time changes is taken to be
/// known to half of it either way, evenly: the standard deviation of that is 1 / sqrt(12) of the
/// change (assumed).
double widened(double error, double before_s, double after_s) {
  if (after_s <= 0 || after_s == before_s) return error;
  const double change = (after_s - before_s) / after_s;
  return std::sqrt(error * error + change * change / 12);
}

}  // namespace

ChangedDevice::ChangedDevice(const CostModel& costs, Soc& changed, const DeviceChanges& changes)
    : WrappedCosts(costs), changed_(changed), changes_(changes), memory_(costs.soc().units.size()) {
  change(changes);
}

void ChangedDevice::change(const DeviceChanges& changes) {
  changes_ = changes;
  const Soc& soc = inner().soc();
  for (std::size_t u = 0; u < memory_.size(); ++u) {
    memory_[u].bytes_per_s = soc.units[u].memory_bandwidth_bytes_per_s;
    memory_[u].stretch = memory_[u].bytes_per_s / changed_bandwidth(soc, u, changes);
  }
  change_soc(soc, changes, changed_);
}

bool ChangedDevice::same(std::size_t unit) const {
  const DeviceChanges::OfUnit& u = changes_.units[unit];
  return u.speed == 1 && u.dispatch == 1 && u.power == 1 && memory_[unit].stretch == 1;
}

double ChangedDevice::floor_s(std::size_t unit, double bytes, double most_s) const {
  return std::min(bytes / memory_[unit].bytes_per_s, most_s);
}

void ChangedDevice::change_operator(Cost& cost, const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const {
  const std::size_t u = index(mode.unit);
  if (same(u)) return;
  const DeviceChanges::OfUnit& unit = changes_.units[u];
  const double t = cost.latency_s, dispatch = std::min(cost.dispatch_s, t), work = t - dispatch;
  double compute = work, memory = floor_s(u, cost.bytes, work);
  if (memory >= work * (1 - kRounding) && work > 0) {
    // What computing takes does not show: the roofline's.
    memory = work;
    compute =
        std::min(work, compute_floor_s(inner().soc(), work_of(graph, op, slice), mode, precision));
  }
  // Differences, so that nothing changes by rounding where nothing is changed.
  const double changed = std::max(compute / unit.speed, memory * memory_[u].stretch);
  const double after = t + (changed - work) + (unit.dispatch - 1) * dispatch;
  // Where a part of the launch overlaps the memory's time, the bytes still have to come.
  cost.latency_s = std::max({0.0, after, floor_s(u, cost.bytes, t) * memory_[u].stretch});
  cost.dispatch_s = std::min(unit.dispatch * cost.dispatch_s, cost.latency_s);
  cost.power_w *= unit.power;
  if (cost.source != CostSource::measured)
    cost.occupancy =
        occupancy_of(changed_, mode, work_of(graph, op, slice).output_elements, precision, cost);
  if (cost.latency_s == t) return;
  cost.shared_error = widened(cost.shared_error, t, cost.latency_s);
  if (cost.source == CostSource::measured) cost.source = CostSource::fitted;
}

std::optional<Cost> ChangedDevice::operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                                 const Mode& mode, Precision precision) const {
  auto cost = inner().operator_cost(graph, op, slice, mode, precision);
  if (cost) change_operator(*cost, graph, op, slice, mode, precision);
  return cost;
}

std::optional<Cost> ChangedDevice::unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                                const Mode& mode, Precision precision) const {
  auto cost = inner().unfused_cost(graph, op, slice, mode, precision);
  if (cost) change_operator(*cost, graph, op, slice, mode, precision);
  return cost;
}

double ChangedDevice::spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                               Precision precision) const {
  const double spread = inner().spread_s(graph, op, slice, mode, precision);
  if (spread == 0 || same(index(mode.unit))) return spread;
  auto cost = inner().operator_cost(graph, op, slice, mode, precision);
  if (!cost || cost->latency_s <= 0) return spread;
  const double before = cost->latency_s;
  change_operator(*cost, graph, op, slice, mode, precision);
  return spread * (cost->latency_s / before);
}

void ChangedDevice::change_step(TransferStep& step) const {
  const std::size_t u = index(step.on);
  if (same(u) && changes_.links[static_cast<std::size_t>(step.kind)] == 1) return;
  const double before = step.latency_s, memory = floor_s(u, step.bytes, before);
  // Nothing but the memory is known to limit what takes as long as its bytes.
  const double compute = memory >= before ? 0 : before;
  const double moved = step.bytes > 0 ? std::max(compute, memory * memory_[u].stretch) : before;
  step.latency_s = changes_.links[static_cast<std::size_t>(step.kind)] * moved;
  step.power_w *= changes_.units[u].power;
  step.own_error = widened(step.own_error, before, step.latency_s);
}

std::vector<TransferStep> ChangedDevice::transfer(const Graph& graph, TensorId tensor, double bytes,
                                                  OpId consumer, const Mode& from,
                                                  const Mode& to) const {
  auto steps = inner().transfer(graph, tensor, bytes, consumer, from, to);
  for (TransferStep& step : steps) change_step(step);
  return steps;
}

TransferStep ChangedDevice::recast(double elements, const Mode& mode, Precision from,
                                   Precision to) const {
  TransferStep step = inner().recast(elements, mode, from, to);
  const std::size_t u = index(mode.unit);
  const double before = step.latency_s,
               launch = std::min(inner().soc().units[u].dispatch_s, before),
               memory = floor_s(u, step.bytes, before - launch);
  // One pass over the tensor: a launch and the memory.
  step.latency_s = std::max(0.0, changes_.links[static_cast<std::size_t>(LinkTermKind::cast)] *
                                     (before + (memory_[u].stretch - 1) * memory +
                                      (changes_.units[u].dispatch - 1) * launch));
  step.power_w *= changes_.units[u].power;
  step.own_error = widened(step.own_error, before, step.latency_s);
  return step;
}

Cost ChangedDevice::input_cost(const Graph& graph, OpId consumer, const Mode& mode) const {
  Cost cost = inner().input_cost(graph, consumer, mode);
  cost.power_w *= changes_.units[index(mode.unit)].power;
  return cost;
}

std::optional<TransferStep> ChangedDevice::arrival(const Graph& graph, OpId op,
                                                   const Mode& mode) const {
  auto step = inner().arrival(graph, op, mode);
  if (step) change_step(*step);
  return step;
}

}  // namespace partita
