#include "sim/cost/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita {
namespace {

class RemoteModel : public CostModel {
 public:
  RemoteModel(const Joined& joined, const AnchoredGraph& network, const Graph& original,
              std::unique_ptr<CostModel> phone, std::unique_ptr<CostModel> remote)
      : joined_(joined),
        network_(network),
        original_(original),
        phone_(std::move(phone)),
        remote_(std::move(remote)) {}

  const Soc& soc() const override { return joined_.soc; }
  double base_power_w() const override { return phone_->base_power_w(); }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    const auto own = runs(graph, op, mode);
    if (!own) return std::nullopt;
    if (is_anchor(graph, op)) return anchor_cost(op, slice, mode, precision);
    return mine(mode, asked(mode).operator_cost(network_of(graph), own_op(graph, op), slice, *own,
                                                precision));
  }

  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override {
    const auto own = runs(graph, op, mode);
    if (!own || is_anchor(graph, op)) return std::nullopt;
    const auto with = asked(mode).fused_with(network_of(graph), own_op(graph, op), *own);
    if (!with) return std::nullopt;
    return ours(graph) ? network_.anchored[index(*with)] : *with;
  }

  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    const auto own = runs(graph, op, mode);
    if (!own) return std::nullopt;
    if (is_anchor(graph, op)) return anchor_cost(op, slice, mode, precision);
    return mine(mode, asked(mode).unfused_cost(network_of(graph), own_op(graph, op), slice, *own,
                                               precision));
  }

  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override {
    return here(asked(mode).recast(elements, own(mode), from, to), joined_.is_remote(mode.unit));
  }

  double compile_s(UnitId unit, double weight_bytes) const override {
    if (soc().unit(unit).kind == UnitKind::network) return 0;
    return asked(unit).compile_s(joined_.own(unit), weight_bytes);
  }

  /// In the anchored network only anchors read inputs, and only the phone runs them.
  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    const auto own = runs(graph, consumer, mode);
    if (!own) return {};
    return *mine(mode, asked(mode).input_cost(network_of(graph), own_op(graph, consumer), *own));
  }

  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    if (from.unit == to.unit) return {};
    if (joined_.is_remote(from.unit) == joined_.is_remote(to.unit))
      return leg(graph, tensor, bytes, consumer, from, to);
    const auto route = joined_.route(from.unit, to.unit);
    if (!route)
      throw UnsupportedError(fmt::format("{}: no link from {} to {}, or from either to a CPU",
                                         soc().name, soc().unit(from.unit).name,
                                         soc().unit(to.unit).name));
    std::vector<TransferStep> steps =
        leg(graph, tensor, bytes, consumer, from, beside(route->leaves, from));
    steps.push_back(wire(route->wire, wire_bytes(graph, tensor, bytes, from)));
    const bool cast = std::any_of(steps.begin(), steps.end(), [](const TransferStep& step) {
      return step.kind == LinkTermKind::cast;
    });
    for (const TransferStep& step :
         leg(graph, tensor, bytes, consumer, beside(route->arrives, to), to))
      // Precisions change once on the way.
      if (!cast || step.kind != LinkTermKind::cast) steps.push_back(step);
    return steps;
  }

  std::optional<TransferStep> arrival(const Graph& graph, OpId op,
                                      const Mode& mode) const override {
    const auto own = runs(graph, op, mode);
    if (!own || is_anchor(graph, op)) return std::nullopt;
    auto step = asked(mode).arrival(network_of(graph), own_op(graph, op), *own);
    if (step) step = here(*step, joined_.is_remote(mode.unit));
    return step;
  }

  /// A phone's runtime that parks the clocks of units it leaves would park the remote device's too;
  /// these are up again at once.
  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override {
    if (index(domain) < joined_.phone_domains)
      return phone_->dvfs_delay_s(domain, from_opp, to_opp);
    if (!joined_.is_remote(domain) || parks_idle_clocks()) return 0;
    return remote_->dvfs_delay_s(joined_.own(domain), from_opp, to_opp);
  }
  bool parks_idle_clocks() const override { return phone_->parks_idle_clocks(); }

  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision precision) const override {
    const auto own = runs(graph, op, mode);
    if (!own || is_anchor(graph, op)) return 0;
    return asked(mode).spread_s(network_of(graph), own_op(graph, op), slice, *own, precision);
  }

 private:
  /// Planners measure operators in networks of their own, which have no anchors. Copies of the
  /// anchored one are told by name: comparing all of it would take longer than answering.
  bool ours(const Graph& graph) const {
    return &graph == &network_.graph ||
           (graph.size() == network_.graph.size() && graph.name() == network_.graph.name());
  }
  bool is_anchor(const Graph& graph, OpId op) const {
    return ours(graph) && network_.is_anchor[index(op)];
  }
  const Graph& network_of(const Graph& graph) const { return ours(graph) ? original_ : graph; }
  OpId own_op(const Graph& graph, OpId op) const {
    return ours(graph) ? network_.original[index(op)] : op;
  }
  const CostModel& asked(UnitId unit) const { return joined_.is_remote(unit) ? *remote_ : *phone_; }
  const CostModel& asked(const Mode& mode) const { return asked(mode.unit); }

  /// The mode as the unit's own SoC numbers it.
  Mode own(Mode mode) const {
    mode.unit = joined_.own(mode.unit);
    return mode;
  }

  /// The own mode where the unit may run the operator at all.
  std::optional<Mode> runs(const Graph& graph, OpId op, const Mode& mode) const {
    if (soc().unit(mode.unit).kind == UnitKind::network) return std::nullopt;
    if (joined_.is_remote(mode.unit) && is_input_anchor(graph, op)) return std::nullopt;
    return own(mode);
  }

  bool is_input_anchor(const Graph& graph, OpId op) const {
    return is_anchor(graph, op) &&
           graph.op(graph.tensor(graph.op(op).inputs.front()).producer).kind == OpKind::input;
  }

  /// Free on the phone's units that could compute what reads the input or makes the result (of
  /// others nobody knows what loading an input costs); on a remote unit, sending the result to the
  /// phone's first CPU unit.
  std::optional<Cost> anchor_cost(OpId op, const Slice& slice, const Mode& mode,
                                  Precision precision) const {
    Cost cost;
    if (!joined_.is_remote(mode.unit)) {
      const OpId beside = network_.original[index(op)];
      if (!phone_->operator_cost(original_, beside, {}, mode, precision)) return std::nullopt;
      return cost;
    }
    const auto home = phone_cpu();
    if (!home || !joined_.route(mode.unit, *home)) return std::nullopt;
    const Graph& graph = network_.graph;
    const double bytes = work_of(graph, op, slice).output_elements * element_bytes(precision);
    double energy_j = 0, variance = 0;
    for (const TransferStep& step :
         transfer(graph, graph.op(op).inputs.front(), bytes, op, mode, top_mode(soc(), *home))) {
      if (step.kind == LinkTermKind::cast) continue;
      cost.latency_s += step.latency_s;
      energy_j += step.power_w * step.latency_s;
      variance += std::pow(step.own_error * step.latency_s, 2);
    }
    cost.power_w = energy_j / cost.latency_s;
    cost.own_error = std::sqrt(variance) / cost.latency_s;
    cost.source = CostSource::roofline;  // From descriptions.
    return cost;
  }

  std::optional<UnitId> phone_cpu() const {
    for (std::size_t u = 0; u < joined_.phone_units; ++u)
      if (soc().units[u].kind == UnitKind::cpu) return make_id<UnitId>(u);
    return std::nullopt;
  }

  std::optional<Cost> mine(const Mode& mode, std::optional<Cost> cost) const {
    if (cost && joined_.is_remote(mode.unit)) cost->bytes = cost->power_w = 0;
    return cost;
  }

  /// A step in the joined SoC's numbers.
  TransferStep here(TransferStep step, bool remote) const {
    if (!remote) return step;
    step.on = joined_.remote_unit(step.on);
    step.bytes = step.power_w = 0;
    return step;
  }

  /// A CPU unit that passes a tensor on, at the clock of the other end where they share it.
  Mode beside(UnitId unit, const Mode& other) const {
    if (unit == other.unit) return other;
    Mode mode = top_mode(soc(), unit);
    if (soc().unit(other.unit).host_domain == soc().unit(unit).domain && other.host_opp >= 0)
      mode.opp = other.host_opp;
    return mode;
  }

  /// A hand-over within one device.
  std::vector<TransferStep> leg(const Graph& graph, TensorId tensor, double bytes, OpId consumer,
                                const Mode& from, const Mode& to) const {
    if (from.unit == to.unit) return {};
    const bool remote = joined_.is_remote(from.unit);
    std::vector<TransferStep> steps = asked(from).transfer(
        network_of(graph), ours(graph) ? network_.original_tensor[index(tensor)] : tensor, bytes,
        own_op(graph, consumer), own(from), own(to));
    for (TransferStep& step : steps) step = here(step, remote);
    return steps;
  }

  /// An input crosses as it came, in fp32: it gets no smaller by waiting on a unit that computes in
  /// integers.
  double wire_bytes(const Graph& graph, TensorId tensor, double bytes, const Mode& from) const {
    if (!is_anchor(graph, graph.tensor(tensor).producer)) return bytes;
    return bytes * element_bytes(Precision::fp32) /
           element_bytes(soc().unit(from.unit).default_precision);
  }

  TransferStep wire(UnitId unit, double bytes) const {
    const NetworkDirection& way = unit == joined_.up ? joined_.link.up : joined_.link.down;
    return {LinkTermKind::copy,
            unit,
            joined_.one_way_s() + bytes / way.bandwidth_bytes_per_s,
            0,
            way.power_w(),
            joined_.link.variation};
  }

  const Joined& joined_;
  const AnchoredGraph& network_;
  const Graph& original_;
  std::unique_ptr<CostModel> phone_, remote_;
};

}  // namespace

std::unique_ptr<CostModel> make_remote_model(const Joined& joined, const AnchoredGraph& network,
                                             const Graph& original,
                                             std::unique_ptr<CostModel> phone,
                                             std::unique_ptr<CostModel> remote) {
  return std::make_unique<RemoteModel>(joined, network, original, std::move(phone),
                                       std::move(remote));
}

}  // namespace partita
