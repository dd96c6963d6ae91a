// ShuffleNet, MENet (a ShuffleNet with a side branch) and ShuffleNetV2.
#include <fmt/format.h>

#include <string>

#include "models/mobile.h"

namespace partita {
namespace {

using namespace mobile;
using Tensor = Net::Tensor;

constexpr const char* kShuffle = "Zhang et al., ShuffleNet, arXiv:1707.01083";
constexpr const char* kMe = "Qin et al., Merging and Evolution, arXiv:1803.09127";
constexpr const char* kV2 = "Ma et al., ShuffleNet V2, arXiv:1807.11164";

struct Grouped {
  std::int64_t stem, channels;  ///< Of the first stage; doubles with every stage.
  std::int64_t groups;
  std::int64_t side = 0;  ///< Channels of MENet's side branch; 0: ShuffleNet.
};

/// Merges the channels of `in`, looks at a 3x3 neighbourhood, and gates with it.
Tensor side_gate(Net& n, const Tensor& in, std::int64_t side, int stride) {
  Tensor y = conv_block(n, in, side);
  y = padded_conv(n, y, {.channels = side, .kernel = 3, .stride = stride, .act = "relu"});
  return conv_block(n, y, n.channels(in), 1, 1, "sigmoid");
}

Tensor grouped_unit(Net& n, const Tensor& in, std::int64_t channels, const Grouped& net, bool down,
                    std::int64_t first_groups) {
  const int stride = down ? 2 : 1;
  const std::int64_t out = down ? channels - n.channels(in) : channels;
  const Tensor x =
      n.shuffle(conv_block(n, in, channels / 4, 1, 1, "relu", first_groups), net.groups);
  Tensor y = depthwise_block(n, x, 3, stride, "");
  if (net.side > 0) y = n.mul(y, side_gate(n, x, net.side, stride));
  y = conv_block(n, y, out, 1, 1, "", net.groups);
  if (!down) return n.add(y, in, "relu");
  return n.activation(n.concat({y, n.avg_pool(n.pad(in, 1, 1), 3, 2)}), "relu");
}

void write_grouped(Net& n, const Grouped& net) {
  Tensor x =
      padded_conv(n, n.input(), {.channels = net.stem, .kernel = 3, .stride = 2, .act = "relu"});
  x = n.pool_same(x, 3, 2, "max");
  constexpr int kUnits[] = {4, 8, 4};
  std::int64_t channels = net.channels;
  for (const int units : kUnits) {
    for (int i = 0; i < units; ++i) {
      const bool first = channels == net.channels && i == 0;
      x = grouped_unit(n, x, channels, net, i == 0, first ? 1 : net.groups);
    }
    channels *= 2;
  }
  classify(n, x);
}

/// `shared`: a unit that halves the size gives its inputs' channels to the shortcut (V2b).
Tensor v2_unit(Net& n, const Tensor& in, std::int64_t channels, bool down, bool shared) {
  const std::int64_t half = channels / 2;
  Tensor kept, x = in;
  if (down) {
    kept = conv_block(n, depthwise_block(n, in, 3, 2, ""), shared ? n.channels(in) : half);
  } else {
    const std::vector<Tensor> halves = n.split(in, 2);
    kept = halves[0];
    x = halves[1];
  }
  x = depthwise_block(n, conv_block(n, x, half), 3, down ? 2 : 1, "");
  x = conv_block(n, x, channels - n.channels(kept));
  return n.shuffle(n.concat({kept, x}), 2);
}

void write_v2(Net& n, double width, bool b) {
  Tensor x = n.pool_same(conv_block(n, n.input(), 24, 3, 2), 3, 2, "max");
  constexpr int kUnits[] = {4, 8, 4};
  for (int stage = 0; stage < 3; ++stage)
    for (int i = 0; i < kUnits[stage]; ++i)
      x = v2_unit(n, x, scaled(std::int64_t{116} << stage, width), i == 0, b);
  classify(n, conv_block(n, x, width > 1.5 ? scaled(1024, width) : 1024));
}

void add_shufflenet_v1(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const Grouped& net, const Width& width) {
    Grouped thin = net;
    thin.stem = scaled(net.stem, width.scale);
    thin.channels = scaled(net.channels, width.scale);
    zoo.push_back(network(fmt::format("shufflenet_g{}_{}", net.groups, width.suffix), "ShuffleNet",
                          kShuffle, 224, [thin](Net& n) { write_grouped(n, thin); }));
  };
  for (const Grouped& net : {Grouped{24, 144, 1}, Grouped{24, 200, 2}, Grouped{24, 240, 3},
                             Grouped{24, 272, 4}, Grouped{24, 384, 8}})
    for (const Width& width : kWidths)
      if (width.scale == 1.0 || net.groups == 1 || net.groups == 3) add(net, width);
}

}  // namespace

void add_shufflenet(std::vector<ZooNetwork>& zoo) {
  add_shufflenet_v1(zoo);
  for (const Grouped& net :
       {Grouped{12, 108, 3, 8}, Grouped{12, 128, 4, 8}, Grouped{16, 160, 8, 8},
        Grouped{24, 228, 3, 12}, Grouped{24, 256, 4, 12}, Grouped{24, 348, 3, 12},
        Grouped{24, 352, 8, 12}, Grouped{48, 456, 3, 24}})
    zoo.push_back(network(fmt::format("menet{}_{}x1_g{}", net.channels, net.side, net.groups),
                          "MENet", kMe, 224, [net](Net& n) { write_grouped(n, net); }));
  for (const auto& [suffix, scale] : {Width{"wd2", 12.0 / 29}, Width{"w1", 1.0},
                                      Width{"w3d2", 44.0 / 29}, Width{"w2", 61.0 / 29}}) {
    const double w = scale;
    zoo.push_back(network(std::string("shufflenetv2_") + suffix, "ShuffleNetV2", kV2, 224,
                          [w](Net& n) { write_v2(n, w, false); }));
    zoo.push_back(network(std::string("shufflenetv2b_") + suffix, "ShuffleNetV2", kV2, 224,
                          [w](Net& n) { write_v2(n, w, true); }));
  }
}

}  // namespace partita
