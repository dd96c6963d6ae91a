// Layer-by-layer logs of Rockchip's NPU toolkit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/cost/kernel_work.h"

namespace partita {

struct RknnLayer {
  std::string network, operation;  ///< As the log names them.
  KernelWork work;                 ///< kind not chosen yet.
  double latency_s = 0;
};

struct RknnLayers {
  std::vector<RknnLayer> layers;
  std::size_t dropped = 0;  ///< On the CPU or without a time.
};

/// Columns model, op, dtype, target, in_shapes_nchw, out_shape_nchw, time_us; optional soc,
/// npu_clock_hz, id, ddr_cycles, npu_cycles, mac_usage_pct, rw_kb, which no prediction uses. Throws
/// InputError, also on any other column.
RknnLayers read_rknn_layers(const std::filesystem::path& path);

}  // namespace partita
