// EfficientViT: attention without softmax, linear in the number of pixels.
#include <array>
#include <string>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct EfficientVit {
  std::array<std::int64_t, 5> width;
  std::array<int, 5> depth;
  std::int64_t head_map, head_vector;
  bool large;
  std::string act;
};

struct Local {
  char kind;  ///< m: 1x1, depthwise, 1x1; f: 3x3, 1x1; r: 3x3, 3x3; d: depthwise, 1x1.
  std::int64_t channels;
  int stride = 1;
  std::int64_t expand = 1;
};

Tensor local_block(Net& net, const Tensor& in, const Local& l, const std::string& act) {
  const std::int64_t c = net.channels(in), inner = c * l.expand;
  Tensor x = in;
  if (l.kind == 'm') {
    x = net.conv(x, {.channels = inner, .act = act});
    x = net.conv(net.depthwise(x, 3, l.stride, act), {.channels = l.channels});
  } else if (l.kind == 'd') {
    x = net.conv(net.depthwise(x, 3, l.stride, act), {.channels = l.channels});
  } else {
    x = net.conv(x, {.channels = inner, .kernel = 3, .stride = l.stride, .act = act});
    x = net.conv(x, {.channels = l.channels, .kernel = l.kind == 'r' ? 3 : 1});
  }
  return l.stride == 1 && c == l.channels ? net.add(in, x) : x;
}

/// relu(q) (relu(k)^T v), the sum of the weights carried along as one more row of v.
Tensor linear_attention(Net& net, const Tensor& in, std::int64_t dim) {
  const Shape s = net.shape(in);
  const std::int64_t total = s[1] / dim * dim, pixels = s[2] * s[3];
  const Tensor qkv = net.conv(in, {.channels = 3 * total, .bias = false});
  Tensor wide =
      net.conv(qkv, {.channels = 3 * total, .kernel = 5, .groups = 3 * total, .bias = false});
  wide = net.conv(wide, {.channels = 3 * total, .groups = 3 * (total / dim), .bias = false});
  const std::int64_t heads = 2 * total / dim;
  const Tensor all = net.reshape(net.concat({qkv, wide}), {1, heads, 3 * dim, pixels});
  const auto parts = net.split(all, 3, 2);
  const Tensor q = net.activation(parts[0], "relu"), k = net.activation(parts[1], "relu");
  const Tensor v = net.concat({parts[2], net.constant({1, heads, 1, pixels})}, 2);
  const Tensor sums = net.matmul(net.matmul(v, k, true), q, false);
  const Tensor mean =
      net.combine(net.slice(sums, 2, 0, dim), net.slice(sums, 2, dim, dim + 1), "div");
  const Tensor map = net.reshape(mean, {1, 2 * total, s[2], s[3]});
  return net.add(in, net.conv(map, {.channels = s[1]}));
}

Tensor stage(Net& net, Tensor x, const EfficientVit& e, std::size_t i) {
  const bool attention = i >= (e.large ? 4U : 3U);
  constexpr char kLarge[] = {'r', 'f', 'f', 'm', 'm'};
  constexpr std::int64_t kExpand[] = {1, 4, 4, 4, 6};
  const std::int64_t expand = e.large ? kExpand[i] : 4, width = e.width[i];
  const char kind = e.large ? kLarge[i] : 'm';
  x = local_block(net, x, {kind, width, 2, e.large ? 4 * expand : expand}, e.act);
  const int depth = attention || e.large ? e.depth[i] : e.depth[i] - 1;
  for (int j = 0; j < depth; ++j) {
    if (attention) x = linear_attention(net, x, 32);
    x = local_block(net, x, {kind, width, 1, expand}, e.act);
  }
  return x;
}

void efficientvit(Net& net, const EfficientVit& e) {
  Tensor x =
      net.conv(net.input(), {.channels = e.width[0], .kernel = 3, .stride = 2, .act = e.act});
  for (int i = 0; i < e.depth[0]; ++i)
    x = local_block(net, x, {e.large ? 'r' : 'd', e.width[0]}, e.act);
  for (std::size_t i = 1; i < 5; ++i) x = stage(net, x, e, i);
  x = net.conv(x, {.channels = e.head_map, .act = e.act});
  const Tensor hidden = net.fully_connected(net.global_pool(x), e.head_vector, "", false);
  net.fully_connected(net.activation(net.layer_norm(hidden), e.act), 1000);
}

}  // namespace

void add_efficientvit(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const EfficientVit& e) {
    zoo.push_back(network(name, "EfficientViT", "arXiv:2205.14756", 224,
                          [e](Net& net) { efficientvit(net, e); }));
  };
  add("efficientvit_b1",
      {{16, 32, 64, 128, 256}, {1, 2, 3, 3, 4}, 1536, 1600, false, "hard-swish"});
  add("efficientvit_b2",
      {{24, 48, 96, 192, 384}, {1, 3, 4, 4, 6}, 2304, 2560, false, "hard-swish"});
  add("efficientvit_l2", {{32, 64, 128, 256, 512}, {1, 2, 2, 8, 8}, 3072, 3200, true, "gelu"});
}

}  // namespace partita
