// QNN on Hexagon tensor processors: kernels and their terms.
#include "sim/cost/form_qnn.h"

#include <algorithm>
#include <cmath>

#include "sim/cost/qnn_kinds.h"

namespace partita {
namespace {

using namespace qnn;

/// Channels are kept in blocks of 32, and multiplied in steps of 16.
double blocks(double channels) {
  return std::ceil(channels / 32) * 32;
}
double steps(double channels) {
  return std::ceil(channels / 16) * 16;
}

bool image(const KernelWork& w) {
  return w.operation == OpKind::conv && w.in_channels <= 4;
}

MatrixTerm product_of(const KernelWork& w) {
  switch (w.operation) {
    case OpKind::grouped_conv:
      return grouped;
    case OpKind::fully_connected:
      return dense;
    case OpKind::matmul:
    case OpKind::attention:
      return product;
    default:
      if (w.dilation > 1 && w.kernel_h * w.kernel_w > 1) return dilated;
      return image(w) ? stem : w.kernel_h * w.kernel_w == 1 ? pointwise : conv;
  }
}

double tiled_macs(const KernelWork& w) {
  const double window = w.kernel_h * w.kernel_w;
  switch (product_of(w)) {
    case stem:
      return w.out_pixels() * window * 4 * blocks(w.out_channels);
    case grouped:
      return w.out_pixels() * window * blocks(w.in_channels / w.groups) * blocks(w.out_channels);
    case dense:  // a single row only reads the weights
      return w.out_pixels() > 1 ? w.out_pixels() * blocks(w.in_channels) * blocks(w.out_channels)
                                : 0;
    case product:
      return w.macs;
    default: {
      const double pixels =
          w.operation == OpKind::deconv ? w.in_height * w.in_width : w.out_pixels();
      return pixels * window * steps(w.in_channels) * steps(w.out_channels);
    }
  }
}

class Qnn final : public KernelForm {
 public:
  /// `wide`: activations have twice the bytes of weights.
  explicit Qnn(bool wide) : wide_(wide) {}

  std::span<const KernelKind> kinds() const override { return kind_table(); }

  int kind_of(const KernelWork& w, const UnitTraits&) const override {
    switch (w.operation) {
      case OpKind::input:
        return session;
      case OpKind::conv:
      case OpKind::deconv:
      case OpKind::grouped_conv:
      case OpKind::fully_connected:
      case OpKind::matmul:
      case OpKind::attention:
        return matrix;
      case OpKind::reshape:
      case OpKind::split:
      case OpKind::constant:
        return nothing;
      case OpKind::concat:
      case OpKind::slice:
      case OpKind::permute:
      case OpKind::shuffle:
      case OpKind::pad:
      case OpKind::crop:
      case OpKind::block:
      case OpKind::detection:
        return movement;
      default:
        return vector;
    }
  }

  void terms(const KernelWork& w, const UnitTraits& unit, std::span<double> s) const override {
    const double wide = wide_ ? 2 : 1, weight = element_bytes(w.precision);
    const double element = weight * wide / unit.bytes_per_s;
    const double moved = (w.input_elements * blocks(w.in_channels) / w.in_channels +
                          w.output_elements * blocks(w.out_channels) / w.out_channels) *
                         element;
    // Maps that the tightly coupled memory cannot hold go through the bus, the whole of them. It
    // has 8 MB; 12 is what predicts left-out networks best, why is not known.
    constexpr double kVectorMemory = 12e6;
    const double spilt = moved > kVectorMemory / unit.bytes_per_s ? moved : 0;
    switch (w.kind) {
      case matrix: {
        // Wider activations pass the array in more steps.
        const double products = tiled_macs(w) / (unit.macs_per_s * (wide_ ? 0.5 : 1));
        const MatrixTerm term = product_of(w);
        s[term] = products;
        s[activations] = moved;
        s[term == product ? product_spill : conv_spill] = spilt;
        s[weights] = std::max(0.0, w.weight_elements * weight / unit.bytes_per_s - products);
        s[term == dense || term == product ? dense_launch : conv_launch] = unit.dispatch_s;
        break;
      }
      case vector:
        vector_terms(w, moved, spilt, element, unit.dispatch_s, s);
        break;
      case movement: {
        const bool turned = w.operation == OpKind::permute || w.operation == OpKind::shuffle;
        s[turned ? permute : w.operation == OpKind::concat ? concat : cut] = moved;
        s[turned ? permute_spill : move_spill] = spilt;
        s[move_launch] = unit.dispatch_s;
        break;
      }
      case session: {
        const double whole = w.input_elements * element, pixels = w.output_elements * element;
        s[inference] = 10 * unit.dispatch_s;
        s[tensors] = whole;
        s[images] = pixels;
        const double all = whole + 3 * pixels;
        if (w.function == "tflite") s[tflite] = 10 * unit.dispatch_s, s[tflite_io] = all;
        if (w.function == "onnx") s[onnx] = 10 * unit.dispatch_s, s[onnx_io] = all;
        if (w.function == "precompiled") s[precompiled] = 10 * unit.dispatch_s, s[onnx_io] = all;
        break;
      }
      default:
        break;
    }
  }

