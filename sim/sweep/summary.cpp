#include "sim/sweep/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/base/error.h"

namespace partita::sweep {
namespace {

constexpr std::size_t kParts = 5;  ///< Of a range that is not on a grid.

/// Where a value lies between the ends of a range, 0 to 1.
double share_of(const Range& range, double value) {
  return range.log ? std::log(value / range.from) / std::log(range.to / range.from)
                   : (value - range.from) / (range.to - range.from);
}

double at_share(const Range& range, double share) {
  return range.log ? range.from * std::pow(range.to / range.from, share)
                   : range.from + share * (range.to - range.from);
}

}  // namespace

std::size_t figure_by_name(const std::vector<Figure>& figures, std::string_view name,
                           std::string_view where) {
  std::vector<std::string> known;
  for (std::size_t f = 0; f < figures.size(); ++f) {
    if (figures[f].name == name) return f;
    known.push_back(figures[f].name);
  }
  for (std::size_t f = 0; f < figures.size(); ++f)
    if (figures[f].name.starts_with(std::string(name) + "_")) return f;
  throw_unknown(where, "figure", name, known);
}

Summarizer::Summarizer(const Design& design, std::vector<Figure> figures, std::size_t by,
                       std::size_t best, std::vector<std::size_t> front)
    : design_(design),
      figures_(std::move(figures)),
      by_(by),
      best_(best),
      front_(std::move(front)),
      sums_(design.axes().size()) {
  for (std::size_t a = 0; a < sums_.size(); ++a) {
    const Axis& axis = design.axes()[a];
    const std::size_t levels = axis.levels();
    if (levels > 0 && (!axis.range || levels <= 12)) {
      if (levels == 1) continue;
      sums_[a].resize(levels);
      for (std::size_t l = 0; l < levels; ++l)
        sums_[a][l].effect.from = sums_[a][l].effect.to = axis.at_level(l);
      continue;
    }
    if (!(axis.range->to > axis.range->from)) continue;
    sums_[a].resize(kParts);
    for (std::size_t p = 0; p < kParts; ++p) {
      sums_[a][p].effect.from = at_share(*axis.range, static_cast<double>(p) / kParts);
      sums_[a][p].effect.to = at_share(*axis.range, static_cast<double>(p + 1) / kParts);
    }
  }
}

double Summarizer::cost(const Row& row, std::size_t figure) const {
  const double value = row.figures.at(figure);
  if (std::isnan(value)) return std::numeric_limits<double>::infinity();
  return figures_[figure].more_is_better ? -value : value;
}

std::size_t Summarizer::slot(const Axis& axis, double value) const {
  if (axis.is_text()) return static_cast<std::size_t>(value);
  const std::vector<Sum>& sums = sums_[static_cast<std::size_t>(&axis - design_.axes().data())];
  if (sums.front().effect.from == sums.front().effect.to) {
    for (std::size_t l = 0; l < sums.size(); ++l)
      if (sums[l].effect.from == value) return l;
    return sums.size();
  }
  const double share = share_of(*axis.range, value) * kParts;
  return std::min(static_cast<std::size_t>(std::max(share, 0.0)), kParts - 1);
}

void Summarizer::keep_best(const Row& row, std::span<const double> values) {
  const double mine = cost(row, by_);
  if (best_ == 0 || !std::isfinite(mine)) return;
  auto& best = summary_.best;
  if (best.size() == best_ && cost(best.back().row, by_) <= mine) return;
  // Of equals the first stays ahead.
  const auto place = std::upper_bound(best.begin(), best.end(), mine, [&](double m, const Kept& k) {
    return m < cost(k.row, by_);
  });
  best.insert(place, {row, {values.begin(), values.end()}});
  if (best.size() > best_) best.pop_back();
}

void Summarizer::keep_front(const Row& row, std::span<const double> values) {
  for (const std::size_t figure : front_)
    if (!std::isfinite(cost(row, figure))) return;
  const auto no_worse = [&](const Row& a, const Row& b) {
    return std::all_of(front_.begin(), front_.end(),
                       [&](std::size_t f) { return cost(a, f) <= cost(b, f); });
  };
  auto& front = summary_.front;
  for (const Kept& kept : front)
    if (no_worse(kept.row, row)) return;
  std::erase_if(front, [&](const Kept& kept) { return no_worse(row, kept.row); });
  front.push_back({row, {values.begin(), values.end()}});
}

void Summarizer::take(const Row& row, std::span<const double> values) {
  ++summary_.points;
  if (!row.reason.empty()) {
    ++summary_.reasons[row.reason];
    return;
  }
  ++summary_.ran;
  keep_best(row, values);
  if (!front_.empty()) keep_front(row, values);
  const double figure = row.figures.at(by_);
  if (std::isnan(figure)) return;
  for (std::size_t a = 0; a < sums_.size(); ++a) {
    if (sums_[a].empty()) continue;
    const std::size_t at = slot(design_.axes()[a], values[a]);
    if (at >= sums_[a].size()) continue;
    Sum& sum = sums_[a][at];
    Effect& effect = sum.effect;
    effect.least = effect.points == 0 ? figure : std::min(effect.least, figure);
    effect.most = effect.points == 0 ? figure : std::max(effect.most, figure);
    ++effect.points;
    sum.sum += figure;
  }
}

Summary Summarizer::finish() {
  summary_.effects.resize(sums_.size());
  for (std::size_t a = 0; a < sums_.size(); ++a)
    for (const Sum& sum : sums_[a]) {
      Effect effect = sum.effect;
      if (effect.points > 0) effect.mean = sum.sum / static_cast<double>(effect.points);
      summary_.effects[a].push_back(effect);
    }
  if (!front_.empty())
    std::stable_sort(summary_.front.begin(), summary_.front.end(),
                     [&](const Kept& a, const Kept& b) {
                       return cost(a.row, front_.front()) < cost(b.row, front_.front());
                     });
  return std::move(summary_);
}

}  // namespace partita::sweep
