#include "sim/cost/fitted_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/cost/roofline.h"

namespace partita {
namespace {

class FittedModel final : public RooflineModel {
 public:
  FittedModel(const Soc& soc, const Runtime& runtime, const Graph& graph, std::vector<UnitFit> fits)
      : RooflineModel(soc), runtime_(runtime), graph_(graph), fits_(std::move(fits)) {
    for (std::size_t u = 0; u < fits_.size(); ++u)
      if (const RuntimeUnit* driven = runtime_.unit(soc.units[u].kind))
        lead_.emplace(soc.units[u].kind, fuse(graph, driven->fusions));
  }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    const Unit& unit = soc().unit(mode.unit);
    const RuntimeUnit* driven = runtime_.unit(unit.kind);
    if (driven != nullptr && contains(driven->unsupported, graph.op(op).kind)) return std::nullopt;
    auto cost = RooflineModel::operator_cost(graph, op, slice, mode, precision);
    const UnitFit& fitted = fits_[index(mode.unit)];
    if (!cost || cost->source == CostSource::free || !fitted.fit || driven == nullptr) return cost;
    std::optional<std::vector<OpId>> fresh;
    if (&graph != &graph_) fresh = fuse(graph, driven->fusions);
    const std::vector<OpId>& lead = fresh ? *fresh : lead_.at(unit.kind);
    cost->source = CostSource::fitted;
    if (lead[index(op)] != op) {  // Runs inside the kernel it is fused into.
      cost->latency_s = cost->bytes = cost->own_error = cost->shared_error = 0;
      return cost;
    }
    KernelWork work = kernel_of(graph, op, slice, precision);
    add_fused(work, graph, lead);
    const UnitTraits traits = traits_of(soc(), mode, precision);
    work.kind = fitted.fit->form().kind_of(work, traits);
    const KernelEstimate estimate = fitted.fit->kernel(work, traits, 0);
    cost->latency_s = estimate.latency_s;
    // Measured times hold the memory's: alone, no kernel asks for more than its unit can draw.
    cost->bytes = std::min(cost->bytes, cost->latency_s * unit.memory_bandwidth_bytes_per_s);
    // What all kernels of a unit have in common moves a plan as a whole.
    cost->shared_error =
        fitted.fit->form().settings().covariance.shared * fitted.fit->form().settings().calibration;
    cost->own_error = std::sqrt(std::max(0.0, estimate.relative_sd * estimate.relative_sd -
                                                  cost->shared_error * cost->shared_error));
    return cost;
  }

  /// What the runtime does once a network: where its first operator runs.
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    Cost cost = RooflineModel::input_cost(graph, consumer, mode);
    const UnitFit& fitted = fits_[index(mode.unit)];
    if (!fitted.fit || fitted.overhead_s <= 0 || consumer != first_reader(graph)) return cost;
    cost.source = CostSource::fitted;
    cost.latency_s += fitted.overhead_s;
    cost.own_error = fitted.fit->form().settings().covariance.amplitude;
    return cost;
  }

 private:
  static OpId first_reader(const Graph& graph) {
    for (const OpId id : graph.order())
      if (is_placed(graph.op(id)))
        for (const TensorId input : graph.op(id).inputs)
          if (graph.op(graph.tensor(input).producer).kind == OpKind::input) return id;
    return {};
  }

  static bool contains(const std::vector<OpKind>& kinds, OpKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  static void add_fused(KernelWork& work, const Graph& graph, const std::vector<OpId>& lead) {
    for (std::size_t i = 0; i < graph.size(); ++i) {
      const OpId id = make_id<OpId>(i);
      if (id == work.op || lead[i] != work.op) continue;
      ++work.fused;
      for (const TensorId input : graph.op(id).inputs)
        if (lead[index(graph.tensor(input).producer)] != work.op)
          work.fused_elements += static_cast<double>(elements(graph.tensor(input).shape));
    }
  }

  const Runtime& runtime_;
  const Graph& graph_;
  std::vector<UnitFit> fits_;
  std::map<UnitKind, std::vector<OpId>> lead_;
};

}  // namespace

std::unique_ptr<CostModel> make_fitted_model(const Soc& soc, const Runtime& runtime,
                                             const Graph& graph, std::vector<UnitFit> fits) {
  return std::make_unique<FittedModel>(soc, runtime, graph, std::move(fits));
}

}  // namespace partita
