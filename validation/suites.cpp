#include <vector>

#include "sim/base/error.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_mappings(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_cpu_models(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_adreno_ops(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_gpu_ops(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_gpu_models(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_ncnn(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_npu_layers(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_npu_models(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_codl(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_contention(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_co_execution(const Catalog& catalog, const ValidateOptions& options);
SuiteResult validate_thermal(const Catalog& catalog, const ValidateOptions& options);

std::span<const SuiteInfo> suites() {
  static const std::vector<SuiteInfo> table{
      {"rk3399pro-mappings",
       "whole-network time and energy of measured per-layer mappings on RK3399Pro",
       "published sum of layers and transfers", validate_mappings},
      {"adreno-ops",
       "tuned TVM kernels on Adreno GPUs, of unseen networks and SoCs, and whole networks",
       "relative least squares on six features by family; networks: sum of kernels",
       validate_adreno_ops},
      {"cpu-models", "whole networks in TFLite on every combination of a phone's cores",
       "relative least squares on MACs and weights, by combination", validate_cpu_models},
      {"gpu-ops", "single operators of TFLite's GPU delegate, of unseen networks",
       "relative least squares on six features, by kind of operator and GPU", validate_gpu_ops},
      {"gpu-models", "whole networks in TFLite's GPU delegate",
       "relative least squares on MACs and weights, by GPU", validate_gpu_models},
      {"ncnn", "ncnn on CPU cores and Vulkan GPUs: networks and devices nobody has measured",
       "relative least squares on six features, by device and cores", validate_ncnn},
      {"npu-layers", "layers of networks on the RK3588's NPU",
       "relative least squares on six features", validate_npu_layers},
      {"npu-models", "whole networks of the AI Hub on Hexagon tensor processors",
       "relative least squares on MACs and weights, by chipset and precision", validate_npu_models},
      {"codl", "networks on CPU, GPU and both at once: latencies, ablations, who wins",
       "MACs times the mean time of one in the same column", validate_codl},
      {"contention", "bandwidth that Xavier's GPU keeps while the CPUs use the memory",
       "equal shares of the bus", validate_contention},
      {"co-execution",
       "periods of pipelines on phones and boards, all units at work, from stage tables",
       "longest chunk, its stages alone, as logged", validate_co_execution},
      {"thermal", "temperatures and throttled clocks of a phone and of boards",
       "the first temperature and the highest clock stay", validate_thermal},
  };
  return table;
}

const SuiteInfo& suite(std::string_view name) {
  std::vector<std::string> known;
  for (const SuiteInfo& info : suites()) {
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  throw_unknown("validate", "suite", name, known);
}

}  // namespace partita
