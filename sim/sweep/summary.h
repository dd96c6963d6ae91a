// What a sweep says as a whole: the best points, which are not dominated, what each axis does. In
// one pass over the rows; memory grows with the best and the front, not with the points.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sim/sweep/design.h"
#include "sim/sweep/rows.h"

namespace partita::sweep {

/// A column of the results.
struct Figure {
  std::string name;  ///< With its unit: `latency_s`.
  bool more_is_better = false;
};

struct Kept {
  Row row;
  std::vector<double> values;  ///< Of the axes.
};

/// The chosen figure over all points with one value of an axis, or with one fifth of a range.
struct Effect {
  double from = 0, to = 0;  ///< The value (both the same), or the ends of the fifth.
  std::uint64_t points = 0;
  double mean = 0, least = 0, most = 0;
};

struct Summary {
  std::uint64_t points = 0, ran = 0;
  std::map<std::string, std::uint64_t> reasons;  ///< Why others did not run.
  std::vector<Kept> best;                        ///< By the first figure, best first.
  std::vector<Kept> front;                       ///< By the first figure of the front.
  std::vector<std::vector<Effect>> effects;      ///< By axis; empty where it has one value.
};

class Summarizer {
 public:
  /// `by`: index of the figure that decides; `front`: of those that none may be better in; empty:
  /// no front.
  Summarizer(const Design& design, std::vector<Figure> figures, std::size_t by, std::size_t best,
             std::vector<std::size_t> front);
  void take(const Row& row, std::span<const double> values);
  Summary finish();

 private:
  struct Sum {
    Effect effect;
    double sum = 0;
  };
  /// Smaller is better; infinite where the row has none.
  double cost(const Row& row, std::size_t figure) const;
  void keep_best(const Row& row, std::span<const double> values);
  void keep_front(const Row& row, std::span<const double> values);
  std::size_t slot(const Axis& axis, double value) const;

  const Design& design_;
  std::vector<Figure> figures_;
  std::size_t by_, best_;
  std::vector<std::size_t> front_;
  std::vector<std::vector<Sum>> sums_;
  Summary summary_;
};

/// Index of the figure with this name, or whose name begins with it and goes on with `_`. Throws
/// InputError naming the known ones.
std::size_t figure_by_name(const std::vector<Figure>& figures, std::string_view name,
                           std::string_view where);

}  // namespace partita::sweep
