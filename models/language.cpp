// Encoders of text. Inputs are embedded tokens: the lookup computes nothing.
#include "models/families.h"
#include "models/token_ops.h"

namespace partita {
namespace {

using Tensor = Net::Tensor;

constexpr std::int64_t kVocabulary = 30522;

/// The mask enters every layer's scores as one row.
Tensor mask(Net& net, std::int64_t length) {
  return net.input("mask", {1, 1, 1, length});
}

Tensor encoder(Net& net, Tensor x, std::int64_t width, int depth) {
  const Tensor hidden = mask(net, net.shape(x)[1]);
  for (int i = 0; i < depth; ++i)
    x = tokens::block_norm_last(net, x,
                                {.heads = width / 64, .inner = 4 * width, .scores = hidden});
  return x;
}

/// Scores of every word at every place.
void words(Net& net, const Tensor& x, std::int64_t width, std::int64_t vocabulary) {
  net.fully_connected(net.layer_norm(net.fully_connected(x, width, "gelu")), vocabulary);
}

Tensor embedded(Net& net) {
  return net.layer_norm(tokens::add_positions(net, net.input()));
}

void bert_base(Net& net) {
  words(net, encoder(net, embedded(net), 768, 12), 768, kVocabulary);
}

void distilbert(Net& net) {
  words(net, encoder(net, embedded(net), 768, 6), 768, kVocabulary);
}

/// Tells replaced words from original ones.
void electra_base(Net& net) {
  const Tensor x = encoder(net, embedded(net), 768, 12);
  net.fully_connected(net.fully_connected(x, 768, "gelu"), 1);
}

/// One layer's weights twelve times, counted every time: each pass reads them.
void albert_base(Net& net) {
  const Tensor x = net.fully_connected(embedded(net), 768);
  words(net, encoder(net, x, 768, 12), 128, 30000);
}

// ---- MobileBERT: attention and feed-forward parts in a bottleneck of 128 channels; its
// normalisations are a scale and a shift.

Tensor affine(Net& net, const Tensor& in) {
  const Shape one{1, 1, net.shape(in)[2]};
  return net.add(net.mul(in, net.constant(one)), net.constant(one));
}

Tensor thin_block(Net& net, const Tensor& in, const Tensor& hidden) {
  constexpr std::int64_t kInner = 128, kOuter = 512, kHeads = 4;
  const Tensor narrow = affine(net, net.fully_connected(in, kInner));
  const Tensor shared = affine(net, net.fully_connected(in, kInner));
  const auto project = [&](const Tensor& x) {
    return tokens::heads_of(net, net.fully_connected(x, kInner), kHeads);
  };
  const Tensor q = project(shared), k = project(shared), v = project(in);
  const Tensor mixed = net.fully_connected(tokens::attend(net, q, k, v, hidden), kInner);
  Tensor x = affine(net, net.add(mixed, narrow));
  for (int i = 0; i < 4; ++i)
    x = affine(net, net.add(tokens::feed_forward(net, x, kOuter, "relu"), x));
  return affine(net, net.add(net.fully_connected(x, kOuter), in));
}

void mobilebert(Net& net) {
  // Each token with its neighbours: three embeddings of 128.
  Tensor x = net.fully_connected(net.input(), 512);
  x = affine(net, tokens::add_positions(net, x));
  const Tensor hidden = mask(net, net.shape(x)[1]);
  for (int i = 0; i < 24; ++i) x = thin_block(net, x, hidden);
  x = net.layer_norm(net.fully_connected(x, 512, "relu"));
  net.fully_connected(x, kVocabulary);
}

// ---- Nomic Embed: rotated queries and keys, gated feed-forward, no bias

Tensor rotated(Net& net, const Tensor& in) {
  const Shape s = net.shape(in);
  const auto halves = net.split(in, 2, 3);
  const Tensor turned = net.concat({halves[1], halves[0]}, 3);
  const Tensor cosine = net.mul(in, net.constant({1, 1, s[2], s[3]}));
  return net.add(cosine, net.mul(turned, net.constant({1, 1, s[2], s[3]})));
}

void nomic_embed(Net& net) {
  Tensor x = net.layer_norm(net.input());
  const Tensor hidden = mask(net, net.shape(x)[1]);
  for (int i = 0; i < 12; ++i) {
    const auto project = [&] {
      return tokens::heads_of(net, net.fully_connected(x, 768, "", false), 12);
    };
    const Tensor q = rotated(net, project()), k = rotated(net, project()), v = project();
    const Tensor mixed = net.fully_connected(tokens::attend(net, q, k, v, hidden), 768, "", false);
    x = net.layer_norm(net.add(x, mixed));
    const Tensor gate = net.fully_connected(x, 3072, "swish", false);
    const Tensor wide = net.mul(net.fully_connected(x, 3072, "", false), gate);
    x = net.layer_norm(net.add(x, net.fully_connected(wide, 768, "", false)));
  }
  const Tensor sum = net.reduce(x, {1}, "mean");
  net.reshape(sum, {1, 768});
}

}  // namespace

void add_language(std::vector<ZooNetwork>& zoo) {
  const auto add = [&](const std::string& name, const std::string& paper, std::int64_t length,
                       std::int64_t width, void (*write)(Net&)) {
    zoo.push_back(network(name, "BERT", paper, Shape{1, length, width}, write));
  };
  add("bert_base_384", "arXiv:1810.04805, masked words", 384, 768, bert_base);
  add("bert_base_128", "arXiv:1810.04805, masked words", 128, 768, bert_base);
  add("distilbert_384", "arXiv:1910.01108, masked words", 384, 768, distilbert);
  add("electra_base_384", "arXiv:2003.10555, discriminator", 384, 768, electra_base);
  add("albert_base_384", "arXiv:1909.11942, masked words", 384, 128, albert_base);
  add("mobilebert_384", "arXiv:2004.02984, masked words", 384, 384, mobilebert);
  add("nomic_embed_128", "arXiv:2402.01613", 128, 768, nomic_embed);
}

}  // namespace partita
