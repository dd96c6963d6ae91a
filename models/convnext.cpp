// ConvNeXt: depthwise 7x7, then layer normalisation and two fully connected layers at each pixel.
#include <array>

#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct ConvNext {
  std::array<std::int64_t, 4> width;
  std::array<int, 4> depth;
};

Tensor block(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  Tensor x = tokens::from_map(net, net.depthwise(in, 7, 1, ""));
  x = tokens::feed_forward(net, net.layer_norm(x), 4 * s[1]);
  x = tokens::to_map(net, x, s[2], s[3]);
  return net.add(in, tokens::scale(net, x));
}

void convnext(Net& net, const ConvNext& c) {
  Tensor x = net.conv(net.input(), {.channels = c.width[0], .kernel = 4, .stride = 4, .pad = 0});
  x = net.layer_norm(x);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    if (stage > 0)
      x = net.conv(net.layer_norm(x),
                   {.channels = c.width[stage], .kernel = 2, .stride = 2, .pad = 0});
    for (int i = 0; i < c.depth[stage]; ++i) x = block(net, x);
  }
  net.fully_connected(net.layer_norm(net.global_pool(x)), 1000);
}

}  // namespace

void add_convnext(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const ConvNext& c) {
    zoo.push_back(network(name, "ConvNeXt", "A ConvNet for the 2020s, arXiv:2201.03545", 224,
                          [c](Net& net) { convnext(net, c); }));
  };
  add("convnext_tiny", {{96, 192, 384, 768}, {3, 3, 9, 3}});
  add("convnext_small", {{96, 192, 384, 768}, {3, 3, 27, 3}});
  add("convnext_base", {{128, 256, 512, 1024}, {3, 3, 27, 3}});
}

}  // namespace partita
