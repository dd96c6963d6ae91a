// What the ncnn reader makes of a file, coarsening, and structure.
#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "sim/graph/graph.h"

using namespace partita;

namespace {

const std::string kNet =
    "7767517\n7 9\nInput data 0 1 data\nSplit s 1 2 data d0 d1\n"
    "Convolution conv 1 1 d0 c 0=8 1=3 4=-233 5=1 6=216 8=2 9=1\nConvolutionDepthWise dw 1 1 c w "
    "0=8 1=3 3=2 4=1 6=72 7=8\n"
    "Pooling pool 1 1 d1 p 0=0 1=3 2=2\nInnerProduct fc 1 1 w f 0=10 1=1 2=1280 9=4\nNoop out 2 2 "
    "f p o1 o2\n";

NcnnOptions input(Shape shape) {
  NcnnOptions options;
  options.input = std::move(shape);
  return options;
}

}  // namespace

TEST_CASE("ncnn: copies vanish, int8 and fused activations stay", "[graph]") {
  const Graph graph = parse_ncnn(kNet, "net", input({1, 3, 8, 8}));
  REQUIRE(graph.size() == 5);
  const Operator& conv = graph.operators()[1];
  CHECK(conv.weight_bits == 8);
  CHECK(conv.function == "relu");
  CHECK(conv.window.pad_bottom == 1);
  CHECK(graph.tensor(conv.inputs[0]).name == "data");
  CHECK(graph.tensors()[0].consumers == std::vector{OpId{1}, OpId{3}});
  CHECK(graph.operators()[2].kind == OpKind::depthwise_conv);
  // Full padding rounds up: (8 - 3) / 2 + 1 = 3.5, so 4.
  CHECK(to_string(graph.tensor(graph.operators()[3].outputs[0]).shape) == "1x3x4x4");
  CHECK(graph.operators()[4].macs == 8 * 4 * 4 * 10);
  CHECK(graph.operators()[4].function == "sigmoid");
  CHECK(parse_graph_yaml(to_yaml(graph), "net") == graph);
}

TEST_CASE("ncnn: another input shape voids the hints", "[graph]") {
  const std::string text =
      "7767517\n2 2\nInput x 0 1 x -23330=4,3,8,8,3 0=8 1=8 2=3\nPooling p 1 1 x p "
      "-23330=4,3,4,4,3 1=2 2=2\n";
  CHECK(to_string(parse_ncnn(text, "p").tensors()[1].shape) == "1x3x4x4");
  CHECK(to_string(parse_ncnn(text, "p", input({1, 3, 20, 12})).tensors()[1].shape) == "1x3x10x6");
}

TEST_CASE("every prefix of a file is an error or a network, never a crash", "[graph]") {
  for (std::size_t length = 0; length < kNet.size(); ++length) {
    try {
      parse_ncnn(kNet.substr(0, length), "net", input({1, 3, 8, 8}));
    } catch (const InputError&) {
    }
  }
  const std::string yaml = to_yaml(parse_ncnn(kNet, "net", input({1, 3, 8, 8})));
  for (std::size_t length = 0; length < yaml.size(); ++length) {
    try {
      parse_graph_yaml(yaml.substr(0, length), "net");
    } catch (const InputError&) {
    }
  }
  SUCCEED();
}

TEST_CASE("coarsening sums what is inside and keeps what crosses", "[graph]") {
  const Graph graph = parse_graph_yaml(
      "network: n\noperators:\n"
      "  - {name: x, kind: input, shape: 1x4x6x6}\n"
      "  - {name: a, kind: conv, layer: \"0\", in: [x], channels: 4, kernel: 1}\n"
      "  - {name: b, kind: activation, layer: \"0\", function: relu, in: [a]}\n"
      "  - {name: c, kind: conv, layer: \"1\", in: [b], channels: 2, kernel: 1}\n"
      "  - {name: d, kind: concat, in: [c, a]}\n",
      "n");
  const Graph coarse = coarsen(graph);
  REQUIRE(coarse.size() == 4);
  const Operator& block = coarse.operators()[1];
  CHECK(block.kind == OpKind::block);
  CHECK(block.name == "0");
  CHECK(block.macs == 4 * 4 * 36);
  CHECK(block.simple_ops == 144);
  CHECK(block.weight_elements == 20);
  CHECK(block.input_elements == 144);
  CHECK(block.output_elements == 288);  // a is read outside, so it leaves; so does b.
  CHECK(block.internal_elements == 0);
  CHECK(coarse.operators()[3].kind == OpKind::concat);
  CHECK(coarsen(coarse).size() == 4);
}

TEST_CASE("a layer that a path leaves and enters again is no layer", "[graph]") {
  auto network = [](const std::string& middle) {
    return parse_graph_yaml(
        "operators:\n  - {name: x, kind: input, shape: 1x4}\n"
        "  - {name: a, kind: activation, layer: L, function: relu, in: [x]}\n"
        "  - {name: b, kind: activation, " +
            middle +
            "function: relu, in: [a]}\n"
            "  - {name: c, kind: activation, layer: L, function: relu, in: [b]}\n",
        "net");
  };
  CHECK(coarsen(network("layer: L, ")).size() == 2);
  CHECK_THROWS_WITH(coarsen(network("")), Catch::Contains("net: layer \"L\" is not convex"));
  CHECK_THROWS_WITH(coarsen(network("layer: M, ")), Catch::Contains("is not convex"));
}

TEST_CASE("structure", "[graph]") {
  const Graph graph = parse_graph_yaml(
      "network: other\nsource: somewhere\noperators:\n"  // c before what it reads; order() mends
                                                         // it.
      "  - {name: c, kind: elementwise, function: add, in: [a, b]}\n"
      "  - {name: x, kind: input, shape: 1x4}\n"
      "  - {name: a, kind: activation, function: relu, in: [x]}\n"
      "  - {name: b, kind: activation, function: relu, in: [x]}\n",
      "name");
  CHECK(graph.name() == "name");
  CHECK(graph.network() == "other");
  CHECK(graph.source() == "somewhere");
  const std::vector<OpId> order(graph.order().begin(), graph.order().end());
  CHECK(order == std::vector{OpId{1}, OpId{2}, OpId{3}, OpId{0}});
  CHECK(graph.predecessors(OpId{0}).size() == 2);
  CHECK(graph.successors(OpId{1}).size() == 2);
  CHECK_FALSE(graph.is_chain());
  CHECK(graph.reaches(OpId{1}, OpId{0}));
  CHECK_FALSE(graph.reaches(OpId{2}, OpId{3}));
}
