// DarkNet and DiracNet: chains of convolutions and poolings.
#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;
using Stages = std::vector<std::vector<std::int64_t>>;

constexpr const char* kLeaky = "leaky-relu";

/// `odd_1x1`: the first, third, ... convolutions of a stage are 1x1, else the others.
void write_darknet(Net& n, const Stages& stages, bool odd_1x1, bool last_active) {
  Tensor x = n.input();
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    const auto& channels = stages[stage];
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const bool pointwise = channels.size() > 1 && (i % 2 == 0) == odd_1x1;
      x = conv_block(n, x, channels[i], pointwise ? 1 : 3, 1, kLeaky);
    }
    if (stage + 1 < stages.size()) x = n.max_pool(x, 2, 2);
  }
  x = n.conv(x, {.channels = 1000, .act = last_active ? kLeaky : ""});
  n.avg_pool(x, static_cast<int>(n.shape(x)[2]), 1);
}

void write_darknet53(Net& n) {
  constexpr std::array<int, 5> kUnits{1, 2, 8, 8, 4};
  Tensor x = conv_block(n, n.input(), 32, 3, 1, kLeaky);
  std::int64_t channels = 64;
  for (const int units : kUnits) {
    x = conv_block(n, x, channels, 3, 2, kLeaky);
    for (int i = 0; i < units; ++i)
      x = n.add(
          x, conv_block(n, conv_block(n, x, channels / 2, 1, 1, kLeaky), channels, 3, 1, kLeaky));
    channels *= 2;
  }
  classify(n, x);
}

/// Trained weights hold the identity: no additions are left.
void write_diracnet(Net& n, const std::array<int, 4>& layers) {
  n.pad_apart();
  Tensor x = n.conv(n.input(), {.channels = 64, .kernel = 7, .stride = 2});
  x = n.activation(n.pool_same(x, 3, 2, "max"), "relu");
  for (std::size_t stage = 0; stage < layers.size(); ++stage) {
    for (int i = 0; i < layers[stage]; ++i)
      x = n.conv(x, {.channels = std::int64_t{64} << stage, .kernel = 3, .act = "relu"});
    if (stage + 1 < layers.size()) x = n.max_pool(x, 2, 2);
  }
  classify(n, x);
}

}  // namespace

void add_darknet(std::vector<ZooNetwork>& zoo) {
  const auto darknet = [&](const char* name, const Stages& stages, bool odd_1x1, bool active) {
    zoo.push_back(network(name, "DarkNet", "Redmon, Darknet, pjreddie.com/darknet", 224,
                          [=](Net& n) { write_darknet(n, stages, odd_1x1, active); }));
  };
  darknet("darknet_ref", {{16}, {32}, {64}, {128}, {256}, {512}, {1024}}, false, true);
  darknet("darknet_tiny",
          {{16}, {32}, {16, 128, 16, 128}, {32, 256, 32, 256}, {64, 512, 64, 512, 128}}, true,
          false);
  darknet("darknet19",
          {{32},
           {64},
           {128, 64, 128},
           {256, 128, 256},
           {512, 256, 512, 256, 512},
           {1024, 512, 1024, 512, 1024}},
          false, false);
  zoo.push_back(network("darknet53", "DarkNet", "Redmon and Farhadi, YOLOv3, arXiv:1804.02767", 224,
                        write_darknet53));
  const auto dirac = [&](const char* name, const std::array<int, 4>& layers) {
    zoo.push_back(network(name, "DiracNet", "Zagoruyko and Komodakis, DiracNets, arXiv:1706.00388",
                          224, [layers](Net& n) { write_diracnet(n, layers); }));
  };
  dirac("diracnet18v2", {4, 4, 4, 4});
  dirac("diracnet34v2", {6, 8, 12, 6});
}

}  // namespace partita
