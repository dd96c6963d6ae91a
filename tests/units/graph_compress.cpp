// Compressed networks worked by hand, and laws over the zoo.
#include <catch2/catch.hpp>

#include <algorithm>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "sim/graph/compress.h"

using namespace partita;

namespace {

Graph net(const std::string& lines) {
  return parse_graph_yaml("operators:\n  - {name: x, kind: input, shape: 1x3x8x8}\n" + lines,
                          "net");
}

const Operator& op(const Graph& graph, const std::string& name) {
  for (const Operator& o : graph.operators())
    if (o.name == name) return o;
  throw std::runtime_error("no operator " + name);
}

std::string shape(const Graph& graph, const std::string& name) {
  for (const Tensor& t : graph.tensors())
    if (t.name == name) return to_string(t.shape);
  return "none";
}

constexpr char kResidual[] =
    "  - {name: a, kind: conv, in: [x], channels: 16, kernel: 3, pad: 1}\n"
    "  - {name: b, kind: conv, in: [a], channels: 16, kernel: 3, pad: 1}\n"
    "  - {name: n, kind: normalization, in: [b], function: batch}\n"
    "  - {name: s, kind: elementwise, in: [n, a], function: add}\n"
    "  - {name: c, kind: conv, in: [s], channels: 10, kernel: 1}\n";

std::vector<std::vector<FusionRule>> rules(const std::vector<OpKind>& kinds) {
  return {{{{OpKind::conv}, kinds, {}}}};
}

}  // namespace

TEST_CASE("pruning keeps a residual block's channels alike", "[compress]") {
  const Graph half = prune_channels(net(kResidual), 0.5);
  CHECK(shape(half, "a") == "1x8x8x8");
  CHECK(shape(half, "b") == "1x8x8x8");
  CHECK(shape(half, "s") == "1x8x8x8");
  CHECK(shape(half, "c") == "1x10x8x8");              // The output stays.
  CHECK(op(half, "a").macs == 64 * 9 * 3 * 8);        // Half: the image keeps its channels.
  CHECK(op(half, "b").macs == 64 * 9 * 16 * 16 / 4);  // A quarter in the middle.
  CHECK(op(half, "c").macs == 64 * 8 * 10);
  CHECK(op(half, "b").weight_elements == 9 * 8 * 8 + 8);
  CHECK(op(half, "n").weight_elements == 2 * 8);
}

TEST_CASE("pruned widths are multiples of 8 from 64 channels on, of 4 from 16 on", "[compress]") {
  const auto width = [](int channels, double ratio) {
    const Graph graph =
        net("  - {name: a, kind: conv, in: [x], channels: " + std::to_string(channels) +
            ", kernel: 1}\n  - {name: b, kind: conv, in: [a], channels: 2, "
            "kernel: 1}\n");
    const Graph pruned = prune_channels(graph, ratio);
    return pruned.tensor(op(pruned, "a").outputs[0]).shape[1];
  };
  CHECK(width(64, 0.3) == 48);  // 44.8 is 5.6 eights
  CHECK(width(64, 0.9) == 8);   // 6.4 is 0.8 eights
  CHECK(width(20, 0.3) == 16);  // 14 is 3.5 fours
  CHECK(width(12, 0.3) == 8);   // 8.4
  CHECK(width(3, 0.9) == 1);    // never none
  CHECK(width(66, 0.5) == 33);  // 66 is no multiple of 4
}

TEST_CASE("pruning follows concat, slice, shuffle, groups and flattening", "[compress]") {
  const Graph half = prune_channels(
      net("  - {name: a, kind: conv, in: [x], channels: 16, kernel: 1}\n"
          "  - {name: s, kind: slice, in: [a], out: [s1, s2], sizes: [8, 8]}\n"
          "  - {name: d, kind: depthwise_conv, in: [s2], channels: 8, kernel: 3, pad: 1}\n"
          "  - {name: j, kind: concat, in: [s1, d]}\n"
          "  - {name: m, kind: shuffle, in: [j], groups: 2}\n"
          "  - {name: g, kind: grouped_conv, in: [m], channels: 32, groups: 4, kernel: 1}\n"
          "  - {name: p, kind: pool, in: [g], function: avg, kernel: 4, stride: 4}\n"
          "  - {name: r, kind: reshape, in: [p], sizes: [1, -1]}\n"
          "  - {name: f, kind: fully_connected, in: [r], channels: 5}\n"),
      0.5);
  CHECK(shape(half, "s1") == "1x4x8x8");
  CHECK(shape(half, "d") == "1x4x8x8");
  CHECK(shape(half, "m") == "1x8x8x8");
  CHECK(op(half, "d").groups == 4);
  CHECK(shape(half, "g") == "1x16x8x8");
  CHECK(op(half, "g").groups == 4);
  CHECK(op(half, "g").macs == 16 * 64 * 2);  // 2 of 8 inputs each.
  CHECK(shape(half, "r") == "1x64");         // 16 channels x 2 x 2.
  CHECK(op(half, "f").macs == 64 * 5);
}

