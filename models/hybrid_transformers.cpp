// Networks that start with convolutions and end with attention: LeViT, EfficientFormer, MobileViT.
#include <array>

#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

// ---- LeViT: attention whose values are wider than its keys; batch normalisation folded.

struct Wide {
  std::int64_t heads, key, ratio;  ///< Values are ratio x key wide.
};

/// Queries may be a subsample; one projection makes what comes of the same sequence.
Tensor wide_attention(Net& net, const Tensor& in, const Wide& w, std::int64_t out_width,
                      const std::string& act, std::int64_t queries = 0) {
  const Shape s = net.shape(in);
  const bool subsampled = queries > 0;
  const std::int64_t value = w.ratio * w.key;
  const std::int64_t each = value + (subsampled ? 1 : 2) * w.key;
  const Tensor joint = tokens::heads_of(net, net.fully_connected(in, w.heads * each), w.heads);
  Tensor q, k, v;
  const std::int64_t first = subsampled ? 0 : w.key;
  if (subsampled) {
    const Tensor fewer = net.slice(in, 1, 0, queries);
    q = tokens::heads_of(net, net.fully_connected(fewer, w.heads * w.key), w.heads);
  } else {
    q = net.slice(joint, 3, 0, w.key);
  }
  k = net.slice(joint, 3, first, first + w.key);
  v = net.slice(joint, 3, first + w.key, each);
  const Tensor bias = net.constant({1, w.heads, subsampled ? queries : s[1], s[1]});
  const Tensor mixed = tokens::attend(net, q, k, v, bias);
  return net.fully_connected(net.activation(mixed, act), out_width);
}

struct Levit {
  std::array<std::int64_t, 3> width, heads;
  std::int64_t key;
  std::array<int, 3> depth;
};

void levit(Net& net, const Levit& l) {
  Tensor x = net.input();
  for (int i = 8; i >= 1; i /= 2)
    x = net.conv(
        x,
        {.channels = l.width[0] / i, .kernel = 3, .stride = 2, .act = i > 1 ? "hard-swish" : ""});
  std::int64_t side = net.shape(x)[2];
  x = tokens::from_map(net, x);
  const auto mlp = [&](const Tensor& in) {
    return net.add(in, tokens::feed_forward(net, in, 2 * net.shape(in)[2], "hard-swish"));
  };
  for (std::size_t stage = 0; stage < 3; ++stage) {
    const std::int64_t width = l.width[stage];
    for (int i = 0; i < l.depth[stage]; ++i) {
      x = net.add(x, wide_attention(net, x, {l.heads[stage], l.key, 2}, width, "hard-swish"));
      x = mlp(x);
    }
    if (stage == 2) break;
    side = (side + 1) / 2;
    x = mlp(wide_attention(net, x, {width / l.key, l.key, 4}, l.width[stage + 1], "hard-swish",
                           side * side));
  }
  const Tensor mean = net.reduce(x, {1}, "mean", false);
  net.add(net.fully_connected(mean, 1000), net.fully_connected(mean, 1000));
}

// ---- EfficientFormer: pooling instead of attention, except in the last blocks.

struct EfficientFormer {
  std::array<std::int64_t, 4> width;
  std::array<int, 4> depth;
  int with_attention;
};

Tensor pooled_block(Net& net, const Tensor& in) {
  const std::int64_t c = net.channels(in);
  const Tensor mixed = net.combine(net.avg_pool(in, 3, 1, 1), in, "sub");
  const Tensor middle = net.add(in, tokens::scale(net, mixed));
  const Tensor fed =
      net.conv(net.conv(middle, {.channels = 4 * c, .act = "gelu"}), {.channels = c});
  return net.add(middle, tokens::scale(net, fed));
}

void efficientformer(Net& net, const EfficientFormer& e) {
  Tensor x =
      net.conv(net.input(), {.channels = e.width[0] / 2, .kernel = 3, .stride = 2, .act = "relu"});
  x = net.conv(x, {.channels = e.width[0], .kernel = 3, .stride = 2, .act = "relu"});
  for (std::size_t stage = 0; stage < 4; ++stage) {
    if (stage > 0) x = net.conv(x, {.channels = e.width[stage], .kernel = 3, .stride = 2});
    const int pooled = e.depth[stage] - (stage == 3 ? e.with_attention : 0);
    for (int i = 0; i < pooled; ++i) x = pooled_block(net, x);
  }
  x = tokens::from_map(net, x);
  const std::int64_t width = e.width[3];
  for (int i = 0; i < e.with_attention; ++i) {
    const Tensor mixed = wide_attention(net, net.layer_norm(x), {8, 32, 4}, width, "");
    x = net.add(x, tokens::scale(net, mixed));
    const Tensor fed = tokens::feed_forward(net, net.layer_norm(x), 4 * width);
    x = net.add(x, tokens::scale(net, fed));
  }
  const Tensor mean = net.reduce(net.layer_norm(x), {1}, "mean", false);
  net.add(net.fully_connected(mean, 1000), net.fully_connected(mean, 1000));
}

