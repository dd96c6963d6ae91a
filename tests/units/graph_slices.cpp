// What slices compute and read, worked by hand and as properties of random networks.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "sim/base/error.h"
#include "sim/graph/graph.h"

using namespace partita;

namespace {

Graph two(const std::string& op, const std::string& shape = "2x8x20x6") {
  return parse_graph_yaml(
      "operators:\n  - {name: x, kind: input, shape: " + shape +
          "}\n  - {name: a, kind: activation, function: relu, in: [x]}\n  - {name: op, in: [a], " +
          op + "}\n",
      "two");
}
constexpr OpId kA{1}, kOp{2};
constexpr TensorId kIn{1};

std::vector<std::string> axes(const std::string& op, const std::string& shape = "2x8x20x6") {
  std::vector<std::string> names;
  for (Axis axis : cut_axes(two(op, shape), kOp)) names.emplace_back(to_string(axis));
  return names;
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("rows of a convolution: (OH - 1) stride + kernel", "[graph]") {
  // METHODS of CoDL (MobiSys'22): the upper part of gpu_OH rows reads (gpu_OH - 1) S + F rows. No
  // padding: 9 rows out of 20 for F = 3, S = 2; four rows read 3 * 2 + 3 = 9, the lower five begin
  // at row 4 * 2 = 8 and read 4 * 2 + 3 = 11: F - S = 1 row is read twice.
  const Graph graph = two("kind: conv, channels: 4, kernel: 3, stride: 2");
  CHECK(cut_extent(graph, kOp, Axis::height) == 9);
  CHECK(input_elements_needed(graph, kOp, kIn, {Axis::height, 0, 4}) == 2 * 8 * 9 * 6);
  CHECK(input_elements_needed(graph, kOp, kIn, {Axis::height, 4, 9}) == 2 * 8 * 11 * 6);
  CHECK(input_slice(graph, kOp, kIn, {Axis::height, 0, 4}) == Slice{Axis::height, 0, 9});
  CHECK(input_slice(graph, kOp, kIn, {Axis::height, 4, 9}) == Slice{Axis::height, 8, 19});
  CHECK(input_slice(graph, kOp, kIn, {Axis::channel, 1, 2}) == Slice{Axis::channel, 0, 8});
  // Of the lower part's rows 8..18, a producer cut at row 10 made two above and nine below.
  CHECK(overlap_elements(graph, kIn, {Axis::height, 0, 10}, kOp, {Axis::height, 4, 9}) ==
        2 * 8 * 2 * 6);
  CHECK(overlap_elements(graph, kIn, {Axis::height, 10, 20}, kOp, {Axis::height, 4, 9}) ==
        2 * 8 * 9 * 6);
}

TEST_CASE("padding and dilation at the edges", "[graph]") {
  // Kernel 3, dilation 2, padding 2: row r reads r - 2, r, r + 2. Rows 0..4 read 0..6 (7 rows),
  // rows 5..14 read 3..16 (14), rows 15..19 read 13..19 (7).
  const Graph graph = two("kind: conv, channels: 4, kernel: 3, dilation: 2, pad: 2");
  CHECK(input_elements_needed(graph, kOp, kIn, {Axis::height, 0, 5}) == 2 * 8 * 7 * 6);
  CHECK(input_elements_needed(graph, kOp, kIn, {Axis::height, 5, 15}) == 2 * 8 * 14 * 6);
  CHECK(input_elements_needed(graph, kOp, kIn, {Axis::height, 15, 20}) == 2 * 8 * 7 * 6);
  // Transposed, stride 2, kernel 4, padding 1: output rows 0..9 get rows ceil((0+1-3)/2)=0 to
  // floor((9+1)/2) = 5, six rows.
  const Graph up = two("kind: deconv, channels: 4, kernel: 4, stride: 2, pad: 1");
  CHECK(cut_extent(up, kOp, Axis::height) == 40);
  CHECK(input_elements_needed(up, kOp, kIn, {Axis::height, 0, 10}) == 2 * 8 * 6 * 6);
}

TEST_CASE("channels: all of the input for a convolution, its own for the rest", "[graph]") {
  const Slice half{Axis::channel, 0, 4};
  CHECK(input_elements_needed(two("kind: conv, channels: 8, kernel: 1"), kOp, kIn, half) == 1920);
  CHECK(input_elements_needed(two("kind: depthwise_conv, channels: 8, kernel: 3, pad: 1"), kOp, kIn,
                              half) == 960);
  CHECK(input_elements_needed(two("kind: pool, function: max, kernel: 2, stride: 2"), kOp, kIn,
                              half) == 960);
  // Four groups of 2 in, 4 out: channels 3..5 of 16 touch groups 0 and 1, 4 input channels.
  CHECK(input_elements_needed(two("kind: grouped_conv, channels: 16, kernel: 1, groups: 4"), kOp,
                              kIn, {Axis::channel, 3, 6}) == 960);
  const Work work = work_of(two("kind: conv, channels: 8, kernel: 1"), kOp, {Axis::channel, 2, 4});
  CHECK(work.macs == 2 * 2 * 20 * 6 * 8);
  CHECK(work.weight_elements == 2 * 8 + 2);
  CHECK(work.output_elements == 2 * 2 * 20 * 6);
  CHECK(work_of(two("kind: conv, channels: 8, kernel: 1"), kOp, {Axis::height, 0, 10})
            .weight_elements == 72);
  CHECK(input_elements_needed(two("kind: fully_connected, channels: 10"), kOp, kIn,
                              {Axis::channel, 0, 1}) == 1920);
  CHECK(input_elements_needed(two("kind: fully_connected, channels: 10", "1x5x6"), kOp, kIn,
                              {Axis::height, 0, 2}) == 12);
}

TEST_CASE("moved data", "[graph]") {
  const Slice top{Axis::height, 0, 4};
  // Rows 0..3 of a map padded by 3 rows read one row; cropped from row 5 they read four.
  CHECK(input_elements_needed(two("kind: pad, sizes: [2, 3, 0]"), kOp, kIn, top) == 2 * 8 * 1 * 6);
  CHECK(input_elements_needed(two("kind: crop, sizes: [2, 5, 20]"), kOp, kIn, top) ==
        2 * 8 * 4 * 6);
  CHECK(overlap_elements(two("kind: crop, sizes: [2, 5, 20]"), kIn, {Axis::height, 0, 7}, kOp,
                         top) == 2 * 8 * 2 * 6);
  CHECK(input_elements_needed(two("kind: resize, function: nearest, scale: 2"), kOp, kIn, top) ==
        2 * 8 * 2 * 6);
  // Bilinear, output row 3 lies at (3.5) / 2 - 0.5 = 1.25: rows 0..2.
  CHECK(input_elements_needed(two("kind: resize, function: bilinear, scale: 2"), kOp, kIn, top) ==
        2 * 8 * 3 * 6);
}

TEST_CASE("axes that can be cut", "[graph]") {
  CHECK(axes("kind: conv, channels: 4, kernel: 3") == Names{"batch", "channel", "height"});
  CHECK(axes("kind: conv, channels: 1, kernel: 3", "1x8x20x6") == Names{"height"});
  CHECK(axes("kind: fully_connected, channels: 4") == Names{"batch", "channel"});
  CHECK(axes("kind: softmax") == Names{"batch", "height"});
  CHECK(axes("kind: softmax, axis: 2") == Names{"batch", "channel"});
  CHECK(axes("kind: normalization, function: local-response, sizes: [5]") ==
        Names{"batch", "height"});
  CHECK(axes("kind: normalization, function: layer", "1x5x6") == Names{"height"});
  CHECK(axes("kind: pool, function: avg, global: true") == Names{"batch", "channel"});
  CHECK(axes("kind: shuffle, groups: 2") == Names{"batch", "height"});
  CHECK(axes("kind: reshape, sizes: [0, -1]") == Names{"batch"});
  CHECK(axes("kind: detection, function: yolo, sizes: [3]") == Names{});
  CHECK(axes("kind: block, macs: 10, simple_ops: 0, internal: 4, weights: 3, shape: 2x4x5x5") ==
        Names{"batch"});
  const Graph graph = two("kind: softmax");
  CHECK_THROWS_WITH(work_of(graph, kOp, {Axis::channel, 0, 4}),
                    Catch::Contains("softmax \"op\" cannot be cut along channel"));
  CHECK_THROWS_WITH(work_of(graph, kA, {Axis::channel, 4, 9}), Catch::Contains("outside 0..8"));
  CHECK_THROWS_WITH(work_of(graph, kA, {Axis::channel, 3, 3}), Catch::Contains("empty"));
}

TEST_CASE("a vector at the channels is read by its share", "[graph]") {
  const Graph graph = parse_graph_yaml(
      "operators:\n  - {name: x, kind: input, shape: 1x8x10x12}\n  - {name: v, kind: input, shape: "
      "1x8}\n"
      "  - {name: op, kind: elementwise, function: mul, in: [x, v]}\n",
      "vector");
  CHECK(input_elements_needed(graph, OpId{2}, TensorId{1}, {Axis::channel, 2, 5}) == 3);
  CHECK(input_elements_needed(graph, OpId{2}, TensorId{1}, {Axis::height, 2, 5}) == 8);
}

namespace {

using Random = std::mt19937;
std::int64_t pick(Random& random, std::int64_t least, std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(least, most)(random);
}

/// A random network of maps; every operator reads earlier ones. Lines in random order if asked.
Graph random_graph(Random& random, bool shuffled) {
  std::vector<std::string> lines = {"{name: n0, kind: input, shape: 2x8x24x10}"};
  const std::vector<std::string> kinds = {"kind: conv, channels: 8, kernel: 3, pad: 1",
                                          "kind: conv, channels: 8, kernel: 5, dilation: 2, pad: 4",
                                          "kind: depthwise_conv, channels: 8, kernel: 3, pad: same",
                                          "kind: grouped_conv, channels: 8, kernel: 1, groups: 4",
                                          "kind: deconv, channels: 8, kernel: 3, pad: 1",
                                          "kind: pool, function: max, kernel: 3, pad: 1",
                                          "kind: activation, function: swish",
                                          "kind: normalization, function: batch",
                                          "kind: softmax, axis: 3",
                                          "kind: shuffle, groups: 2",
                                          "kind: resize, function: bilinear, sizes: [24, 10]"};
  const std::int64_t size = pick(random, 3, 25);
  for (std::int64_t i = 1; i <= size; ++i) {
    const std::string name = "{name: n" + std::to_string(i);
    const std::string in = ", in: [n" + std::to_string(pick(random, 0, i - 1));
    const std::int64_t kind = pick(random, 0, static_cast<std::int64_t>(kinds.size()));
    if (kind < static_cast<std::int64_t>(kinds.size())) {
      lines.push_back(name + in + "], " + kinds[static_cast<std::size_t>(kind)] + "}");
    } else {
      lines.push_back(name + in + ", n" + std::to_string(pick(random, 0, i - 1)) +
                      "], kind: elementwise, function: add}");
    }
  }
  if (shuffled) std::shuffle(lines.begin(), lines.end(), random);
  std::string text = "operators:\n";
  for (const std::string& line : lines) text += "  - " + line + "\n";
  return parse_graph_yaml(text, "random");
}

std::vector<Slice> random_parts(Random& random, Axis axis, std::int64_t extent) {
  std::vector<Slice> parts;
  for (std::int64_t at = 0; at < extent;) {
    const std::int64_t end = pick(random, at + 1, extent);
    parts.push_back({axis, at, end});
    at = end;
  }
  return parts;
}

}  // namespace

TEST_CASE("random networks: the order is topological and keeps the file's where it can",
          "[graph]") {
  Random random(7);
  for (int round = 0; round < 100; ++round) {
    const bool shuffled = round % 2 == 1;
    const Graph graph = random_graph(random, shuffled);
    std::vector<std::size_t> place(graph.size());
    for (std::size_t i = 0; i < graph.size(); ++i) place[index(graph.order()[i])] = i;
    for (std::size_t i = 0; i < graph.size(); ++i) {
      for (OpId next : graph.successors(make_id<OpId>(i))) {
        CHECK(place[i] < place[index(next)]);
        CHECK(graph.reaches(make_id<OpId>(i), next));
        CHECK_FALSE(graph.reaches(next, make_id<OpId>(i)));
      }
      if (!shuffled) CHECK(place[i] == i);
    }
  }
}

TEST_CASE("random networks: slices cover the whole, and what they read was made by somebody",
          "[graph]") {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const Graph graph = random_graph(random, true);
    for (std::size_t i = 0; i < graph.size(); ++i) {
      const OpId id = make_id<OpId>(i);
      const Operator& op = graph.op(id);
      const Work whole = work_of(graph, id);
      CHECK(whole.input_elements == static_cast<double>(op.input_elements));
      for (Axis axis : cut_axes(graph, id)) {
        double macs = 0, made = 0, weights = 0, ops = 0;
        for (const Slice& part : random_parts(random, axis, cut_extent(graph, id, axis))) {
          const Work work = work_of(graph, id, part);
          macs += work.macs, made += work.output_elements, weights += work.weight_elements,
              ops += work.simple_ops;
          CHECK(work.input_elements <= whole.input_elements);
          for (TensorId in :
               op.inputs) {  // Any cut of the producer hands on exactly what is needed.
            const OpId producer = graph.tensor(in).producer;
            const double needed = input_elements_needed(graph, id, in, part);
            CHECK(overlap_elements(graph, in, {}, id, part) == needed);
            for (Axis cut : cut_axes(graph, producer)) {
              double sum = 0;
              for (const Slice& piece :
                   random_parts(random, cut, cut_extent(graph, producer, cut))) {
                sum += overlap_elements(graph, in, piece, id, part);
              }
              CHECK(sum == needed);
            }
          }
        }
        CHECK(macs == Approx(whole.macs).epsilon(1e-12));
        CHECK(made == Approx(whole.output_elements).epsilon(1e-12));
        CHECK(ops == Approx(whole.simple_ops).epsilon(1e-12));
        if (axis == Axis::channel) CHECK(weights == Approx(whole.weight_elements).epsilon(1e-12));
      }
    }
  }
}
