#include "sim/cost/cached_costs.h"

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace partita {
namespace {

/// A slice of an operator in a cell (operator, mode, precision).
struct SliceKey {
  std::size_t cell;
  Slice slice;
  bool operator==(const SliceKey&) const = default;
};

struct SliceHash {
  std::size_t operator()(const SliceKey& key) const {
    std::uint64_t h = key.cell * 4 + static_cast<std::uint64_t>(key.slice.axis);
    for (const std::int64_t at : {key.slice.begin, key.slice.end})
      h = (h ^ static_cast<std::uint64_t>(at) ^ (h >> 29)) * 0x9e3779b97f4a7c15;
    return h ^ (h >> 32);
  }
};

/// One answer by cell, and by slice within it.
template <class Answer>
class Answers {
 public:
  template <class Ask>
  Answer get(std::size_t cell, std::size_t cells, const Slice& slice, Ask ask) {
    if (slice == Slice{}) {
      if (at_.empty()) at_.assign(cells, kUnknown);
      if (at_[cell] == kUnknown) {
        at_[cell] = static_cast<std::uint32_t>(whole_.size());
        whole_.push_back(ask());
      }
      return whole_[at_[cell]];
    }
    // What a search of millions of slices asks is not worth its memory.
    constexpr std::size_t kMostSlices = 1u << 18;
    const auto found = slices_.find({cell, slice});
    if (found != slices_.end()) return found->second;
    Answer answer = ask();
    if (slices_.size() < kMostSlices) slices_.emplace(SliceKey{cell, slice}, answer);
    return answer;
  }

 private:
  static constexpr std::uint32_t kUnknown = ~0u;
  std::vector<std::uint32_t> at_;  ///< Index into whole_, by cell.
  std::vector<Answer> whole_;
  std::unordered_map<SliceKey, Answer, SliceHash> slices_;
};

class CachedModel final : public CostModel {
 public:
  CachedModel(std::unique_ptr<CostModel> model, const Graph& graph)
      : model_(std::move(model)), graph_(graph) {
    const Soc& soc = model_->soc();
    for (std::size_t u = 0; u < soc.units.size(); ++u) {
      first_mode_.push_back(modes_);
      modes_ += opps(u) * hosts(u);
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

  // Sizes of pieces rarely come again.
  std::vector<TransferStep> transfer(const Graph& graph, TensorId tensor, double bytes,
                                     OpId consumer, const Mode& from,
                                     const Mode& to) const override {
    return model_->transfer(graph, tensor, bytes, consumer, from, to);
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
  std::size_t opps(std::size_t unit) const {
    return static_cast<std::size_t>(soc().top_opp(soc().units[unit].domain)) + 1;
  }
  std::size_t hosts(std::size_t unit) const {
    const auto& host = soc().units[unit].host_domain;
    return host ? static_cast<std::size_t>(soc().top_opp(*host)) + 1 : 1;
  }

  /// Modes that the SoC does not have, and other graphs, are asked anew.
  bool knows(const Graph& graph, OpId op, const Mode& mode) const {
    if (&graph != &graph_ || index(op) >= graph_.size() || index(mode.unit) >= first_mode_.size())
      return false;
    const bool hosted = soc().unit(mode.unit).host_domain.has_value();
    return mode.opp >= 0 && static_cast<std::size_t>(mode.opp) < opps(index(mode.unit)) &&
           (hosted ? mode.host_opp >= 0 &&
                         static_cast<std::size_t>(mode.host_opp) < hosts(index(mode.unit))
                   : mode.host_opp == -1);
  }

  template <class Answer, class Ask>
  Answer keep(Answers<Answer>& answers, const Graph& graph, OpId op, const Slice& slice,
              const Mode& mode, Precision precision, Ask ask) const {
    if (!knows(graph, op, mode)) return ask();
    const std::size_t host = mode.host_opp < 0 ? 0 : static_cast<std::size_t>(mode.host_opp);
    const std::size_t at = first_mode_[index(mode.unit)] +
                           static_cast<std::size_t>(mode.opp) * hosts(index(mode.unit)) + host;
    const std::size_t cell =
        (index(op) * modes_ + at) * kPrecisions + static_cast<std::size_t>(precision);
    return answers.get(cell, graph_.size() * modes_ * kPrecisions, slice, ask);
  }

  std::unique_ptr<CostModel> model_;
  const Graph& graph_;
  std::vector<std::size_t> first_mode_;  ///< By unit.
  std::size_t modes_ = 0;
  mutable Answers<std::optional<Cost>> costs_, unfused_;
  mutable Answers<double> spread_;
  mutable Answers<std::optional<OpId>> fused_;
  mutable Answers<Cost> input_;
  mutable Answers<std::optional<TransferStep>> arrival_;
};

}  // namespace

std::unique_ptr<CostModel> make_cached_model(std::unique_ptr<CostModel> model, const Graph& graph) {
  return std::make_unique<CachedModel>(std::move(model), graph);
}

}  // namespace partita
