// ResNets with something added: average-pooled shortcuts (A), CBAM, AirNet.
#include <fmt/format.h>

#include "models/families.h"
#include "models/residual.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor deep_stem(Net& n, std::int64_t channels) {
  Tensor x = conv_block(n, n.input(), channels / 2, 3, 2);
  x = conv_block(n, conv_block(n, x, channels / 2, 3), channels, 3);
  return n.pool_same(x, 3, 2, "max");
}

Tensor body(Net& n, const Tensor& in, const ResidualUnit& u, bool bottleneck) {
  if (!bottleneck)
    return conv_block(n, conv_block(n, in, u.channels, 3, u.stride), u.channels, 3, 1, "");
  Tensor x = conv_block(n, in, u.channels / 4);
  x = conv_block(n, x, u.channels / 4, 3, u.stride);
  return conv_block(n, x, u.channels, 1, 1, "");
}

bool keeps_shape(const Net& n, const Tensor& in, const ResidualUnit& u) {
  return n.channels(in) == u.channels && u.stride == 1;
}

Tensor shortcut(Net& n, const Tensor& in, const ResidualUnit& u) {
  return keeps_shape(n, in, u) ? in : conv_block(n, in, u.channels, 1, u.stride, "");
}

void write_resneta(Net& n, const ResidualNet& net) {
  Tensor x = deep_stem(n, net.stem);
  for (const ResidualUnit& u : net.units) {
    Tensor identity = x;
    if (!keeps_shape(n, x, u)) {
      identity = u.stride > 1 ? halve_by_average(n, x) : n.avg_pool(x, 1, 1);
      identity = conv_block(n, identity, u.channels, 1, 1, "");
    }
    x = n.add(body(n, x, u, net.bottleneck), identity, "relu");
  }
  classify(n, x);
}

/// Both poolings pass the same two layers; their weights count twice here.
Tensor channel_gate(Net& n, const Tensor& in) {
  const std::int64_t channels = n.channels(in);
  const auto weigh = [&](const Tensor& pooled) {
    return n.fully_connected(n.fully_connected(pooled, channels / 16, "relu"), channels);
  };
  const Tensor average = weigh(n.global_pool(in));
  const Tensor most = weigh(n.reduce(in, {2, 3}, "max", false));
  return n.mul(in, n.activation(n.add(average, most), "sigmoid"));
}

Tensor spatial_gate(Net& n, const Tensor& in) {
  const Tensor both = n.concat({n.reduce(in, {1}, "max"), n.reduce(in, {1}, "mean")});
  return n.mul(in, conv_block(n, both, 1, 7, 1, "sigmoid"));
}

void write_cbam(Net& n, const ResidualNet& net) {
  Tensor x = n.pool_same(conv_block(n, n.input(), net.stem, 7, 2), 3, 2, "max");
  for (const ResidualUnit& u : net.units) {
    const Tensor identity = shortcut(n, x, u);
    const Tensor y = spatial_gate(n, channel_gate(n, body(n, x, u, net.bottleneck)));
    x = n.add(y, identity, "relu");
  }
  classify(n, x);
}

/// Attention at half the size, for the middle of a bottleneck.
Tensor air(Net& n, const Tensor& in, std::int64_t channels, std::int64_t ratio) {
  Tensor x = n.pool_same(conv_block(n, in, channels / ratio), 3, 2, "max");
  x = n.resize(conv_block(n, x, channels / ratio, 3), 2, "bilinear");
  return conv_block(n, x, channels, 1, 1, "sigmoid");
}

void write_airnet(Net& n, const ResidualNet& net, std::int64_t ratio) {
  Tensor x = deep_stem(n, net.stem);
  for (const ResidualUnit& u : net.units) {
    const std::int64_t middle = u.channels / 4;
    const Tensor identity = shortcut(n, x, u);
    Tensor y = conv_block(n, conv_block(n, x, middle), middle, 3, u.stride);
    if (u.stride == 1 && middle < 512) y = n.mul(y, air(n, x, middle, ratio));
    x = n.add(conv_block(n, y, u.channels, 1, 1, ""), identity, "relu");
  }
  classify(n, x);
}

}  // namespace

void add_resnet_variants(std::vector<ZooNetwork>& zoo) {
  const auto resneta = [&](const char* name, int blocks, bool bottleneck) {
    zoo.push_back(network(name, "ResNet(A)", "He et al., Bag of Tricks, arXiv:1812.01187", 224,
                          [=](Net& n) { write_resneta(n, residual_net(blocks, bottleneck)); }));
  };
  resneta("resneta10", 10, false);
  resneta("resnetabc14b", 14, true);
  resneta("resneta18", 18, false);
  resneta("resneta50b", 50, true);
  resneta("resneta101b", 101, true);
  resneta("resneta152b", 152, true);
  for (const int blocks : {18, 34, 50, 101, 152})
    zoo.push_back(network(fmt::format("cbam_resnet{}", blocks), "CBAM-ResNet",
                          "Woo et al., CBAM, arXiv:1807.06521", 224,
                          [blocks](Net& n) { write_cbam(n, residual_net(blocks, blocks >= 50)); }));
  const auto airnet = [&](int blocks, std::int64_t ratio) {
    zoo.push_back(network(fmt::format("airnet{}_1x64d_r{}", blocks, ratio), "AirNet",
                          "Yang et al., AirNet, IEEE TNNLS 2018", 224,
                          [=](Net& n) { write_airnet(n, residual_net(blocks, true), ratio); }));
  };
  airnet(50, 2);
  airnet(50, 16);
  airnet(101, 2);
}

}  // namespace partita
