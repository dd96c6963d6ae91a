// Machines whose costs a test writes down, and networks of convolutions to run on them.
#pragma once

#include <functional>
#include <string>

#include "sim/plan/plan.h"
#include "synthetic.h"

namespace synthetic {

/// Time of the part of an operator on a unit, by the fraction of its output that the slice is.
class FormulaCosts : public CostModel {
 public:
  using Time = std::function<std::optional<double>(const Graph&, OpId, double part, const Mode&)>;
  using Steps = std::function<std::vector<TransferStep>(double bytes, const Mode&, const Mode&)>;
  FormulaCosts(const Soc& soc, Time time, Steps steps)
      : soc_(soc), time_(std::move(time)), steps_(std::move(steps)) {}

  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision) const override {
    double part = 1;
    if (slice.axis != Axis::none)
      part = static_cast<double>(slice.end - slice.begin) /
             static_cast<double>(cut_extent(graph, op, slice.axis));
    const auto latency_s = time_(graph, op, part, mode);
    if (!latency_s) return std::nullopt;
    Cost cost;
    cost.latency_s = *latency_s;
    cost.power_w = 1;
    cost.source = CostSource::fitted;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double bytes, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return steps_(bytes, from, to);
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0; }

 private:
  const Soc& soc_;
  Time time_;
  Steps steps_;
};

/// One CPU and one GPU of one clock each.
inline Soc make_pair_soc() {
  Soc soc = make_soc({3, 1});
  soc.units.erase(soc.units.begin() + 1);
  soc.units[1].default_precision = Precision::fp32;
  return soc;
}
inline constexpr UnitId kCpuUnit{0}, kGpuUnit{1};
inline bool on_gpu(const Mode& mode) {
  return mode.unit == kGpuUnit;
}

/// The CPU waits `wait_s` for the GPU and hands back for `back_s`.
inline FormulaCosts::Steps waits(double wait_s, double back_s) {
  return [=](double, const Mode& from, const Mode& to) -> std::vector<TransferStep> {
    if (on_gpu(from)) return {{LinkTermKind::sync, to.unit, wait_s, 0, 0, 0}};
    return {{LinkTermKind::map, from.unit, back_s, 0, 0, 0}};
  };
}

struct Layer {
  OpKind kind = OpKind::conv;
  int kernel = 1, stride = 1;
  std::int64_t out_channels = 8;
  std::vector<std::string> reads;  ///< Empty: the layer before.
};
/// op0, op1, ... on an input of 1 x channels x side x side, padded to "same".
inline Graph make_layers(const std::vector<Layer>& layers, std::int64_t channels,
                         std::int64_t side) {
  GraphBuilder builder("layers");
  GraphBuilder::Pending input;
  input.op.name = "input";
  input.op.kind = OpKind::input;
  input.output_names = {"input"};
  input.output_shapes = {{1, channels, side, side}};
  builder.add(std::move(input));
  std::string before = "input";
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    GraphBuilder::Pending pending;
    pending.op.name = "op" + std::to_string(i);
    pending.op.kind = layer.kind;
    if (layer.kind == OpKind::conv || layer.kind == OpKind::depthwise_conv) {
      pending.op.window.kernel_h = pending.op.window.kernel_w = layer.kernel;
      pending.op.window.stride_h = pending.op.window.stride_w = layer.stride;
      pending.out_channels = layer.out_channels;
      pending.same_pad = true;
      if (layer.kind == OpKind::depthwise_conv) pending.op.groups = layer.out_channels;
    } else {
      pending.op.function = layer.kind == OpKind::elementwise ? "add" : "relu";
    }
    pending.input_names = layer.reads.empty() ? std::vector{before} : layer.reads;
    pending.output_names = {pending.op.name};
    before = pending.op.name;
    builder.add(std::move(pending));
  }
  return builder.build();
}

/// Shares of the operator with this name.
inline const std::vector<Share>& shares_of(const Graph& graph, const Plan& plan,
                                           const std::string& name) {
  for (std::size_t i = 0; i < graph.size(); ++i)
    if (graph.operators()[i].name == name) return plan.shares[i];
  throw std::logic_error("no operator " + name);
}
inline std::optional<UnitId> home_of(const Graph& graph, const Plan& plan,
                                     const std::string& name) {
  for (std::size_t i = 0; i < graph.size(); ++i)
    if (graph.operators()[i].name == name) return plan.home.empty() ? std::nullopt : plan.home[i];
  throw std::logic_error("no operator " + name);
}

}  // namespace synthetic
