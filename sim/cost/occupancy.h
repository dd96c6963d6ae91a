// How much of a unit one kernel fills: what it leaves, kernels beside it can use.
#pragma once

#include "sim/cost/cost.h"

namespace partita {

/// From 0 to 1. CPUs and NPUs: 1, a kernel has all threads or the whole array. GPUs: the larger of
///   - work items over those that the GPU holds at once: its lanes (fp32 MACs per cycle, all
///     compute units together) times eight, so that memory's latency is hidden, each item writing
///     four outputs (assumed: registers allow 4 to 16 items a lane on Adreno, Mali and Tegra, and
///     four outputs are what a work item of TFLite's and ncnn's GPU kernels writes at least);
///   - its traffic over what the unit can draw in `cost.latency_s`.
double occupancy_of(const Soc& soc, const Mode& mode, double output_elements, Precision precision,
                    const Cost& cost);

}  // namespace partita
