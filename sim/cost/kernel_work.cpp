#include "sim/cost/kernel_work.h"

#include <algorithm>
#include <limits>

namespace partita {
namespace {

struct Extents {
  double channels = 1, height = 1, width = 1;
};

/// N C H W as a feature map; N M K and N C as rows of K or C channels.
Extents extents_of(const Shape& shape) {
  const auto at = [&](std::size_t i) { return static_cast<double>(shape[i]); };
  switch (shape.size()) {
    case 0:
      return {};
    case 1:
      return {at(0), 1, 1};
    case 2:
      return {at(1), at(0), 1};
    case 3:
      return {at(2), at(1), at(0)};
    default: {
      double height = at(0);
      for (std::size_t i = 2; i + 1 < shape.size(); ++i) height *= at(i);
      return {at(1), height, at(shape.size() - 1)};
    }
  }
}

/// Where extents_of put the first axis. What is not as long there is shared by the whole batch.
void cut_batch(Extents& extents, const Shape& shape, std::int64_t batch, double part) {
  if (shape.empty() || shape.front() != batch) return;
  double& held = shape.size() == 1   ? extents.channels
                 : shape.size() == 3 ? extents.width
                                     : extents.height;
  held *= part;
}

}  // namespace

KernelWork kernel_of(const Graph& graph, OpId id, const Slice& slice, Precision precision) {
  const Operator& op = graph.op(id);
  KernelWork k;
  k.op = id;
  k.operation = op.kind;
  k.function = op.function;
  k.precision = precision;
  k.inputs = static_cast<int>(op.inputs.size());
  const auto cut = static_cast<double>(slice.end - slice.begin);
  const auto cut_one = [&](Extents& extents, const Shape& shape) {
    if (slice.axis != Axis::batch) return;
    const std::int64_t batch = cut_extent(graph, id, Axis::batch);
    cut_batch(extents, shape, batch, cut / static_cast<double>(batch));
  };
  if (!op.inputs.empty()) {
    const Shape& shape = graph.tensor(op.inputs.front()).shape;
    Extents in = extents_of(shape);
    cut_one(in, shape);
    k.in_channels = in.channels, k.in_height = in.height, k.in_width = in.width;
  }
  if (!op.outputs.empty()) {
    const Shape& shape = graph.tensor(op.outputs.front()).shape;
    Extents out = extents_of(shape);
    cut_one(out, shape);
    k.out_channels = out.channels, k.out_height = out.height, k.out_width = out.width;
  }
  if (slice.axis == Axis::channel) k.out_channels = cut;
  if (slice.axis == Axis::height) k.out_height = cut;
  const Window& w = op.window;
  k.kernel_h = w.kernel_h, k.kernel_w = w.kernel_w;
  k.stride_h = w.stride_h, k.stride_w = w.stride_w;
  k.dilation = w.dilation_h;
  k.groups = static_cast<double>(op.groups);
  k.padded = w.pad_top + w.pad_bottom + w.pad_left + w.pad_right > 0;
  const Work work = work_of(graph, id, slice);
  k.macs = work.macs;
  k.simple_ops = work.simple_ops;
  k.input_elements = work.input_elements;
  k.output_elements = work.output_elements;
  k.weight_elements = work.weight_elements;
  return k;
}

std::vector<Fused> fused_into(const Graph& graph, std::span<const OpId> lead) {
  std::vector<Fused> fused(graph.size());
  for (std::size_t i = 0; i < graph.size(); ++i) {
    const OpId id = make_id<OpId>(i);
    if (lead[i] == id) continue;
    Fused& kernel = fused[index(lead[i])];
    ++kernel.operators;
    for (const TensorId input : graph.op(id).inputs)
      if (lead[index(graph.tensor(input).producer)] != lead[i])
        kernel.elements += static_cast<double>(elements(graph.tensor(input).shape));
  }
  return fused;
}

std::vector<KernelWork> kernels_of(const KernelForm& form, const Graph& graph, Precision precision,
                                   const UnitTraits& unit, std::span<const FusionRule> fusions) {
  const std::vector<OpId> lead = fuse(graph, fusions);
  const std::vector<Fused> fused = fused_into(graph, lead);
  std::vector<KernelWork> kernels;
  for (const OpId id : graph.order()) {
    if (!is_placed(graph.op(id)) || lead[index(id)] != id) continue;
    KernelWork kernel = kernel_of(graph, id, {}, precision);
    kernel.fused = fused[index(id)].operators;
    kernel.fused_elements = fused[index(id)].elements;
    kernel.kind = form.kind_of(kernel, unit);
    kernels.push_back(std::move(kernel));
  }
  return kernels;
}

UnitTraits traits_of(const Soc& soc, const Unit& unit, int opp, int host_opp, Precision precision) {
  const auto p = static_cast<std::size_t>(precision);
  const auto frequency = [&](DomainId domain, int at) {
    return soc.domain(domain).opps[static_cast<std::size_t>(at)].frequency_hz;
  };
  UnitTraits t;
  t.unit_kind = unit.kind;
  t.bytes_per_s = unit.memory_bandwidth_bytes_per_s;
  t.dispatch_s = unit.dispatch_s;
  t.clock_hz = frequency(unit.domain, opp);
  if (unit.host_domain && host_opp >= 0) t.host_hz = frequency(*unit.host_domain, host_opp);
  t.core = unit.core.empty() ? unit.name : unit.core;
  t.compute_units = unit.compute_units;
  if (unit.kind != UnitKind::cpu) {
    t.macs_per_s = unit.throughput[p].macs_per_cycle * t.clock_hz;
    return t;
  }
  t.threads = 0;
  double fastest = 0, slowest = std::numeric_limits<double>::infinity();
  for (const CoreUse& use : unit.cores) {
    const Cluster& cluster = soc.clusters[static_cast<std::size_t>(use.cluster)];
    const double peak =
        cluster.per_core[p].macs_per_cycle *
        frequency(cluster.domain, matching_opp(soc, unit.domain, opp, cluster.domain));
    if (peak > fastest) t.core = cluster.core;
    fastest = std::max(fastest, peak);
    slowest = std::min(slowest, peak);
    t.threads += use.threads;
    t.macs_per_s += peak * use.threads;
    for (const Cache& cache : cluster.caches)
      t.cache_bytes = std::max(t.cache_bytes, cache.size_bytes);
  }
  if (t.macs_per_s > 0) t.slowest_share = std::min(1.0, slowest * t.threads / t.macs_per_s);
  return t;
}

UnitTraits traits_of(const Soc& soc, const Mode& mode, Precision precision) {
  return traits_of(soc, soc.unit(mode.unit), mode.opp, mode.host_opp, precision);
}

}  // namespace partita
