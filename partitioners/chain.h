// A network as a chain of layers: single operators of a chain, or convex segments of a graph
// between the points where one tensor crosses.
#pragma once

#include <cstdint>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// Clock settings the modes can ask for. Setting 0: every clock unused, whose first OPP is free.
class Clocks {
 public:
  /// Only clocks with several OPPs among the modes and a price for changing them count. Beyond
  /// `most` settings none does and exact() is false.
  Clocks(const SearchSpace& space, std::size_t most);
  std::size_t settings() const { return settings_; }
  bool exact() const { return exact_; }
  std::size_t next(std::size_t setting, std::size_t mode) const {
    return next_[setting * modes_ + mode];
  }
  double delay_s(std::size_t setting, std::size_t mode) const {
    return delay_s_[setting * modes_ + mode];
  }

 private:
  struct Digit {
    DomainId domain{};
    std::vector<int> opps;
    std::size_t scale = 1;
  };
  void find_digits(const SearchSpace& space);
  void tabulate(const SearchSpace& space);

  std::size_t modes_, settings_ = 1;
  bool exact_ = true;
  std::vector<Digit> digits_;
  std::vector<std::size_t> next_;
  std::vector<double> delay_s_;
};

/// Seconds and joules (with the base power).
struct Price {
  double latency_s = 0, energy_j = 0;
};
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
  /// The cheapest path. Ties: the lowest mode index.
  Path solve(const Weights& weights) const;
  /// [layer * modes + mode]: least weighted price of the layers after `layer`; clocks change for
  /// free.
  std::vector<double> to_go(const Weights& weights) const;

  std::size_t layers() const { return layers_.size(); }
  std::size_t modes() const { return modes_; }
  const Clocks& clocks() const { return clocks_; }
  bool supported(std::size_t layer, std::size_t mode) const {
    return layers_[layer].work[mode].latency_s < kInfinity;
  }
  /// Running layer 0 in a mode.
  Price start(std::size_t mode) const { return layers_[0].work[mode]; }
  /// From one layer's mode to the next layer in `to`: hand-over, clock change and work. Infinite
  /// latency: impossible.
  Price step(std::size_t layer, std::size_t from, std::size_t to, std::size_t setting) const;
  /// Modes by position of the search space.
  std::vector<std::size_t> expand(const std::vector<std::size_t>& mode_of) const;
  /// Every layer is one operator and nothing can overlap: the prices are exact.
  bool exact() const { return is_chain_ && clocks_.exact(); }

 private:
  struct Layer {
    std::size_t begin = 0, end = 0;  ///< Positions.
    std::vector<Price> work;         ///< By mode; infinite: unsupported.
    std::vector<Price> hand_over;    ///< [from * modes + to] from the layer before; empty: free.
    std::vector<double> power_w;     ///< By mode, with the base power, while a clock changes.
  };
  void cut(SearchSpace& space);
  void price(SearchSpace& space, Layer& layer) const;
  void price_hand_over(SearchSpace& space, Layer& layer, std::size_t edge) const;

  std::size_t modes_;
  Clocks clocks_;
  bool is_chain_;
  std::vector<Layer> layers_;
};

}  // namespace partita
