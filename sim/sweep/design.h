// Designs of experiments: which points of a space of axes are looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace partita::sweep {

/// Values between two ends.
struct Range {
  double from = 0, to = 0;
  bool log = false;  ///< Even steps of the ratio, not of the difference.
  int steps = 0;     ///< Of a grid; 0: not said.
};

/// One thing that varies: names, numbers, or every number of a range.
struct Axis {
  std::string name;  ///< Of the column, with its unit: `memory.bandwidth_bytes_per_s`.
  std::vector<std::string> names;
  std::vector<double> numbers;  ///< Where names is empty and there is no range.
  std::optional<Range> range;

  bool is_text() const { return !names.empty(); }
  /// Levels of a list, or of a range on a grid.
  std::size_t levels() const;
  /// The number, or the place in `names`, at a level.
  double at_level(std::size_t level) const;
  /// At a share 0 <= u < 1 of the way: a list has equal shares for its levels.
  double at_share(double u) const;
};

enum class DesignKind : std::uint8_t { grid, latin_hypercube, random };
std::string_view to_string(DesignKind kind);
std::vector<std::string> design_names();

struct DesignOptions {
  DesignKind kind = DesignKind::grid;
  std::uint64_t points = 0;  ///< Not of a grid.
  std::uint64_t seed = 0;
  int draws = 1;  ///< Latin hypercubes drawn; the one whose nearest two points are farthest apart.
};

inline constexpr std::uint64_t kMostPoints = 100'000'000;
/// Of more points distances are not compared: their number grows with the square.
inline constexpr std::uint64_t kMostDrawnPoints = 4'000;

/// Any point by its number, without the others: nothing of a design is kept in memory. A grid's
/// last axis changes fastest. Latin hypercubes (McKay et al., Technometrics 1979): every axis is
/// cut into as many strata as there are points, and each stratum holds one. Same seed, same points.
class Design {
 public:
  /// Throws std::invalid_argument for a design without points, or with more than kMostPoints.
  Design(std::vector<Axis> axes, const DesignOptions& options);
  const std::vector<Axis>& axes() const { return axes_; }
  std::uint64_t size() const { return size_; }
  /// One value per axis: the number, or the place in its names.
  void point(std::uint64_t number, std::span<double> values) const;

 private:
  double share(std::uint64_t number, std::size_t axis, std::uint64_t seed) const;
  double nearest(std::uint64_t seed) const;
  std::vector<Axis> axes_;
  DesignOptions options_;
  std::uint64_t size_ = 1, seed_ = 0;
};

/// A permutation of 0 to count - 1, one value at a time.
std::uint64_t permuted(std::uint64_t value, std::uint64_t count, std::uint64_t seed);

}  // namespace partita::sweep
