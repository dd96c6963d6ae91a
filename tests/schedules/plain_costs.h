// Costs small enough to work plans out by hand.
#pragma once

#include <map>
#include <string>

#include "sim/plan/evaluate.h"
#include "tests/cases/synthetic.h"

namespace partita::test {

/// An operator takes its microseconds, slices their part of them; a hand-over waits 5 us on the
/// unit that made the tensor and then copies a byte a nanosecond on the one that reads it.
class PlainCosts : public CostModel {
 public:
  explicit PlainCosts(const Soc& soc) : soc_(soc) {}
  const Soc& soc() const override { return soc_; }

  std::map<std::string, double> us, occupancy;
  std::map<std::string, std::string> fused;  ///< Operator to the one whose kernel it runs in.
  double unfused_us = 7, input_us = 0, arrival_us = 0, spread_us = 0, dispatch_us = 0;
  double compile_ns_per_byte = 0;

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice, const Mode&,
                                    Precision) const override {
    if (fused.contains(graph.op(op).name)) return Cost{};
    Cost cost;
    const double part =
        work_of(graph, op, slice).output_elements / work_of(graph, op).output_elements;
    cost.latency_s = 1e-6 * (us.at(graph.op(op).name) * part + dispatch_us);
    cost.dispatch_s = 1e-6 * dispatch_us;
    cost.power_w = 1;
    cost.bytes = 100;
    if (const auto at = occupancy.find(graph.op(op).name); at != occupancy.end())
      cost.occupancy = at->second;
    return cost;
  }
  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode&) const override {
    const auto at = fused.find(graph.op(op).name);
    if (at == fused.end()) return std::nullopt;
    for (OpId before : graph.predecessors(op))
      if (graph.op(before).name == at->second) return before;
    return std::nullopt;
  }
  std::optional<Cost> unfused_cost(const Graph&, OpId, const Slice&, const Mode&,
                                   Precision) const override {
    Cost cost;
    cost.latency_s = 1e-6 * unfused_us;
    cost.power_w = 2;
    return cost;
  }
  double compile_s(UnitId unit, double weight_bytes) const override {
    return unit == UnitId{1} ? 1e-9 * compile_ns_per_byte * weight_bytes : 0;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override {
    Cost cost;
    cost.latency_s = 1e-6 * input_us;
    return cost;
  }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double bytes, OpId, const Mode& from,
                                     const Mode& to) const override {
    return {{LinkTermKind::sync, from.unit, 5e-6, 0, 0, 0},
            {LinkTermKind::copy, to.unit, 1e-9 * bytes, bytes, 0, 0}};
  }
  std::optional<TransferStep> arrival(const Graph&, OpId, const Mode& mode) const override {
    if (arrival_us == 0) return std::nullopt;
    return TransferStep{LinkTermKind::sync, mode.unit, 1e-6 * arrival_us, 0, 0, 0};
  }
  double spread_s(const Graph&, OpId, const Slice&, const Mode&, Precision) const override {
    return 1e-6 * spread_us;
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  const Soc& soc_;
};

/// Square convolutions that keep height and width, and activations.
class SmallNet {
 public:
  explicit SmallNet(std::int64_t channels = 1) {
    GraphBuilder::Pending p;
    p.op.name = "in";
    p.op.kind = OpKind::input;
    p.output_names = {"in"};
    p.output_shapes = {{1, channels, 8, 8}};
    builder_.add(p);
  }
  SmallNet& conv(const std::string& name, const std::string& from, int kernel,
                 std::int64_t channels) {
    GraphBuilder::Pending p;
    p.op.name = name;
    p.op.kind = OpKind::conv;
    p.out_channels = channels;
    Window& w = p.op.window;
    w.kernel_h = w.kernel_w = kernel;
    w.pad_top = w.pad_bottom = w.pad_left = w.pad_right = kernel / 2;
    p.input_names = {from};
    p.output_names = {name};
    builder_.add(p);
    return *this;
  }
  SmallNet& relu(const std::string& name, const std::string& from) {
    GraphBuilder::Pending p;
    p.op.name = name;
    p.op.kind = OpKind::activation;
    p.op.function = "relu";
    p.input_names = {from};
    p.output_names = {name};
    builder_.add(p);
    return *this;
  }
  Graph build() { return builder_.build(); }

 private:
  GraphBuilder builder_{"small"};
};

inline OpId op_named(const Graph& graph, std::string_view name) {
  for (std::size_t i = 0; i < graph.size(); ++i)
    if (graph.operators()[i].name == name) return make_id<OpId>(i);
  throw std::logic_error("no such operator");
}

inline constexpr UnitId kBig{0}, kLittle{1};

/// Everything on the first unit.
inline Plan on_big(const Soc& soc, const Graph& graph) {
  return plan_from_modes(soc, graph, std::vector<Mode>(graph.size(), top_mode(soc, kBig)));
}
inline Share share_on(const Soc& soc, UnitId unit, const Slice& slice = {}, const Halo& halo = {}) {
  return {top_mode(soc, unit), slice, Precision::fp32, halo};
}

inline double us_of(std::int64_t ps) {
  return 1e-6 * static_cast<double>(ps);
}
inline int count(const Schedule& schedule, TaskKind kind) {
  return static_cast<int>(std::count_if(schedule.tasks.begin(), schedule.tasks.end(),
                                        [&](const Task& t) { return t.kind == kind; }));
}
/// Sum of the durations of a kind, us.
inline double total_us(const Schedule& schedule, TaskKind kind) {
  double sum = 0;
  for (const Task& task : schedule.tasks)
    if (task.kind == kind) sum += us_of(task.duration_ps);
  return sum;
}
/// Index of the n-th task of a kind for an operator.
inline std::size_t find_task(const Schedule& schedule, TaskKind kind, OpId op, int n = 0) {
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i)
    if (schedule.tasks[i].kind == kind && schedule.tasks[i].op == op && n-- == 0) return i;
  throw std::logic_error("no such task");
}

}  // namespace partita::test
