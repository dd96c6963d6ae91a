#include "sim/engine/course.h"

#include <algorithm>
#include <cmath>

namespace partita {
namespace {

bool later(double seconds, const Course::Point& point) {
  return seconds < point.at_s;
}

}  // namespace

double Course::at(double seconds) const {
  if (points_.empty()) return before_;
  if (period_s_ > 0) {
    const double phase = seconds - std::floor(seconds / period_s_) * period_s_;
    const auto next = std::upper_bound(points_.begin(), points_.end(), phase, later);
    return next == points_.begin() ? points_.back().value : std::prev(next)->value;
  }
  const auto next = std::upper_bound(points_.begin(), points_.end(), seconds, later);
  return next == points_.begin() ? before_ : std::prev(next)->value;
}

double Course::next_change_s(double seconds) const {
  if (points_.empty()) return std::numeric_limits<double>::infinity();
  if (period_s_ > 0) {
    const double begin = std::floor(seconds / period_s_) * period_s_;
    for (double from : {begin, begin + period_s_})
      for (const Point& point : points_)
        if (from + point.at_s > seconds) return from + point.at_s;
    return begin + period_s_ + points_.front().at_s;
  }
  const auto next = std::upper_bound(points_.begin(), points_.end(), seconds, later);
  return next == points_.end() ? std::numeric_limits<double>::infinity() : next->at_s;
}

}  // namespace partita
