// IOS: Ding, Zhu, Jia, Pekhimenko, Han, "IOS: Inter-Operator Scheduler for CNN Acceleration", MLSys
// 2021, section 4: dynamic programming over endings, the last stage of what is left. Merging
// convolutions that read the same tensor, its other kind of stage, is not done here: it changes the
// network.
#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_map>

#include "partitioners/blocks.h"
#include "partitioners/stages.h"

namespace partita {
namespace {

using Set = std::uint64_t;  ///< Of a part's operators.

struct Pruning {
  std::size_t groups = 8, group_size = 3;
};

/// Operators whose stages are searched together.
class Part {
 public:
  Part(const SearchSpace& space, std::vector<std::size_t> positions)
      : positions_(std::move(positions)),
        next_(positions_.size(), 0),
        edges_(positions_.size(), 0) {
    for (std::size_t i = 0; i < positions_.size(); ++i)
      for (std::size_t e = space.first_input(positions_[i]);
           e < space.first_input(positions_[i] + 1); ++e) {
        const auto at =
            std::lower_bound(positions_.begin(), positions_.end(), space.edges()[e].from);
        if (at == positions_.end() || *at != space.edges()[e].from) continue;
        const auto from = static_cast<std::size_t>(at - positions_.begin());
        next_[from] |= Set{1} << i;
        edges_[from] |= Set{1} << i;
        edges_[i] |= Set{1} << from;
      }
    make_chains();
  }

  std::size_t size() const { return positions_.size(); }
  const std::vector<std::size_t>& positions() const { return positions_; }

  /// At least the endings that the search looks at.
  double most_endings(const Pruning& pruning) const {
    double product = 1;
    for (const auto& chain : chains_) {
      double sum = 0;
      for (std::size_t left = 0; left <= chain.size(); ++left)
        sum += static_cast<double>(std::min(left, pruning.group_size) + 1);
      product *= sum;
    }
    return product;
  }

  /// Appends the stages of all operators, first stage first.
  void solve(StageCosts& costs, const Pruning& pruning, std::vector<StageChoice>& stages) {
    costs_ = &costs;
    pruning_ = pruning;
    const Set all = size() == 64 ? ~Set{0} : (Set{1} << size()) - 1;
    if (best_of(all) == kInfinity)
      throw UnsupportedError("ios: no unit has links to run what the fastest unit cannot");
    const std::size_t first = stages.size();
    for (Set left = all; left != 0; left &= ~best_.at(left).ending)
      stages.push_back(stages_.at(best_.at(left).ending));
    std::reverse(stages.begin() + static_cast<std::ptrdiff_t>(first), stages.end());
  }

 private:
  struct Best {
    double latency_s = kInfinity;
    Set ending = 0;
  };

  /// Operators that can reach one another, longest chain first: an ending takes the end of each.
  void make_chains() {
    std::vector<Set> reach = next_;
    for (std::size_t i = size(); i-- > 0;)
      for (Set bits = next_[i]; bits; bits &= bits - 1) reach[i] |= reach[std::countr_zero(bits)];
    Set left = size() == 64 ? ~Set{0} : (Set{1} << size()) - 1;
    while (left) {
      std::vector<std::size_t> depth(size(), 0), then(size(), kNowhere);
      std::size_t head = kNowhere;
      for (std::size_t i = size(); i-- > 0;) {
        if (!(left >> i & 1)) continue;
        depth[i] = 1;
        for (Set bits = reach[i] & left; bits; bits &= bits - 1)
          if (const auto j = static_cast<std::size_t>(std::countr_zero(bits));
              depth[j] + 1 > depth[i])
            depth[i] = depth[j] + 1, then[i] = j;
        if (head == kNowhere || depth[i] >= depth[head]) head = i;
      }
      auto& chain = chains_.emplace_back();
      for (std::size_t i = head; i != kNowhere; i = then[i]) {
        chain.push_back(i);
        left &= ~(Set{1} << i);
      }
    }
  }

  double best_of(Set left) {
    if (left == 0) return 0;
    if (const auto known = best_.find(left); known != best_.end()) return known->second.latency_s;
    Best best;
    extend(left, 0, 0, best);
    best_[left] = best;
    return best.latency_s;
  }

  /// Tries every ending of `left` that is `ending` so far and goes on with chains from `chain` on.
  void extend(Set left, std::size_t chain, Set ending, Best& best) {
    if (chain == chains_.size()) {
      if (ending != 0) consider(left, ending, best);
      return;
    }
    extend(left, chain + 1, ending, best);
    std::size_t taken = 0;
    for (std::size_t i = chains_[chain].size(); i-- > 0 && taken < pruning_.group_size;) {
      const Set op = Set{1} << chains_[chain][i];
      if (!(left & op)) continue;
      ending |= op;
      ++taken;
      extend(left, chain + 1, ending, best);
    }
  }

  void consider(Set left, Set ending, Best& best) {
    for (Set bits = ending; bits; bits &= bits - 1)
      if (next_[std::countr_zero(bits)] & left & ~ending) return;
    const double stage_s = stage_latency(ending);
    if (stage_s >= best.latency_s) return;
    const double latency_s = best_of(left & ~ending) + stage_s;
    if (latency_s < best.latency_s) best = {latency_s, ending};
  }

  double stage_latency(Set ending) {
    const auto [at, added] = stages_.try_emplace(ending);
    if (!added) return at->second.latency_s;
    std::vector<std::vector<std::size_t>> groups;
    for (Set left = ending; left != 0;) {
      Set group = left & -left;
      for (Set grown = group; grown != 0;) {
        Set near = 0;
        for (Set bits = grown; bits; bits &= bits - 1) near |= edges_[std::countr_zero(bits)];
        grown = near & ending & ~group;
        group |= grown;
      }
      left &= ~group;
      if (static_cast<std::size_t>(std::popcount(group)) > pruning_.group_size ||
          groups.size() == pruning_.groups)
        return kInfinity;
      auto& members = groups.emplace_back();
      for (Set bits = group; bits; bits &= bits - 1)
        members.push_back(positions_[std::countr_zero(bits)]);
    }
    at->second = costs_->choose(std::move(groups));
    return at->second.latency_s;
  }

