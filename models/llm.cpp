// Decoder-only language models by their published configurations: a prompt read at once
// (prefill), or one more token for each of several requests with their keys and values cached
// (decode). Weights shared between embedding and head are counted once, at the head.
#include <array>

#include <fmt/format.h>

#include "models/families.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

struct Decoder {
  const char* name;
  const char* source;
  int layers;
  std::int64_t width, heads, key_heads, head_width, inner, vocabulary;
  bool bias;  ///< Of the projections to queries, keys and values.
};

constexpr std::array kDecoders{
    Decoder{"llama-3.2-1b", "Llama 3.2 1B model card and config.json", 16, 2048, 32, 8, 64, 8192,
            128256, false},
    Decoder{"qwen2.5-0.5b", "Qwen2.5-0.5B model card and config.json", 24, 896, 14, 2, 64, 4864,
            151936, true},
};

/// Rotary positions: x cos + turned(x) sin along the last axis.
Tensor rotated(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  const Shape table{1, 1, s[2], s[3]};
  const auto halves = net.split(in, 2, 3);
  const Tensor turned = net.concat({halves[1], halves[0]}, 3);
  return net.add(net.mul(in, net.constant(table)), net.mul(turned, net.constant(table)));
}

/// B x L x (heads x width) to B x heads x L x width.
Tensor apart(Net& net, const Tensor& in, std::int64_t heads) {
  const Shape s = net.shape(in);
  if (s[1] == 1) return net.reshape(in, {s[0], heads, 1, s[2] / heads});
  return net.permute(net.reshape(in, {s[0], s[1], heads, s[2] / heads}), {0, 2, 1, 3});
}

/// Back to B x L x (heads x width).
Tensor together(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  if (s[2] == 1) return net.reshape(in, {s[0], 1, s[1] * s[3]});
  return net.reshape(net.permute(in, {0, 2, 1, 3}), {s[0], s[2], s[1] * s[3]});
}

/// Queries of heads that share keys lie row under row: one matmul for each key head.
Tensor attend(Net& net, const Decoder& d, const Tensor& q, const Tensor& k, const Tensor& v,
              bool masked) {
  const Shape s = net.shape(q);
  const std::int64_t rows = s[1] / d.key_heads * s[2];
  Tensor scores = net.matmul(net.reshape(q, {s[0], d.key_heads, rows, s[3]}), k, true);
  if (masked) scores = net.add(scores, net.constant({1, 1, rows, net.shape(k)[2]}));
  const Tensor mixed = net.matmul(net.softmax(scores), v, false);
  return together(net, net.reshape(mixed, s));
}

Tensor layer(Net& net, const Decoder& d, const Tensor& in, std::int64_t cached) {
  const Tensor normal = net.layer_norm(in);
  const auto project = [&](std::int64_t heads) {
    return apart(net, net.fully_connected(normal, heads * d.head_width, "", d.bias), heads);
  };
  const Tensor q = rotated(net, project(d.heads));
  Tensor k = rotated(net, project(d.key_heads)), v = project(d.key_heads);
  if (cached > 0) {  // Read once a layer; the new token's are appended in place.
    const Shape cache{net.shape(k)[0], d.key_heads, cached, d.head_width};
    k = net.concat({net.constant(cache), k}, 2);
    v = net.concat({net.constant(cache), v}, 2);
  }
  const Tensor mixed = attend(net, d, q, k, v, cached == 0);
  const Tensor middle = net.add(in, net.fully_connected(mixed, d.width, "", false));
  const Tensor wide = net.layer_norm(middle);
  const Tensor gate = net.fully_connected(wide, d.inner, "swish", false);
  const Tensor up = net.mul(net.fully_connected(wide, d.inner, "", false), gate);
  return net.add(middle, net.fully_connected(up, d.width, "", false));
}

void decoder(Net& net, const Decoder& d, std::int64_t cached) {
  Tensor x = net.input();
  for (int i = 0; i < d.layers; ++i) x = layer(net, d, x, cached);
  x = net.layer_norm(x);
  const std::int64_t length = net.shape(x)[1];
  if (length > 1) x = net.slice(x, 1, length - 1, length);  // Only the last token is continued.
  net.fully_connected(x, d.vocabulary, "", false);
}

}  // namespace

void add_llm(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const Decoder& d, const std::string& name, std::int64_t batch,
                       std::int64_t length, std::int64_t cached) {
    zoo.push_back(network(name, "language model", d.source, Shape{batch, length, d.width},
                          [&d, cached](Net& net) { decoder(net, d, cached); }));
  };
  for (const Decoder& d : kDecoders) {
    for (const std::int64_t length : {64, 256, 1024})
      add(d, fmt::format("{}-prefill-{}", d.name, length), 1, length, 0);
    for (const std::int64_t batch : {1, 2, 4, 8})
      add(d,
          fmt::format("{}-decode-512{}", d.name, batch > 1 ? fmt::format("-batch-{}", batch) : ""),
          batch, 1, 512);
  }
}

}  // namespace partita
