// MobileNet, FD-MobileNet, MobileNetV2 and IGCV3.
#include <string>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kMobileNet = "Howard et al., MobileNets, arXiv:1704.04861";
constexpr const char* kFd = "Qin et al., FD-MobileNet, arXiv:1802.03750";
constexpr const char* kV2 = "Sandler et al., MobileNetV2, arXiv:1801.04381";
constexpr const char* kIgc = "Sun et al., IGCV3, arXiv:1806.00178";

struct Separable {
  std::int64_t channels;
  int stride;
};

std::vector<Separable> separables(bool fast_downsampling) {
  if (fast_downsampling)
    return {{64, 2},  {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2},
            {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 1}};
  return {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
          {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};
}

/// `plain`: neither batch normalisation nor activation between the two convolutions of a unit.
void write_mobilenet(Net& n, bool fast_downsampling, double width, bool plain) {
  Tensor x = conv_block(n, n.input(), scaled(32, width), 3, 2);
  for (const Separable& s : separables(fast_downsampling)) {
    const std::int64_t c = n.channels(x);
    x = padded_conv(n, x,
                    {.channels = c,
                     .kernel = 3,
                     .stride = s.stride,
                     .groups = c,
                     .bias = !plain,
                     .act = plain ? "" : "relu"});
    x = conv_block(n, x, scaled(s.channels, width));
  }
  classify(n, x);
}

struct Stage {
  std::int64_t channels;
  int units, stride;
};
constexpr Stage kV2Stages[] = {{16, 1, 1}, {24, 2, 2},  {32, 3, 2}, {64, 4, 2},
                               {96, 3, 1}, {160, 3, 2}, {320, 1, 1}};
constexpr Stage kIgcStages[] = {{16, 1, 1}, {24, 4, 2},  {32, 6, 2}, {64, 8, 2},
                                {96, 6, 1}, {160, 6, 2}, {320, 1, 1}};

/// `lean`: without the 1x1 convolution that expands nothing in the first unit.
void write_v2(Net& n, double width, bool lean) {
  Tensor x = conv_block(n, n.input(), scaled(32, width), 3, 2, "relu6");
  bool first = true;
  for (const Stage& s : kV2Stages) {
    for (int i = 0; i < s.units; ++i) {
      x = inverted(n, x,
                   {.channels = scaled(s.channels, width),
                    .middle = n.channels(x) * (first ? 1 : 6),
                    .stride = i == 0 ? s.stride : 1,
                    .act = "relu6",
                    .expand = !(first && lean)});
      first = false;
    }
  }
  x = final_pool(n, conv_block(n, x, 1280, 1, 1, "relu6"));
  n.reshape(n.conv(x, {.channels = 1000, .bias = false}), {1, 1000});
}

Tensor igc_unit(Net& n, const Tensor& in, std::int64_t channels, std::int64_t middle, int stride) {
  Tensor x = n.shuffle(conv_block(n, in, middle, 1, 1, "", 2), 2);
  x = depthwise_block(n, x, 3, stride, "relu6");
  x = conv_block(n, x, channels, 1, 1, "", 2);
  return stride == 1 && n.channels(in) == channels ? n.add(x, in) : x;
}

std::int64_t even(std::int64_t channels, double width) {
  const std::int64_t c = scaled(channels, width);
  return c + c % 2;
}

void write_igcv3(Net& n, double width) {
  Tensor x = conv_block(n, n.input(), even(32, width), 3, 2, "relu6");
  bool first = true;
  for (const Stage& s : kIgcStages) {
    for (int i = 0; i < s.units; ++i) {
      x = igc_unit(n, x, even(s.channels, width), n.channels(x) * (first ? 1 : 6),
                   i == 0 ? s.stride : 1);
      first = false;
    }
  }
  classify(n, conv_block(n, x, 1280, 1, 1, "relu6"));
}

}  // namespace

void add_mobilenet(std::vector<ZooNetwork>& zoo) {
  for (const auto& [suffix, scale] : kWidths) {
    const double w = scale;
    const std::string end = std::string("_") + suffix;
    zoo.push_back(network("mobilenet" + end, "MobileNet", kMobileNet, 224,
                          [w](Net& n) { write_mobilenet(n, false, w, false); }));
    zoo.push_back(network("mobilenetb" + end, "MobileNet", kMobileNet, 224,
                          [w](Net& n) { write_mobilenet(n, false, w, true); }));
    zoo.push_back(network("fdmobilenet" + end, "FD-MobileNet", kFd, 224,
                          [w](Net& n) { write_mobilenet(n, true, w, false); }));
    zoo.push_back(network("mobilenetv2" + end, "MobileNetV2", kV2, 224,
                          [w](Net& n) { write_v2(n, w, false); }));
    zoo.push_back(network("mobilenetv2b" + end, "MobileNetV2", kV2, 224,
                          [w](Net& n) { write_v2(n, w, true); }));
    zoo.push_back(network("igcv3" + end, "IGCV3", kIgc, 224, [w](Net& n) { write_igcv3(n, w); }));
  }
}

}  // namespace partita
