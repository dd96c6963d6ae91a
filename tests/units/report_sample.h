// Two units with round numbers: a hand can follow every result.
#pragma once

#include <string>
#include <vector>

#include "sim/report/outcome.h"

namespace partita::test {

/// Units "alpha" (A, 1 GHz) and "beta" (B, 500 MHz or 2 GHz), each with its own clock; one link
/// each way.
inline Soc sample_soc() {
  Soc soc;
  soc.name = "sample";
  soc.title = "Sample SoC";
  soc.domains = {{"alpha", {{1e9, {}}}, 0}, {"beta", {{500e6, {}}, {2e9, {}}}, 1e-3}};
  for (const std::size_t i : {0u, 1u}) {
    Unit unit;
    unit.name = i == 0 ? "alpha" : "beta";
    unit.letter = i == 0 ? 'A' : 'B';
    unit.kind = i == 0 ? UnitKind::cpu : UnitKind::gpu;
    unit.domain = make_id<DomainId>(i);
    unit.memory_bandwidth_bytes_per_s = 10e9;
    unit.resources = std::uint64_t{1} << i;
    soc.units.push_back(unit);
  }
  soc.memory.shared_bytes_per_s = 10e9;
  return soc;
}

/// input -> a -> b -> c, convolutions of one shape.
inline Graph sample_graph() {
  GraphBuilder builder("chain");
  GraphBuilder::Pending input;
  input.op.name = "data";
  input.op.kind = OpKind::input;
  input.output_names = {"t0"};
  input.output_shapes = {{1, 8, 16, 16}};
  builder.add(input);
  for (int i = 0; i < 3; ++i) {
    GraphBuilder::Pending conv;
    conv.op.name = std::string(1, static_cast<char>('a' + i));
    conv.op.kind = OpKind::conv;
    conv.op.window = {
        .kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    conv.out_channels = 8;
    conv.input_names = {"t" + std::to_string(i)};
    conv.output_names = {"t" + std::to_string(i + 1)};
    builder.add(conv);
  }
  return builder.build();
}

/// Given latencies by unit; a hand-over is 1 ms of map on the giver and 2 ms of copy on the taker.
class SampleModel : public CostModel {
 public:
  SampleModel(const Soc& soc, double alpha_s, double beta_s, double own_error = 0)
      : soc_(soc), latency_s_{alpha_s, beta_s}, own_error_(own_error) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph&, OpId, const Slice&, const Mode& mode,
                                    Precision) const override {
    return Cost{latency_s_.at(index(mode.unit)), 1e6, 2, CostSource::measured, own_error_, 0};
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override { return {}; }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double bytes, OpId, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    return {{LinkTermKind::map, from.unit, 1e-3, 0, 1, 0},
            {LinkTermKind::copy, to.unit, 2e-3, bytes, 1, 0}};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 1; }

 private:
  const Soc& soc_;
  std::vector<double> latency_s_;
  double own_error_;
};

/// Everything at its unit's highest clock; one letter per convolution.
inline Plan sample_plan(const Soc& soc, const Graph& graph, const std::string& letters) {
  std::vector<Mode> modes(graph.size());
  std::size_t i = 0;
  for (const OpId id : graph.order())
    if (is_placed(graph.op(id)))
      modes[index(id)] = top_mode(soc, make_id<UnitId>(letters[i++] == 'A' ? 0 : 1));
  return plan_from_modes(soc, graph, modes);
}

}  // namespace partita::test
