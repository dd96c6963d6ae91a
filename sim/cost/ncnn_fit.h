// Times of whole networks in ncnn, fitted to measured ones: coefficients of each unit, drawn to
// those of units that are like it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/cost/ncnn_unit.h"

namespace partita {

/// One way to run on one SoC. Units of one fit are all GPUs or all CPUs.
struct NcnnPlace {
  std::string soc;
  NcnnUnit unit;
};

struct NcnnRun {
  std::size_t place = 0;  ///< Index into the places.
  NcnnCounts counts{};
  double latency_s = 0;
  std::size_t group = 0;  ///< Left out together.
};

struct NcnnEstimate {
  double latency_s = 0;
  double relative_sd = 0;  ///< Measurement noise included.
};

/// seconds x coefficients. A place's coefficients are non-negative least squares, halfway between
/// relative errors and logarithms, outliers held down (Huber), drawn (ridge) to the geometric mean
/// of other places', weighted by likeness, by being the same SoC, and by how much each of their
/// coefficients counts in what was measured there. What is left over is kriged within the place
/// over the shares of the columns: networks of alike kernels err alike.
class NcnnFit {
 public:
  /// Places without runs get the mean of the others. `left_out`: runs of this group do not count.
  /// Throws std::invalid_argument when no place has enough runs.
  NcnnFit(std::span<const NcnnPlace> places, std::span<const NcnnRun> runs,
          std::optional<std::size_t> left_out = std::nullopt);

  NcnnEstimate estimate(std::size_t place, const NcnnCounts& counts) const;
  /// By column; of the place itself where it was measured.
  const NcnnSeconds& coefficients(std::size_t place) const { return of_place_[place].used; }
  bool measured(std::size_t place) const { return of_place_[place].measured; }

 private:
  struct OfPlace {
    bool measured = false;
    std::vector<NcnnSeconds> shares;  ///< Square roots of the columns' shares, by run.
    std::vector<double> inverse;      ///< (K + noise)^-1, and times ln(measured / trend):
    std::vector<double> solved;
    NcnnSeconds own{}, weight{}, expected{}, used{};
    double spread = 0;  ///< Median size of ln(estimate / measured).
    std::vector<double> features;
  };
  void expect();
  void krige(std::size_t at, const std::vector<NcnnSeconds>& rows);

  std::vector<NcnnPlace> places_;
  std::vector<OfPlace> of_place_;
};

}  // namespace partita
