// Real-time segmentation of streets with several branches (PIDNet, DDRNet, BiSeNet), and SegFormer.
#include <array>

#include "models/families.h"
#include "models/resnet_body.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor conv(Net& net, const Tensor& in, std::int64_t channels, int kernel = 3, int stride = 1,
            const std::string& act = "relu") {
  return net.conv(in, {.channels = channels, .kernel = kernel, .stride = stride, .act = act});
}

Tensor plain(Net& net, const Tensor& in, std::int64_t channels, int kernel = 3, int stride = 1) {
  return conv(net, in, channels, kernel, stride, "");
}

Tensor resize_like(Net& net, const Tensor& in, const Tensor& like) {
  const Shape to = net.shape(like);
  return net.resize_to(in, to[2], to[3], "bilinear");
}

/// Normalisation and activation before a convolution.
Tensor before(Net& net, const Tensor& in, const Net::Conv& c) {
  return net.conv(net.batch_norm(in, "relu"), c);
}

Tensor residual(Net& net, const Tensor& in, const Tensor& out, int stride, const std::string& act) {
  const bool same = stride == 1 && net.channels(in) == net.channels(out);
  return net.add(out, same ? in : plain(net, in, net.channels(out), 1, stride), act);
}

/// Basic units; the last one's sum is not rectified.
Tensor basics(Net& net, Tensor x, std::int64_t channels, int depth, int stride = 1) {
  for (int i = 0; i < depth; ++i) {
    const int s = i == 0 ? stride : 1;
    const Tensor y = plain(net, conv(net, x, channels, 3, s), channels);
    x = residual(net, x, y, s, i + 1 < depth ? "relu" : "");
  }
  return x;
}

/// Bottlenecks that double their channels.
Tensor bottlenecks(Net& net, Tensor x, std::int64_t channels, int depth, int stride = 1) {
  for (int i = 0; i < depth; ++i) {
    const int s = i == 0 ? stride : 1;
    const Tensor y = conv(net, conv(net, x, channels, 1), channels, 3, s);
    x = residual(net, x, plain(net, y, 2 * channels, 1), s, "");
  }
  return x;
}

/// The map and its means over 5, 9, 17 and all pixels, each to `width` channels.
std::vector<Tensor> scales(Net& net, const Tensor& x, std::int64_t width) {
  const Net::Conv narrow{.channels = width, .bias = false};
  std::vector<Tensor> all{before(net, x, narrow)};
  for (const auto& [kernel, stride] : {std::pair{5, 2}, {9, 4}, {17, 8}})
    all.push_back(
        resize_like(net, before(net, net.avg_pool(x, kernel, stride, kernel / 2), narrow), x));
  all.push_back(resize_like(net, before(net, net.global_pool(x, true), narrow), x));
  return all;
}

Tensor joined(Net& net, const Tensor& x, const std::vector<Tensor>& all, std::int64_t channels) {
  const Net::Conv out{.channels = channels, .bias = false};
  return net.add(before(net, net.concat(all), out), before(net, x, out));
}

Tensor head(Net& net, const Tensor& in, std::int64_t inner, std::int64_t classes) {
  const Tensor x = before(net, in, {.channels = inner, .kernel = 3, .act = "relu"});
  return plain(net, x, classes, 1);
}

// ---- PIDNet-S: integral, proportional and derivative branch

constexpr std::int64_t kPlanes = 32;

/// One map led by another: their similarity mixes them.
Tensor guided(Net& net, const Tensor& x, const Tensor& y) {
  const Tensor query = resize_like(net, plain(net, y, kPlanes, 1), x);
  const Tensor alike = net.mul(plain(net, x, kPlanes, 1), query);
  const Tensor weight = net.activation(net.reduce(alike, {1}, "sum"), "sigmoid");
  const Tensor rest = net.combine(weight, net.constant({1, 1, 1, 1}), "rsub");
  return net.add(net.mul(rest, x), net.mul(weight, resize_like(net, y, x)));
}

