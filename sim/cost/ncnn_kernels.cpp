#include "sim/cost/ncnn_kernels.h"

#include <algorithm>
#include <cmath>

namespace partita {
namespace {

constexpr double kHalfDeep = 128;  // Channels.

double up(double value, double step) {
  return std::ceil(value / step) * step;
}

struct Extents {
  double in_channels = 1, out_channels = 1, height = 1, width = 1;
  double window = 1, groups = 1, in_elements = 0, out_elements = 0;
  bool stride_one = true, three = false, eight_bits = false;
  double pixels() const { return height * width; }
};

Extents extents_of(const KernelWork& k) {
  Extents e;
  e.in_channels = k.in_channels;
  e.out_channels = k.out_channels;
  e.height = k.out_height;
  e.width = k.out_width;
  e.window = k.kernel_h * k.kernel_w;
  e.groups = k.groups;
  e.in_elements = k.input_elements;
  e.out_elements = k.output_elements;
  e.stride_one = k.stride_h == 1;
  e.three = k.kernel_h == 3 && k.kernel_w == 3;
  e.eight_bits = k.precision == Precision::int8;
  return e;
}

class Counter {
 public:
  Counter(NcnnCounts& counts, bool gpu) : counts_(counts), gpu_(gpu) {}
  void add(NcnnWork work, double amount) { counts_[static_cast<std::size_t>(work)] += amount; }
  void convolution(const Extents& e, bool grouped, bool transposed);
  void depthwise(const Extents& e);
  void other(const KernelWork& op, const Extents& e);