TEST_CASE("what a detection head reads stays, what feeds it shrinks", "[compress]") {
  const Graph half =
      prune_channels(net("  - {name: a, kind: conv, in: [x], channels: 16, kernel: 3, pad: 1}\n"
                         "  - {name: b, kind: conv, in: [a], channels: 24, kernel: 1}\n"
                         "  - {name: y, kind: detection, in: [b], function: yolo, sizes: [3]}\n"),
                     0.5);
  CHECK(shape(half, "a") == "1x8x8x8");
  CHECK(shape(half, "b") == "1x24x8x8");
}

TEST_CASE("low-rank convolutions and fully connected layers", "[compress]") {
  const Graph graph = parse_graph_yaml(
      "operators:\n  - {name: x, kind: input, shape: 1x8x10x12}\n"
      "  - {name: c, kind: conv, in: [x], channels: 16, kernel: 3, stride: 2, pad: 1, function: "
      "relu}\n"
      "  - {name: f, kind: fully_connected, in: [c], channels: 100}\n",
      "net");
  CHECK(op(graph, "c").macs == 34560);  // 16 x 5 x 6 outputs of 72
  const Graph low = decompose_low_rank(graph, 0.25);
  // Rank at most min(8 x 3, 16 x 3) = 24; r = 6. 6 x 5 x 12 outputs of 3 x 8; 16 x 5 x 6 of 3 x 6.
  CHECK(shape(low, "c/rank") == "1x6x5x12");
  CHECK(op(low, "c/rank").macs == 8640);
  CHECK(op(low, "c/rank").weight_elements == 6 * 3 * 8);  // The bias is the second one's.
  CHECK(op(low, "c/rank").simple_ops == 0);
  CHECK(op(low, "c").macs == 8640);
  CHECK(op(low, "c").simple_ops == 480);
  CHECK(op(low, "c").weight_elements == 16 * 3 * 6 + 16);
  // 480 -> 100 of rank 100: r = 25.
  CHECK(op(low, "f/rank").macs == 480 * 25);
  CHECK(op(low, "f").macs == 25 * 100);
  // At the full rank two convolutions cost more than one: nothing changes.
  CHECK(decompose_low_rank(graph, 1) == graph);
}

TEST_CASE("merged siblings keep MACs, weights and the names of their tensors", "[compress]") {
  const Graph graph =
      net("  - {name: a, kind: conv, in: [x], channels: 4, kernel: 1}\n"
          "  - {name: b, kind: conv, in: [x], channels: 8, kernel: 1}\n"
          "  - {name: k, kind: conv, in: [x], channels: 8, kernel: 3, pad: 1}\n"
          "  - {name: c, kind: conv, in: [x], channels: 2, kernel: 1, bias: false}\n"
          "  - {name: j, kind: concat, in: [a, b, k, c]}\n");
  const Graph merged = merge_siblings(graph);
  CHECK(shape(merged, "a+b") == "1x12x8x8");
  CHECK(shape(merged, "a") == "1x4x8x8");
  CHECK(shape(merged, "b") == "1x8x8x8");
  CHECK(op(merged, "a+b/slice").kind == OpKind::slice);
  CHECK(op(merged, "k").kind == OpKind::conv);  // Another window.
  CHECK(op(merged, "c").kind == OpKind::conv);  // No bias.
  CHECK(merged.total_macs() == graph.total_macs());
  CHECK(merged.total_weight_elements() == graph.total_weight_elements());
}

TEST_CASE("folding takes batch normalization and activations in", "[compress]") {
  const Graph graph =
      net("  - {name: a, kind: conv, in: [x], channels: 4, kernel: 1, bias: false}\n"
          "  - {name: n, kind: normalization, in: [a], function: batch}\n"
          "  - {name: r, kind: activation, in: [n], function: relu}\n"
          "  - {name: p, kind: activation, in: [r], function: prelu, weights: 4}\n"
          "  - {name: b, kind: conv, in: [p], channels: 4, kernel: 1}\n"
          "  - {name: s, kind: elementwise, in: [b, p], function: add}\n"
          "  - {name: t, kind: activation, in: [s], function: relu}\n");
  const Graph folded = fold_operators(graph);
  CHECK(folded.size() == graph.size() - 2);
  const Operator& a = op(folded, "a");
  CHECK(a.function == "relu");
  CHECK(a.weight_elements == 4 * 3 + 4);  // The shift became a bias.
  CHECK(folded.tensor(a.outputs[0]).name == "r");
  CHECK(op(folded, "p").weight_elements == 4);  // Slopes have no place in a convolution.

  // By rules that join sums too, b, s and t are one kernel: a block.
  const Graph fused =
      fuse_kernels(graph, rules({OpKind::normalization, OpKind::activation, OpKind::elementwise}));
  CHECK(op(fused, "b").kind == OpKind::block);
  CHECK(op(fused, "b").macs == op(graph, "b").macs);
  CHECK(op(fused, "b").inputs.size() == 1);     // p alone: it reads it twice.
  CHECK(op(fused, "a").kind == OpKind::block);  // With the slopes.
  CHECK(fused.size() == 3);
  // A unit whose rules join nothing has the last word.
  auto both = rules({OpKind::activation});
  both.push_back({});
  CHECK(fuse_kernels(graph, both) == graph);
}