void pidnet_s(Net& net) {
  constexpr std::int64_t p = kPlanes;
  Tensor x = conv(net, conv(net, net.input(), p, 3, 2), p, 3, 2);
  x = net.activation(basics(net, x, p, 2), "relu");
  x = net.activation(basics(net, x, 2 * p, 2, 2), "relu");
  Tensor detail = basics(net, x, 2 * p, 2), edge = basics(net, x, p, 1);
  x = net.activation(basics(net, x, 4 * p, 3, 2), "relu");
  detail = guided(net, detail, plain(net, x, 2 * p, 1));
  edge = net.add(edge, resize_like(net, plain(net, x, p), edge));
  x = net.activation(basics(net, x, 8 * p, 3, 2), "relu");
  detail = basics(net, net.activation(detail, "relu"), 2 * p, 2);
  edge = bottlenecks(net, net.activation(edge, "relu"), p, 1);
  detail = guided(net, detail, plain(net, x, 2 * p, 1));
  edge = net.add(edge, resize_like(net, plain(net, x, 2 * p), edge));
  detail = bottlenecks(net, net.activation(detail, "relu"), 2 * p, 1);
  edge = bottlenecks(net, net.activation(edge, "relu"), 2 * p, 1);
  x = bottlenecks(net, x, 8 * p, 2, 2);
  const std::vector<Tensor> all = scales(net, x, 96);
  std::vector<Tensor> sums;
  for (std::size_t i = 1; i < all.size(); ++i) sums.push_back(net.add(all[i], all[0]));
  const Tensor mixed =
      before(net, net.concat(sums), {.channels = 4 * 96, .kernel = 3, .groups = 4, .bias = false});
  x = resize_like(net, joined(net, x, {all[0], mixed}, 4 * p), edge);
  const Tensor gate = net.activation(edge, "sigmoid");
  const Tensor open = net.combine(gate, net.constant({1, 1, 1, 1}), "rsub");
  const Tensor a = plain(net, net.add(net.mul(open, x), detail), 4 * p, 1);
  const Tensor b = plain(net, net.add(x, net.mul(gate, detail)), 4 * p, 1);
  head(net, net.add(a, b), 128, 19);
}

// ---- DDRNet-23-slim: two resolutions that exchange their maps

void ddrnet23_slim(Net& net) {
  constexpr std::int64_t p = 32;
  Tensor x = conv(net, conv(net, net.input(), p, 3, 2), p, 3, 2);
  x = net.activation(basics(net, x, p, 2), "relu");
  x = net.activation(basics(net, x, 2 * p, 2, 2), "relu");
  Tensor low = basics(net, x, 4 * p, 2, 2), high = basics(net, x, 2 * p, 2);
  Tensor low_relu = net.activation(low, "relu"), high_relu = net.activation(high, "relu");
  low = net.add(low, plain(net, high_relu, 4 * p, 3, 2));
  high = net.add(high, resize_like(net, plain(net, low_relu, 2 * p, 1), high));
  low = basics(net, net.activation(low, "relu"), 8 * p, 2, 2);
  high = basics(net, net.activation(high, "relu"), 2 * p, 2);
  low_relu = net.activation(low, "relu");
  high_relu = net.activation(high, "relu");
  low = net.add(low, plain(net, conv(net, high_relu, 4 * p, 3, 2), 8 * p, 3, 2));
  high = net.add(high, resize_like(net, plain(net, low_relu, 2 * p, 1), high));
  high = bottlenecks(net, net.activation(high, "relu"), 2 * p, 1);
  low = bottlenecks(net, net.activation(low, "relu"), 8 * p, 1, 2);
  std::vector<Tensor> all = scales(net, low, 128);
  for (std::size_t i = 1; i < all.size(); ++i)
    all[i] =
        before(net, net.add(all[i], all[i - 1]), {.channels = 128, .kernel = 3, .bias = false});
  const Tensor context = resize_like(net, joined(net, low, all, 4 * p), high);
  head(net, net.add(high, context), 64, 19);
}

