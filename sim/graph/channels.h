// Channels that must stay or go together. Private to sim/graph.
#pragma once

#include <cstdint>
#include <vector>

namespace partita::channels {

/// A run of channels: a set, each channel `times` in a row (flattened feature maps).
struct Run {
  std::size_t set = 0;
  std::int64_t times = 1;
};
/// What an axis consists of, in order.
using Runs = std::vector<Run>;

/// Disjoint sets of channels, cut where only a part of one is coupled to another.
class Sets {
 public:
  Runs add(std::int64_t size, bool frozen = false);
  std::int64_t extent(const Runs& runs) const;
  /// The same channels, in sets that are not cut.
  Runs flat(const Runs& runs) const;
  /// Couples two axes of one extent channel by channel.
  void unite(const Runs& a, const Runs& b);
  /// These stay.
  void freeze(const Runs& runs);
  /// Channels begin..end of an axis; where they cannot be cut there, frozen ones.
  Runs part(const Runs& runs, std::int64_t begin, std::int64_t end);
  /// Extent after pruning by `ratio`.
  std::int64_t kept(const Runs& runs, double ratio) const;

 private:
  struct Set {
    std::int64_t size = 0;
    bool frozen = false;
    std::size_t same_as = 0;         ///< Itself: a root.
    std::size_t joined = 1;          ///< Sets that are the same as this root.
    std::vector<std::size_t> parts;  ///< Of a root that was cut.
  };
  std::size_t root(std::size_t set) const;
  void flatten(const Run& run, Runs& out) const;
  /// Takes the first uncut run off a stack of runs.
  Run take(Runs& stack) const;
  void join(std::size_t a, std::size_t b);
  void cut(std::size_t set, std::int64_t at);
  bool cut(const Runs& runs, std::int64_t at);
  std::vector<Set> sets_;
};

}  // namespace partita::channels
