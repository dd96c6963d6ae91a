#include "sim/cost/ncnn_unit.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace partita {
namespace {

using W = NcnnWork;

/// What a unit of work takes at the unit's peak.
enum class Scale : std::uint8_t {
  macs,       ///< Over the peak, twice it in fp16 where there is.
  int8_macs,  ///< Over the peak of dot products where there are.
  slow_macs,  ///< Over the fp32 peak.
  elements,   ///< Vector operations and memory.
  weights,    ///< Memory, at the size of a weight.
  int8_weights,
  serial,    ///< Cycles on one core.
  parallel,  ///< Cycles on all.
  call,      ///< Cycles, and waking the threads.
};

struct Rule {
  W work;
  std::size_t column;
  Scale scale;
  double cpu, gpu;  ///< Expected coefficients: with them, columns are about the time.
};

// Coefficients by cross-validation over networks; those that share a column keep their proportion
// in every fit.
constexpr std::array<Rule, kNcnnWorks> kRules{{
    {W::activation, 5, Scale::elements, 16, 8},
    {W::convolution, 1, Scale::macs, 1.2, 7.1},
    {W::boxes_nms, 2, Scale::serial, 60, 22.2},
    {W::boxes_prior, 2, Scale::serial, 10, 20},
    {W::boxes_yolo, 2, Scale::serial, 6, 16.2},
    {W::layer, 3, Scale::call, 2960, 4.05e-05},
    {W::convolution_layer, 3, Scale::call, 8880, 6e-05},
    {W::int8_layer, 3, Scale::call, 8000, 6e-05},
    {W::depthwise_3x3, 4, Scale::macs, 4, 5},
    {W::depthwise_3x3_strided, 4, Scale::macs, 2, 13.5},
    {W::depthwise_other, 4, Scale::macs, 4, 7.4},
    {W::depthwise_memory, 4, Scale::elements, 1.25, 0.5},
    {W::elementwise, 5, Scale::elements, 3, 6},
    {W::weights_connected, 6, Scale::weights, 0.3125, 4.8},
    {W::first, 7, Scale::macs, 0.3, 1.5},
    {W::first_memory, 7, Scale::elements, 3, 16.2},
    {W::group_call, 8, Scale::call, 2500, 4e-05},
    {W::global_pool, 5, Scale::elements, 2, 2},
    {W::grouped, 1, Scale::macs, 1.2, 3},
    {W::int8_convolution, 12, Scale::int8_macs, 4, 6},
    {W::int8_depthwise_3x3, 9, Scale::slow_macs, 0.75, 6},
    {W::int8_depthwise_3x3_strided, 9, Scale::slow_macs, 3, 6},
    {W::int8_depthwise_other, 9, Scale::slow_macs, 3, 6},
    {W::int8_depthwise_memory, 9, Scale::elements, 1.5, 3},
    {W::int8_weights_connected, 6, Scale::int8_weights, 1, 1},
    {W::int8_first, 10, Scale::slow_macs, 3.2, 6},
    {W::int8_first_memory, 10, Scale::elements, 96, 6},
    {W::int8_grouped, 12, Scale::int8_macs, 2, 6},
    {W::int8_patches, 11, Scale::elements, 3, 3},
    {W::int8_pointwise, 12, Scale::int8_macs, 4, 6},
    {W::int8_pointwise_memory, 11, Scale::elements, 4, 4},
    {W::int8_winograd, 13, Scale::slow_macs, 1.3, 6},
    {W::int8_winograd_memory, 11, Scale::elements, 10, 8},
    {W::patches, 0, Scale::elements, 3, 6},
    {W::local_response, 14, Scale::parallel, 60, 3},
    {W::rows, 15, Scale::macs, 6, 36},
    {W::move, 16, Scale::elements, 12, 6},
    {W::pool, 5, Scale::elements, 2, 4},
    {W::pointwise, 17, Scale::macs, 0.75, 8.1},
    {W::pointwise_memory, 0, Scale::elements, 4, 2.37},
    {W::softmax, 5, Scale::parallel, 1.25, 3},
    {W::winograd, 18, Scale::macs, 0.6, 12},
    {W::winograd_memory, 0, Scale::elements, 8, 2},
    {W::weights, 19, Scale::weights, 0.15, 0.156},
    {W::gpu_grouped, 8, Scale::macs, 0, 13.5},
    {W::gpu_deep_winograd, 9, Scale::macs, 0, 1.48},
    {W::gpu_deep_pointwise, 10, Scale::macs, 0, 4},
}};

double cpu_unit(const Rule& rule, const NcnnUnit& u) {
  const double peak = u.core_peak * u.running;
  const double fp = u.half ? 2 : 1;
  const double memory = u.bytes_per_s * 0.4;
  // Since 2023 fully connected weights are held in 16 bits on every core.
  const bool halves = u.half || (rule.work == W::weights_connected && u.era == 2);
  switch (rule.scale) {
    case Scale::macs:
      return 1 / (peak * fp);
    case Scale::int8_macs:
      return 1 / (peak * (u.dot ? 4 : 1.5));
    case Scale::slow_macs:
      return 1 / peak;
    case Scale::elements:
      return 1 / (peak * fp) + (u.half ? 2 : 4) / memory * 0.1;
    case Scale::weights:
      return (halves ? 2 : 4) / memory;
    case Scale::int8_weights:
      return 1 / memory;
    case Scale::serial:
      return 2 / u.clock_hz;
    case Scale::parallel:
      return 2 / u.clock_hz / u.running;
    case Scale::call:
      return 2 / u.clock_hz * (1 + 0.25 * (u.threads - 1) + 5 * u.over);
  }
  return 0;
}

double gpu_unit(const Rule& rule, const NcnnUnit& u) {
  const double memory = u.bytes_per_s * 0.5;
  switch (rule.scale) {
    case Scale::macs:
    case Scale::int8_macs:
    case Scale::slow_macs:
      return 1 / u.gpu_macs_per_s;
    case Scale::elements:
    case Scale::parallel:
      return 2 / u.gpu_macs_per_s + 0.7 / memory;
    case Scale::weights:
    case Scale::int8_weights:
      return 1 / memory;
    case Scale::serial:
      return 2 / u.clock_hz;
    case Scale::call:
      return 1;  // Seconds: a submission does not scale with the GPU.
  }
  return 0;
}

}  // namespace