// ---- BiSeNet on ResNet-18

void bisenet(Net& net) {
  const Tensor spatial =
      conv(net, conv(net, conv(net, net.input(), 64, 3, 2), 128, 3, 2), 256, 3, 2);
  const std::vector<Tensor> stages = resnet_body(net, net.input(), kResNet18);
  const auto refined = [&](const Tensor& x) {
    const Tensor gate = conv(net, net.global_pool(x, true), net.channels(x), 1, 1, "sigmoid");
    return net.mul(x, gate);
  };
  const Tensor a = refined(stages[2]);
  const Tensor b = net.mul(refined(stages[3]), net.global_pool(stages[3], true));
  const Tensor x =
      net.concat({spatial, resize_like(net, a, spatial), resize_like(net, b, spatial)});
  const std::int64_t classes = 12;
  Tensor fused = conv(net, x, classes);
  const Tensor gate =
      conv(net, conv(net, net.global_pool(fused, true), classes, 1), classes, 1, 1, "sigmoid");
  fused = net.add(net.mul(fused, gate), fused);
  plain(net, net.resize(fused, 8, "bilinear"), classes, 1);
}

// ---- SegFormer-B0: keys and values from a smaller map

void segformer_b0(Net& net) {
  constexpr std::array<std::int64_t, 4> kWidth = {32, 64, 160, 256}, kHeads = {1, 2, 5, 8};
  constexpr std::array<int, 4> kReduce = {8, 4, 2, 1};
  Tensor map = net.input();
  std::vector<Tensor> maps;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const bool first = stage == 0;
    map = plain(net, map, kWidth[stage], first ? 7 : 3, first ? 4 : 2);
    const Shape s = net.shape(map);
    Tensor x = net.layer_norm(tokens::from_map(net, map));
    for (int i = 0; i < 2; ++i) {
      const Tensor normal = net.layer_norm(x);
      Tensor context = normal;
      if (const int r = kReduce[stage]; r > 1) {
        const Tensor small = net.conv(tokens::to_map(net, normal, s[2], s[3]),
                                      {.channels = s[1], .kernel = r, .stride = r, .pad = 0});
        context = net.layer_norm(tokens::from_map(net, small));
      }
      x = net.add(x, tokens::attention(net, normal, context, {.heads = kHeads[stage]}));
      const Tensor wide = net.fully_connected(net.layer_norm(x), 4 * s[1]);
      const Tensor mixed = net.depthwise(tokens::to_map(net, wide, s[2], s[3]), 3, 1, "gelu");
      x = net.add(x, net.fully_connected(tokens::from_map(net, mixed), s[1]));
    }
    map = tokens::to_map(net, net.layer_norm(x), s[2], s[3]);
    maps.push_back(map);
  }
  std::vector<Tensor> wide;
  for (std::size_t i = 4; i-- > 0;) {
    const Shape s = net.shape(maps[i]);
    const Tensor x = net.fully_connected(tokens::from_map(net, maps[i]), 256);
    wide.push_back(resize_like(net, tokens::to_map(net, x, s[2], s[3]), maps[0]));
  }
  plain(net, conv(net, net.concat(wide), 256, 1), 150, 1);
}

}  // namespace

void add_segmentation_parsing(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& family, const std::string& paper,
                       Shape input, void (*write)(Net&)) {
    zoo.push_back(network(name, family, paper, std::move(input), write));
  };
  add("pidnet_s", "PIDNet", "arXiv:2206.02066", {1, 3, 1024, 2048}, pidnet_s);
  add("ddrnet23_slim", "DDRNet", "arXiv:2101.06085", {1, 3, 1024, 2048}, ddrnet23_slim);
  add("bisenet_resnet18", "BiSeNet", "arXiv:1808.00897", {1, 3, 720, 960}, bisenet);
  add("segformer_b0", "SegFormer", "arXiv:2105.15203", {1, 3, 512, 512}, segformer_b0);
}

}  // namespace partita
