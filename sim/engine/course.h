// A quantity over time, piecewise constant, as conditions give it.
#pragma once

#include <limits>
#include <vector>

namespace partita {

/// Value from `at_s` on. Before the first point it is `before`. With a period the points repeat.
class Course {
 public:
  struct Point {
    double at_s = 0, value = 0;
  };
  Course() = default;
  explicit Course(double always) : before_(always) {}
  /// Points ascend; with `period_s` > 0 all lie within it, and the last lasts until the next
  /// period.
  Course(double before, std::vector<Point> points, double period_s = 0)
      : before_(before), points_(std::move(points)), period_s_(period_s) {}

  double at(double seconds) const;
  /// The first time after `seconds` at which it may change; infinity: never.
  double next_change_s(double seconds) const;
  bool constant() const { return points_.empty(); }

 private:
  double before_ = 0;
  std::vector<Point> points_;
  double period_s_ = 0;
};

}  // namespace partita
