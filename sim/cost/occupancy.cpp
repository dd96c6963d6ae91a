#include "sim/cost/occupancy.h"

#include <algorithm>

namespace partita {
namespace {

constexpr double kItemsPerLane = 8;
constexpr double kOutputsPerItem = 4;

}  // namespace

double occupancy_of(const Soc& soc, const Mode& mode, double output_elements, Precision precision,
                    const Cost& cost) {
  const Unit& unit = soc.unit(mode.unit);
  if (unit.kind != UnitKind::gpu || cost.latency_s <= 0) return 1;
  // Packed halves double the rate, not the lanes.
  double lanes = unit.throughput[static_cast<std::size_t>(Precision::fp32)].macs_per_cycle;
  if (lanes <= 0) lanes = unit.throughput[static_cast<std::size_t>(precision)].macs_per_cycle;
  if (lanes <= 0) return 1;
  const double width = output_elements / kOutputsPerItem / (lanes * kItemsPerLane);
  const double traffic = cost.bytes / (cost.latency_s * unit.memory_bandwidth_bytes_per_s);
  return std::min(1.0, std::max(width, traffic));
}

}  // namespace partita
