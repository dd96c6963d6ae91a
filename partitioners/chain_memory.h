// What the layers of a chain keep in memory, one after another: memory_use() of plans that keep a
// layer on one unit. A tensor that skips a layer counts as if that layer handed it on.
#pragma once

#include <map>
#include <vector>

#include "partitioners/chain.h"

namespace partita {

class ChainMemory {
 public:
  struct Use {
    std::vector<double> weights;  ///< Bytes by unit.
    double peak = 0;              ///< Most bytes of activations that live at once.
    double total() const;
    bool within(const Use& other) const;
  };

  ChainMemory(const SearchSpace& space, const Chain& chain);
  Use first(std::size_t mode) const;
  /// `layer` in `mode` after the layer before in `from`.
  Use then(const Use& before, std::size_t layer, std::size_t from, std::size_t mode) const;

 private:
  struct Tensor {
    double elements = 0;
    std::size_t made = 0, last = 0;  ///< Positions.
  };
  struct Layer {
    std::size_t begin = 0, end = 0;
    double weight_elements = 0;
    std::vector<Tensor> own;       ///< Made in the layer, or loaded for its operators.
    std::vector<Tensor> entering;  ///< `made`: the first reader here.
  };
  double peak(const Layer& layer, std::size_t from, std::size_t mode) const;
  double bytes(std::size_t mode) const {
    return element_bytes(space_.unit(mode).default_precision);
  }

  const SearchSpace& space_;
  std::vector<Layer> layers_;
};

}  // namespace partita
