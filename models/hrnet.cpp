// HRNet: branches of several resolutions that exchange after every module.
#include <fmt/format.h>

#include <array>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;
using Branches = std::vector<Tensor>;

struct Design {
  std::int64_t stem = 256;
  int stem_units = 4;
  std::int64_t width = 18;
  std::array<int, 3> modules{1, 4, 3};
};

Tensor residual(Net& n, const Tensor& in, const Tensor& body) {
  const std::int64_t channels = n.channels(body);
  return n.add(body, n.channels(in) == channels ? in : conv_block(n, in, channels, 1, 1, ""),
               "relu");
}

Tensor bottleneck(Net& n, const Tensor& in, std::int64_t channels) {
  Tensor x = conv_block(n, conv_block(n, in, channels / 4), channels / 4, 3);
  return residual(n, in, conv_block(n, x, channels, 1, 1, ""));
}

Tensor basic(Net& n, const Tensor& in, std::int64_t channels) {
  return residual(n, in, conv_block(n, conv_block(n, in, channels, 3), channels, 3, 1, ""));
}

/// Branch `from` at the size and width of branch `to`.
Tensor exchange(Net& n, const Branches& x, std::size_t from, std::size_t to) {
  const std::int64_t channels = n.channels(x[to]);
  if (from == to) return x[to];
  if (from > to)
    return n.resize(conv_block(n, x[from], channels, 1, 1, ""),
                    static_cast<double>(std::size_t{1} << (from - to)), "nearest");
  Tensor y = x[from];
  for (std::size_t i = from; i + 1 < to; ++i) y = conv_block(n, y, n.channels(y), 3, 2);
  return conv_block(n, y, channels, 3, 2, "");
}

Branches module(Net& n, Branches x, int units) {
  for (Tensor& branch : x)
    for (int i = 0; i < units; ++i) branch = basic(n, branch, n.channels(branch));
  Branches out;
  for (std::size_t to = 0; to < x.size(); ++to) {
    Tensor sum = exchange(n, x, 0, to);
    for (std::size_t from = 1; from < x.size(); ++from) sum = n.add(sum, exchange(n, x, from, to));
    out.push_back(n.activation(sum, "relu"));
  }
  return out;
}

void write_hrnet(Net& n, const Design& d) {
  Tensor stem = conv_block(n, conv_block(n, n.input(), 64, 3, 2), 64, 3, 2);
  for (int i = 0; i < d.stem_units; ++i) stem = bottleneck(n, stem, d.stem);
  Branches x{conv_block(n, stem, d.width, 3)};
  for (std::size_t stage = 0; stage < d.modules.size(); ++stage) {
    const Tensor last = stage == 0 ? stem : x.back();
    x.push_back(conv_block(n, last, d.width << x.size(), 3, 2));
    for (int i = 0; i < d.modules[stage]; ++i)
      x = module(n, x, d.stem_units < 2 ? 2 : d.stem_units);
  }
  Tensor y = bottleneck(n, x[0], 128);
  for (std::size_t i = 1; i < x.size(); ++i) {
    const std::int64_t channels = std::int64_t{128} << i;
    y = n.add(bottleneck(n, x[i], channels), conv_block(n, y, channels, 3, 2));
  }
  classify(n, conv_block(n, y, 2048));
}

}  // namespace

void add_hrnet(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const Design& d) {
    zoo.push_back(network(name, "HRNet", "Wang et al., Deep High-Resolution, arXiv:1908.07919", 224,
                          [d](Net& n) { write_hrnet(n, d); }));
  };
  add("hrnet_w18_small_v1", {128, 1, 16, {1, 1, 1}});
  add("hrnet_w18_small_v2", {256, 2, 18, {1, 3, 2}});
  for (const std::int64_t width : {18, 30, 32, 40, 44, 48, 64})
    add(fmt::format("hrnetv2_w{}", width), {.width = width});
}

}  // namespace partita
