// What an NNAPI driver declares (PerformanceInfo): one time and one power relative to the CPU for
// each precision, whatever the operator.
#include <algorithm>
#include <map>

#include "partitioners/belief.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// What a driver's author times to find the number: a 3x3 convolution of 64 channels to 64 on
/// 56 x 56, the most frequent shape of ResNet-18 (He et al., CVPR 2016, table 1). Assumed: the
/// documentation of NNAPI does not say which operator to take.
Graph reference_network() {
  GraphBuilder builder("reference-convolution");
  GraphBuilder::Pending input;
  input.op.name = "input";
  input.op.kind = OpKind::input;
  input.output_names = {"input"};
  input.output_shapes = {{1, 64, 56, 56}};
  builder.add(std::move(input));
  GraphBuilder::Pending conv;
  conv.op.name = "conv";
  conv.op.kind = OpKind::conv;
  conv.op.window.kernel_h = conv.op.window.kernel_w = 3;
  conv.op.window.pad_top = conv.op.window.pad_bottom = 1;
  conv.op.window.pad_left = conv.op.window.pad_right = 1;
  conv.out_channels = 64;
  conv.input_names = {"input"};
  conv.output_names = {"conv"};
  builder.add(std::move(conv));
  return builder.build();
}

struct Ratio {
  double time = 1, energy = 1;
};

class Ratios : public BeliefModel {
 public:
  Ratios(const CostModel& truth, const Graph& graph)
      : BeliefModel(truth), reference_(reference_network()) {
    for (std::size_t u = 0; u < soc().units.size(); ++u) declare(graph, make_id<UnitId>(u));
  }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    auto own = truth().operator_cost(graph, op, slice, mode, precision);
    const auto ratio = ratios_.find({mode.unit, precision});
    if (!own || ratio == ratios_.end()) return own;
    const auto cpu = truth().operator_cost(graph, op, slice, top_mode(soc(), *cpu_),
                                           soc().unit(*cpu_).default_precision);
    if (!cpu) return own;  // nothing the ratio could be of
    own->latency_s = std::max(cpu->latency_s, kLeast_s) * ratio->second.time;
    own->power_w = cpu->power_w * ratio->second.energy / ratio->second.time;
    own->bytes = cpu->bytes * ratio->second.energy;
    return own;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    auto steps = truth().transfer(graph, tensor, bytes, consumer, from, to);
    for (TransferStep& step : steps) step.latency_s = step.bytes = step.power_w = 0;
    return steps;
  }
  TransferStep recast(double, const Mode& mode, Precision, Precision) const override {
    return {LinkTermKind::cast, mode.unit};
  }
  std::optional<TransferStep> arrival(const Graph&, OpId, const Mode&) const override {
    return std::nullopt;
  }
  double spread_s(const Graph&, OpId, const Slice&, const Mode&, Precision) const override {
    return 0;
  }

 private:
  /// Time of operators that cost nothing: their ratio still tells.
  static constexpr double kLeast_s = 1e-12;

  double energy_j(const Cost& cost) const {
    return cost.latency_s * cost.power_w + cost.bytes * soc().memory.energy_per_byte_j;
  }

  std::optional<Cost> reference_cost(const Graph& graph, OpId op, UnitId unit,
                                     Precision precision) const {
    return truth().operator_cost(graph, op, {}, top_mode(soc(), unit), precision);
  }

  /// The fastest CPU unit for the reference operator.
  std::optional<UnitId> reference_cpu(const Graph& graph, OpId op) const {
    std::optional<UnitId> best;
    double best_s = 0;
    for (std::size_t u = 0; u < soc().units.size(); ++u) {
      const auto unit = make_id<UnitId>(u);
      if (soc().unit(unit).kind != UnitKind::cpu) continue;
      const auto cost = reference_cost(graph, op, unit, soc().unit(unit).default_precision);
      if (!cost || !(cost->latency_s > 0) || (best && cost->latency_s >= best_s)) continue;
      best = unit;
      best_s = cost->latency_s;
    }
    return best;
  }

  void declare(const Graph& graph, UnitId unit) {
    const OpId conv{1};
    if (!cpu_) cpu_ = reference_cpu(reference_, conv);
    if (!cpu_) return;
    const auto cpu = reference_cost(reference_, conv, *cpu_, soc().unit(*cpu_).default_precision);
    for (std::size_t p = 0; p < kPrecisions; ++p) {
      const auto precision = static_cast<Precision>(p);
      const auto cost = reference_cost(reference_, conv, unit, precision);
      if (!cost || !(cost->latency_s > 0)) {
        from_network(graph, unit, precision);
        continue;
      }
      Ratio ratio{cost->latency_s / cpu->latency_s, 1};
      if (energy_j(*cpu) > 0) ratio.energy = energy_j(*cost) / energy_j(*cpu);
      ratios_[{unit, precision}] = ratio;
    }
  }

  /// A unit that cannot run the reference operator: by the largest operator of the network that
  /// both run.
  void from_network(const Graph& graph, UnitId unit, Precision precision) {
    std::int64_t most = -1;
    for (OpId op : graph.order()) {
      if (!is_placed(graph.op(op)) || graph.op(op).macs <= most) continue;
      const auto own = reference_cost(graph, op, unit, precision);
      const auto cpu = reference_cost(graph, op, *cpu_, soc().unit(*cpu_).default_precision);
      if (!own || !cpu || !(own->latency_s > 0) || !(cpu->latency_s > 0)) continue;
      most = graph.op(op).macs;
      Ratio ratio{own->latency_s / cpu->latency_s, 1};
      if (energy_j(*cpu) > 0) ratio.energy = energy_j(*own) / energy_j(*cpu);
      ratios_[{unit, precision}] = ratio;
    }
  }

  Graph reference_;
  std::optional<UnitId> cpu_;
  std::map<std::pair<UnitId, Precision>, Ratio> ratios_;
};

}  // namespace

BeliefInfo belief_ratios() {
  return {"ratios",
          "one time and one energy per unit and precision, relative to the CPU, as drivers declare",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) { return std::make_unique<Ratios>(r.truth, r.graph); }};
}

}  // namespace partita
