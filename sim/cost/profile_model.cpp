// Costs from a measured profile, with what single-layer measurements do not show; the roofline
// where nothing was measured.
#include <algorithm>
#include <set>

#include "sim/cost/profile_tables.h"
#include "sim/cost/roofline.h"
#include "sim/graph/merge.h"

namespace partita {

namespace {

/// A start is never more than this part of a layer's measured time.
constexpr double kMostStart = 0.9;

class ProfileModel : public CostModel {
 public:
  ProfileModel(const Soc& soc, std::shared_ptr<const Profile> profile,
               const ProfileConstants& constants)
      : roofline_(soc), profile_(std::move(profile)), constants_(constants) {}

  const Soc& soc() const override { return roofline_.soc(); }
  double base_power_w() const override { return profile_->base_power_w; }
  bool parks_idle_clocks() const override { return profile_->parks_idle_clocks; }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    const NetworkTables* network = find(graph);
    if (!network) return roofline_.operator_cost(graph, op, slice, mode, precision);
    if (!profile_->has_unit[index(mode.unit)]) return std::nullopt;
    const bool fused = runs_fused(mode.unit);
    const UnitTable* table = layer_table(network->task, graph, op, mode);
    if (!table && !fused) return std::nullopt;
    Cost cost = table ? measured(*table, mode) : Cost{};
    cost.source = CostSource::measured;
    cost.own_error = profile_->own_error;
    cost.shared_error = profile_->shared_error;
    const Work whole = work_of(graph, op),
               part = slice.axis == Axis::none ? whole : work_of(graph, op, slice);
    if (fused) fuse(cost, table, *network, graph, op, mode, whole);
    const double fraction =
        whole.macs > 0 ? part.macs / whole.macs : part.output_elements / whole.output_elements;
    if (slice.axis != Axis::none) {
      cost.latency_s *= fraction;
      cost.source = CostSource::fitted;
      cost.own_error *= 3;  // Assumed: nobody has measured slices of these layers.
    }
    const double bandwidth = soc().unit(mode.unit).memory_bandwidth_bytes_per_s;
    cost.bytes = std::min(RooflineModel::slice_bytes(part, precision), bandwidth * cost.latency_s);
    if (cost.latency_s > 0)
      cost.power_w -= cost.bytes * soc().memory.energy_per_byte_j / cost.latency_s;
    return cost;
  }

