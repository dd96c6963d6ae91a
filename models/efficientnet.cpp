// EfficientNet and EfficientNet-EdgeTPU.
#include <cmath>
#include <span>
#include <string>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kSource = "Tan and Le, EfficientNet, arXiv:1905.11946";
constexpr const char* kEdgeSource = "Gupta and Tan, EfficientNet-EdgeTPU, Google AI blog, 2019";

struct Stage {
  int units;
  std::int64_t channels;
  int kernel, expansion, stride;
};
// Table 1 of the paper.
constexpr Stage kStages[] = {{1, 16, 3, 1, 1}, {2, 24, 3, 6, 2},  {2, 40, 5, 6, 2},
                             {3, 80, 3, 6, 2}, {3, 112, 5, 6, 1}, {4, 192, 5, 6, 2},
                             {1, 320, 3, 6, 1}};

struct Scale {
  const char* name;
  std::int64_t size;
  double depth, width;
};
constexpr Scale kScales[] = {{"b0", 224, 1.0, 1.0}, {"b1", 240, 1.1, 1.0}, {"b2", 260, 1.2, 1.1},
                             {"b3", 300, 1.4, 1.2}, {"b4", 380, 1.8, 1.4}, {"b5", 456, 2.2, 1.6},
                             {"b6", 528, 2.6, 1.8}, {"b7", 600, 3.1, 2.0}, {"b8", 672, 3.6, 2.2}};
constexpr Scale kEdgeScales[] = {
    {"small", 224, 1.0, 1.0}, {"medium", 240, 1.1, 1.0}, {"large", 300, 1.4, 1.2}};

int deep(int units, const Scale& s) {
  return static_cast<int>(std::ceil(units * s.depth));
}

std::int64_t wide(std::int64_t channels, const Scale& s) {
  return round_channels(static_cast<double>(channels) * s.width);
}

/// `tf`: padded as the TensorFlow original, else symmetrically.
void write(Net& n, const Scale& scale, bool tf) {
  const Net::Conv stem{.channels = wide(32, scale), .kernel = 3, .stride = 2, .act = "swish"};
  Tensor x = tf ? same_padded_conv(n, n.input(), stem)
                : conv_block(n, n.input(), stem.channels, 3, 2, "swish");
  for (const Stage& s : kStages) {
    for (int i = 0; i < deep(s.units, scale); ++i) {
      const std::int64_t in = n.channels(x);
      x = inverted(n, x,
                   {.channels = wide(s.channels, scale),
                    .middle = in * s.expansion,
                    .kernel = s.kernel,
                    .stride = i == 0 ? s.stride : 1,
                    .act = "swish",
                    .expand = s.expansion > 1,
                    .se = in / 4,
                    .se_act = "swish",
                    .tf_padding = tf});
    }
  }
  classify(n, conv_block(n, x, wide(1280, scale), 1, 1, "swish"));
}

/// A full 3x3 convolution does what expansion and depthwise do elsewhere; the 1x1 has the stride.
Tensor edge_unit(Net& n, const Tensor& in, std::int64_t channels, std::int64_t middle, int stride,
                 bool skip) {
  const Tensor x = conv_block(n, conv_block(n, in, middle, 3), channels, 1, stride, "");
  const bool same = stride == 1 && n.channels(in) == channels;
  return skip && same ? n.add(x, in) : x;
}

void write_edge(Net& n, const Scale& scale) {
  constexpr Stage kFull[] = {{1, 24, 3, 4, 1}, {2, 32, 3, 8, 2}, {4, 48, 3, 8, 2}};
  constexpr Stage kDepthwise[] = {{5, 96, 5, 8, 2}, {4, 144, 5, 8, 1}, {2, 192, 5, 8, 2}};
  Tensor x = same_padded_conv(
      n, n.input(), {.channels = wide(32, scale), .kernel = 3, .stride = 2, .act = "relu"});
  for (const Stage& s : kFull) {
    const bool first = &s == kFull;
    const std::int64_t channels = wide(s.channels, scale);
    for (int i = 0; i < deep(s.units, scale); ++i) {
      const std::int64_t middle = (first ? channels : n.channels(x)) * s.expansion;
      x = edge_unit(n, x, channels, middle, i == 0 ? s.stride : 1, !first);
    }
  }
  for (const Stage& s : kDepthwise) {
    for (int i = 0; i < deep(s.units, scale); ++i)
      x = inverted(n, x,
                   {.channels = wide(s.channels, scale),
                    .middle = n.channels(x) * s.expansion,
                    .kernel = s.kernel,
                    .stride = i == 0 ? s.stride : 1,
                    .tf_padding = true});
  }
  classify(n, conv_block(n, x, wide(1280, scale)));
}

}  // namespace

void add_efficientnet(std::vector<ZooNetwork>& zoo) {
  // Also at 224 x 224, where benchmarks over many networks run them all: `..._224`.
  const auto add = [&](const std::string& name, const char* family, const char* source,
                       const Scale& s, const std::function<void(Net&)>& write_net) {
    zoo.push_back(network(name, family, source, s.size, write_net));
    if (s.size != 224) zoo.push_back(network(name + "_224", family, source, 224, write_net));
  };
  // b: padded as in TensorFlow; c: those, trained with adversarial examples.
  for (const std::string variant : {"", "b", "c"}) {
    for (const Scale& s : kScales) {
      const bool tf = !variant.empty();
      if (variant == "b" && s.size == kScales[8].size) continue;  // Never trained.
      add(std::string("efficientnet_") + s.name + variant, "EfficientNet", kSource, s,
          [s, tf](Net& n) { write(n, s, tf); });
    }
  }
  for (const Scale& s : kEdgeScales)
    add(std::string("efficientnet_edge_") + s.name + "_b", "EfficientNet-Edge", kEdgeSource, s,
        [s](Net& n) { write_edge(n, s); });
}

}  // namespace partita
