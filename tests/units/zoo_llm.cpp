// Language models against published parameter counts, and decoding's traffic by hand.
#include <catch2/catch.hpp>

#include "models/zoo.h"

using namespace partita;

namespace {

Graph make(const char* name) {
  const ZooNetwork* network = find_network(name);
  REQUIRE(network != nullptr);
  return network->make();
}

std::int64_t product_weights(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Operator& op : graph.operators())
    if (op.kind == OpKind::fully_connected) sum += op.weight_elements;
  return sum;
}

}  // namespace

TEST_CASE("projections hold the published parameters, save the norms' scales") {
  // Model cards: 1,235,814,400 and 494,032,768; two scales a layer and one at the end are not
  // projections: 33 x 2048 and 49 x 896.
  CHECK(product_weights(make("llama-3.2-1b-decode-512")) == 1'235'814'400 - 33 * 2048);
  CHECK(product_weights(make("qwen2.5-0.5b-decode-512")) == 494'032'768 - 49 * 896);
}

TEST_CASE("a token costs its weights and its attention") {
  const Graph one = make("llama-3.2-1b-decode-512");
  // Scores and mixing: 2 x 32 heads x 64 x 513 keys, in 16 layers; a multiply for each weight.
  std::int64_t macs = 0;
  for (const Operator& op : one.operators())
    if (op.kind == OpKind::fully_connected || op.kind == OpKind::matmul) macs += op.macs;
  CHECK(macs == 1'235'814'400 - 33 * 2048 + 16 * 2 * 32 * 64 * 513);
  // Keys and values read in a layer: 2 x 8 heads x 513 x 64 elements by the two products.
  std::int64_t keys = 0;
  for (const Operator& op : one.operators())
    if (op.kind == OpKind::matmul)
      keys += one.tensor(op.inputs[1]).shape[1] * one.tensor(op.inputs[1]).shape[2] *
              one.tensor(op.inputs[1]).shape[3];
  CHECK(keys == 16 * 2 * 8 * 513 * 64);
}

TEST_CASE("a batch shares the weights, a prompt computes only its last token's words") {
  const Graph one = make("qwen2.5-0.5b-decode-512"), four = make("qwen2.5-0.5b-decode-512-batch-4");
  CHECK(product_weights(four) == product_weights(one));
  const auto products = [](const Graph& graph) {
    std::int64_t macs = 0;
    for (const Operator& op : graph.operators())
      if (op.kind == OpKind::fully_connected || op.kind == OpKind::matmul) macs += op.macs;
    return macs;
  };
  CHECK(products(four) == 4 * products(one));
  const Graph prompt = make("qwen2.5-0.5b-prefill-64");
  const Operator& head = prompt.op(prompt.order().back());
  CHECK(head.macs == 896 * 151'936);
}