  double compile_s(UnitId unit, double weight_bytes) const override {
    return roofline_.compile_s(unit, weight_bytes);
  }

  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision) const override {
    const NetworkTables* network = find(graph);
    if (!network || soc().unit(mode.unit).kind != UnitKind::cpu || slice.axis != Axis::none)
      return 0;
    const UnitTable* table = layer_table(network->task, graph, op, mode);
    if (!table) return 0;
    const std::size_t cell = cell_of(soc(), mode);
    const double settled = std::min(1.0, profile_->spread_until_s / table->time_s[cell]);
    return constants_.spread * table->clock_s[cell] * settled;
  }

  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    const NetworkTables* network = find(graph);
    if (!network) return roofline_.input_cost(graph, consumer, mode);
    Cost cost;
    if (const UnitTable* table = layer_table(network->input, graph, consumer, mode)) {
      cost.latency_s = table->time_s[cell_of(soc(), mode)];
      cost.power_w = table->power_w[cell_of(soc(), mode)] - base_power_w();
    } else if (const auto host = host_cpu(mode)) {
      return with_start(input_cost(graph, consumer, *host), graph, consumer,
                        mode);  // Its host loads the input.
    }
    cost.source = CostSource::measured;
    return with_start(cost, graph, consumer, mode);
  }

  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    const NetworkTables* network = find(graph);
    if (!network) return roofline_.transfer(graph, tensor, bytes, consumer, from, to);
    if (from.unit == to.unit) return {};
    std::vector<TransferStep> steps;
    if (runs_fused(from.unit)) {
      const OpId producer = graph.tensor(tensor).producer;
      steps.push_back({LinkTermKind::copy, from.unit,
                       fill_s(*network, graph, producer, from, bytes), 0,
                       power_w(*network, graph, producer, from), profile_->own_error});
    }
    // What was measured holds the change of precision.
    steps.push_back({LinkTermKind::cast, to.unit});
    return steps;
  }

  std::optional<TransferStep> arrival(const Graph& graph, OpId op,
                                      const Mode& mode) const override {
    const NetworkTables* network = find(graph);
    if (!network) return std::nullopt;
    const Cost start = start_cost(graph, op, mode);
    double latency_s = start.latency_s;
    if (const UnitTable* table = layer_table(network->task, graph, op, mode);
        table && !runs_fused(mode.unit))
      latency_s += constants_.move * table->clock_s[cell_of(soc(), mode)];
    return TransferStep{LinkTermKind::sync, mode.unit,          latency_s, 0,
                        start.power_w,      profile_->own_error};
  }

  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override {
    const auto step = profile_->clock_steps_s.find({domain, from_opp, to_opp});
    return step != profile_->clock_steps_s.end() ? step->second
                                                 : roofline_.dvfs_delay_s(domain, from_opp, to_opp);
  }

 private:
  const NetworkTables* find(const Graph& graph) const {
    if (cached_graph_ != &graph || cached_size_ != graph.size() ||
        cached_name_ != graph.network()) {
      cached_graph_ = &graph;
      cached_size_ = graph.size();
      cached_name_ = graph.network();
      const bool covers = profile_covers(*profile_, graph) && layers_are_operators(graph);
      cached_ = covers ? tables_of(networks_of(graph)) : nullptr;
    }
    return cached_;
  }

  const NetworkTables* tables_of(const std::vector<NetworkPart>& parts) const {
    if (parts.size() == 1) return &profile_->networks.find(parts[0].network)->second;
    merged_ = {};
    for (const NetworkPart& part : parts)
      merged_.add(profile_->networks.find(part.network)->second, part.prefix);
    return &merged_;
  }

  /// A graph whose layers hold several operators must be coarsened first.
  static bool layers_are_operators(const Graph& graph) {
    std::set<std::string_view> seen;
    for (const Operator& op : graph.operators())
      if (is_placed(op) && !op.layer.empty() && !seen.insert(op.layer).second) return false;
    return true;
  }

  bool runs_fused(UnitId unit) const {
    const UnitKind kind = soc().unit(unit).kind;
    return (kind == UnitKind::npu || kind == UnitKind::dsp) && profile_->fused.layer_s > 0;
  }

  /// Null when nobody has measured this layer at this mode.
  const UnitTable* layer_table(const LayerTables& tables, const Graph& graph, OpId op,
                               const Mode& mode) const {
    const Operator& o = graph.op(op);
    const auto layer = tables.find(o.layer.empty() ? o.name : o.layer);
    if (layer == tables.end() || index(mode.unit) >= layer->second.size()) return nullptr;
    const UnitTable& table = layer->second[index(mode.unit)];
    return table.measured(cell_of(soc(), mode)) ? &table : nullptr;
  }

  /// The host's CPU unit at the host's clock.
  std::optional<Mode> host_cpu(const Mode& mode) const {
    const Unit& unit = soc().unit(mode.unit);
    if (!unit.host_domain) return std::nullopt;
    for (std::size_t u = 0; u < soc().units.size(); ++u) {
      const Unit& cpu = soc().units[u];
      if (cpu.kind == UnitKind::cpu && cpu.domain == *unit.host_domain && cpu.cores.size() == 1)
        return Mode{make_id<UnitId>(u), mode.host_opp, -1};
    }
    return std::nullopt;
  }

  double start_s(UnitId unit) const {
    const UnitKind kind = soc().unit(unit).kind;
    return kind == UnitKind::cpu   ? constants_.start_cpu_s
           : kind == UnitKind::gpu ? constants_.start_gpu_s
                                   : 0;
  }
  double start_of(const UnitTable& table, const Mode& mode) const {
    return std::min(start_s(mode.unit), kMostStart * table.time_s[cell_of(soc(), mode)]);
  }
  /// Board power above base, with the tail that a short layer leaves behind.
  double busy_w(const UnitTable& table, const Mode& mode) const {
    const std::size_t cell = cell_of(soc(), mode);
    const double t = table.time_s[cell],
                 tail = t > 0 ? std::min(constants_.power_tail_s / t, 1.0) : 0;
    return (table.power_w[cell] - base_power_w()) * (1 + tail);
  }

  /// A layer in a run of layers on its unit: as measured alone, less the start.
  Cost measured(const UnitTable& table, const Mode& mode) const {
    Cost cost;
    cost.latency_s = table.time_s[cell_of(soc(), mode)];
    if (!runs_fused(mode.unit)) {
      cost.latency_s -= start_of(table, mode);
      cost.power_w = busy_w(table, mode);
    } else {
      cost.power_w = table.power_w[cell_of(soc(), mode)] - base_power_w();
    }
    return cost;
  }

  /// Starting a run of layers on a unit with `consumer`.
  Cost start_cost(const Graph& graph, OpId consumer, const Mode& mode) const {
    const NetworkTables& network = *find(graph);
    Cost cost;
    cost.power_w = power_w(network, graph, consumer, mode);
    if (runs_fused(mode.unit)) {
      cost.latency_s = entry_s(network, graph, consumer, mode);
    } else if (const UnitTable* table = layer_table(network.task, graph, consumer, mode)) {
      cost.latency_s = start_of(*table, mode);
    }
    return cost;
  }
  /// Loading the input and starting the first run, at one power that keeps the energy of both.
  Cost with_start(Cost cost, const Graph& graph, OpId consumer, const Mode& mode) const {
    const Cost start = start_cost(graph, consumer, mode);
    const double sum_s = cost.latency_s + start.latency_s;
    if (sum_s > 0)
      cost.power_w = (cost.power_w * cost.latency_s + start.power_w * start.latency_s) / sum_s;
    cost.latency_s = sum_s;
    return cost;
  }

  double power_w(const NetworkTables& network, const Graph& graph, OpId op,
                 const Mode& mode) const {
    if (const UnitTable* table = layer_table(network.task, graph, op, mode))
      return runs_fused(mode.unit) ? table->power_w[cell_of(soc(), mode)] - base_power_w()
                                   : busy_w(*table, mode);
    return busy_power_w(soc(), mode.unit, mode.opp);
  }

  /// The phase at the host's top clock, or 0 where nobody measured it.
  double at_top(const LayerTables& tables, const Graph& graph, OpId op, Mode mode) const {
    mode.host_opp = top_mode(soc(), mode.unit).host_opp;
    const UnitTable* table = layer_table(tables, graph, op, mode);
    return table ? table->time_s[cell_of(soc(), mode)] : 0;
  }

  /// A layer inside a run that the accelerator executes as one model: its tensors are not loaded.
  void fuse(Cost& cost, const UnitTable* table, const NetworkTables& network, const Graph& graph,
            OpId op, const Mode& mode, const Work& whole) const {
    const FusedRuns& fused = profile_->fused;
    if (table) {
      const double alone_s = at_top(network.task, graph, op, mode);
      cost.latency_s =
          std::max(alone_s - at_top(network.load, graph, op, mode), fused.least * alone_s);
    } else {
      cost.source = CostSource::fitted;
      cost.own_error *= 3;  // Assumed.
      cost.latency_s = fused.layer_s + whole.weight_elements * element_bytes(Precision::int8) /
                                           fused.weight_bytes_per_s;
      cost.power_w = busy_power_w(soc(), mode.unit, mode.opp);
    }
    // The last layer's results are fetched by the host.
    if (graph.successors(op).empty() && table) cost.latency_s += get_s(network, graph, op, mode);
  }

  double get_s(const NetworkTables& network, const Graph& graph, OpId op, const Mode& mode) const {
    const UnitTable *run = layer_table(network.run, graph, op, mode),
                    *task = layer_table(network.task, graph, op, mode);
    if (!run || !task) return 0;
    const std::size_t cell = cell_of(soc(), mode);
    return std::max(run->time_s[cell] - task->time_s[cell], 0.0);
  }

  double entry_s(const NetworkTables& network, const Graph& graph, OpId consumer,
                 const Mode& mode) const {
    const FusedRuns& fused = profile_->fused;
    if (const UnitTable* load = layer_table(network.load, graph, consumer, mode)) {
      const double load_s = load->time_s[cell_of(soc(), mode)];
      return reads_input(graph, consumer) ? load_s : fused.entry_s + fused.entry_load * load_s;
    }
    const Unit& unit = soc().unit(mode.unit);
    const double host_hz =
        unit.host_domain ? soc().domain(*unit.host_domain).opps[mode.host_opp].frequency_hz : 1;
    double bytes = 0;
    for (TensorId t : graph.op(consumer).inputs)
      bytes +=
          static_cast<double>(elements(graph.tensor(t).shape)) * element_bytes(profile_->precision);
    return fused.host_cycles / host_hz + fused.load_s_per_byte * bytes;
  }
  static bool reads_input(const Graph& graph, OpId op) {
    for (OpId pred : graph.predecessors(op))
      if (graph.op(pred).kind == OpKind::input) return true;
    return false;
  }

  double fill_s(const NetworkTables& network, const Graph& graph, OpId producer, const Mode& mode,
                double bytes) const {
    const UnitTable* fill = layer_table(network.fill, graph, producer, mode);
    if (!fill) return profile_->fused.fill_s_per_byte * bytes;
    return fill->time_s[cell_of(soc(), mode)] + get_s(network, graph, producer, mode);
  }

  RooflineModel roofline_;
  std::shared_ptr<const Profile> profile_;
  ProfileConstants constants_;
  // Asked for every cost of one graph after another; the tables of the last one are kept.
  mutable const Graph* cached_graph_ = nullptr;
  mutable std::size_t cached_size_ = 0;
  mutable std::string cached_name_;
  mutable const NetworkTables* cached_ = nullptr;
  mutable NetworkTables merged_;  ///< Of a graph of several networks.
};

}  // namespace

std::unique_ptr<CostModel> make_cost_model(const Soc& soc, std::shared_ptr<const Profile> profile,
                                           const ProfileConstants& constants) {
  return std::make_unique<ProfileModel>(soc, std::move(profile), constants);
}

std::unique_ptr<CostModel> make_cost_model(const Soc& soc, std::shared_ptr<const Profile> profile) {
  if (!profile) return make_roofline_model(soc);
  const ProfileConstants constants = profile->constants;
  return make_cost_model(soc, std::move(profile), constants);
}

}  // namespace partita
