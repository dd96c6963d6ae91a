// Prices of cuts, chains of cut operators, and the plan that comes of them.
#include <algorithm>

#include "partitioners/splits.h"

namespace partita {
namespace {

constexpr auto kGpu = static_cast<std::size_t>(Side::gpu);
constexpr auto kCpu = static_cast<std::size_t>(Side::cpu);

}  // namespace

double SplitCosts::price_s(std::size_t i, const Cut& cut) {
  if (cut.axis == Axis::none) {
    const double alone_s = whole_s(i, cut.mode);
    if (cut.mode != pair_.cpu || alone_s == kInfinity) return alone_s;
    const std::int64_t all = std::max<std::int64_t>(1, extent(i, Axis::height));
    return alone_s + share_in_s(i, Axis::height, all, i) + share_out_s(i, Axis::height, all);
  }
  const double slower_s = std::max(time_s(i, Side::gpu, cut.axis, cut.part[kGpu]),
                                   time_s(i, Side::cpu, cut.axis, cut.part[kCpu]));
  if (slower_s == kInfinity) return slower_s;
  return slower_s + share_in_s(i, cut.axis, cut.part[kCpu], i) +
         share_out_s(i, cut.axis, cut.part[kCpu]);
}

Cut SplitCosts::best(std::size_t i, std::span<const Axis> axes) {
  Cut best = whole(pair_.gpu);
  double least = price_s(i, best);
  const auto offer = [&](const Cut& cut) {
    const double price = price_s(i, cut);
    if (price < least) least = price, best = cut;
  };
  for (Axis axis : axes)
    for (int share = steps() - 1; share > 0; --share)
      if (const auto split = cut(i, axis, share)) offer(*split);
  offer(whole(pair_.cpu));
  return least == kInfinity ? elsewhere(i) : best;
}

Plan SplitCosts::plan(std::span<const Cut> cuts) const {
  const Graph& graph = costs_->graph();
  Plan plan;
  plan.shares.resize(graph.size());
  plan.home.resize(graph.size());
  const auto modes = costs_->modes();
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const Cut& cut = cuts[i];
    for (OpId op : items_[i].ops) {
      auto& shares = plan.shares[index(op)];
      if (cut.axis == Axis::none) {
        shares = {{modes[cut.mode], {}, precision(cut.mode)}};
        continue;
      }
      const std::int64_t whole = cut.part[kGpu] + cut.part[kCpu];
      shares = {{modes[pair_.gpu],
                 {cut.axis, 0, cut.part[kGpu]},
                 settings_.precision[kGpu],
                 {0, cut.halo_parts[kGpu] - cut.part[kGpu]}},
                {modes[pair_.cpu],
                 {cut.axis, cut.part[kGpu], whole},
                 settings_.precision[kCpu],
                 {cut.halo_parts[kCpu] - cut.part[kCpu], 0}}};
    }
    if (cut.axis != Axis::none && cut.gathered)
      plan.home[index(items_[i].tail())] = modes[pair_.gpu].unit;
  }
  return plan;
}

SplitChain::SplitChain(SplitCosts& costs, std::size_t begin, Axis axis, int share)
    : costs_(&costs), begin_(begin), axis_(axis), share_(share) {
  if (add(begin)) compute_s_ = slower_s(begin, cuts_[0]);
  if (compute_s_ == kInfinity) cuts_.clear();
}

bool SplitChain::add(std::size_t i) {
  if (share_ == 0 || share_ == costs_->steps()) {
    cuts_.push_back(costs_->whole(share_ == 0 ? costs_->pair().cpu : costs_->pair().gpu));
    return true;
  }
  const auto cut = costs_->cut(i, axis_, share_);
  if (cut) cuts_.push_back(*cut);
  return cut.has_value();
}

double SplitChain::slower_s(std::size_t i, const Cut& cut) {
  if (cut.axis == Axis::none) return costs_->whole_s(i, cut.mode);
  return std::max(costs_->time_s(i, Side::gpu, axis_, cut.halo_parts[kGpu]),
                  costs_->time_s(i, Side::cpu, axis_, cut.halo_parts[kCpu]));
}

/// From the tail to the head: every member computes what its readers in the chain need, H_in =
/// (H_out - 1) S + F (CoDL, MobiSys 2022, 5.1). Channels cannot be computed twice: false.
bool SplitChain::spread_halo() {
  for (Cut& cut : cuts_) cut.halo_parts = cut.part;
  for (std::size_t k = cuts_.size(); k-- > 1;) {
    const std::size_t i = begin_ + k;
    const auto& inputs = costs_->item(i).inputs;
    for (std::size_t input = 0; input < inputs.size(); ++input) {
      if (!inputs[input].from || *inputs[input].from < begin_) continue;
      Cut& maker = cuts_[*inputs[input].from - begin_];
      for (Side side : {Side::gpu, Side::cpu}) {
        const auto s = static_cast<std::size_t>(side);
        const std::int64_t need = costs_->needed(i, input, side, axis_, cuts_[k].halo_parts[s]);
        if (need > maker.part[s] && axis_ != Axis::height) return false;
        maker.halo_parts[s] = std::max(maker.halo_parts[s], need);
      }
    }
  }
  return true;
}

bool SplitChain::extend() {
  const std::size_t next = end() + 1;
  if (next >= costs_->items().size() || !add(next)) return false;
  double sum_s = kInfinity;
  if (cuts_[0].axis == Axis::none || spread_halo()) {
    sum_s = 0;
    for (std::size_t k = 0; k < cuts_.size(); ++k) sum_s += slower_s(begin_ + k, cuts_[k]);
  }
  if (sum_s < kInfinity) {
    compute_s_ = sum_s;
    return true;
  }
  cuts_.pop_back();
  if (cuts_[0].axis != Axis::none) spread_halo();
  return false;
}

bool SplitChain::closed() const {
  for (std::size_t i = begin_; i < end(); ++i)
    if (costs_->item(i).last_reader > end()) return false;
  return true;
}

double SplitChain::sharing_s() {
  if (share_ == costs_->steps()) return 0;
  double sum_s = 0;
  for (std::size_t i = begin_; i <= end(); ++i) {
    const Cut& cut = cuts_[i - begin_];
    const std::int64_t all = std::max<std::int64_t>(1, costs_->extent(i, axis_));
    const bool split = cut.axis != Axis::none;
    sum_s += costs_->share_in_s(i, axis_, split ? cut.halo_parts[kCpu] : all, begin_);
    if (i == end() || costs_->item(i).last_reader > end())
      sum_s += costs_->share_out_s(i, axis_, split ? cut.part[kCpu] : all);
  }
  return sum_s;
}

}  // namespace partita
