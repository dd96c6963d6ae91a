// Speech and translation: Whisper, Marian, WavLM, and TrOCR, which decodes like them. Decoders are
// one step: one token, the keys and values of those before it as inputs.
#include <string>

#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Transformer {
  std::int64_t width, heads, inner;
  int encoder_layers, decoder_layers;
  std::int64_t vocabulary;
  std::int64_t source, target;  ///< Length of what is read, of what is written at most.
  std::string act = "gelu";
  bool norm_first = true;
};

/// Keys and values of the read sequence for each layer of the decoder: made once, by the encoder.
void cross_inputs(Net& net, const Tensor& x, const Transformer& t, std::int64_t width) {
  for (int i = 0; i < t.decoder_layers; ++i) {
    for (int part = 0; part < 2; ++part)
      tokens::heads_of(net, net.fully_connected(x, width, "", part == 1), t.heads);
  }
}

/// One decoding step's attention over `length` cached keys and values; with `own`, the new token's
/// are the last of them.
Tensor cached(Net& net, const Tensor& x, const Transformer& t, std::int64_t length, bool own,
              const std::string& name) {
  const std::int64_t each = t.width / t.heads, held = own ? length - 1 : length;
  const Tensor q = tokens::heads_of(net, net.fully_connected(x, t.width), t.heads);
  Tensor k = net.input(name + "_keys", {1, t.heads, held, each});
  Tensor v = net.input(name + "_values", {1, t.heads, held, each});
  if (own) {
    k = net.concat({k, tokens::heads_of(net, net.fully_connected(x, t.width, "", false), t.heads)},
                   2);
    v = net.concat({v, tokens::heads_of(net, net.fully_connected(x, t.width), t.heads)}, 2);
  }
  const Tensor mask = own ? net.input(name + "_mask", {1, 1, 1, length}) : "";
  return net.fully_connected(tokens::attend(net, q, k, v, mask), t.width);
}

/// Around a part of a layer: the sum with its input, the normalisation before or after.
template <class Part>
Tensor around(Net& net, const Tensor& x, bool norm_first, Part part) {
  if (norm_first) return net.add(x, part(net.layer_norm(x)));
  return net.layer_norm(net.add(x, part(x)));
}

void decoder(Net& net, const Transformer& t) {
  Tensor x = net.add(net.input(), net.constant({1, 1, t.width}));
  for (int i = 0; i < t.decoder_layers; ++i) {
    const std::string layer = "layer" + std::to_string(i);
    x = around(net, x, t.norm_first,
               [&](const Tensor& y) { return cached(net, y, t, t.target, true, layer + "_self"); });
    x = around(net, x, t.norm_first, [&](const Tensor& y) {
      return cached(net, y, t, t.source, false, layer + "_cross");
    });
    x = around(net, x, t.norm_first,
               [&](const Tensor& y) { return tokens::feed_forward(net, y, t.inner, t.act); });
  }
  net.fully_connected(t.norm_first ? net.layer_norm(x) : x, t.vocabulary, "", false);
}

/// Log-mel bands as channels of a picture of one row.
void whisper_encoder(Net& net, const Transformer& t) {
  Tensor x =
      net.conv(net.input(), {.channels = t.width, .kernel = 1, .kernel_w = 3, .act = "gelu"});
  x = net.conv(x, {.channels = t.width, .kernel = 1, .stride = 2, .kernel_w = 3, .act = "gelu"});
  x = tokens::add_positions(net, tokens::from_map(net, x));
  for (int i = 0; i < t.encoder_layers; ++i)
    x = tokens::block_norm_first(net, x, {.heads = t.heads, .inner = t.inner});
  cross_inputs(net, net.layer_norm(x), t, t.width);
}

void marian_encoder(Net& net, const Transformer& t) {
  Tensor x = tokens::add_positions(net, net.input());
  const Tensor mask = net.input("mask", {1, 1, 1, t.source});
  for (int i = 0; i < t.encoder_layers; ++i)
    x = tokens::block_norm_last(net, x,
                                {.heads = t.heads, .inner = t.inner, .act = t.act, .scores = mask});
  cross_inputs(net, x, t, t.width);
}

/// DeiT-small with two special tokens, then what the decoder reads.
void trocr_encoder(Net& net, const Transformer& t) {
  const Tensor map = net.conv(net.input(), {.channels = 384, .kernel = 16, .stride = 16, .pad = 0});
  Tensor x = net.concat({net.constant({1, 2, 384}), tokens::from_map(net, map)}, 1);
  x = tokens::add_positions(net, x);
  for (int i = 0; i < 12; ++i) x = tokens::block_norm_first(net, x, {.heads = 6, .inner = 1536});
  cross_inputs(net, net.layer_norm(x), t, t.width);
}

