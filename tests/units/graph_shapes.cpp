// Shapes and counts worked by hand.
#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "sim/graph/graph.h"

using namespace partita;

namespace {

/// The operator `line` on a 1x8x10x12 map `x` (and a second one, `y`).
Graph one(const std::string& line, const std::string& shape = "1x8x10x12") {
  return parse_graph_yaml("operators:\n  - {name: x, kind: input, shape: " + shape +
                              "}\n  - {name: y, kind: input, shape: " + shape +
                              "}\n  - {name: op, " + line + "}\n",
                          "one");
}

struct Got {
  std::string shape;
  std::int64_t macs, simple_ops, weights;
};
Got got(const std::string& line, const std::string& shape = "1x8x10x12") {
  const Graph graph = one(line, shape);
  const Operator& op = graph.operators()[2];
  return {to_string(graph.tensor(op.outputs[0]).shape), op.macs, op.simple_ops, op.weight_elements};
}
bool operator==(const Got& a, const Got& b) {
  return a.shape == b.shape && a.macs == b.macs && a.simple_ops == b.simple_ops &&
         a.weights == b.weights;
}
std::ostream& operator<<(std::ostream& out, const Got& g) {
  return out << g.shape << " macs " << g.macs << " ops " << g.simple_ops << " weights "
             << g.weights;
}

}  // namespace

TEST_CASE("convolutions", "[graph]") {
  // H: (10 + 2 - 3) / 2 + 1 = 5; W: (12 + 2 - 3) / 2 + 1 = 6 (11 / 2 = 5, rounded down).
  // MACs 16*5*6 * 3*3*8 = 480 * 72; weights 16*8*9 + 16.
  CHECK(got("kind: conv, in: [x], channels: 16, kernel: 3, stride: 2, pad: 1") ==
        Got{"1x16x5x6", 34560, 0, 1168});
  // A fused ReLU costs one operation for each of the 480 outputs.
  CHECK(got("kind: conv, in: [x], channels: 16, kernel: 3, stride: 2, pad: 1, function: relu, "
            "bias: false") == Got{"1x16x5x6", 34560, 480, 1152});
  // Dilation 2 makes a 3x5 kernel cover 5x9: (10 - 5) + 1 = 6, (12 - 9) + 1 = 4. MACs 4*6*4 * 15*8.
  CHECK(got("kind: conv, in: [x], channels: 4, kernel: [3, 5], dilation: 2") ==
        Got{"1x4x6x4", 11520, 0, 484});
  // Same: ceil(10/3) = 4, ceil(12/3) = 4.
  CHECK(got("kind: conv, in: [x], channels: 1, kernel: 3, stride: 3, pad: same") ==
        Got{"1x1x4x4", 1152, 0, 73});
  CHECK(got("kind: depthwise_conv, in: [x], channels: 8, kernel: 3, pad: 1") ==
        Got{"1x8x10x12", 8640, 0, 80});
  // Two groups of 4 channels: MACs 16*10*12 * 4; weights 16*4 + 16.
  CHECK(got("kind: grouped_conv, in: [x], channels: 16, kernel: 1, groups: 2") ==
        Got{"1x16x10x12", 7680, 0, 80});
  // Transposed: (10 - 1) * 2 + 4 - 2 = 20. Every one of 960 inputs meets 16 taps of 4 outputs.
  CHECK(got("kind: deconv, in: [x], channels: 4, kernel: 4, stride: 2, pad: 1") ==
        Got{"1x4x20x24", 61440, 0, 516});
}

TEST_CASE("same padding puts the odd row at the end", "[graph]") {
  const Graph graph =
      one("kind: conv, in: [x], channels: 1, kernel: 3, stride: 2, pad: same", "1x1x4x5");
  const Window& w = graph.operators()[2].window;  // H: (2-1)*2 + 3 - 4 = 1; W: (3-1)*2 + 3 - 5 = 2.
  CHECK((w.pad_top == 0 && w.pad_bottom == 1));
  CHECK((w.pad_left == 1 && w.pad_right == 1));
}

TEST_CASE("pooling", "[graph]") {
  // Down: (10 - 3) / 2 + 1 = 4, (12 - 3) / 2 + 1 = 5; up: 5 and 6. Nine comparisons an output.
  CHECK(got("kind: pool, function: max, in: [x], kernel: 3, stride: 2") ==
        Got{"1x8x4x5", 0, 1440, 0});
  CHECK(got("kind: pool, function: max, in: [x], kernel: 3, stride: 2, ceil: true") ==
        Got{"1x8x5x6", 0, 2160, 0});
  CHECK(got("kind: pool, function: avg, in: [x], global: true") == Got{"1x8x1x1", 0, 960, 0});
  CHECK(got("kind: pool, function: avg, in: [x], global: true, keep_dims: false") ==
        Got{"1x8", 0, 960, 0});
}

