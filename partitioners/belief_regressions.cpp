// Latencies by regression on the shape of a layer, as muLayer and Neurosurgeon predict them: smooth
// in every extent, so blind to tiles, waves and kernel selection.
#include "partitioners/regression.h"

namespace partita {
namespace {

enum Layer : std::size_t {
  conv,
  grouped,
  connected,
  pool,
  activation,
  normalization,
  softmax,
  other
};
constexpr std::size_t kLayers = 8;

std::size_t layer_of(const KernelWork& work, const UnitTraits&) {
  switch (work.operation) {
    case OpKind::conv:
      return conv;
    case OpKind::depthwise_conv:
    case OpKind::grouped_conv:
      return grouped;
    case OpKind::fully_connected:
      return connected;
    case OpKind::pool:
      return pool;
    case OpKind::activation:
      return activation;
    case OpKind::normalization:
      return normalization;
    case OpKind::softmax:
      return softmax;
    default:
      return other;
  }
}

/// f0 = IH IW IC, f1 = (K / S)^2 OC (per group), whose product are the multiplications.
double f0(const KernelWork& w) {
  return w.in_height * w.in_width * w.in_channels;
}
double f1(const KernelWork& w) {
  return w.kernel_h * w.kernel_w / (w.stride_h * w.stride_w) * w.out_channels / w.groups;
}

void flops_terms(std::size_t layer, const KernelWork& w, const UnitTraits&,
                 std::vector<double>& terms) {
  if (layer == conv || layer == grouped)
    terms = {1, f0(w), f1(w), f0(w) * f1(w)};
  else
    terms = {1, w.input_elements, w.macs + w.simple_ops};
}

void layer_terms(std::size_t layer, const KernelWork& w, const UnitTraits&,
                 std::vector<double>& terms) {
  if (layer == conv || layer == grouped)
    terms = {1, f0(w), f1(w)};
  else if (layer == connected || layer == pool)
    terms = {1, w.input_elements, w.output_elements};
  else
    terms = {1, w.input_elements};
}

}  // namespace

BeliefInfo belief_flops() {
  return {"flops",
          "regression on FLOPs-like features, hand-overs believed free (muLayer)",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<RegressionBelief>(make_belief("no-transfers", r.truth, r.graph),
                                                      r.graph,
                                                      LatencyForm{kLayers, layer_of, flops_terms});
          }};
}

BeliefInfo belief_layers() {
  return {"layers",
          "a regression for each type of layer on its extents (Neurosurgeon)",
          "",
          0,
          0,
          0,
          [](const BeliefRequest& r) -> std::unique_ptr<CostModel> {
            return std::make_unique<RegressionBelief>(r.truth, r.graph,
                                                      LatencyForm{kLayers, layer_of, layer_terms});
          }};
}

}  // namespace partita