GpuFamily gpu_family(std::string_view text) {
  const auto holds = [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (text.empty()) return GpuFamily::none;
  if (holds("Adreno")) return GpuFamily::adreno;
  if (holds("Mali") || holds("Immortal")) return GpuFamily::mali;
  if (holds("Apple")) return GpuFamily::apple;
  if (holds("VideoCore")) return GpuFamily::videocore;
  if (holds("NVIDIA")) return GpuFamily::nvidia;
  return GpuFamily::other;
}

NcnnSoc ncnn_soc(const Soc& soc) {
  NcnnSoc result;
  result.name = soc.name;
  result.bytes_per_s = soc.memory.peak_bytes_per_s;
  for (const Cluster& c : soc.clusters) {
    const double width = c.per_core[static_cast<std::size_t>(Precision::fp32)].macs_per_cycle;
    const CoreType* type = find_core_type(c.core);
    for (const CoreType& other : core_types())
      if (!type && other.macs_per_cycle == width && other.half) type = &other;
    if (!type) type = find_core_type("Cortex-A72");
    result.clusters.push_back({type, soc.domain(c.domain).opps.back().frequency_hz, c.cores});
  }
  std::stable_sort(result.clusters.begin(), result.clusters.end(),
                   [](const NcnnCluster& a, const NcnnCluster& b) { return a.peak() > b.peak(); });
  for (std::size_t i = 0; i < soc.units.size(); ++i) {
    const Unit& u = soc.units[i];
    if (u.kind != UnitKind::gpu || result.gpu_macs_per_s > 0) continue;
    result.gpu = gpu_family(u.core.empty() ? soc.title : u.core);
    result.gpu_macs_per_s =
        peak_ops_per_s(soc, static_cast<UnitId>(i), Precision::fp32, soc.top_opp(u.domain)) / 2;
  }
  return result;
}

NcnnUnit ncnn_unit(const NcnnSoc& soc, bool gpu, NcnnCores cores, int threads,
                   std::string_view date) {
  NcnnUnit u;
  u.gpu = gpu;
  u.threads = threads;
  u.era = date <= "2021-05-06" ? 0 : date < "2023" ? 1 : 2;
  u.bytes_per_s = soc.bytes_per_s;
  u.family = soc.gpu;
  u.gpu_macs_per_s = soc.gpu_macs_per_s;
  double fastest = 0, slowest = 1e300;
  for (const NcnnCluster& c : soc.clusters) {
    fastest = std::max(fastest, c.clock_hz);
    slowest = std::min(slowest, c.clock_hz);
  }
  // ncnn parts the cores at the mean of the highest and the lowest clock.
  std::vector<const NcnnCluster*> usable;
  for (const NcnnCluster& c : soc.clusters)
    for (int i = 0; i < c.cores; ++i)
      if (cores == NcnnCores::all ||
          (cores == NcnnCores::little ? &c == &soc.clusters.back()
                                      : c.clock_hz >= (fastest + slowest) / 2))
        usable.push_back(&c);
  std::stable_sort(usable.begin(), usable.end(), [](const NcnnCluster* a, const NcnnCluster* b) {
    return a->peak() > b->peak();
  });
  u.running = std::max(1, std::min(threads, static_cast<int>(usable.size())));
  u.over = std::max(0.0, threads - static_cast<double>(usable.size())) /
           static_cast<double>(usable.size());
  const CoreType& first = *usable.front()->core;
  const NcnnCluster& last = *usable[static_cast<std::size_t>(u.running) - 1];
  u.core_peak = last.peak();
  u.mixed = last.peak() < 0.75 * usable.front()->peak();
  u.clock_hz = usable.front()->clock_hz;
  u.lanes = first.macs_per_cycle;
  u.in_order = first.in_order;
  u.half = first.half && last.core->half;
  u.dot = first.dot && last.core->dot;
  u.matrix = first.matrix && last.core->matrix;
  return u;
}

NcnnSeconds ncnn_seconds(const NcnnCounts& counts, const NcnnUnit& unit) {
  NcnnSeconds seconds{};
  for (const Rule& rule : kRules) {
    const double amount = counts[static_cast<std::size_t>(rule.work)];
    if (amount > 0)
      seconds[rule.column] +=
          amount * (unit.gpu ? rule.gpu * gpu_unit(rule, unit) : rule.cpu * cpu_unit(rule, unit));
  }
  return seconds;
}

double ncnn_least_s(const NcnnCounts& counts, const NcnnUnit& unit) {
  if (!unit.gpu) return 0;
  double macs = 0;
  for (const W work : {W::convolution, W::gpu_grouped, W::rows, W::pointwise, W::winograd, W::first,
                       W::gpu_deep_winograd, W::gpu_deep_pointwise})
    macs += counts[static_cast<std::size_t>(work)];
  const double weights = counts[static_cast<std::size_t>(W::weights_connected)];
  const double speed_up = unit.family == GpuFamily::nvidia ? 8 : 1.6;
  return std::max(macs / (speed_up * unit.gpu_macs_per_s), 2 * weights / unit.bytes_per_s);
}

std::vector<double> ncnn_features(const NcnnUnit& u) {
  const double era = 0.7 * u.era, clock = std::log2(u.clock_hz / 2e9);
  if (u.gpu) {
    std::vector<double> f(7, 0.0);
    f[static_cast<std::size_t>(u.family)] = 1;
    f.push_back(0.5 * std::log2(u.gpu_macs_per_s / 250e9));
    f.push_back(0.5 * std::log2(u.bytes_per_s / 30e9));
    f.push_back(era);
    f.push_back(0.3 * clock);
    return f;
  }
  return {u.in_order ? 2.0 : 0.0,     u.half ? 1.5 : 0.0,
          0.7 * std::log2(u.threads), era,
          std::log2(u.lanes / 4),     u.mixed ? 1.0 : 0.0,
          u.over > 0 ? 1.0 : 0.0,     0.3 * std::log2(u.bytes_per_s / (u.core_peak * u.running)),
          u.matrix ? 0.7 : 0.0};
}

}  // namespace partita
