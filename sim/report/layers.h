// A directed acyclic graph laid out in layers, for drawing.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace partita {

struct LayerPoint {
  double x = 0;  ///< In widths of a node; neighbours of a layer are at least 1 apart.
  int layer = 0;
};

struct LayeredDrawing {
  std::vector<LayerPoint> nodes;
  /// By edge: where it bends, one point a layer between its ends.
  std::vector<std::vector<LayerPoint>> bends;
  int layers = 0;
  double left = 0, right = 0;  ///< Least and most x of nodes and bends.
};

/// Layers by longest path from the sources; an edge over several layers bends once in each. Order
/// within layers by barycentres (Sugiyama, Tagawa and Toda 1981), places by least squares to the
/// mean of the neighbours. Edges must lead from lower to higher numbers; deterministic.
LayeredDrawing lay_out_layers(std::size_t nodes,
                              const std::vector<std::pair<std::size_t, std::size_t>>& edges);

/// Crossings of edges between neighbouring layers, bends included.
std::size_t crossings(const LayeredDrawing& drawing,
                      const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace partita
