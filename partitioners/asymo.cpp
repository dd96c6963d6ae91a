// After AsyMo (MobiCom 2021): operators divided into blocks over CPU clusters of unequal speed.
// Blocks are the least that amortise their dispatch, and each cluster takes as many as it has time
// for. Only the abstract of the paper was at hand: the rules below follow it, details are ours.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "partitioners/search.h"
#include "sim/base/error.h"

namespace partita {
namespace {

constexpr std::int64_t kMostBlocks = 256;  ///< Of an operator.

struct Settings {
  double dispatch_share = 0.1;
  bool least_energy = false;
};

/// The mode a unit runs in: its highest clocks, or those at which the network takes least energy,
/// which lie lower the fewer operations come with each byte.
std::size_t mode_of(const SearchSpace& space, UnitId unit, bool least_energy) {
  std::optional<std::size_t> best;
  double least = kInfinity;
  for (std::size_t m = 0; m < space.modes(); ++m) {
    if (space.costs().modes()[m].unit != unit) continue;
    double value = 0;
    for (std::size_t p = 0; p < space.size(); ++p)
      if (space.supported(p, m))
        value += least_energy ? space.energy_j(p, m) : space.latency_s(p, m);
    if (!best || value < least) best = m, least = value;
  }
  return *best;
}

/// Modes of CPU units without a core in common, together the fastest.
std::vector<std::size_t> clusters(const SearchSpace& space, bool least_energy) {
  const Soc& soc = space.costs().model().soc();
  std::vector<std::size_t> modes;
  std::vector<double> speed;  // Networks a second.
  for (std::size_t m = 0; m < space.modes(); ++m) {
    const UnitId unit = space.costs().modes()[m].unit;
    if (soc.unit(unit).kind != UnitKind::cpu || mode_of(space, unit, least_energy) != m) continue;
    double sum_s = 0;
    for (std::size_t p = 0; p < space.size(); ++p)
      if (space.supported(p, m)) sum_s += space.latency_s(p, m);
    modes.push_back(m);
    speed.push_back(sum_s > 0 ? 1 / sum_s : 0);
  }
  if (modes.empty()) throw UnsupportedError(soc.name + ": needs a CPU unit");
  std::vector<std::size_t> chosen, best;
  double fastest = 0;
  const auto choose = [&](auto&& self, std::size_t from, std::uint64_t busy, double sum) -> void {
    if (sum > fastest || best.empty()) fastest = sum, best = chosen;
    for (std::size_t i = from; i < modes.size(); ++i) {
      const Unit& unit = space.unit(modes[i]);
      const bool clash = std::any_of(chosen.begin(), chosen.end(), [&](std::size_t m) {
        const Mode &a = space.costs().modes()[m], &b = space.costs().modes()[modes[i]];
        return space.unit(m).domain == unit.domain && a.opp != b.opp;
      });
      if ((busy & unit.resources) != 0 || clash) continue;
      chosen.push_back(modes[i]);
      self(self, i + 1, busy | unit.resources, sum + speed[i]);
      chosen.pop_back();
    }
  };
  choose(choose, 0, 0, 0);
  return best;
}

class BlockSplit {
 public:
  BlockSplit(const SearchSpace& space, const Settings& settings)
      : space_(space),
        graph_(space.costs().graph()),
        model_(space.costs().model()),
        settings_(settings),
        clusters_(clusters(space, settings.least_energy)) {
    plan_.shares.resize(graph_.size());
  }

  Plan run() {
    for (std::size_t p = 0; p < space_.size(); ++p) place(p);
    return std::move(plan_);
  }

 private:
  using Shares = std::vector<Share>;

  Share share(std::size_t mode, const Slice& slice) const {
    return {space_.costs().modes()[mode], slice, space_.unit(mode).default_precision};
  }

  void place(std::size_t p) {
    const OpId op = space_.op(p);
    Shares best;
    double least_s = kInfinity;
    const auto offer = [&](Shares shares) {
      if (shares.empty()) return;
      const double takes_s = price_s(op, shares);
      if (takes_s < least_s) least_s = takes_s, best = std::move(shares);
    };
    offer(like_producer(op));  // First: of equals the one that goes on with a chain.
    for (std::size_t m : clusters_)
      if (space_.supported(p, m)) offer({share(m, {})});
    for (Axis axis : cut_axes(graph_, op))
      if (axis != Axis::batch) offer(blocks(p, axis));
    if (best.empty()) best = {share(elsewhere(p), {})};
    plan_.shares[index(op)] = std::move(best);
  }

  std::size_t elsewhere(std::size_t p) const {
    std::size_t best = space_.modes();
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (space_.supported(p, m) &&
          (best == space_.modes() || space_.latency_s(p, m) < space_.latency_s(p, best)))
        best = m;
    return best;
  }