TEST_CASE("a list of compressions is applied in its order and told step by step", "[compress]") {
  const Graph graph = net(kResidual);
  const Compressed c = compress(graph, parse_compressions("prune:0.5,int8,fuse"));
  REQUIRE(c.effects.size() == 3);
  CHECK(c.graph.name() == "net+prune:0.5,int8,fuse");
  CHECK(c.graph.network() == c.graph.name());  // What was measured of the network is not of this.
  CHECK(c.int8);
  CHECK(c.effects[0].step == "prune:0.5");
  CHECK(c.effects[0].before.macs == graph.total_macs());
  CHECK(c.effects[1].before.weight_bits == 32 * c.effects[1].before.weight_elements);
  CHECK(c.effects[1].after.weight_bits == 8 * c.effects[1].after.weight_elements);
  // 8 + 8 + 8 + 8 + 10 maps of 64, without the normalization's after folding.
  CHECK(c.effects[1].after.activation_elements == 42 * 64);
  CHECK(c.effects[2].after.activation_elements == 34 * 64);
  CHECK(c.effects[2].after.operators == 4);
  CHECK(compress(graph, parse_compressions("")).graph == graph);
  // Pruning first leaves less to decompose.
  const auto macs = [&](const char* list) {
    return compress(graph, parse_compressions(list)).graph.total_macs();
  };
  CHECK(macs("prune:0.5,low-rank:0.5") != macs("low-rank:0.5,prune:0.5"));
}

TEST_CASE("wrong compressions say what there is", "[compress]") {
  CHECK_THROWS_WITH(
      parse_compressions("prun:0.5"),
      Catch::Contains("unknown compression \"prun\" (did you mean \"prune\"?); known: "
                      "prune, low-rank, int8, fuse, merge"));
  CHECK_THROWS_WITH(parse_compressions("prune:0.95"), Catch::Contains("outside 0 to 0.9"));
  CHECK_THROWS_WITH(parse_compressions("low-rank:0"), Catch::Contains("outside 0.01 to 1"));
  CHECK_THROWS_WITH(parse_compressions("prune"), Catch::Contains("needs its ratio, 0 to 0.9"));
  CHECK_THROWS_WITH(parse_compressions("prune:nan"), Catch::Contains("prune"));
  CHECK_THROWS_WITH(parse_compressions("int8:4"), Catch::Contains("takes no value"));
  CHECK_THROWS_WITH(parse_compressions("int8,"), Catch::Contains("unknown compression \"\""));
  CHECK_THROWS_AS(parse_compressions("merge,,fuse"), InputError);
}

TEST_CASE("the zoo compresses into valid networks, monotone in the ratio", "[compress]") {
  // Every eighth network: every family is met.
  for (std::size_t i = 0; i < zoo().size(); i += 8) {
    const Graph graph = zoo()[i].make();
    INFO(graph.name());
    CHECK(prune_channels(graph, 0) == graph);
    std::int64_t last = graph.total_macs();
    for (const double ratio : {0.25, 0.5, 0.75, 0.9}) {
      const Graph pruned = prune_channels(graph, ratio);
      CHECK(pruned.total_macs() <= last);
      last = pruned.total_macs();
      // Inputs and outputs stay.
      for (std::size_t t = 0; t < graph.tensors().size(); ++t) {
        const Tensor& tensor = graph.tensors()[t];
        if (tensor.consumers.empty() || graph.op(tensor.producer).kind == OpKind::input)
          CHECK(pruned.tensors()[t].shape == tensor.shape);
      }
    }
    last = 0;
    for (const double ratio : {0.05, 0.25, 0.5, 1.0}) {
      const std::int64_t macs = decompose_low_rank(graph, ratio).total_macs();
      CHECK(macs >= last);
      CHECK(macs <= graph.total_macs());
      last = macs;
    }
    const Graph folded = fold_operators(graph), merged = merge_siblings(graph);
    CHECK(folded.total_macs() == graph.total_macs());
    CHECK(folded.size() <= graph.size());
    CHECK(merged.total_macs() == graph.total_macs());
    CHECK(merged.total_weight_elements() == graph.total_weight_elements());
    CHECK(size_of(quantize_weights(graph)).weight_bits <= 8 * graph.total_weight_elements());
    const Compressed all =
        compress(graph, parse_compressions("prune:0.5,low-rank:0.25,int8,fuse,merge"));
    CHECK(all.graph.total_macs() < graph.total_macs());
  }
}