// ---- WavLM Base+: convolutions on the samples, attention with gated relative positions

Tensor gated_positions(Net& net, const Tensor& x, const Tensor& table) {
  const Shape s = net.shape(table);
  const Tensor split = net.reshape(tokens::heads_of(net, x, s[1]), {s[1], s[2], 64});
  const Tensor gates = net.reshape(net.fully_connected(split, 8), {1, s[1], s[2], 2, 4});
  const Tensor pair = net.activation(net.reduce(gates, {4}, "sum", false), "sigmoid");
  const auto both = net.split(pair, 2, 3);
  const Tensor gate = net.mul(both[0], net.mul(both[1], net.constant({1, s[1], 1, 1})));
  return net.mul(table, gate);
}

void wavlm_base_plus(Net& net) {
  Tensor x = net.input();
  constexpr int kRows[][2] = {{10, 5}, {3, 2}, {3, 2}, {3, 2}, {3, 2}, {2, 2}, {2, 2}};
  for (const auto& [kernel, stride] : kRows) {
    const bool first = kernel == 10;
    x = net.conv(x, {.channels = 512,
                     .kernel = 1,
                     .stride = stride,
                     .kernel_w = kernel,
                     .pad = 0,
                     .bias = false,
                     .act = first ? "" : "gelu"});
    if (first) x = net.activation(net.batch_norm(x), "gelu");
  }
  x = net.fully_connected(net.layer_norm(tokens::from_map(net, x)), 768);
  const std::int64_t length = net.shape(x)[1];
  // Positions: 128 wide, padded by 64 each side, the last element cut.
  const Tensor map =
      net.conv(tokens::to_map(net, x, 1, length),
               {.channels = 768, .kernel = 1, .kernel_w = 129, .groups = 16, .act = "gelu"});
  x = net.layer_norm(net.add(x, tokens::from_map(net, map)));
  const Tensor table = net.constant({1, 12, length, length});
  for (int i = 0; i < 12; ++i)
    x = tokens::block_norm_last(
        net, x, {.heads = 12, .inner = 3072, .scores = gated_positions(net, x, table)});
  net.fully_connected(x, 32);
}

}  // namespace

void add_speech(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& family, const std::string& paper,
                       Shape input, std::function<void(Net&)> write) {
    zoo.push_back(network(name, family, paper, std::move(input), std::move(write)));
  };
  const auto whisper = [&](const std::string& size, std::int64_t width, int encoder, int decoded,
                           std::int64_t bands, std::int64_t vocabulary) {
    const Transformer t{width, width / 64, 4 * width, encoder, decoded, vocabulary, 1500, 200};
    const std::string paper = "arXiv:2212.04356";
    add("whisper_" + size + "_encoder", "Whisper", paper, {1, bands, 1, 3000},
        [t](Net& net) { whisper_encoder(net, t); });
    add("whisper_" + size + "_decoder", "Whisper", paper, {1, 1, width},
        [t](Net& net) { decoder(net, t); });
  };
  whisper("tiny", 384, 4, 4, 80, 51865);
  whisper("base", 512, 6, 6, 80, 51865);
  whisper("small", 768, 12, 12, 80, 51865);
  whisper("large_v3_turbo", 1280, 32, 4, 128, 51866);
  const Transformer marian{512, 8, 2048, 6, 6, 65001, 256, 256, "swish", false};
  const std::string opus = "Marian, OPUS-MT: transformer base, arXiv:1706.03762";
  add("opus_mt_encoder", "Marian", opus, {1, 256, 512},
      [=](Net& net) { marian_encoder(net, marian); });
  add("opus_mt_decoder", "Marian", opus, {1, 1, 512}, [=](Net& net) { decoder(net, marian); });
  const Transformer ocr{256, 8, 1024, 12, 6, 64044, 578, 20, "relu", false};
  const std::string trocr = "TrOCR small, arXiv:2109.10282";
  add("trocr_small_encoder", "TrOCR", trocr, {1, 3, 384, 384},
      [=](Net& net) { trocr_encoder(net, ocr); });
  add("trocr_small_decoder", "TrOCR", trocr, {1, 1, 256}, [=](Net& net) { decoder(net, ocr); });
  add("wavlm_base_plus", "WavLM", "arXiv:2110.13900", {1, 1, 1, 320000}, wavlm_base_plus);
}

}  // namespace partita