  /// Blocks go to the cluster that would have done one more first.
  Shares blocks(std::size_t p, Axis axis) const {
    const OpId op = space_.op(p);
    const std::int64_t extent = cut_extent(graph_, op, axis);
    std::vector<std::size_t> modes;
    std::vector<double> start_s, unit_s;  // Dispatch, and time of one row or channel.
    std::int64_t block = (extent + kMostBlocks - 1) / kMostBlocks;
    for (std::size_t m : clusters_) {
      if (!space_.supported(p, m)) continue;
      const double whole_s = space_.latency_s(p, m) - space_.load_s(p, m);
      const double dispatch_s = std::min(space_.unit(m).dispatch_s, whole_s);
      const double each_s = (whole_s - dispatch_s) / static_cast<double>(extent);
      if (each_s <= 0) continue;
      modes.push_back(m);
      start_s.push_back(dispatch_s);
      unit_s.push_back(each_s);
      const double s = settings_.dispatch_share;
      const double least = std::ceil(dispatch_s * (1 - s) / (s * each_s));
      if (least > static_cast<double>(extent)) return {};
      block = std::max(block, static_cast<std::int64_t>(least));
    }
    if (modes.size() < 2) return {};
    std::vector<std::int64_t> rows(modes.size(), 0);
    for (std::int64_t given = 0; given < extent; given += block) {
      const std::int64_t now = std::min(block, extent - given);
      std::size_t first = 0;
      const auto ends = [&](std::size_t k) {
        return start_s[k] + unit_s[k] * static_cast<double>(rows[k] + now);
      };
      for (std::size_t k = 1; k < modes.size(); ++k)
        if (ends(k) < ends(first)) first = k;
      rows[first] += now;
    }
    return tile(modes, rows, axis);
  }

  Shares tile(const std::vector<std::size_t>& modes, const std::vector<std::int64_t>& rows,
              Axis axis) const {
    Shares shares;
    std::int64_t from = 0;
    for (std::size_t k = 0; k < modes.size(); ++k) {
      if (rows[k] == 0) continue;
      shares.push_back(share(modes[k], {axis, from, from + rows[k]}));
      from += rows[k];
    }
    if (shares.size() < 2) return {};
    return shares;
  }

  /// Cut where the first producer is cut, to scale: what goes on so exchanges least.
  Shares like_producer(OpId op) const {
    const auto producers = graph_.predecessors(op);
    if (producers.empty()) return {};
    const Shares& made = plan_.shares[index(producers[0])];
    if (made.size() < 2) return {};
    const Axis axis = made[0].slice.axis;
    const auto axes = cut_axes(graph_, op);
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) return {};
    const std::int64_t extent = cut_extent(graph_, op, axis), whole = made.back().slice.end;
    Shares shares = made;
    for (std::size_t k = 0; k < shares.size(); ++k) {
      Slice& slice = shares[k].slice;
      slice.begin = k == 0 ? 0 : shares[k - 1].slice.end;
      slice.end = made[k].slice.end * extent / whole;
      if (slice.begin >= slice.end) return {};
    }
    return shares;
  }

  /// The slowest piece, with fetching what its unit lacks. Infinite: a unit cannot.
  double price_s(OpId op, const Shares& shares) const {
    double slowest_s = 0;
    for (const Share& piece : shares) {
      const auto cost = model_.operator_cost(graph_, op, piece.slice, piece.mode, piece.precision);
      if (!cost) return kInfinity;
      slowest_s = std::max(slowest_s, cost->latency_s + fetch_s(op, piece));
    }
    return slowest_s;
  }

  double fetch_s(OpId op, const Share& piece) const {
    double sum_s = 0;
    for (TensorId tensor : graph_.op(op).inputs)
      for (const Share& from : plan_.shares[index(graph_.tensor(tensor).producer)])
        if (from.mode.unit != piece.mode.unit) sum_s += fetch_s(op, piece, tensor, from);
    return sum_s;
  }

  double fetch_s(OpId op, const Share& piece, TensorId tensor, const Share& from) const {
    const double count = overlap_elements(graph_, tensor, from.slice, op, piece.slice);
    if (count <= 0) return 0;
    double sum_s = 0;
    try {
      for (const HandOverStep& step : hand_over_steps(model_, graph_, tensor, count, op, from.mode,
                                                      from.precision, piece.mode, piece.precision))
        sum_s += step.latency_s;
    } catch (const UnsupportedError&) {
      return kInfinity;  // A missing link is a price too high.
    }
    return sum_s;
  }

  const SearchSpace& space_;
  const Graph& graph_;
  const CostModel& model_;
  Settings settings_;
  std::vector<std::size_t> clusters_;  ///< Modes.
  Plan plan_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const SearchSpace space(costs);
  PartitionResult result;
  result.plan = BlockSplit(space, {problem.options.find("dispatch_share")->second,
                                   problem.options.find("least_energy")->second >= 0.5})
                    .run();
  return result;
}

}  // namespace

PartitionerInfo make_asymo() {
  PartitionerInfo info{
      "asymo",
      "blocks of each operator over CPU clusters by their speed (after AsyMo)",
      {Objective::latency},
      {{"dispatch_share", "", "most of a block's time that dispatching it may take", 0.01, 0.9,
        0.1},
       {"least_energy", "",
        "1: each cluster at the clock of least energy among those offered; 0: the fastest", 0, 1,
        0}},
      run};
  info.source = "AsyMo, MobiCom 2021 (abstract)";
  return info;
}

}  // namespace partita