  KernelPoint point(const KernelWork& w, const UnitTraits&) const override {
    constexpr double kScale = 1;
    KernelPoint p;
    p.kind = static_cast<std::int16_t>(w.operation);
    p.x[0] = doublings(w.in_channels) / kScale;
    p.x[1] = doublings(w.out_channels) / kScale;
    p.x[2] = doublings(w.out_pixels()) / kScale;
    p.x[3] = doublings(w.kernel_h * w.kernel_w) / kScale;
    p.x[4] = w.dilation > 1 ? 1 : 0;
    return p;
  }

  FitSettings settings() const override {
    FitSettings s;
    s.covariance.amplitude = 1.2;
    s.covariance.shared = 0.1;
    s.calibration = 1.4;
    s.noise = 0.08;  // between adjacent releases
    s.overhead_s = 6e-5;
    s.trend_spread = 0.3;
    return s;
  }

 private:
  static void vector_terms(const KernelWork& w, double moved, double spilt, double element,
                           double launch, std::span<double> s) {
    switch (w.operation) {
      case OpKind::depthwise_conv:
        s[taps] = w.out_pixels() * blocks(w.out_channels) * w.kernel_h * w.kernel_w * element / 10;
        if (std::fmod(w.out_height, 8) != 0 || std::fmod(w.out_width, 8) != 0)
          s[uneven_taps] = s[taps];
        s[window] = moved;
        break;
      case OpKind::normalization:
        s[normalization] = moved;
        break;
      case OpKind::softmax:
        s[softmax] = moved;
        break;
      case OpKind::activation:
        s[w.function == "relu" || w.function == "relu6" ? elementwise : smooth] = moved;
        break;
      case OpKind::pool:
        s[pool] = std::max(w.simple_ops, w.input_elements) * element;
        break;
      case OpKind::resize:
        s[resize] = moved;
        break;
      case OpKind::reduction:
        s[reduction] = moved;
        break;
      default:
        s[elementwise] = moved;
    }
    s[w.operation == OpKind::softmax ? softmax_spill : vector_spill] = spilt;
    const bool elements = w.operation == OpKind::elementwise || w.operation == OpKind::activation;
    s[w.operation == OpKind::depthwise_conv ? window_launch
      : elements                            ? element_launch
                                            : other_launch] = launch;
  }

  bool wide_;
};

}  // namespace

const KernelForm& qnn_form() {
  static const Qnn form(false);
  return form;
}

const KernelForm& qnn_w8a16_form() {
  static const Qnn form(true);
  return form;
}

KernelWork qnn_session(const Graph& graph, std::string runtime, Precision precision) {
  KernelWork w;
  w.operation = OpKind::input;
  w.kind = session;
  w.function = std::move(runtime);
  w.precision = precision;
  const auto add = [&](const Tensor& tensor) {
    const auto size = static_cast<double>(elements(tensor.shape));
    // Pictures have few channels and are spread over a whole block of them.
    const bool picture = tensor.shape.size() == 4 && tensor.shape[1] <= 4;
    if (picture)
      w.output_elements += size / static_cast<double>(tensor.shape[1]);
    else
      w.input_elements += size;
  };
  for (const Tensor& tensor : graph.tensors())
    if (tensor.consumers.empty() || graph.op(tensor.producer).kind == OpKind::input) add(tensor);
  return w;
}

}  // namespace partita
