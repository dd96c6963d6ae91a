#include "sim/report/layers.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace partita {
namespace {

using Edge = std::pair<std::size_t, std::size_t>;

/// How near to its neighbours' side a bend and a node may be, in widths of a node.
constexpr double kNodeHalf = 0.5, kBendHalf = 0.15;
constexpr int kSweeps = 8;

class Layers {
 public:
  Layers(std::size_t nodes, const std::vector<Edge>& edges) : real_(nodes) {
    layer_.assign(nodes, 0);
    std::vector<Edge> sorted = edges;
    std::sort(sorted.begin(), sorted.end());
    for (const auto& [from, to] : sorted) {
      if (from >= to || to >= nodes) throw std::logic_error("layers: an edge leads back");
      layer_[to] = std::max(layer_[to], layer_[from] + 1);
    }
    up_.resize(nodes);
    down_.resize(nodes);
    for (const auto& [from, to] : edges) {
      bends_.emplace_back();
      std::size_t at = from;
      for (int l = layer_[from] + 1; l < layer_[to]; ++l) {
        bends_.back().push_back(layer_.size());
        layer_.push_back(l);
        up_.emplace_back();
        down_.emplace_back();
        join(at, layer_.size() - 1);
        at = layer_.size() - 1;
      }
      join(at, to);
    }
    const int count = layer_.empty() ? 0 : *std::max_element(layer_.begin(), layer_.end()) + 1;
    rows_.resize(static_cast<std::size_t>(count));
    for (std::size_t n = 0; n < layer_.size(); ++n) row_of(n).push_back(n);
    x_.assign(layer_.size(), 0);
  }

  LayeredDrawing draw() {
    order();
    place();
    LayeredDrawing out;
    out.layers = static_cast<int>(rows_.size());
    for (std::size_t n = 0; n < real_; ++n) out.nodes.push_back({x_[n], layer_[n]});
    for (const auto& chain : bends_) {
      out.bends.emplace_back();
      for (const std::size_t n : chain) out.bends.back().push_back({x_[n], layer_[n]});
    }
    if (!x_.empty()) {
      out.left = *std::min_element(x_.begin(), x_.end());
      out.right = *std::max_element(x_.begin(), x_.end());
    }
    return out;
  }

 private:
  void join(std::size_t from, std::size_t to) {
    down_[from].push_back(to);
    up_[to].push_back(from);
  }
  std::vector<std::size_t>& row_of(std::size_t n) {
    return rows_[static_cast<std::size_t>(layer_[n])];
  }

  void number() {
    for (const auto& row : rows_)
      for (std::size_t i = 0; i < row.size(); ++i) x_[row[i]] = static_cast<double>(i);
  }

  std::size_t crossings_now() const {
    std::size_t sum = 0;
    for (const auto& row : rows_) {
      std::vector<std::pair<double, double>> lines;
      for (const std::size_t n : row)
        for (const std::size_t to : down_[n]) lines.emplace_back(x_[n], x_[to]);
      // Layers are small; a quadratic count is quick enough, and wide ones are left as they are.
      if (lines.size() > 400) continue;
      for (std::size_t a = 0; a < lines.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
          sum += (lines[a].first - lines[b].first) * (lines[a].second - lines[b].second) < 0;
    }
    return sum;
  }

  /// Barycentres of the layer above, then of the one below, in turn; the best order is kept.
  void order() {
    number();
    auto best = rows_;
    std::size_t least = crossings_now();
    for (int sweep = 0; sweep < kSweeps && least > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        auto& row = rows_[down ? r : rows_.size() - 1 - r];
        std::vector<std::pair<double, std::size_t>> keyed;
        for (const std::size_t n : row) keyed.emplace_back(centre(n, down ? up_ : down_), n);
        std::stable_sort(keyed.begin(), keyed.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (std::size_t i = 0; i < row.size(); ++i) {
          row[i] = keyed[i].second;
          x_[row[i]] = static_cast<double>(i);
        }
      }
      if (const std::size_t now = crossings_now(); now < least) {
        least = now;
        best = rows_;
      }
    }
    rows_ = std::move(best);
    number();
  }

  double centre(std::size_t n, const std::vector<std::vector<std::size_t>>& neighbours) const {
    if (neighbours[n].empty()) return x_[n];
    double sum = 0;
    for (const std::size_t m : neighbours[n]) sum += x_[m];
    return sum / static_cast<double>(neighbours[n].size());
  }

  double half(std::size_t n) const { return n < real_ ? kNodeHalf : kBendHalf; }

  void place() {
    for (const auto& row : rows_) settle(row, std::vector<double>(row.size(), 0));
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        const auto& row = rows_[down ? r : rows_.size() - 1 - r];
        std::vector<double> wanted;
        for (const std::size_t n : row) wanted.push_back(centre(n, down ? up_ : down_));
        settle(row, wanted);
      }
    }
  }

  /// Places in order, no nearer than allowed, at least squared distance from the wanted ones:
  /// neighbours that would come too near form blocks at their mean (pool adjacent violators).
  void settle(const std::vector<std::size_t>& row, const std::vector<double>& wanted) {
    struct Block {
      double sum;
      int count;
      double mean() const { return sum / count; }
    };
    std::vector<Block> blocks;
    std::vector<double> offset(row.size(), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) offset[i] = offset[i - 1] + half(row[i - 1]) + half(row[i]);
      blocks.push_back({wanted[i] - offset[i], 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const Block& block : blocks)
      for (int k = 0; k < block.count; ++k, ++i) x_[row[i]] = block.mean() + offset[i];
  }

  std::size_t real_;
  std::vector<int> layer_;
  std::vector<std::vector<std::size_t>> up_, down_, rows_, bends_;
  std::vector<double> x_;
};

}  // namespace

LayeredDrawing lay_out_layers(std::size_t nodes, const std::vector<Edge>& edges) {
  return Layers(nodes, edges).draw();
}

std::size_t crossings(const LayeredDrawing& drawing, const std::vector<Edge>& edges) {
  struct Piece {
    int layer;
    double from, to;
  };
  std::vector<Piece> pieces;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    LayerPoint at = drawing.nodes[edges[e].first];
    for (const LayerPoint& bend : drawing.bends[e]) {
      pieces.push_back({at.layer, at.x, bend.x});
      at = bend;
    }
    pieces.push_back({at.layer, at.x, drawing.nodes[edges[e].second].x});
  }
  std::size_t sum = 0;
  for (std::size_t a = 0; a < pieces.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      sum += pieces[a].layer == pieces[b].layer &&
             (pieces[a].from - pieces[b].from) * (pieces[a].to - pieces[b].to) < 0;
  return sum;
}

}  // namespace partita
