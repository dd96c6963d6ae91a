// GPUs on which TFLite was measured: the committed evidence as the kernel model sees it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/evidence.h"
#include "sim/cost/kernel_fit.h"

namespace partita {

struct GpuDevice {
  std::string soc;
  UnitTraits unit;
  std::vector<OperatorRow> operators;
  std::vector<NetworkRow> networks;
};

class GpuDevices {
 public:
  /// Reads the GPU rows of traces/*/tflite-*. Throws InputError.
  explicit GpuDevices(const Catalog& catalog);

  const KernelForm& form() const { return form_; }
  const std::vector<GpuDevice>& all() const { return all_; }
  const GpuDevice* find(const std::string& soc) const;

  /// Every operator alone, in the order of the rows.
  std::vector<Measurement> operators(const GpuDevice& device);
  /// Every network that can be drawn.
  std::vector<Measurement> networks(const GpuDevice& device);
  /// Kernels of a network; empty: there is no graph of it. Where the zoo has it at two sizes of
  /// input, `macs` tells which was measured.
  std::vector<KernelWork> kernels(const std::string& network, std::optional<double> macs,
                                  const GpuDevice& device) const;
  /// Of a measurement of this network or operator, relative.
  double noise(const NetworkRow& row) const;
  double noise(const OperatorRow& row) const;
  /// What standard deviations of left-out estimates, noise included, must be multiplied by for nine
  /// in ten 90 % intervals to hold.
  static double calibration(const std::vector<Measurement>& measured,
                            const std::vector<KernelEstimate>& estimates);
  /// Coefficients to expect on a device: those of its own operators, or of the GPU next in peak
  /// whose operators were measured.
  Coefficients expected(const GpuDevice& device);

 private:
  std::size_t group(const std::string& network);

  const KernelForm& form_;
  Runtime runtime_;
  std::vector<GpuDevice> all_;
  std::map<std::string, std::size_t> groups_;
  std::map<std::string, Coefficients> of_operators_;
};

}  // namespace partita
