// Operators split over a CPU unit and a GPU: what a part costs, what sharing costs, and chains of
// split operators with halos. The planners that divide single operators share it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "partitioners/search.h"

namespace partita {

/// Indices of modes of a CostTable.
struct SplitPair {
  std::size_t cpu = 0, gpu = 0;
};
/// The CPU and the GPU mode that run most operators, the fastest of those. Throws UnsupportedError
/// when the modes lack either.
SplitPair find_pair(const CostTable& costs);

/// Of an operator's output along the axis, the GPU's first part: ceil(extent x share / steps) in
/// whole granules (muLayer and CoDL give out channels by fours).
std::int64_t gpu_part(std::int64_t extent, int share, int steps, std::int64_t granule);

enum class Side : std::uint8_t { gpu, cpu };  ///< The GPU has the first rows, the CPU the last.

/// How one item runs.
struct Cut {
  Axis axis = Axis::none;  ///< none: whole, in `mode`.
  std::size_t mode = 0;
  int share = 0;                             ///< The GPU's, in steps of the grid.
  std::array<std::int64_t, 2> part{};        ///< Own extents by Side.
  std::array<std::int64_t, 2> halo_parts{};  ///< Extents with halo by Side.
  bool gathered = true;                      ///< Its pieces come together on the GPU.
};

/// An operator with those that its kernel computes too on both units: they are cut alike.
struct SplitItem {
  struct Input {
    TensorId tensor{};
    std::size_t member = 0;           ///< Which of `ops` reads it.
    std::optional<std::size_t> from;  ///< The item that makes it; nothing: the network's input.
  };
  std::vector<OpId> ops;
  std::vector<Input> inputs;    ///< From outside the item, constants left out.
  std::size_t last_reader = 0;  ///< The last item that reads its output; itself: none does.
  std::array<std::int64_t, 2> extent{};  ///< Of height and channels; 0: cannot be cut.
  OpId tail() const { return ops.back(); }
};

/// The belief's costs of parts, each asked once.
class SplitCosts {
 public:
  struct Settings {
    std::array<Precision, 2> precision{};  ///< By Side.
    int steps = 10;                        ///< Of the GPU's share.
    std::int64_t granule = 4;              ///< Channels are cut by as many.
  };
  SplitCosts(const CostTable& costs, const SplitPair& pair, const Settings& settings);
  /// At the units' own precisions.
  SplitCosts(const CostTable& costs, const SplitPair& pair, int steps);

  const CostTable& costs() const { return *costs_; }
  const SplitPair& pair() const { return pair_; }
  int steps() const { return settings_.steps; }
  std::span<const SplitItem> items() const { return items_; }
  const SplitItem& item(std::size_t i) const { return items_[i]; }
  std::int64_t extent(std::size_t i, Axis axis) const;

  /// Of the first (GPU) or last (CPU) `part` along the axis. Infinite: the unit cannot.
  double time_s(std::size_t i, Side side, Axis axis, std::int64_t part);
  /// In one mode. Infinite: it cannot.
  double whole_s(std::size_t i, std::size_t mode) const;
  /// The GPU hands the CPU what its part reads: transform, map, and one wait. Only of inputs made
  /// before item `first`.
  double share_in_s(std::size_t i, Axis axis, std::int64_t cpu_part, std::size_t first);
  /// The CPU hands its part of the output to the GPU.
  double share_out_s(std::size_t i, Axis axis, std::int64_t cpu_part);
  /// Extent of the input that a side's part reads, counted from the same end.
  std::int64_t needed(std::size_t i, std::size_t input, Side side, Axis axis, std::int64_t part);

  /// Both parts at a share of the GPU; nothing when one unit would get nothing or cannot.
  std::optional<Cut> cut(std::size_t i, Axis axis, int share) const;
  Cut whole(std::size_t mode) const;
  /// A single cut's T = sharing + max(CPU, GPU); a whole operator on the CPU shares too.
  double price_s(std::size_t i, const Cut& cut);
  /// The cheapest cut over the axes and all shares; whole where nothing is faster.
  Cut best(std::size_t i, std::span<const Axis> axes);
  /// Whole on the fastest mode of all: what neither of the pair runs.
  Cut elsewhere(std::size_t i) const;

  Plan plan(std::span<const Cut> cuts) const;

 private:
  struct Sharing {
    double moved_s = 0, wait_s = 0;
  };
  using Memo = std::vector<double>;
  void group(std::vector<std::size_t>& item_of);
  bool joins(OpId op, const SplitItem& item, std::span<const std::size_t> item_of) const;
  void connect(std::span<const std::size_t> item_of);
  Mode mode(Side side) const;
  Precision precision(std::size_t mode) const;
  Slice slice(std::size_t i, Side side, Axis axis, std::int64_t part) const;
  Sharing hand_over(TensorId tensor, double count, OpId reader, Side from) const;
  double& memo(std::vector<Memo>& table, std::size_t row, std::int64_t part, std::int64_t most);

  const CostTable* costs_;
  SplitPair pair_;
  Settings settings_;
  std::vector<SplitItem> items_;
  std::vector<std::size_t> first_input_;  ///< Rows of the input tables by item.
  std::vector<Memo> times_, moved_, waits_, outs_, needs_;
};

/// Items [begin, end] cut along one axis at one share, each piece kept where it is made.
class SplitChain {
 public:
  /// `whole_shares`: share 0 or all of it means whole operators on one unit.
  SplitChain(SplitCosts& costs, std::size_t begin, Axis axis, int share);
  /// False: the next item cannot go on with the chain, which is left as it was.
  bool extend();
  std::size_t end() const { return begin_ + cuts_.size() - 1; }
  /// The head can be cut so.
  bool valid() const { return !cuts_.empty(); }
  /// Nothing but the last item is read from outside.
  bool closed() const;
  /// Sum of max(CPU, GPU) with halos.
  double compute_s() const { return compute_s_; }
  /// What the head takes in and the tail gives out, and anything else that crosses on the way.
  double sharing_s();
  std::span<const Cut> cuts() const { return cuts_; }

 private:
  bool add(std::size_t i);
  bool spread_halo();
  double slower_s(std::size_t i, const Cut& cut);

  SplitCosts* costs_;
  std::size_t begin_;
  Axis axis_;
  int share_;
  std::vector<Cut> cuts_;
  double compute_s_ = 0;
};

}  // namespace partita
