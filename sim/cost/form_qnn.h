// Forms of QNN that no precision of a unit stands for, and what a measured inference adds to its
// kernels.
#pragma once

#include <string>

#include "sim/cost/kernel_work.h"

namespace partita {

/// Weights of 8 bits, activations of 16.
const KernelForm& qnn_w8a16_form();

/// What an inference costs beside its kernels, as one more kernel: tensors in and out through
/// `runtime` ("tflite", "onnx", "precompiled", else QNN's own).
KernelWork qnn_session(const Graph& graph, std::string runtime, Precision precision);

}  // namespace partita
