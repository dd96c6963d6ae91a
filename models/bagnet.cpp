// BagNet: a ResNet-50 whose view is kept small by 1x1 convolutions, without padding.
#include <fmt/format.h>

#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor unit(Net& n, const Tensor& in, std::int64_t channels, int kernel, int stride) {
  Tensor x = n.conv(in, {.channels = channels / 4, .act = "relu"});
  x = n.conv(
      x, {.channels = channels / 4, .kernel = kernel, .stride = stride, .pad = 0, .act = "relu"});
  x = n.conv(x, {.channels = channels});
  Tensor identity = in;
  if (n.channels(in) != channels || stride != 1)
    identity = n.conv(in, {.channels = channels, .stride = stride});
  if (const std::int64_t size = n.shape(x)[2]; size != n.shape(identity)[2])
    identity = n.slice(n.slice(identity, 2, 0, size), 3, 0, size);
  return n.add(x, identity, "relu");
}

/// The first unit of the first `wide` stages looks at 3x3.
void write_bagnet(Net& n, int wide) {
  Tensor x = n.conv(n.input(), {.channels = 64, .bias = false});
  x = n.conv(x, {.channels = 64, .kernel = 3, .pad = 0, .act = "relu"});
  constexpr std::array<int, 4> kLayers{3, 4, 6, 3};
  for (int stage = 0; stage < 4; ++stage)
    for (int i = 0; i < kLayers[static_cast<std::size_t>(stage)]; ++i)
      x = unit(n, x, std::int64_t{256} << stage, i == 0 && stage < wide ? 3 : 1,
               i == 0 && stage < 3 ? 2 : 1);
  classify(n, x);
}

}  // namespace

void add_bagnet(std::vector<ZooNetwork>& zoo) {
  for (const auto& [field, wide] : {std::pair{9, 2}, {17, 3}, {33, 4}})
    zoo.push_back(network(fmt::format("bagnet{}", field), "BagNet",
                          "Brendel and Bethge, Bag-of-local-Features, arXiv:1904.00760", 224,
                          [w = wide](Net& n) { write_bagnet(n, w); }));
}

}  // namespace partita
