#include "sim/cost/fitted_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/cost/occupancy.h"
#include "sim/cost/roofline.h"
#include "sim/graph/merge.h"

namespace partita {
namespace {

// Of a unit that nobody measured, in common: from the same SoC's other cores (assumed), and from
// other SoCs (the suite ncnn's devices left out are 27 % off on average).
constexpr double kOtherCores = 0.1;
constexpr double kOtherSoc = 0.3;
// Of networks against the sum of kernels measured alone (adreno-ops: 11 % off on average).
constexpr double kSumOfKernels = 0.13;

class FittedModel final : public RooflineModel {
 public:
  FittedModel(const Soc& soc, const Runtime& runtime, const Graph& graph, std::vector<UnitFit> fits)
      : RooflineModel(soc), runtime_(runtime), graph_(graph), fits_(std::move(fits)) {
    for (std::size_t u = 0; u < fits_.size(); ++u)
      if (const RuntimeUnit* driven = runtime_.unit(soc.units[u].kind))
        fusion_.emplace(soc.units[u].kind, Fusion(graph, *driven));
    for (std::size_t u = 0; u < fits_.size(); ++u) errors_.push_back(errors_of(u));
  }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    auto cost = base_cost(graph, op, slice, mode, precision);
    if (!cost || !kernel_known(*cost, mode)) return cost;
    std::optional<Fusion> fresh;
    const Fusion& fusion = fusion_of(graph, mode, fresh);
    cost->source = CostSource::fitted;
    if (fusion.lead[index(op)] != op) {  // Runs inside the kernel it is fused into.
      cost->latency_s = cost->bytes = cost->own_error = cost->shared_error = cost->dispatch_s = 0;
      return cost;
    }
    return kernel_cost(*cost, graph, op, slice, mode, precision, fusion.into[index(op)]);
  }

  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override {
    const Unit& unit = soc().unit(mode.unit);
    if (!fits_[index(mode.unit)].fit || runtime_.unit(unit.kind) == nullptr) return std::nullopt;
    std::optional<Fusion> fresh;
    const Fusion& fusion = fusion_of(graph, mode, fresh);
    if (fusion.lead[index(op)] == op) return std::nullopt;
    for (const TensorId input : graph.op(op).inputs) {
      const OpId before = graph.tensor(input).producer;
      if (fusion.lead[index(before)] == fusion.lead[index(op)]) return before;
    }
    return std::nullopt;
  }

  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    auto cost = base_cost(graph, op, slice, mode, precision);
    if (!cost || !kernel_known(*cost, mode)) return cost;
    cost->source = CostSource::fitted;
    return kernel_cost(*cost, graph, op, slice, mode, precision, {});
  }

