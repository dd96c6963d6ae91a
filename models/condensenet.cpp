// CondenseNet with its learned groups made fixed.
#include <string>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

constexpr const char* kSource = "Huang et al., CondenseNet, arXiv:1711.09224";

/// The 1x1 convolution reads the channels its groups chose: moved like a shuffle.
Tensor unit(Net& n, const Tensor& in, std::int64_t growth, std::int64_t groups) {
  Tensor x = n.batch_norm(n.shuffle(in, groups), "relu");
  x = n.conv(x, {.channels = 4 * growth, .groups = groups, .bias = false});
  x = n.batch_norm(n.shuffle(x, groups), "relu");
  x = n.conv(x, {.channels = growth, .kernel = 3, .groups = groups, .bias = false});
  return n.concat({in, x});
}

void write(Net& n, std::int64_t groups) {
  constexpr int kUnits[] = {4, 6, 8, 10, 8};
  std::int64_t growth = 8;
  Tensor x = n.conv(n.input(), {.channels = 16, .kernel = 3, .stride = 2, .bias = false});
  for (const int units : kUnits) {
    if (growth > 8) x = n.avg_pool(x, 2, 2);
    for (int i = 0; i < units; ++i) x = unit(n, x, growth, groups);
    growth *= 2;
  }
  x = n.global_pool(n.batch_norm(x, "relu"));
  // The classifier keeps the better half of the features.
  n.fully_connected(n.slice(x, 1, 0, n.channels(x) / 2), 1000);
}

}  // namespace

void add_condensenet(std::vector<ZooNetwork>& zoo) {
  for (const std::int64_t groups : {4, 8}) {
    const std::string g = std::to_string(groups);
    zoo.push_back(network("condensenet74_c" + g + "_g" + g, "CondenseNet", kSource, 224,
                          [groups](Net& n) { write(n, groups); }));
  }
}

}  // namespace partita
