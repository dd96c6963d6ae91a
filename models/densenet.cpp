// DenseNet and PeleeNet: every layer reads all before it.
#include <fmt/format.h>

#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor dense_unit(Net& n, const Tensor& in, std::int64_t growth) {
  Tensor x = n.batch_norm(in, "relu");
  x = n.conv(x, {.channels = 4 * growth, .act = "relu"});
  x = n.conv(x, {.channels = growth, .kernel = 3, .bias = false});
  return n.concat({in, x});
}

void write_densenet(Net& n, std::int64_t stem, std::int64_t growth,
                    const std::array<int, 4>& layers) {
  n.pad_apart();
  Tensor x = n.conv(n.input(), {.channels = stem, .kernel = 7, .stride = 2, .act = "relu"});
  x = n.pool_same(x, 3, 2, "max");
  for (std::size_t stage = 0; stage < layers.size(); ++stage) {
    if (stage > 0) {
      x = n.batch_norm(x, "relu");
      x = n.conv(x, {.channels = n.channels(x) / 2, .bias = false});
      x = halve_by_average(n, x);
    }
    for (int i = 0; i < layers[stage]; ++i) x = dense_unit(n, x, growth);
  }
  classify(n, n.batch_norm(x, "relu"));
}

/// Two branches of different reach, each half the growth.
Tensor pelee_unit(Net& n, const Tensor& in, std::int64_t middle) {
  constexpr std::int64_t kHalfGrowth = 16;
  const Tensor near = conv_block(n, conv_block(n, in, middle), kHalfGrowth, 3);
  Tensor far = conv_block(n, conv_block(n, in, middle), kHalfGrowth, 3);
  far = conv_block(n, far, kHalfGrowth, 3);
  return n.concat({in, near, far});
}

void write_peleenet(Net& n) {
  Tensor x = conv_block(n, n.input(), 32, 3, 2);
  const Tensor convolved = conv_block(n, conv_block(n, x, 16), 32, 3, 2);
  x = conv_block(n, n.concat({convolved, n.max_pool(x, 2, 2)}), 32);
  constexpr std::array<int, 4> kLayers{3, 4, 8, 6};
  constexpr std::array<std::int64_t, 4> kMiddle{16, 32, 64, 64};
  for (std::size_t stage = 0; stage < kLayers.size(); ++stage) {
    if (stage > 0) x = halve_by_average(n, conv_block(n, x, n.channels(x)));
    for (int i = 0; i < kLayers[stage]; ++i) x = pelee_unit(n, x, kMiddle[stage]);
  }
  classify(n, conv_block(n, x, n.channels(x)));
}

}  // namespace

void add_densenet(std::vector<ZooNetwork>& zoo) {
  struct Variant {
    int blocks;
    std::int64_t stem, growth;
    std::array<int, 4> layers;
  };
  constexpr Variant kVariants[] = {{121, 64, 32, {6, 12, 24, 16}},
                                   {161, 96, 48, {6, 12, 36, 24}},
                                   {169, 64, 32, {6, 12, 32, 32}},
                                   {201, 64, 32, {6, 12, 48, 32}}};
  for (const Variant& v : kVariants)
    zoo.push_back(network(fmt::format("densenet{}", v.blocks), "DenseNet",
                          "Huang et al., Densely Connected CNNs, arXiv:1608.06993", 224,
                          [v](Net& n) { write_densenet(n, v.stem, v.growth, v.layers); }));
  zoo.push_back(
      network("peleenet", "PeleeNet", "Wang et al., Pelee, arXiv:1804.06882", 224, write_peleenet));
}

}  // namespace partita
