// HarDNet: layer i reads layers i - 2^k, and is the wider the more it reads.
#include <array>
#include <cmath>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Stage {
  int layers;
  std::int64_t channels, growth;
  bool halve;  ///< After it.
};

struct Design {
  bool depthwise;
  std::int64_t stem;
  double factor;
  std::vector<Stage> stages;
};

/// Layers that layer i >= 1 reads: i - 2^k for every 2^k that divides i.
std::vector<int> links(int layer) {
  std::vector<int> from;
  for (int step = 1; step <= layer && layer % step == 0; step *= 2) from.push_back(layer - step);
  return from;
}

std::int64_t width(int layer, const Stage& stage, double factor) {
  double channels = static_cast<double>(stage.growth);
  for (std::size_t i = 1; i < links(layer).size(); ++i) channels *= factor;
  return static_cast<std::int64_t>(channels + 1) / 2 * 2;
}

Tensor unit(Net& n, const Tensor& in, const Design& d, const Stage& stage) {
  std::vector<Tensor> made{in};
  for (int i = 1; i <= stage.layers; ++i) {
    std::vector<Tensor> read;
    for (const int link : links(i)) read.push_back(made[static_cast<std::size_t>(link)]);
    const Tensor x = n.concat(read);
    const std::int64_t channels = width(i, stage, d.factor);
    made.push_back(d.depthwise ? n.depthwise(conv_block(n, x, channels, 1, 1, "relu6"), 3, 1, "")
                               : conv_block(n, x, channels, 3));
  }
  std::vector<Tensor> kept;
  for (std::size_t i = 0; i < made.size(); ++i)
    if (i + 1 == made.size() || i % 2 == 1) kept.push_back(made[i]);
  const Tensor x = conv_block(n, n.concat(kept), stage.channels, 1, 1, "relu6");
  if (!stage.halve) return x;
  return d.depthwise ? n.depthwise(x, 3, 2, "") : n.max_pool(x, 2, 2);
}

void write_hardnet(Net& n, const Design& d) {
  n.pad_apart();
  Tensor x = conv_block(n, n.input(), d.stem / 2, 3, 2, "relu6");
  x = conv_block(n, x, d.stem, d.depthwise ? 1 : 3, 1, "relu6");
  x = d.depthwise ? n.depthwise(x, 3, 2, "") : n.pool_same(x, 3, 2, "max");
  for (const Stage& stage : d.stages) x = unit(n, x, d, stage);
  classify(n, x);
}

}  // namespace

void add_hardnet(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const char* name, const Design& d) {
    zoo.push_back(network(name, "HarDNet", "Chao et al., HarDNet, arXiv:1909.00948", 224,
                          [d](Net& n) { write_hardnet(n, d); }));
  };
  const std::vector<Stage> deep{{8, 128, 14, true},
                                {16, 256, 16, false},
                                {16, 320, 20, true},
                                {16, 640, 40, true},
                                {4, 1024, 160, false}};
  add("hardnet39ds",
      {true,
       48,
       1.6,
       {{4, 96, 16, true}, {16, 320, 20, true}, {8, 640, 64, true}, {4, 1024, 160, false}}});
  add("hardnet68ds", {true, 64, 1.7, deep});
  add("hardnet68", {false, 64, 1.7, deep});
  add("hardnet85", {false,
                    96,
                    1.7,
                    {{8, 192, 24, true},
                     {16, 256, 24, false},
                     {16, 320, 28, true},
                     {16, 480, 36, false},
                     {16, 720, 48, true},
                     {4, 1280, 256, false}}});
}

}  // namespace partita
