#include "partitioners/chain_memory.h"

#include <algorithm>
#include <numeric>

namespace partita {

double ChainMemory::Use::total() const {
  return std::accumulate(weights.begin(), weights.end(), peak);
}

bool ChainMemory::Use::within(const Use& other) const {
  for (std::size_t u = 0; u < weights.size(); ++u)
    if (weights[u] > other.weights[u]) return false;
  return peak <= other.peak;
}

ChainMemory::ChainMemory(const SearchSpace& space, const Chain& chain) : space_(space) {
  const Graph& graph = space.costs().graph();
  std::vector<std::size_t> position(graph.size(), 0), layer_of(space.size(), 0);
  for (std::size_t p = 0; p < space.size(); ++p) position[index(space.op(p))] = p;
  for (std::size_t l = 0; l < chain.layers(); ++l) {
    const auto [begin, end] = chain.positions(l);
    layers_.push_back({begin, end, 0, {}, {}});
    for (std::size_t p = begin; p < end; ++p) {
      layer_of[p] = l;
      layers_[l].weight_elements += static_cast<double>(graph.op(space.op(p)).weight_elements);
    }
  }
  for (const partita::Tensor& tensor : graph.tensors()) {
    const Operator& maker = graph.op(tensor.producer);
    const auto count = static_cast<double>(elements(tensor.shape));
    std::vector<std::size_t> readers;
    for (OpId reader : tensor.consumers) readers.push_back(position[index(reader)]);
    std::sort(readers.begin(), readers.end());
    if (maker.kind == OpKind::constant) {  // A weight of whoever reads it.
      if (!readers.empty()) layers_[layer_of[readers.front()]].weight_elements += count;
      continue;
    }
    if (!is_placed(maker) && readers.empty()) continue;
    const bool input = maker.kind == OpKind::input;
    const std::size_t made = input ? readers.front() : position[index(tensor.producer)];
    const std::size_t last = readers.empty() ? space.size() - 1 : readers.back();
    layers_[layer_of[made]].own.push_back({count, input ? 0 : made, last});
    for (std::size_t l = layer_of[made] + 1; l < layers_.size(); ++l) {
      const auto here = std::find_if(readers.begin(), readers.end(),
                                     [&](std::size_t r) { return layer_of[r] == l; });
      if (here != readers.end()) layers_[l].entering.push_back({count, *here, last});
    }
  }
}

/// Within the layer. What an earlier layer made lives on its unit, and from the first reader on
/// here as well where units or precisions differ.
double ChainMemory::peak(const Layer& layer, std::size_t from, std::size_t mode) const {
  const bool copies = !space_.same_unit(from, mode) || bytes(from) != bytes(mode);
  double most = 0;
  for (std::size_t p = layer.begin; p < layer.end; ++p) {
    double live = 0;
    for (const Tensor& tensor : layer.own)
      if (tensor.made <= p && p <= tensor.last) live += tensor.elements * bytes(mode);
    for (const Tensor& tensor : layer.entering)
      if (p <= tensor.last)
        live += tensor.elements * (bytes(from) + (copies && tensor.made <= p ? bytes(mode) : 0));
    most = std::max(most, live);
  }
  return most;
}

ChainMemory::Use ChainMemory::first(std::size_t mode) const {
  Use use;
  use.weights.assign(space_.costs().model().soc().units.size(), 0);
  return then(use, 0, mode, mode);
}

ChainMemory::Use ChainMemory::then(const Use& before, std::size_t layer, std::size_t from,
                                   std::size_t mode) const {
  Use use = before;
  use.weights[index(space_.costs().modes()[mode].unit)] +=
      layers_[layer].weight_elements * bytes(mode);
  use.peak = std::max(use.peak, peak(layers_[layer], from, mode));
  return use;
}

}  // namespace partita
