#include "sim/cost/qnn_kinds.h"

#include <array>

namespace partita::qnn {

/// Before any measurement: products at three quarters of the peak, vectors at some times the
/// memory's bandwidth, a launch as the description says.
std::span<const KernelKind> kind_table() {
  constexpr double kSure = 0.2, kLoose = 0.7;
  static const std::array<KernelKind, kKinds> table{{
      {"matrix",
       {{"conv", 0.75, 0.4},
        {"pointwise", 0.75, 0.4},
        {"stem", 2, 0.4},
        {"grouped", 0.75, kSure},
        {"dilated", 1, kSure},
        {"dense", 0.8, kSure},
        {"product", 2, 0.4},
        {"activations", 0.12, kLoose},
        {"conv_spill", 1, kLoose},
        {"product_spill", 0.2, kLoose},
        {"weights", 0.8, kSure},
        {"conv_launch", 1.2, kLoose},
        {"dense_launch", 2, kLoose}}},
      {"vector",
       {{"taps", 1.2, kLoose},
        {"uneven_taps", 2, 1},
        {"window", 0.24, kLoose},
        {"elementwise", 0.24, kLoose},
        {"normalization", 0.6, kLoose},
        {"softmax", 0.36, kLoose},
        {"smooth", 0.5, kLoose},
        {"pool", 0.36, kLoose},
        {"resize", 0.6, kLoose},
        {"reduction", 0.24, kLoose},
        {"spill", 0.6, kLoose},
        {"softmax_spill", 0.2, kLoose},
        {"window_launch", 1.2, kLoose},
        {"element_launch", 0.7, kLoose},
        {"other_launch", 1.2, kLoose}}},
      {"movement",
       {{"permute", 0.5, kLoose},
        {"concat", 0.12, kLoose},
        {"cut", 0.24, kLoose},
        {"spill", 0.6, kLoose},
        {"permute_spill", 0.2, kLoose},
        {"launch", 1.2, kLoose}}},
      {"session",
       {{"inference", 1.5, kLoose},
        {"tflite", 0.5, kLoose},
        {"onnx", 3.5, kLoose},
        {"precompiled", 3.5, kLoose},
        {"tensors", 2, kLoose},
        {"images", 10, kLoose},
        {"tflite_io", 0.5, kLoose},
        {"onnx_io", 5, kLoose}}},
      {"nothing", {}},
  }};
  return table;
}

}  // namespace partita::qnn
