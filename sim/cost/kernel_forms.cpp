// The one table of kernel forms: one line a runtime and kind of unit.
#include <array>

#include "sim/base/error.h"
#include "sim/cost/kernel_work.h"

namespace partita {

const KernelForm& ggml_cpu_form();
const KernelForm& ggml_gpu_form();
const KernelForm& mace_buffer_form();
const KernelForm& mace_cpu_form();
const KernelForm& mace_image_form();
const KernelForm& ncnn_cpu_form();
const KernelForm& ncnn_gpu_form();
const KernelForm& qnn_form();
const KernelForm& rknn_form();
const KernelForm& tflite_cpu_form();
const KernelForm& tflite_gpu_form();
const KernelForm& tvm_cpu_form();
const KernelForm& tvm_gpu_form();

namespace {

struct FormEntry {
  std::string_view runtime;
  UnitKind unit;
  const KernelForm& (*form)();
};

/// Each is defined in its own form_*.cpp.
constexpr std::array<FormEntry, 15> kForms{{
    {"ggml", UnitKind::cpu, ggml_cpu_form},
    {"ggml", UnitKind::gpu, ggml_gpu_form},
    {"mace", UnitKind::cpu, mace_cpu_form},
    {"mace", UnitKind::gpu, mace_image_form},
    {"mace-buffer", UnitKind::cpu, mace_cpu_form},
    {"mace-buffer", UnitKind::gpu, mace_buffer_form},
    {"ncnn", UnitKind::cpu, ncnn_cpu_form},
    {"ncnn", UnitKind::gpu, ncnn_gpu_form},
    {"qnn", UnitKind::dsp, qnn_form},
    {"qnn", UnitKind::npu, qnn_form},
    {"rknn", UnitKind::npu, rknn_form},
    {"tflite", UnitKind::cpu, tflite_cpu_form},
    {"tflite", UnitKind::gpu, tflite_gpu_form},
    {"tvm", UnitKind::cpu, tvm_cpu_form},
    {"tvm", UnitKind::gpu, tvm_gpu_form},
}};

}  // namespace

std::vector<std::string> kernel_form_runtimes() {
  std::vector<std::string> names;
  for (const FormEntry& entry : kForms)
    if (names.empty() || names.back() != entry.runtime) names.emplace_back(entry.runtime);
  return names;
}

const KernelForm* kernel_form(std::string_view runtime, UnitKind unit) {
  bool known = false;
  for (const FormEntry& entry : kForms) {
    known = known || entry.runtime == runtime;
    if (entry.runtime == runtime && entry.unit == unit) return &entry.form();
  }
  if (!known) throw_unknown("kernel form", "runtime", runtime, kernel_form_runtimes());
  return nullptr;
}

}  // namespace partita