 private:
  void one_group(const Extents& e, double times, bool transposed);
  double tile(const Extents& e) const;
  void multiply(NcnnWork work, NcnnWork deep, double macs, const Extents& e);
  NcnnCounts& counts_;
  bool gpu_;
};

/// Pixels along a side of what Winograd computes at once.
double Counter::tile(const Extents& e) const {
  // 6 on CPUs where there are enough of them, in int8 always 4.
  return !gpu_ && !e.eight_bits && std::min(e.height, e.width) >= 12 ? 6 : 4;
}

/// On a GPU in two shares, the deep one growing with the channels.
void Counter::multiply(NcnnWork work, NcnnWork deep, double macs, const Extents& e) {
  const double least = std::min(e.in_channels, e.out_channels);
  const double share = gpu_ ? least / (least + kHalfDeep) : 0;
  add(work, macs * (1 - share));
  if (gpu_) add(deep, macs * share);
}

void Counter::one_group(const Extents& e, double times, bool transposed) {
  using enum NcnnWork;
  const bool i8 = e.eight_bits;
  const double in4 = up(e.in_channels, 4), out4 = up(e.out_channels, 4);
  const double held = e.in_channels * e.out_channels;
  const double least = gpu_ ? 16 : 8;
  if (e.three && e.stride_one && !transposed && e.in_channels >= least && e.out_channels >= least) {
    const double side = tile(e), points = (side + 2) * (side + 2);
    const double tiles = std::ceil(e.height / side) * std::ceil(e.width / side) * times;
    multiply(i8 ? int8_winograd : winograd, gpu_deep_winograd, tiles * points * in4 * out4, e);
    add(i8 ? int8_winograd_memory : winograd_memory,
        tiles * points * (e.in_channels + e.out_channels));
    add(weights, points * held * times);
  } else if (e.window == 1 && e.stride_one) {
    multiply(i8 ? int8_pointwise : pointwise, gpu_deep_pointwise, e.pixels() * in4 * out4 * times,
             e);
    add(i8 ? int8_pointwise_memory : pointwise_memory,
        e.pixels() * (e.in_channels + e.out_channels) * times);
    add(weights, held * times);
  } else if (e.in_channels <= 4) {
    add(i8 ? int8_first : first, e.pixels() * e.window * e.in_channels * out4 * times);
    add(i8 ? int8_first_memory : first_memory, e.in_elements + e.out_elements);
  } else {
    add(i8 ? int8_convolution : NcnnWork::convolution, e.pixels() * e.window * in4 * out4 * times);
    if (!gpu_) add(i8 ? int8_patches : patches, e.pixels() * e.window * e.in_channels * times);
    add(weights, e.window * held * times);
  }
}

void Counter::convolution(const Extents& whole, bool in_groups, bool transposed) {
  using enum NcnnWork;
  add(whole.eight_bits ? int8_layer : convolution_layer, 1);
  if (!in_groups) return one_group(whole, 1, transposed);
  Extents one = whole;
  one.in_channels /= whole.groups;
  one.out_channels /= whole.groups;
  const double in_groups_macs = whole.pixels() * whole.window * up(one.in_channels, 4) *
                                up(one.out_channels, 4) * whole.groups;
  if (gpu_) return add(gpu_grouped, in_groups_macs);
  add(group_call, whole.groups);
  if (one.in_channels > 4 && one.out_channels > 4) return one_group(one, whole.groups, transposed);
  add(whole.eight_bits ? int8_grouped : grouped, in_groups_macs);
}

void Counter::depthwise(const Extents& e) {
  using enum NcnnWork;
  const double macs = e.pixels() * e.window * up(e.out_channels, 4);
  const bool i8 = e.eight_bits;
  if (e.window != 9)
    add(i8 ? int8_depthwise_other : depthwise_other, macs);
  else if (e.stride_one)
    add(i8 ? int8_depthwise_3x3 : depthwise_3x3, macs);
  else
    add(i8 ? int8_depthwise_3x3_strided : depthwise_3x3_strided, macs);
  add(i8 ? int8_depthwise_memory : depthwise_memory, e.in_elements + e.out_elements);
  add(i8 ? int8_layer : convolution_layer, 1);
}

void Counter::other(const KernelWork& op, const Extents& e) {
  using enum NcnnWork;
  const bool exponential =
      op.function == "swish" || op.function == "sigmoid" || op.function == "gelu";
  add(layer, 1);
  switch (op.operation) {
    case OpKind::fully_connected: {
      const double held = std::max(op.weight_elements, 1.0);
      // Several rows of input: each goes through all weights.
      if (std::round(op.macs / held) > 2)
        add(rows, op.macs);
      else
        add(e.eight_bits ? int8_weights_connected : weights_connected, held);
      break;
    }
    case OpKind::attention:
    case OpKind::matmul:
      add(rows, op.macs);
      add(layer, 7);  // Products and softmax are layers of their own inside.
      break;
    case OpKind::pool:
      if (e.pixels() == 1)
        add(global_pool, e.in_elements);
      else
        add(pool, e.out_elements * e.window);
      break;
    case OpKind::softmax:
      add(softmax, e.out_elements);
      break;
    case OpKind::detection:
      if (op.function.find("prior") != std::string::npos)
        add(boxes_prior, e.out_elements);
      else
        add(op.function.find("yolo") != std::string::npos ? boxes_yolo : boxes_nms, e.in_elements);
      break;
    case OpKind::activation:
    case OpKind::normalization:
    case OpKind::elementwise:
      if (op.operation == OpKind::normalization && op.function == "local-response")
        add(local_response, e.out_elements);
      else if (exponential)
        add(activation, e.out_elements);
      else
        add(elementwise, e.out_elements * (op.inputs + 1.0) / 2);
      break;
    default:
      add(move, e.in_elements + e.out_elements);
      break;
  }
}

}  // namespace

NcnnCounts ncnn_counts(const KernelWork& op, bool gpu) {
  NcnnCounts counts{};
  Counter counter(counts, gpu);
  const Extents e = extents_of(op);
  switch (op.operation) {
    case OpKind::input:
    case OpKind::constant:
    case OpKind::split:
    case OpKind::reshape:
      return counts;
    case OpKind::conv:
      counter.convolution(e, false, false);
      break;
    case OpKind::grouped_conv:
      counter.convolution(e, true, false);
      break;
    case OpKind::deconv:
      counter.convolution(e, op.groups > 1, true);
      break;
    case OpKind::depthwise_conv:
      counter.depthwise(e);
      break;
    default:
      counter.other(op, e);
      return counts;
  }
  if (op.function == "swish" || op.function == "sigmoid")
    counter.add(NcnnWork::activation, e.out_elements);
  return counts;
}

NcnnCounts ncnn_counts(const Graph& graph, bool gpu) {
  NcnnCounts sum{};
  for (const OpId id : graph.order()) {
    const Precision precision = graph.op(id).weight_bits == 8 ? Precision::int8 : Precision::fp32;
    const NcnnCounts one = ncnn_counts(kernel_of(graph, id, {}, precision), gpu);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
  }
  return sum;
}

}  // namespace partita
