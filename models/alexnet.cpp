// AlexNet, ZFNet and VGG: plain chains with fully connected ends.
#include <fmt/format.h>

#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

void write_dense(Net& n, const Tensor& in) {
  Tensor x = n.fully_connected(n.reshape(in, {1, -1}), 4096, "relu");
  n.fully_connected(n.fully_connected(x, 4096, "relu"), 1000);
}

struct Layer {
  std::int64_t channels;
  int kernel, stride, pad;
};

/// Five convolutions, each stage but the middle ones followed by a 3x3/2 max pooling.
void write_alexnet(Net& n, const std::array<Layer, 5>& layers, bool ceil) {
  Tensor x = n.input();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& l = layers[i];
    x = n.conv(x, {.channels = l.channels,
                   .kernel = l.kernel,
                   .stride = l.stride,
                   .pad = l.pad,
                   .act = "relu"});
    if (i != 2 && i != 3) x = n.max_pool(x, 3, 2, 0, ceil);
  }
  write_dense(n, x);
}

void write_vgg(Net& n, const std::array<int, 5>& layers) {
  Tensor x = n.input();
  std::int64_t channels = 64;
  for (const int convolutions : layers) {
    for (int i = 0; i < convolutions; ++i) x = conv_block(n, x, channels, 3);
    x = n.max_pool(x, 2, 2);
    if (channels < 512) channels *= 2;
  }
  write_dense(n, x);
}

}  // namespace

void add_alexnet(std::vector<ZooNetwork>& zoo) {
  zoo.push_back(network(
      "alexnet", "AlexNet", "Krizhevsky, One weird trick, arXiv:1404.5997", 224, [](Net& n) {
        write_alexnet(
            n, {{{64, 11, 4, 2}, {192, 5, 1, 2}, {384, 3, 1, 1}, {256, 3, 1, 1}, {256, 3, 1, 1}}},
            false);
      }));
  zoo.push_back(network("zfnet", "AlexNet", "Zeiler and Fergus, arXiv:1311.2901", 224, [](Net& n) {
    write_alexnet(
        n, {{{96, 7, 2, 1}, {256, 5, 2, 0}, {384, 3, 1, 1}, {384, 3, 1, 1}, {256, 3, 1, 1}}}, true);
  }));
  const std::pair<int, std::array<int, 5>> vggs[] = {
      {11, {1, 1, 2, 2, 2}}, {13, {2, 2, 2, 2, 2}}, {16, {2, 2, 3, 3, 3}}, {19, {2, 2, 4, 4, 4}}};
  for (const char* prefix : {"", "bn_"})  // Normalisation is folded: the same operators.
    for (const auto& [depth, layers] : vggs)
      zoo.push_back(network(fmt::format("{}vgg{}", prefix, depth), "VGG",
                            "Simonyan and Zisserman, arXiv:1409.1556", 224,
                            [l = layers](Net& n) { write_vgg(n, l); }));
}

}  // namespace partita
