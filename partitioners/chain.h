// A network as a chain of layers: single operators of a chain, or convex segments of a graph
// between the points where one tensor crosses.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "partitioners/clocks.h"
#include "partitioners/search.h"

namespace partita {

/// What a search minimises: a weighted sum of the two.
struct Weights {
  double latency = 1, energy = 0;
  double of(const Price& price) const {
    return latency * price.latency_s + energy * price.energy_j;
  }
};

class Chain {
 public:
  Chain(SearchSpace& space, std::size_t most_settings);

  struct Path {
    std::vector<std::size_t> mode_of;  ///< By layer.
    Price price;
  };
  /// Clocks as the run before leaves them; setting 0 until told.
  void start_at(std::size_t setting) { initial_ = setting; }
  /// The clocks after a path.
  std::size_t last_setting(const std::vector<std::size_t>& mode_of) const;
  /// The cheapest path. Ties: the lowest mode index.
  Path solve(const Weights& weights) const;
  /// [layer * modes + mode]: least weighted price of the layers after `layer`; clocks change for
  /// free.
  std::vector<double> to_go(const Weights& weights) const;

  std::size_t layers() const { return layers_.size(); }
  /// Of a layer: from the first on, up to the second.
  std::pair<std::size_t, std::size_t> positions(std::size_t layer) const {
    return {layers_[layer].begin, layers_[layer].end};
  }
  std::size_t modes() const { return modes_; }
  const Clocks& clocks() const { return clocks_; }
  bool supported(std::size_t layer, std::size_t mode) const {
    return layers_[layer].work[mode].latency_s < kInfinity;
  }
  /// Running layer 0 in a mode, and the clocks after it.
  Price start(std::size_t mode) const;
  std::size_t first_setting(std::size_t mode) const { return clocks_.next(initial_, mode); }
  /// From one layer's mode to the next layer in `to`: hand-over and work, which starts at the
  /// clocks of `setting`, the new ones coming after their delay. Infinite latency: impossible.
  Price step(std::size_t layer, std::size_t from, std::size_t to, std::size_t setting) const;
  /// Modes by position of the search space.
  std::vector<std::size_t> expand(const std::vector<std::size_t>& mode_of) const;
  /// Nothing overlaps and no clock changes: the prices are exact. (A change that outlasts an
  /// operator is taken as done at its end, and hand-overs as at their own mode's clocks.)
  bool exact() const { return is_chain_ && clocks_.steady(); }
  /// Some operator takes longer where the plan has several units.
  bool spreading_costs() const { return spreading_costs_; }

 private:
  struct Layer {
    std::size_t begin = 0, end = 0;  ///< Positions.
    std::vector<Price> work;         ///< By mode; infinite: unsupported.
    std::vector<Price> hand_over;    ///< [from * modes + to] from the layer before.
    std::vector<double> early_s;     ///< Of it, after the reader's clocks are asked for.
    /// [mode][own OPP * host OPPs + host OPP]: computation at other clocks than the mode's, without
    /// memory energy; empty: no clock changes.
    std::vector<std::vector<Price>> pace;
  };
  void cut(SearchSpace& space);
  void price(SearchSpace& space, Layer& layer);
  void price_paces(SearchSpace& space, Layer& layer) const;
  void price_change(const Layer& layer, std::size_t to, std::size_t setting, double early_s,
                    Price& price) const;
  void price_hand_over(SearchSpace& space, Layer& layer, std::size_t edge) const;

  const SearchSpace* space_;
  std::size_t modes_;
  Clocks clocks_;
  bool is_chain_;
  bool spreading_costs_ = false;
  std::size_t initial_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace partita
