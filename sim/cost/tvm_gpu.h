// Kernels that TVM generates and tunes for mobile GPUs (image2d templates of Adreno): what each
// costs on a device with measurements, and on one without from its peaks.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/cost/kernel_fit.h"

namespace partita {

/// Precision of the tensors and of the accumulator.
enum class TvmNumbers : std::uint8_t { half, mixed, single };  ///< fp16, fp16 summed in fp32, fp32

/// One kernel of one schedule template.
struct TvmKernel {
  enum Family : std::uint8_t { direct, winograd, depthwise, dense };
  static constexpr int kFamilies = 4;
  Family family = direct;
  TvmNumbers numbers = TvmNumbers::half;
  bool nhwc = false;
  bool packed = false;      ///< Tensors come in blocks of four channels already.
  bool own_layout = false;  ///< Packs or reduces by itself (first and last layers).
  double batch = 1, in_channels = 1, in_height = 1, in_width = 1;
  double out_channels = 1, out_height = 1, out_width = 1;
  double kernel_h = 1, kernel_w = 1, stride = 1, dilation = 1;

  double out_pixels() const { return batch * out_height * out_width; }
  double macs() const;
};

/// May the Winograd template serve this convolution? Tile 4 where the height divides by 8, else 2.
/// Source: TVM, topi/adreno (strategy and tile inference), Apache-2.0.
bool tvm_winograd_serves(const TvmKernel& kernel);

struct TvmDevice {
  double half_macs_per_s = 0, single_macs_per_s = 0;  ///< Peaks.
};

struct TvmMeasurement {
  TvmKernel kernel;
  std::size_t device = 0;
  double latency_s = 0;
};

/// Trend per family, common to all devices but for a launch and a factor each, and kriging of what
/// it leaves over. A device without measurements takes the launch of the one nearest in
/// peak, and its factor from there along the slope of the others.
class TvmGpuFit {
 public:
  TvmGpuFit(std::vector<TvmDevice> devices, std::span<const TvmMeasurement> measurements);
  /// The standard deviation is that of a measurement, tuning luck included.
  KernelEstimate predict(const TvmKernel& kernel, std::size_t device) const;
  double trend_s(const TvmKernel& kernel, std::size_t device) const;

 private:
  void extrapolate_factors();

  std::vector<TvmDevice> devices_;
  std::vector<bool> measured_;
  std::vector<std::size_t> like_;                  ///< The measured device nearest in peak.
  std::vector<std::vector<double>> coefficients_;  ///< By family: logarithms, see the fit.
  std::shared_ptr<const LocalKriging> residuals_;
};

}  // namespace partita
