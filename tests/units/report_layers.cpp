// Graphs laid out in layers: by hand, and what holds for any.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "sim/report/layers.h"

using namespace partita;
using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

TEST_CASE("a diamond with a shortcut, by hand") {
  // 0 -> 1 -> 3 -> 4, 0 -> 2 -> 3, and 0 -> 4 over three layers.
  const Edges edges{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}, {0, 4}};
  const LayeredDrawing drawing = lay_out_layers(5, edges);
  CHECK(drawing.layers == 4);
  std::vector<int> layers;
  for (const LayerPoint& node : drawing.nodes) layers.push_back(node.layer);
  CHECK(layers == std::vector<int>{0, 1, 1, 2, 3});
  for (std::size_t e = 0; e + 1 < edges.size(); ++e) CHECK(drawing.bends[e].empty());
  REQUIRE(drawing.bends[5].size() == 2);
  CHECK(drawing.bends[5][0].layer == 1);
  CHECK(drawing.bends[5][1].layer == 2);
  CHECK(crossings(drawing, edges) == 0);
}

TEST_CASE("edges that cross as they come are uncrossed") {
  // As numbered, 0-3 and 1-2 cross; either row turned round does not.
  const Edges edges{{0, 3}, {1, 2}};
  const LayeredDrawing drawing = lay_out_layers(4, edges);
  CHECK(crossings(drawing, edges) == 0);
  // Two nodes each on both sides, all joined: one crossing whatever the order.
  const Edges all{{0, 2}, {0, 3}, {1, 2}, {1, 3}};
  CHECK(crossings(lay_out_layers(4, all), all) == 1);
}

TEST_CASE("a chain is drawn straight down") {
  const Edges edges{{0, 1}, {1, 2}, {2, 3}};
  const LayeredDrawing drawing = lay_out_layers(4, edges);
  for (const LayerPoint& node : drawing.nodes) CHECK(node.x == Approx(0).margin(1e-12));
  CHECK(lay_out_layers(0, {}).layers == 0);
}

TEST_CASE("drawings of random graphs are in order") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t nodes = 2 + random() % 30;
    Edges edges;
    for (std::size_t to = 1; to < nodes; ++to)
      for (std::size_t from = 0; from < to; ++from)
        if (random() % nodes < 2) edges.emplace_back(from, to);
    const LayeredDrawing drawing = lay_out_layers(nodes, edges);
    std::vector<int> longest(nodes, 0);
    for (std::size_t to = 0; to < nodes; ++to)
      for (const auto& [from, target] : edges)
        if (target == to) longest[to] = std::max(longest[to], longest[from] + 1);
    for (std::size_t n = 0; n < nodes; ++n) CHECK(drawing.nodes[n].layer == longest[n]);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const int from = drawing.nodes[edges[e].first].layer,
                to = drawing.nodes[edges[e].second].layer;
      CHECK(static_cast<int>(drawing.bends[e].size()) == to - from - 1);
    }
    for (std::size_t a = 0; a < nodes; ++a)
      for (std::size_t b = 0; b < a; ++b)
        if (drawing.nodes[a].layer == drawing.nodes[b].layer)
          CHECK(std::abs(drawing.nodes[a].x - drawing.nodes[b].x) > 1 - 1e-9);
  }
}