  std::vector<std::size_t> positions_;
  std::vector<Set> next_, edges_;  ///< Readers; readers and makers.
  std::vector<std::vector<std::size_t>> chains_;
  StageCosts* costs_ = nullptr;
  Pruning pruning_;
  std::unordered_map<Set, Best> best_;
  std::unordered_map<Set, StageChoice> stages_;
};

/// Operators in order, with the places where one tensor passes.
struct Stretch {
  std::vector<std::size_t> positions;
  std::vector<std::size_t> narrow;  ///< Ascending; a cut before the operator at this index.
};

Stretch stretch_of(const std::vector<Block>& network) {
  Stretch whole;
  for (const Block& block : network) {
    if (!whole.positions.empty()) whole.narrow.push_back(whole.positions.size());
    whole.positions.insert(whole.positions.end(), block.positions.begin(), block.positions.end());
  }
  return whole;
}

/// Cut where it is narrow and nearest to the middle, else in the middle.
std::pair<Stretch, Stretch> halves(const Stretch& whole) {
  const std::size_t middle = whole.positions.size() / 2;
  std::size_t cut = whole.narrow.empty() ? middle : whole.narrow.front();
  const auto distance = [&](std::size_t at) { return at < middle ? middle - at : at - middle; };
  for (std::size_t at : whole.narrow)
    if (distance(at) < distance(cut)) cut = at;
  std::pair<Stretch, Stretch> parts;
  for (std::size_t i = 0; i < whole.positions.size(); ++i)
    (i < cut ? parts.first : parts.second).positions.push_back(whole.positions[i]);
  for (std::size_t at : whole.narrow) {
    if (at < cut) parts.first.narrow.push_back(at);
    if (at > cut) parts.second.narrow.push_back(at - cut);
  }
  return parts;
}

/// The network, in halves while one is too large or all together promise too many endings.
std::vector<Part> parts_of(const SearchSpace& space, const std::vector<Block>& network,
                           const Pruning& pruning, std::size_t most_size, double most_endings) {
  struct Piece {
    Stretch stretch;
    Part part;
    double endings = 0;
  };
  std::vector<Piece> pieces;
  const auto piece_of = [&](Stretch stretch) {
    const bool fits = stretch.positions.size() <= most_size;
    Part part(space, fits ? stretch.positions : std::vector<std::size_t>{});
    const double endings = fits ? part.most_endings(pruning) : kInfinity;
    return Piece{std::move(stretch), std::move(part), endings};
  };
  pieces.push_back(piece_of(stretch_of(network)));
  while (true) {
    double sum = 0, worst = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      sum += pieces[i].endings;
      if (pieces[i].stretch.positions.size() > 1 && pieces[i].endings > worst)
        at = i, worst = pieces[i].endings;
    }
    if (sum <= most_endings || worst == 0) break;
    auto [first, second] = halves(pieces[at].stretch);
    pieces[at] = piece_of(std::move(first));
    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                  piece_of(std::move(second)));
  }
  std::vector<Part> parts;
  for (Piece& piece : pieces) parts.push_back(std::move(piece.part));
  return parts;
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  StageCosts stage_costs(space, space.steady_modes());
  const Pruning pruning{static_cast<std::size_t>(problem.options.at("max_groups_in_stage")),
                        static_cast<std::size_t>(problem.options.at("max_group_size"))};
  const auto most_size = static_cast<std::size_t>(problem.options.at("max_part_size"));
  const auto networks = blocks(space);
  const double most_endings =
      problem.options.at("max_endings") / static_cast<double>(networks.size());
  std::vector<StageChoice> stages;
  for (const auto& network : networks)
    for (Part& part : parts_of(space, network, pruning, most_size, most_endings))
      part.solve(stage_costs, pruning, stages);
  PartitionResult result;
  std::vector<std::size_t> mode_of(space.size());
  for (const StageChoice& stage : stages)
    for (std::size_t g = 0; g < stage.groups.size(); ++g)
      for (std::size_t p : stage.groups[g]) mode_of[p] = stage.modes[g];
  result.plan = space.plan(mode_of);
  result.plan.stage.assign(problem.graph.size(), 0);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    std::vector<std::size_t> positions;
    for (const auto& group : stages[s].groups)
      positions.insert(positions.end(), group.begin(), group.end());
    std::sort(positions.begin(), positions.end());
    for (std::size_t p : positions) {
      result.plan.stage[index(space.op(p))] = static_cast<int>(s);
      result.plan.order.push_back(space.op(p));
    }
  }
  return result;
}

}  // namespace

PartitionerInfo make_ios() {
  return {"ios",
          "stages of groups that run at once, beside each other on one unit or on several; the "
          "best stages by dynamic programming over blocks",
          {Objective::latency},
          {{"max_groups_in_stage", "groups", "groups of a stage", 1, 64, 8},
           {"max_group_size", "operators", "operators of a group", 1, 64, 3},
           {"max_part_size", "operators", "of a block at most (IOS: 100)", 1, 64, 64},
           {"max_endings", "endings",
            "blocks are halved, where one tensor passes if they can, until no more are looked at",
            1, 1e9, 20'000}},
          run,
          "truth",
          Effort::heuristic,
          "Ding et al., IOS, MLSys 2021; mit-han-lab/inter-operator-scheduler"};
}

}  // namespace partita
