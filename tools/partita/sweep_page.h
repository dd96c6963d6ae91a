// A sweep as an HTML report: the points, what each axis does, the best.
#pragma once

#include "sim/report/page.h"
#include "tools/partita/sweep.h"

namespace partita {

/// Points of a sweep for a picture: at most so many, evenly by number, in one pass.
class SweepSample {
 public:
  explicit SweepSample(const Sweep& sweep);
  void take(const sweep::Row& row, std::span<const double> values);
  const std::vector<sweep::Kept>& points() const { return points_; }

 private:
  std::uint64_t every_;
  std::vector<sweep::Kept> points_;
};

/// `front`: the figures of the scatter plot, the first along x; with fewer than two, latency and
/// energy.
Page sweep_page(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                std::vector<std::size_t> front, const SweepSample& sample);

}  // namespace partita
