// Stable Diffusion 1.5: the text encoder, one step of the denoising U-Net, the decoder of latents.
#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

Tensor conv3(Net& net, const Tensor& in, std::int64_t channels, int stride = 1) {
  return net.conv(in, {.channels = channels, .kernel = 3, .stride = stride});
}

/// Normalisation over 32 groups of channels.
Tensor group_norm(Net& net, const Tensor& in, const std::string& act = "swish") {
  const Shape s = net.shape(in);
  const Tensor grouped = net.reshape(in, {1, 32, s[1] / 32, s[2] * s[3]});
  const Tensor mean = net.reduce(grouped, {2, 3}, "mean");
  const Tensor centred = net.combine(grouped, mean, "sub");
  const Tensor variance = net.reduce(net.mul(centred, centred), {2, 3}, "mean");
  const Tensor normal = net.combine(centred, net.activation(variance, "sqrt"), "div");
  const Shape one{1, s[1], 1, 1};
  const Tensor scaled = net.mul(net.reshape(normal, s), net.constant(one));
  return net.activation(net.add(scaled, net.constant(one)), act);
}

/// Two normalised convolutions; the time step, if any, shifts the channels between them.
Tensor residual(Net& net, const Tensor& in, std::int64_t channels, const Tensor& time) {
  Tensor x = conv3(net, group_norm(net, in), channels);
  if (!time.empty()) {
    const Tensor shift = net.fully_connected(net.activation(time, "swish"), channels);
    x = net.add(x, shift);
  }
  x = conv3(net, group_norm(net, x), channels);
  const Tensor way = net.channels(in) == channels ? in : net.conv(in, {.channels = channels});
  return net.add(way, x);
}

/// Attention among pixels, then to the text, then a gated feed-forward part.
Tensor spatial_transformer(Net& net, const Tensor& in, const Tensor& text) {
  const Shape s = net.shape(in);
  const std::int64_t c = s[1];
  Tensor x = net.conv(group_norm(net, in, ""), {.channels = c});
  x = tokens::from_map(net, x);
  const auto attention = [&](const Tensor& y, const Tensor& context) {
    const auto project = [&](const Tensor& z) {
      return tokens::heads_of(net, net.fully_connected(z, c, "", false), 8);
    };
    const Tensor q = project(y), k = project(context), v = project(context);
    return net.fully_connected(tokens::attend(net, q, k, v), c);
  };
  const Tensor first = net.layer_norm(x);
  x = net.add(x, attention(first, first));
  x = net.add(x, attention(net.layer_norm(x), text));
  const auto halves = net.split(net.fully_connected(net.layer_norm(x), 8 * c), 2, 2);
  const Tensor gated = net.mul(halves[0], net.activation(halves[1], "gelu"));
  x = net.add(x, net.fully_connected(gated, c));
  return net.add(in, net.conv(tokens::to_map(net, x, s[2], s[3]), {.channels = c}));
}

void unet(Net& net) {
  constexpr std::int64_t kWidth[] = {320, 640, 1280, 1280};
  const Tensor text = net.input("text", {1, 77, 768});
  Tensor time = net.fully_connected(net.input("time", {1, 320}), 1280, "swish");
  time = net.fully_connected(time, 1280);
  Tensor x = conv3(net, net.input(), kWidth[0]);
  std::vector<Tensor> skips{x};
  for (int level = 0; level < 4; ++level) {
    for (int i = 0; i < 2; ++i) {
      x = residual(net, x, kWidth[level], time);
      if (level < 3) x = spatial_transformer(net, x, text);
      skips.push_back(x);
    }
    if (level == 3) break;
    x = conv3(net, x, kWidth[level], 2);
    skips.push_back(x);
  }
  x = spatial_transformer(net, residual(net, x, 1280, time), text);
  x = residual(net, x, 1280, time);
  for (int level = 3; level >= 0; --level) {
    for (int i = 0; i < 3; ++i) {
      x = residual(net, net.concat({x, skips.back()}), kWidth[level], time);
      skips.pop_back();
      if (level < 3) x = spatial_transformer(net, x, text);
    }
    if (level > 0) x = conv3(net, net.resize(x, 2, "nearest"), kWidth[level]);
  }
  conv3(net, group_norm(net, x), 4);
}

void vae_decoder(Net& net) {
  Tensor x = conv3(net, net.conv(net.input(), {.channels = 4}), 512);
  x = residual(net, x, 512, "");
  const Shape s = net.shape(x);
  const Tensor sequence = tokens::from_map(net, group_norm(net, x, ""));
  const Tensor mixed = tokens::attention(net, sequence, sequence, {.heads = 1});
  x = residual(net, net.add(x, tokens::to_map(net, mixed, s[2], s[3])), 512, "");
  for (const int channels : {512, 512, 256, 128}) {
    for (int i = 0; i < 3; ++i) x = residual(net, x, channels, "");
    if (channels > 128) x = conv3(net, net.resize(x, 2, "nearest"), channels);
  }
  conv3(net, group_norm(net, x), 3);
}

/// CLIP ViT-L/14's.
void text_encoder(Net& net) {
  Tensor x = tokens::add_positions(net, net.input());
  const Tensor mask = net.constant({1, 1, 77, 77});
  for (int i = 0; i < 12; ++i)
    x = tokens::block_norm_first(net, x,
                                 {.heads = 12, .inner = 3072, .act = "swish", .scores = mask});
  net.layer_norm(x);
}

}  // namespace

void add_diffusion(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, Shape input, void (*write)(Net&)) {
    zoo.push_back(network(name, "Stable Diffusion", "arXiv:2112.10752, version 1.5",
                          std::move(input), write));
  };
  add("sd15_text_encoder", {1, 77, 768}, text_encoder);
  add("sd15_unet", {1, 4, 64, 64}, unet);
  add("sd15_vae_decoder", {1, 4, 64, 64}, vae_decoder);
}

}  // namespace partita