// ---- MobileViT: inverted residuals, and transformers over the pixels of each place in a patch.

Tensor inverted_residual(Net& net, const Tensor& in, std::int64_t channels, int stride) {
  const std::int64_t c = net.channels(in);
  Tensor x = net.conv(in, {.channels = 4 * c, .act = "swish"});
  x = net.conv(net.depthwise(x, 3, stride, "swish"), {.channels = channels});
  return stride == 1 && c == channels ? net.add(in, x) : x;
}

Tensor mobilevit_block(Net& net, const Tensor& in, std::int64_t width, int depth) {
  const Shape s = net.shape(in);
  const std::int64_t c = s[1], h = (s[2] + 1) / 2, w = (s[3] + 1) / 2;
  Tensor x = net.conv(in, {.channels = c, .kernel = 3, .act = "swish"});
  x = net.conv(x, {.channels = width, .bias = false});
  const bool odd = s[2] % 2 != 0 || s[3] % 2 != 0;
  if (odd) x = net.resize_to(x, 2 * h, 2 * w, "bilinear");
  // Patches of 2 x 2: the four pixels of a patch never meet, each is the batch of one sequence.
  x = net.permute(net.reshape(x, {width * h, 2, w, 2}), {0, 2, 1, 3});
  x = net.permute(net.reshape(x, {1, width, h * w, 4}), {0, 3, 2, 1});
  x = net.reshape(x, {4, h * w, width});
  for (int i = 0; i < depth; ++i)
    x = tokens::block_norm_first(net, x, {.heads = 4, .inner = 2 * width, .act = "swish"});
  x = net.reshape(net.layer_norm(x), {1, 4, h * w, width});
  x = net.reshape(net.permute(x, {0, 3, 2, 1}), {width * h, w, 2, 2});
  x = net.reshape(net.permute(x, {0, 2, 1, 3}), {1, width, 2 * h, 2 * w});
  if (odd) x = net.resize_to(x, s[2], s[3], "bilinear");
  x = net.conv(x, {.channels = c, .act = "swish"});
  return net.conv(net.concat({in, x}), {.channels = c, .kernel = 3, .act = "swish"});
}

void mobilevit_s(Net& net) {
  Tensor x = net.conv(net.input(), {.channels = 16, .kernel = 3, .stride = 2, .act = "swish"});
  x = inverted_residual(net, x, 32, 1);
  x = inverted_residual(net, x, 64, 2);
  for (int i = 0; i < 2; ++i) x = inverted_residual(net, x, 64, 1);
  x = mobilevit_block(net, inverted_residual(net, x, 96, 2), 144, 2);
  x = mobilevit_block(net, inverted_residual(net, x, 128, 2), 192, 4);
  x = mobilevit_block(net, inverted_residual(net, x, 160, 2), 240, 3);
  x = net.conv(x, {.channels = 640, .act = "swish"});
  net.fully_connected(net.global_pool(x), 1000);
}

}  // namespace

void add_hybrid_transformers(std::vector<ZooNetwork>& zoo) {
  const auto add_levit = [&](const std::string& name, const Levit& l) {
    zoo.push_back(
        network(name, "LeViT", "arXiv:2104.01136", 224, [l](Net& net) { levit(net, l); }));
  };
  add_levit("levit_128s", {{128, 256, 384}, {4, 6, 8}, 16, {2, 3, 4}});
  add_levit("levit_128", {{128, 256, 384}, {4, 8, 12}, 16, {4, 4, 4}});
  add_levit("levit_192", {{192, 288, 384}, {3, 5, 6}, 32, {4, 4, 4}});
  add_levit("levit_256", {{256, 384, 512}, {4, 6, 8}, 32, {4, 4, 4}});
  const auto add_former = [&](const std::string& name, const EfficientFormer& e) {
    zoo.push_back(network(name, "EfficientFormer", "arXiv:2206.01191", 224,
                          [e](Net& net) { efficientformer(net, e); }));
  };
  add_former("efficientformer_l1", {{48, 96, 224, 448}, {3, 2, 6, 4}, 1});
  add_former("efficientformer_l3", {{64, 128, 320, 512}, {4, 4, 12, 6}, 4});
  zoo.push_back(network("mobilevit_s", "MobileViT", "arXiv:2110.02178", 224, mobilevit_s));
}

}  // namespace partita
