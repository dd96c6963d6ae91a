// What a plan keeps in memory.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "sim/plan/lowering.h"

namespace partita {

double MemoryUse::total_bytes() const {
  return std::accumulate(weights_bytes.begin(), weights_bytes.end(), activations_bytes);
}

namespace {

using lowering::Source;

class MemoryCount {
 public:
  MemoryCount(const Soc& soc, const Graph& graph, const Plan& plan)
      : soc_(soc), graph_(graph), plan_(plan), order_(plan.order) {
    if (order_.empty())
      for (OpId op : graph.order())
        if (is_placed(graph.op(op))) order_.push_back(op);
    position_.resize(graph.size(), 0);
    for (std::size_t i = 0; i < order_.size(); ++i) position_[index(order_[i])] = i;
    use.weights_bytes.assign(soc.units.size(), 0);
  }

  MemoryUse run() {
    for (OpId op : order_) weights(op);
    constants();
    change_.assign(order_.size() + 1, 0);
    for (const Tensor& tensor : graph_.tensors()) activation(tensor);
    double live = 0;
    for (double change : change_) {
      live += change;
      use.activations_bytes = std::max(use.activations_bytes, live);
    }
    return std::move(use);
  }

 private:
  using Copies = std::map<std::pair<UnitId, Precision>, double>;  ///< Bytes.

  /// Slices of channels have their part each; others all of it, once a unit and precision.
  void weights(OpId op) {
    if (graph_.op(op).weight_elements == 0) return;
    Copies copies;
    bool parts = true;
    for (const Share& share : plan_.shares[index(op)]) {
      const double bytes =
          work_of(graph_, op, share.slice).weight_elements * element_bytes(share.precision);
      double& copy = copies[{share.mode.unit, share.precision}];
      parts = parts && share.slice.axis == Axis::channel;
      copy = share.slice.axis == Axis::channel ? copy + bytes : bytes;
    }
    keep(copies, parts);
  }

  /// `parts`: the copies are different weights.
  void keep(const Copies& copies, bool parts) {
    double sum = 0, largest = 0;
    for (const auto& [where, bytes] : copies) {
      use.weights_bytes[index(where.first)] += bytes;
      sum += bytes;
      largest = std::max(largest, bytes);
    }
    if (!parts) use.duplicated_bytes += sum - largest;
  }

  /// Constants are weights of the units that read them.
  void constants() {
    for (const Tensor& tensor : graph_.tensors()) {
      if (graph_.op(tensor.producer).kind != OpKind::constant) continue;
      Copies copies;
      for (OpId reader : tensor.consumers)
        for (const Share& share : plan_.shares[index(reader)])
          copies[{share.mode.unit, share.precision}] =
              static_cast<double>(elements(tensor.shape)) * element_bytes(share.precision);
      keep(copies, false);
    }
  }

  /// What the maker's units hold lives from its turn to the last reader's; what another unit or
  /// precision received, from the first reader there to the last.
  void activation(const Tensor& tensor) {
    const OpId maker = tensor.producer;
    const OpKind kind = graph_.op(maker).kind;
    if (kind == OpKind::constant) return;
    const TensorId id = id_of(tensor);
    std::size_t begin = kind == OpKind::input ? 0 : position_[index(maker)], last = begin;
    std::vector<Source> sources;
    if (kind == OpKind::input) {
      sources = input_source(tensor);
      if (sources.empty()) return;
    } else {
      sources = lowering::sources_of(soc_, plan_, maker);
    }
    for (OpId reader : tensor.consumers) last = std::max(last, position_[index(reader)]);
    if (tensor.consumers.empty()) last = order_.size() - 1;  // The network's output.
    for (const Source& source : sources)
      live(lowering::slice_elements(graph_, id, source.computed) * element_bytes(source.precision),
           begin, last);
    if (kind != OpKind::input && lowering::gathered_at(plan_, maker))
      for (const Share& share : plan_.shares[index(maker)])  // Until they are gathered.
        if (share.mode.unit != sources.front().mode.unit)
          live(lowering::slice_elements(graph_, id, share.computed()) *
                   element_bytes(share.precision),
               begin, begin);
    received(tensor, id, sources);
  }

  void received(const Tensor& tensor, TensorId id, const std::vector<Source>& sources) {
    struct Copy {
      double bytes = 0;
      std::size_t first = 0, last = 0;
    };
    std::map<std::tuple<UnitId, Precision, std::size_t>, Copy> copies;
    for (OpId reader : tensor.consumers)
      for (const Share& share : plan_.shares[index(reader)])
        for (std::size_t j = 0; j < sources.size(); ++j) {
          if (sources[j].mode.unit == share.mode.unit && sources[j].precision == share.precision)
            continue;
          const double bytes = lowering::taken_elements(graph_, id, sources, j, reader, share) *
                               element_bytes(share.precision);
          if (bytes <= 0) continue;
          const std::size_t at = position_[index(reader)];
          const auto [copy, fresh] =
              copies.try_emplace({share.mode.unit, share.precision, j}, Copy{bytes, at, at});
          if (fresh) continue;
          copy->second = {std::max(copy->second.bytes, bytes), std::min(copy->second.first, at),
                          std::max(copy->second.last, at)};
        }
    for (const auto& [where, copy] : copies) live(copy.bytes, copy.first, copy.last);
  }

  std::vector<Source> input_source(const Tensor& tensor) const {
    std::optional<OpId> first;
    for (OpId reader : tensor.consumers)
      if (!first || position_[index(reader)] < position_[index(*first)]) first = reader;
    if (!first) return {};
    const Share& share = plan_.shares[index(*first)].front();
    return {{share.mode, share.precision, {}, {}}};
  }

  void live(double bytes, std::size_t first, std::size_t last) {
    change_[first] += bytes;
    change_[last + 1] -= bytes;
  }
  TensorId id_of(const Tensor& tensor) const {
    return make_id<TensorId>(static_cast<std::size_t>(&tensor - graph_.tensors().data()));
  }

  const Soc& soc_;
  const Graph& graph_;
  const Plan& plan_;
  std::vector<OpId> order_;
  std::vector<std::size_t> position_;  ///< By OpId.
  std::vector<double> change_;         ///< Of the bytes that live, by position.
  MemoryUse use;
};

}  // namespace

MemoryUse memory_use(const Soc& soc, const Graph& graph, const Plan& plan) {
  return MemoryCount(soc, graph, plan).run();
}

}  // namespace partita
