// The fallback where nothing was measured: peak rate, bandwidth and dispatch of the SoC
// description.
#include <algorithm>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/cost/occupancy.h"
#include "sim/cost/roofline.h"

namespace partita {

namespace {

// Assumed until fitted models replace the roofline: FLOP counts are off by up to 4x on single
// operators (METHODS 3), whole networks by less.
constexpr double kOwnError = 0.40;
constexpr double kSharedError = 0.30;
constexpr double kLinkError = 0.30;

bool supports(const Unit& unit, const Operator& op) {
  const auto kind = to_string(op.kind);
  return std::find(unit.unsupported.begin(), unit.unsupported.end(), kind) ==
         unit.unsupported.end();
}

/// Operations/s that kernels reach. Cores of several clusters share a parallel-for evenly, so the
/// slowest core sets the pace of all.
double reached_ops_per_s(const Soc& soc, const Mode& mode, Precision precision) {
  const Unit& unit = soc.unit(mode.unit);
  const auto p = static_cast<std::size_t>(precision);
  if (unit.kind != UnitKind::cpu) {
    const Throughput& t = unit.throughput[p];
    return 2 * t.macs_per_cycle * t.efficiency *
           soc.domain(unit.domain).opps[mode.opp].frequency_hz;
  }
  double slowest = std::numeric_limits<double>::infinity();
  int threads = 0;
  for (const CoreUse& use : unit.cores) {
    const Cluster& cluster = soc.clusters[use.cluster];
    const int opp = matching_opp(soc, unit.domain, mode.opp, cluster.domain);
    const Throughput& t = cluster.per_core[p];
    const double frequency = soc.domain(cluster.domain).opps[opp].frequency_hz;
    slowest = std::min(slowest, 2 * t.macs_per_cycle * t.efficiency * frequency);
    threads += use.threads;
  }
  return slowest * threads;
}

/// A simple operation takes the slot of a multiply-accumulate in the vector pipe.
double compute_s(const Work& work, double reached) {
  return 2 * (work.macs + work.simple_ops) / reached;
}

}  // namespace

double compute_floor_s(const Soc& soc, const Work& work, const Mode& mode, Precision precision) {
  return compute_s(work, reached_ops_per_s(soc, mode, precision));
}

double RooflineModel::slice_bytes(const Work& work, Precision precision) {
  return element_bytes(precision) * (work.weight_elements + work.input_elements +
                                     work.output_elements + 2 * work.internal_elements);
}

std::optional<Cost> RooflineModel::operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                                 const Mode& mode, Precision precision) const {
  const Operator& o = graph.op(op);
  const Unit& unit = soc_.unit(mode.unit);
  const double reached = reached_ops_per_s(soc_, mode, precision);
  if (reached <= 0 || !supports(unit, o)) return std::nullopt;
  const bool is_free = o.kind == OpKind::split || o.kind == OpKind::reshape;
  if (!is_placed(o) || is_free) return Cost{};
  const Work work = work_of(graph, op, slice);
  Cost cost;
  cost.source = CostSource::roofline;
  cost.own_error = kOwnError;
  cost.shared_error = kSharedError;
  cost.bytes = slice_bytes(work, precision);
  const double memory_s = cost.bytes / unit.memory_bandwidth_bytes_per_s;
  cost.latency_s = unit.dispatch_s + std::max(compute_s(work, reached), memory_s);
  cost.power_w = busy_power_w(soc_, mode.unit, mode.opp);
  cost.dispatch_s = unit.dispatch_s;
  cost.occupancy = occupancy_of(soc_, mode, work.output_elements, precision, cost);
  return cost;
}

double RooflineModel::compile_s(UnitId unit, double weight_bytes) const {
  const auto& build = soc_.unit(unit).graph_build;
  return build ? build->fixed_s + build->per_weight_byte_s * weight_bytes : 0;
}

Cost RooflineModel::input_cost(const Graph&, OpId, const Mode&) const {
  return {};
}

std::vector<TransferStep> RooflineModel::transfer(const Graph&, TensorId, double bytes, OpId,
                                                  const Mode& from, const Mode& to) const {
  if (from.unit == to.unit) return {};
  const Link* link = soc_.link(from.unit, to.unit);
  if (!link)
    throw UnsupportedError(fmt::format("{}: no link from {} to {}", soc_.name,
                                       soc_.unit(from.unit).name, soc_.unit(to.unit).name));
  std::vector<TransferStep> steps;
  steps.reserve(link->terms.size());
  for (const LinkTerm& term : link->terms) {
    TransferStep step{term.kind, term.on, term.fixed_s + term.per_byte_s * bytes, 0, 0, kLinkError};
    // Synchronising and mapping move no data; the rest reads and writes it once.
    const bool moves = term.kind == LinkTermKind::transform || term.kind == LinkTermKind::copy ||
                       term.kind == LinkTermKind::cast;
    if (moves) step.bytes = 2 * bytes;
    // A third unit is taken at its highest clock: the modes do not tell it.
    const int opp = term.on == from.unit ? from.opp
                    : term.on == to.unit ? to.opp
                                         : soc_.top_opp(soc_.unit(term.on).domain);
    step.power_w = busy_power_w(soc_, term.on, opp);
    steps.push_back(step);
  }
  return steps;
}

double RooflineModel::dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const {
  return from_opp == to_opp ? 0 : soc_.domain(domain).transition_s;
}

std::unique_ptr<CostModel> make_roofline_model(const Soc& soc) {
  return std::make_unique<RooflineModel>(soc);
}

}  // namespace partita
