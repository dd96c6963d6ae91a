// PreResNet and SE-PreResNet: normalisation and activation come before the convolutions.
#include "models/families.h"
#include "models/residual.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

constexpr const char* kPreResNet =
    "He et al., Identity Mappings in Deep Residual Networks, arXiv:1603.05027";
constexpr const char* kSe = "Hu et al., Squeeze-and-Excitation Networks, arXiv:1709.01507";

// A normalisation between two convolutions is folded into the first; one after a sum cannot be.
Tensor unit(Net& n, const Tensor& in, const ResidualNet& net, const ResidualUnit& u, bool se) {
  const Tensor active = n.batch_norm(in, "relu");
  Tensor x = active;
  if (net.bottleneck) {
    const std::int64_t middle = u.channels / 4;
    x = n.conv(x, {.channels = middle, .stride = net.stride_first ? u.stride : 1, .act = "relu"});
    x = n.conv(x, {.channels = middle,
                   .kernel = 3,
                   .stride = net.stride_first ? 1 : u.stride,
                   .act = "relu"});
    x = n.conv(x, {.channels = u.channels, .bias = false});
  } else {
    x = n.conv(x, {.channels = u.channels, .kernel = 3, .stride = u.stride, .act = "relu"});
    x = n.conv(x, {.channels = u.channels, .kernel = 3, .bias = false});
  }
  if (se) x = n.squeeze_excite(x, u.channels / 16);
  const bool same = n.channels(in) == u.channels && u.stride == 1;
  const Tensor identity =
      same ? in : n.conv(active, {.channels = u.channels, .stride = u.stride, .bias = false});
  return n.add(x, identity);
}

void write_preresnet(Net& n, const ResidualNet& net, bool se) {
  n.pad_apart();
  Tensor x = n.conv(n.input(), {.channels = net.stem, .kernel = 7, .stride = 2, .act = "relu"});
  x = n.pool_same(x, 3, 2, "max");
  for (const ResidualUnit& u : net.units) x = unit(n, x, net, u, se);
  classify(n, n.batch_norm(x, "relu"));
}

}  // namespace

void add_preresnet(std::vector<ZooNetwork>& zoo) {
  for (const bool se : {false, true})
    for (const ResidualName& name : residual_names(se ? "sepreresnet" : "preresnet"))
      zoo.push_back(network(
          name.name, se ? "SE-PreResNet" : "PreResNet", se ? kSe : kPreResNet, 224,
          [name, se](Net& n) {
            write_preresnet(n, residual_net(name.blocks, name.bottleneck, name.b, name.width), se);
          }));
}

}  // namespace partita