TEST_CASE("products and attention", "[graph]") {
  // 960 inputs flattened: MACs 960*7; weights 960*7 + 7.
  CHECK(got("kind: fully_connected, in: [x], channels: 7") == Got{"1x7", 6720, 0, 6727});
  // Every one of 5 rows: MACs 5*6*7, weights 6*7 + 7.
  CHECK(got("kind: fully_connected, in: [x], channels: 7", "1x5x6") == Got{"1x5x7", 210, 0, 49});
  CHECK(got("kind: matmul, in: [x, y], transpose_b: true", "2x5x6") == Got{"2x5x5", 300, 0, 0});
  // Sequence 4, width 6, inner width 8, 2 heads: projections 4 * (4*6*8) = 768, scores and values
  // 2 * 4*4*8 = 256; softmax 9 operations on 2*4*4 scores; weights 4*6*8 + 3*8 + 6.
  CHECK(got("kind: attention, in: [x, x, x], channels: 8, heads: 2", "1x4x6") ==
        Got{"1x4x6", 1024, 288, 222});
}

TEST_CASE("element by element", "[graph]") {
  CHECK(got("kind: elementwise, function: add, in: [x, y, x]") == Got{"1x8x10x12", 0, 1920, 0});
  CHECK(got("kind: activation, function: hard-swish, in: [x]") == Got{"1x8x10x12", 0, 4800, 0});
  CHECK(got("kind: softmax, in: [x], axis: -1") == Got{"1x8x10x12", 0, 7680, 0});
  CHECK(got("kind: normalization, function: batch, in: [x]") == Got{"1x8x10x12", 0, 1920, 16});
  CHECK(got("kind: normalization, function: local-response, sizes: [5], in: [x]") ==
        Got{"1x8x10x12", 0, 18240, 0});
  CHECK(got("kind: reduction, function: mean, in: [x], sizes: [2, -1]") ==
        Got{"1x8x1x1", 0, 960, 0});
  CHECK(got("kind: resize, function: bilinear, in: [x], scale: 2") ==
        Got{"1x8x20x24", 0, 26880, 0});
}

TEST_CASE("a vector meets the channels of a map", "[graph]") {
  const Graph graph = parse_graph_yaml(
      "operators:\n  - {name: x, kind: input, shape: 1x8x10x12}\n  - {name: v, kind: constant, "
      "shape: 1x8}\n"
      "  - {name: op, kind: elementwise, function: mul, in: [x, v]}\n",
      "one");
  CHECK(to_string(graph.tensors()[2].shape) == "1x8x10x12");
  CHECK(graph.operators()[1].weight_elements == 8);
  CHECK(graph.operators()[2].input_elements == 968);
}

TEST_CASE("data movement", "[graph]") {
  CHECK(got("kind: concat, in: [x, y, x]").shape == "1x24x10x12");
  CHECK(got("kind: concat, in: [x, y], axis: 3").shape == "1x8x10x24");
  CHECK(got("kind: reshape, in: [x], sizes: [0, -1]").shape == "1x960");
  CHECK(got("kind: permute, in: [x], sizes: [0, 2, 3, 1]").shape == "1x10x12x8");
  CHECK(got("kind: permute, in: [x], function: transpose").shape == "1x8x12x10");
  CHECK(got("kind: pad, in: [x], sizes: [2, 1, 2, -1, 0, 3]").shape == "1x8x13x15");
  CHECK(got("kind: crop, in: [x], sizes: [1, 2, 5, 3, 4, -1]").shape == "1x3x10x8");
  CHECK(got("kind: shuffle, in: [x], groups: 2").shape == "1x8x10x12");
  CHECK(got("kind: detection, function: prior-box, in: [x, y], sizes: [3]").shape ==
        "1x2x1440");  // 4*3*10*12
  CHECK(got("kind: detection, function: yolo, in: [x, y], sizes: [3]").shape == "1x720x6");
  const Graph graph = one("kind: slice, in: [x], out: [a, b, c], sizes: [4, -1, -1]");
  CHECK(to_string(graph.tensors()[2].shape) == "1x4x10x12");
  CHECK(to_string(graph.tensors()[4].shape) == "1x2x10x12");
}

TEST_CASE("elements stop at 2^53", "[graph]") {
  CHECK(elements({1, 3, 224, 224}) == 150528);
  CHECK(elements({1 << 20, 1 << 20, 1 << 13}) == std::int64_t{1} << 53);
  CHECK_THROWS_AS(elements({1 << 20, 1 << 20, 1 << 14}), InputError);
}
