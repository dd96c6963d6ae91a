#include "sim/cost/cached_costs.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace partita {
namespace {

/// Slices by cell (operator, mode, precision) in one table with open addressing: a look-up touches
/// one line of memory.
class SliceTable {
 public:
  /// Nothing: not a key, for its numbers are beyond all networks.
  static std::optional<std::uint64_t> key_of(std::size_t cell, const Slice& slice) {
    constexpr std::int64_t kMost = 1 << 20;
    if (cell >= (1u << 21) || slice.begin < 0 || slice.begin >= kMost || slice.end < 0 ||
        slice.end >= kMost)
      return std::nullopt;
    return (static_cast<std::uint64_t>(cell) << 43 | static_cast<std::uint64_t>(slice.axis) << 40 |
            static_cast<std::uint64_t>(slice.begin) << 20 | static_cast<std::uint64_t>(slice.end)) +
           1;  // 0 is an empty place.
  }
  /// Where its value is; null: not known.
  const std::uint32_t* find(std::uint64_t key) const {
    if (places_.empty()) return nullptr;
    const Place& place = places_[place_of(key)];
    return place.key == key ? &place.at : nullptr;
  }
  void add(std::uint64_t key, std::uint32_t at) {
    if (2 * (size_ + 1) > places_.size()) grow();
    places_[place_of(key)] = {key, at};
    ++size_;
  }
  std::size_t size() const { return size_; }

 private:
  struct Place {
    std::uint64_t key = 0;
    std::uint32_t at = 0;
  };
  /// Of the key, or the empty one that it would take.
  std::size_t place_of(std::uint64_t key) const {
    const std::size_t mask = places_.size() - 1;
    std::uint64_t h = key * 0x9e3779b97f4a7c15;
    std::size_t at = (h ^ (h >> 32)) & mask;
    while (places_[at].key != 0 && places_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    std::vector<Place> old(std::max<std::size_t>(1024, 2 * places_.size()));
    old.swap(places_);
    for (const Place& place : old)
      if (place.key != 0) places_[place_of(place.key)] = place;
  }

  std::vector<Place> places_;  ///< A power of two.
  std::size_t size_ = 0;
};

/// One answer by cell, and by slice within it.
template <class Answer>
class Answers {
 public:
  template <class Ask>
  Answer get(std::size_t cell, std::size_t cells, const Slice& slice, Ask ask) {
    if (slice == Slice{}) {
      if (at_.empty()) at_.assign(cells, kUnknown);
      if (at_[cell] == kUnknown) at_[cell] = keep(ask());
      return answers_[at_[cell]];
    }
    const auto key = SliceTable::key_of(cell, slice);
    if (!key) return ask();
    if (const std::uint32_t* at = slices_.find(*key)) return answers_[*at];
    Answer answer = ask();
    // What a search of millions of slices asks is not worth its memory.
    constexpr std::size_t kMostSlices = 1u << 18;
    if (slices_.size() < kMostSlices) slices_.add(*key, keep(answer));
    return answer;
  }

 private:
  static constexpr std::uint32_t kUnknown = ~0u;

  std::uint32_t keep(const Answer& answer) {
    answers_.push_back(answer);
    return static_cast<std::uint32_t>(answers_.size() - 1);
  }

  std::vector<std::uint32_t> at_;  ///< Index into answers_, by cell.
  SliceTable slices_;
  std::vector<Answer> answers_;
};

/// Steps of handing over a tensor of one size, the first that was asked for.
class HandOvers {
 public:
  /// Nothing: not a key, for its numbers are beyond all networks.
  static std::optional<std::uint64_t> key_of(std::size_t tensor, std::size_t consumer,
                                             std::size_t from, std::size_t to) {
    if (tensor >= (1u << 20) || consumer >= (1u << 20) || from >= (1u << 11) || to >= (1u << 11))
      return std::nullopt;
    return (static_cast<std::uint64_t>(tensor) << 42 | static_cast<std::uint64_t>(consumer) << 22 |
            static_cast<std::uint64_t>(from) << 11 | static_cast<std::uint64_t>(to)) +
           1;  // 0 is an empty place.
  }
  template <class Ask>
  std::vector<TransferStep> get(std::uint64_t key, double bytes, Ask ask) {
    if (const std::uint32_t* at = table_.find(key)) {
      const Kept& kept = kept_[*at];
      if (kept.bytes != bytes) return ask();
      const auto first = steps_.begin() + kept.first;
      return {first, first + kept.count};
    }
    std::vector<TransferStep> steps = ask();
    constexpr std::size_t kMost = 1u << 18;
    if (table_.size() >= kMost) return steps;
    table_.add(key, static_cast<std::uint32_t>(kept_.size()));
    kept_.push_back({bytes, static_cast<std::uint32_t>(steps_.size()),
                     static_cast<std::uint32_t>(steps.size())});
    steps_.insert(steps_.end(), steps.begin(), steps.end());
    return steps;
  }