  /// Caches and the bus are shared with the unit that computes the rest of the operator.
  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision precision) const override {
    if (slice.axis == Axis::none || runtime_.co_run <= 0) return 0;
    const auto cost = operator_cost(graph, op, slice, mode, precision);
    return cost ? runtime_.co_run * cost->latency_s : 0;
  }

  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    auto steps = RooflineModel::transfer(graph, tensor, bytes, consumer, from, to);
    if (runtime_.serial_launches)
      for (TransferStep& step : steps)
        if (step.kind == LinkTermKind::sync) step.on = from.unit;
    return steps;
  }

  /// What the runtime does once a network: where its first operator runs.
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    Cost cost = RooflineModel::input_cost(graph, consumer, mode);
    const UnitFit& fitted = fits_[index(mode.unit)];
    if (!fitted.fit || fitted.overhead_s <= 0 || !reads_first(graph, consumer)) return cost;
    cost.source = CostSource::fitted;
    cost.latency_s += fitted.overhead_s;
    cost.own_error = fitted.fit->form().settings().covariance.amplitude;
    cost.shared_error = errors_[index(mode.unit)].shared;
    return cost;
  }

 private:
  /// What the runtime fuses on a kind of unit.
  struct Fusion {
    Fusion(const Graph& graph, const RuntimeUnit& driven)
        : lead(fuse(graph, driven.fusions)), into(fused_into(graph, lead)) {}
    std::vector<OpId> lead;
    std::vector<Fused> into;
  };

  /// By the roofline; nothing where the runtime cannot run the operator.
  std::optional<Cost> base_cost(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                                Precision precision) const {
    const Unit& unit = soc().unit(mode.unit);
    const RuntimeUnit* driven = runtime_.unit(unit.kind);
    // What the runtime does not drive it cannot use; CPUs take over what falls back.
    if (driven == nullptr && unit.kind != UnitKind::cpu) return std::nullopt;
    if (driven != nullptr && contains(driven->unsupported, graph.op(op).kind)) return std::nullopt;
    return RooflineModel::operator_cost(graph, op, slice, mode, precision);
  }

  bool kernel_known(const Cost& cost, const Mode& mode) const {
    return cost.source != CostSource::free && fits_[index(mode.unit)].fit &&
           runtime_.unit(soc().unit(mode.unit).kind) != nullptr;
  }

  /// Of another graph than the model's it is made anew, into `fresh`.
  const Fusion& fusion_of(const Graph& graph, const Mode& mode,
                          std::optional<Fusion>& fresh) const {
    const UnitKind kind = soc().unit(mode.unit).kind;
    if (&graph == &graph_) return fusion_.at(kind);
    return fresh.emplace(graph, *runtime_.unit(kind));
  }

  /// The operator as a kernel that `fused` runs in too; `cost` by the roofline.
  Cost kernel_cost(Cost cost, const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                   Precision precision, const Fused& fused) const {
    const UnitFit& fitted = fits_[index(mode.unit)];
    KernelWork work = kernel_of(graph, op, slice, precision);
    work.fused = fused.operators;
    work.fused_elements = fused.elements;
    const UnitTraits traits = traits_of(soc(), mode, precision);
    work.kind = fitted.fit->form().kind_of(work, traits);
    const KernelEstimate estimate = fitted.fit->kernel(work, traits, 0);
    cost.latency_s = std::max(estimate.latency_s * fitted.scale, least_s(work, traits));
    cost.dispatch_s = std::min(
        cost.latency_s, estimate.latency_s * fitted.scale * fitted.fit->launch_share(work, traits));
    // Measured times hold the memory's: alone, no kernel asks for more than its unit can draw.
    cost.bytes =
        std::min(cost.bytes, cost.latency_s * soc().unit(mode.unit).memory_bandwidth_bytes_per_s);
    cost.own_error = estimate.relative_sd * errors_[index(mode.unit)].own_scale;
    cost.shared_error = errors_[index(mode.unit)].shared;
    cost.occupancy = occupancy_of(soc(), mode, work.output_elements, precision, cost);
    return cost;
  }

  /// Of kernels that no measured network had much of: products at the unit's peak (Winograd saves
  /// up to three in four), and weights that no cache holds through the memory.
  double least_s(const KernelWork& work, const UnitTraits& traits) const {
    const double weights =
        work.weight_elements * element_bytes(work.precision) - traits.cache_bytes;
    return std::max(work.macs / (4 * traits.macs_per_s),
                    std::max(0.0, weights) / soc().memory.peak_bytes_per_s);
  }

  static bool reads_input(const Graph& graph, OpId id) {
    const auto& inputs = graph.op(id).inputs;
    return is_placed(graph.op(id)) && std::any_of(inputs.begin(), inputs.end(), [&](TensorId t) {
             return graph.op(graph.tensor(t).producer).kind == OpKind::input;
           });
  }

  /// Is it the first operator of its network to read an input?
  static bool reads_first(const Graph& graph, OpId consumer) {
    for (const auto& network : components(graph)) {
      const auto first = std::find_if(network.begin(), network.end(),
                                      [&](OpId id) { return reads_input(graph, id); });
      if (first != network.end() && *first == consumer) return true;
    }
    return false;
  }

  /// How the error of a network on a unit is shared out: what it is off by beyond what kernels that
  /// err on their own add up to, they err in common.
  struct Errors {
    double own_scale = 1, shared = 0;
  };

  Errors errors_of(std::size_t at) const {
    const UnitFit& fitted = fits_[at];
    const Unit& unit = soc().units[at];
    if (!fitted.fit) return {};
    const KernelForm& form = fitted.fit->form();
    const UnitTraits traits =
        traits_of(soc(), top_mode(soc(), make_id<UnitId>(at)), unit.default_precision);
    const auto kernels =
        kernels_of(form, graph_, unit.default_precision, traits, runtime_.unit(unit.kind)->fusions);
    if (kernels.empty()) return {};
    double sum = 0, variance = 0;
    for (const KernelWork& work : kernels) {
      const KernelEstimate e = fitted.fit->kernel(work, traits, 0);
      sum += e.latency_s;
      variance += std::pow(e.latency_s * e.relative_sd, 2);
    }
    const double alone = std::sqrt(variance) / sum;
    // The noise of single kernels evens out in their sum, which is off by something else.
    const double noise = fitted.of_networks ? form.settings().noise : kSumOfKernels;
    double whole = std::hypot(fitted.network(kernels, traits).relative_sd, noise);
    if (!fitted.own) whole = std::hypot(whole, fitted.of.empty() ? kOtherCores : kOtherSoc);
    if (alone > whole) return {whole / alone, 0};
    return {1, std::sqrt(whole * whole - alone * alone)};
  }

  static bool contains(const std::vector<OpKind>& kinds, OpKind kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }

  const Runtime& runtime_;
  const Graph& graph_;
  std::vector<UnitFit> fits_;
  std::map<UnitKind, Fusion> fusion_;
  std::vector<Errors> errors_;  ///< By unit.
};

}  // namespace

std::unique_ptr<CostModel> make_fitted_model(const Soc& soc, const Runtime& runtime,
                                             const Graph& graph, std::vector<UnitFit> fits) {
  return std::make_unique<FittedModel>(soc, runtime, graph, std::move(fits));
}

}  // namespace partita
