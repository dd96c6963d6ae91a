// Plain vision transformers: ViT, BEiT, VideoMAE, CLIP, and Depth Anything on top of DINOv2.
#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Vit {
  std::int64_t width = 768, heads = 12, inner = 3072;
  int depth = 12, patch = 16;
  bool layer_scale = false;
};

Tensor patches(Net& net, const Tensor& picture, const Vit& v) {
  const Tensor map =
      net.conv(picture, {.channels = v.width, .kernel = v.patch, .stride = v.patch, .pad = 0});
  return tokens::from_map(net, map);
}

/// The class token first, then the patches.
Tensor with_class_token(Net& net, const Tensor& sequence) {
  return net.concat({net.constant({1, 1, net.shape(sequence)[2]}), sequence}, 1);
}

Tensor encode(Net& net, Tensor x, const Vit& v) {
  for (int i = 0; i < v.depth; ++i) {
    x = tokens::block_norm_first(
        net, x, {.heads = v.heads, .inner = v.inner, .layer_scale = v.layer_scale});
  }
  return x;
}

Tensor vit(Net& net, const Tensor& picture, const Vit& v) {
  Tensor x = tokens::add_positions(net, with_class_token(net, patches(net, picture, v)));
  return net.layer_norm(encode(net, x, v));
}

void classifier(Net& net, const Vit& v) {
  net.fully_connected(tokens::pick(net, vit(net, net.input(), v)), 1000);
}

/// Relative positions stand in a table of scores for each layer; classes from the patches' mean.
void beit(Net& net) {
  const Vit v;
  Tensor x = with_class_token(net, patches(net, net.input(), v));
  const std::int64_t length = net.shape(x)[1];
  for (int i = 0; i < v.depth; ++i) {
    x = tokens::block_norm_first(net, x,
                                 {.heads = v.heads,
                                  .inner = v.inner,
                                  .layer_scale = true,
                                  .scores = net.constant({1, v.heads, length, length})});
  }
  const Tensor mean = net.reduce(net.slice(x, 1, 1, length), {1}, "mean");
  net.fully_connected(tokens::pick(net, net.layer_norm(mean)), 1000);
}

/// 16 frames, two to a patch: 8 pairs of frames of 6 channels.
void video_mae(Net& net) {
  const Vit v;
  const Tensor map =
      net.conv(net.input(), {.channels = v.width, .kernel = v.patch, .stride = v.patch, .pad = 0});
  const Shape s = net.shape(map);
  Tensor x = net.reshape(net.permute(map, {0, 2, 3, 1}), {1, s[0] * s[2] * s[3], s[1]});
  x = encode(net, tokens::add_positions(net, x), v);
  const Tensor mean = net.reduce(x, {1}, "mean");
  net.fully_connected(tokens::pick(net, net.layer_norm(mean)), 400);
}

void clip(Net& net) {
  const Vit v;
  Tensor image = tokens::add_positions(net, with_class_token(net, patches(net, net.input(), v)));
  image = net.layer_norm(encode(net, net.layer_norm(image), v));
  net.fully_connected(tokens::pick(net, image), 512, "", false);
  Tensor text = tokens::add_positions(net, net.input("tokens", {1, 77, 512}));
  const Tensor mask = net.constant({1, 1, 77, 77});
  for (int i = 0; i < 12; ++i)
    text = tokens::block_norm_first(net, text,
                                    {.heads = 8, .inner = 2048, .act = "swish", .scores = mask});
  net.fully_connected(tokens::pick(net, net.layer_norm(text), 76), 512, "", false);
}

Tensor residual_unit(Net& net, const Tensor& in) {
  const std::int64_t c = net.channels(in);
  const Tensor first =
      net.conv(net.activation(in, "relu"), {.channels = c, .kernel = 3, .act = "relu"});
  return net.add(in, net.conv(first, {.channels = c, .kernel = 3}));
}

/// A map of one of four layers, brought to a scale of its own.
Tensor reassemble(Net& net, const Tensor& x, int level, std::int64_t side) {
  constexpr std::int64_t kWidths[] = {48, 96, 192, 384};
  const std::int64_t width = kWidths[level];
  const Tensor patches_only = net.slice(net.layer_norm(x), 1, 1, net.shape(x)[1]);
  Tensor map = net.conv(tokens::to_map(net, patches_only, side, side), {.channels = width});
  if (level == 0) map = net.deconv(map, width, 4, 4);
  if (level == 1) map = net.deconv(map, width, 2, 2);
  if (level == 3) map = net.conv(map, {.channels = width, .kernel = 3, .stride = 2});
  return net.conv(map, {.channels = 64, .kernel = 3, .bias = false});
}

void depth_anything(Net& net) {
  const Vit v{.width = 384, .heads = 6, .inner = 1536, .patch = 14, .layer_scale = true};
  const std::int64_t side = net.shape(net.input())[2] / v.patch;
  Tensor x = tokens::add_positions(net, with_class_token(net, patches(net, net.input(), v)));
  std::vector<Tensor> levels;
  for (int level = 0; level < 4; ++level) {
    x = encode(net, x, {.width = 384, .heads = 6, .inner = 1536, .depth = 3, .layer_scale = true});
    levels.push_back(reassemble(net, x, level, side));
  }
  Tensor fused;
  for (std::size_t i = levels.size(); i-- > 0;) {
    const Tensor in = fused.empty() ? levels[i] : net.add(fused, residual_unit(net, levels[i]));
    const Tensor refined = residual_unit(net, in);
    const Shape to = net.shape(i > 0 ? levels[i - 1] : refined);
    const std::int64_t factor = i > 0 ? 1 : 2;
    fused = net.conv(net.resize_to(refined, factor * to[2], factor * to[3], "bilinear"),
                     {.channels = 64});
  }
  Tensor y = net.conv(fused, {.channels = 32, .kernel = 3});
  y = net.resize_to(y, side * v.patch, side * v.patch, "bilinear");
  y = net.conv(y, {.channels = 32, .kernel = 3, .act = "relu"});
  net.conv(y, {.channels = 1, .act = "relu"});
}

}  // namespace

void add_vision_transformers(std::vector<ZooNetwork>& zoo) {
  const std::string paper = "An Image is Worth 16x16 Words, arXiv:2010.11929; as torchvision";
  const auto plain = [&](const std::string& name, const Vit& v) {
    zoo.push_back(network(name, "ViT", paper, 224, [v](Net& net) { classifier(net, v); }));
  };
  plain("vit_b_16", {});
  plain("vit_b_32", {.patch = 32});
  plain("vit_l_16", {.width = 1024, .heads = 16, .inner = 4096, .depth = 24});
  zoo.push_back(network("beit_base", "BEiT", "arXiv:2106.08254", 224, beit));
  zoo.push_back(
      network("video_mae_base", "VideoMAE", "arXiv:2203.12602", Shape{8, 6, 224, 224}, video_mae));
  zoo.push_back(network("clip_vit_b_16", "CLIP", "arXiv:2103.00020", 224, clip));
  zoo.push_back(
      network("depth_anything_small", "Depth Anything", "arXiv:2406.09414", 518, depth_anything));
}

}  // namespace partita