 private:
  struct Kept {
    double bytes = 0;
    std::uint32_t first = 0, count = 0;
  };
  SliceTable table_;
  std::vector<Kept> kept_;
  std::vector<TransferStep> steps_;
};

class CachedModel final : public CostModel {
 public:
  CachedModel(std::unique_ptr<CostModel> model, const Graph& graph)
      : model_(std::move(model)), graph_(graph) {
    const Soc& soc = model_->soc();
    for (const Unit& unit : soc.units) {
      const int hosts = unit.host_domain ? soc.top_opp(*unit.host_domain) + 1 : 0;
      units_.push_back({modes_, soc.top_opp(unit.domain) + 1, hosts});
      modes_ += static_cast<std::size_t>(units_.back().opps * std::max(hosts, 1));
    }
  }

  const Soc& soc() const override { return model_->soc(); }

  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice& slice,
                                    const Mode& mode, Precision precision) const override {
    return keep(costs_, graph, op, slice, mode, precision,
                [&] { return model_->operator_cost(graph, op, slice, mode, precision); });
  }

  std::optional<Cost> unfused_cost(const Graph& graph, OpId op, const Slice& slice,
                                   const Mode& mode, Precision precision) const override {
    return keep(unfused_, graph, op, slice, mode, precision,
                [&] { return model_->unfused_cost(graph, op, slice, mode, precision); });
  }

  double spread_s(const Graph& graph, OpId op, const Slice& slice, const Mode& mode,
                  Precision precision) const override {
    return keep(spread_, graph, op, slice, mode, precision,
                [&] { return model_->spread_s(graph, op, slice, mode, precision); });
  }

  std::optional<OpId> fused_with(const Graph& graph, OpId op, const Mode& mode) const override {
    return keep(fused_, graph, op, {}, mode, Precision{},
                [&] { return model_->fused_with(graph, op, mode); });
  }

  Cost input_cost(const Graph& graph, OpId consumer, const Mode& mode) const override {
    return keep(input_, graph, consumer, {}, mode, Precision{},
                [&] { return model_->input_cost(graph, consumer, mode); });
  }

  std::optional<TransferStep> arrival(const Graph& graph, OpId op,
                                      const Mode& mode) const override {
    return keep(arrival_, graph, op, {}, mode, Precision{},
                [&] { return model_->arrival(graph, op, mode); });
  }

  // Whole tensors are asked for again and again; sizes of pieces rarely come again.
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    const auto ask = [&] { return model_->transfer(graph, tensor, bytes, consumer, from, to); };
    if (!knows(graph, consumer, from) || !knows(graph, consumer, to)) return ask();
    const auto key =
        HandOvers::key_of(index(tensor), index(consumer), mode_cell(from), mode_cell(to));
    return key ? hand_overs_.get(*key, bytes, ask) : ask();
  }
  TransferStep recast(double elements, const Mode& mode, Precision from,
                      Precision to) const override {
    return model_->recast(elements, mode, from, to);
  }
  double compile_s(UnitId unit, double weight_bytes) const override {
    return model_->compile_s(unit, weight_bytes);
  }
  double dvfs_delay_s(DomainId domain, int from_opp, int to_opp) const override {
    return model_->dvfs_delay_s(domain, from_opp, to_opp);
  }
  bool parks_idle_clocks() const override { return model_->parks_idle_clocks(); }
  double base_power_w() const override { return model_->base_power_w(); }

 private:
  /// Modes that the SoC does not have, and other graphs, are asked anew.
  bool knows(const Graph& graph, OpId op, const Mode& mode) const {
    if (&graph != &graph_ || index(op) >= graph_.size() || index(mode.unit) >= units_.size())
      return false;
    const OfUnit& unit = units_[index(mode.unit)];
    return mode.opp >= 0 && mode.opp < unit.opps &&
           (unit.hosts > 0 ? mode.host_opp >= 0 && mode.host_opp < unit.hosts
                           : mode.host_opp == -1);
  }

  std::size_t mode_cell(const Mode& mode) const {
    const OfUnit& unit = units_[index(mode.unit)];
    return unit.first_mode + static_cast<std::size_t>(mode.opp * std::max(unit.hosts, 1) +
                                                      std::max<int>(mode.host_opp, 0));
  }

  template <class Answer, class Ask>
  Answer keep(Answers<Answer>& answers, const Graph& graph, OpId op, const Slice& slice,
              const Mode& mode, Precision precision, Ask ask) const {
    if (!knows(graph, op, mode)) return ask();
    const std::size_t cell =
        (index(op) * modes_ + mode_cell(mode)) * kPrecisions + static_cast<std::size_t>(precision);
    return answers.get(cell, graph_.size() * modes_ * kPrecisions, slice, ask);
  }

  std::unique_ptr<CostModel> model_;
  const Graph& graph_;
  struct OfUnit {
    std::size_t first_mode = 0;
    int opps = 0, hosts = 0;  ///< 0: it has no host clock.
  };
  std::vector<OfUnit> units_;
  std::size_t modes_ = 0;
  mutable Answers<std::optional<Cost>> costs_, unfused_;
  mutable Answers<double> spread_;
  mutable Answers<std::optional<OpId>> fused_;
  mutable Answers<Cost> input_;
  mutable Answers<std::optional<TransferStep>> arrival_;
  mutable HandOvers hand_overs_;
};

}  // namespace

std::unique_ptr<CostModel> make_cached_model(std::unique_ptr<CostModel> model, const Graph& graph) {
  return std::make_unique<CachedModel>(std::move(model), graph);
}

}  // namespace partita
