// Branch to unit, as NN-Stretch (Wei et al., MobiSys 2023) runs its networks: between
// two meeting points every branch stays on one unit. The networks are taken as they are; NN-Stretch
// itself rebuilds and retrains them.
#include <fmt/format.h>

#include <algorithm>

#include "partitioners/blocks.h"

namespace partita {
namespace {

/// Assignments of one block's branches looked at, for each pair of units at its ends.
constexpr int kMostSteps = 1000;

struct Branch {
  std::vector<std::size_t> positions;
  std::size_t in = kNowhere;     ///< Edge by which the block's tensor enters.
  std::vector<std::size_t> out;  ///< Edges to the meeting point.
  std::vector<double> work_s;    ///< By candidate; infinite: unsupported.
};

/// Branches that meet in one operator.
struct Fork {
  std::vector<Branch> branches;
  std::size_t meeting = 0;
  std::size_t past = kNowhere;  ///< Edge from the block's tensor right to the meeting point.
};

struct Choice {
  double finish_s = kInfinity;
  std::size_t before = 0;             ///< Candidate of the block's tensor.
  std::vector<std::size_t> branches;  ///< Candidate by branch.
};

class NnStretch {
 public:
  explicit NnStretch(const CostTable& costs)
      : space_(costs), modes_(space_.steady_modes()), mode_of_(space_.size(), 0) {}

  PartitionResult run() {
    for (const auto& network : blocks(space_)) place(network);
    PartitionResult result;
    result.plan = space_.plan(mode_of_);
    return result;
  }

 private:
  Fork fork_of(const Block& block) const {
    Fork fork;
    fork.meeting = block.maker == kNowhere ? block.positions.back() : block.maker;
    std::vector<std::size_t> others = block.positions;
    std::erase(others, fork.meeting);
    for (auto& positions : connected(space_, others)) {
      Branch branch{std::move(positions), kNowhere, {}, {}};
      for (std::size_t m : modes_) branch.work_s.push_back(work_s(branch.positions, m));
      fork.branches.push_back(std::move(branch));
    }
    for (std::size_t p : block.positions)
      for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e)
        connect(fork, block, e);
    return fork;
  }

  double work_s(const std::vector<std::size_t>& positions, std::size_t m) const {
    double sum_s = 0;
    for (std::size_t p : positions)
      sum_s += space_.supported(p, m) ? space_.latency_s(p, m) + space_.spread_s(p, m) : kInfinity;
    return sum_s;
  }

  /// Notes an edge that enters the block or leads to its meeting point.
  void connect(Fork& fork, const Block& block, std::size_t e) const {
    const Edge& edge = space_.edges()[e];
    const auto holds = [](const std::vector<std::size_t>& positions, std::size_t p) {
      return std::binary_search(positions.begin(), positions.end(), p);
    };
    const bool enters = !holds(block.positions, edge.from);
    if (enters && edge.to == fork.meeting) fork.past = e;
    for (Branch& branch : fork.branches) {
      if (enters && branch.in == kNowhere && holds(branch.positions, edge.to)) branch.in = e;
      if (edge.to == fork.meeting && holds(branch.positions, edge.from)) branch.out.push_back(e);
    }
  }

  double hand_over_s(std::size_t edge, std::size_t from, std::size_t to) {
    return edge == kNowhere ? 0 : space_.hand_over(edge, modes_[from], modes_[to]).latency_s;
  }

  /// Dynamic programming over the meeting points: one tensor passes each.
  void place(const std::vector<Block>& network) {
    std::vector<Fork> forks;
    std::vector<std::vector<Choice>> best;  // by block, by candidate of its meeting point
    for (const Block& block : network) {
      forks.push_back(fork_of(block));
      const bool first = best.empty();
      std::vector<Choice> reach(modes_.size());
      for (std::size_t to = 0; to < modes_.size(); ++to)
        for (std::size_t from = 0; from < (first ? 1 : modes_.size()); ++from) {
          const double start_s = first ? 0 : best.back()[from].finish_s;
          if (start_s >= reach[to].finish_s) continue;
          Choice choice = through(forks.back(), from, to, reach[to].finish_s - start_s);
          choice.finish_s += start_s;
          if (choice.finish_s < reach[to].finish_s) reach[to] = std::move(choice);
        }
      best.push_back(std::move(reach));
    }
    std::size_t at = 0;
    for (std::size_t k = 1; k < modes_.size(); ++k)
      if (best.back()[k].finish_s < best.back()[at].finish_s) at = k;
    if (best.back()[at].finish_s == kInfinity)
      throw UnsupportedError(
          fmt::format("nn-stretch: some branch after \"{}\" runs whole on no unit that has links",
                      space_.costs().graph().op(space_.op(network[0].positions[0])).name));
    for (std::size_t r = forks.size(); r-- > 0;) {
      const Choice& choice = best[r][at];
      mode_of_[forks[r].meeting] = modes_[at];
      for (std::size_t b = 0; b < forks[r].branches.size(); ++b)
        for (std::size_t p : forks[r].branches[b].positions)
          mode_of_[p] = modes_[choice.branches[b]];
      at = choice.before;
    }
  }

  struct Walk {
    const Fork* fork = nullptr;
    std::size_t from = 0, to = 0;
    double meeting_s = 0;  ///< Of the meeting point itself.
    int steps = kMostSteps;
    std::vector<std::size_t> chosen;
    Choice best;
  };

  /// The block with its tensor on `from` and its meeting point on `to`, in less than `below_s`.
  Choice through(const Fork& fork, std::size_t from, std::size_t to, double below_s) {
    Walk walk{&fork, from, to, work_s({fork.meeting}, modes_[to]), kMostSteps, {}, {}};
    walk.best.finish_s = below_s;
    walk.best.before = from;
    std::vector<double> free_s(64, 0);
    const double past_s = hand_over_s(fork.past, from, to);
    if (past_s + walk.meeting_s < below_s) assign(walk, free_s, past_s);
    if (walk.best.branches.size() != fork.branches.size() ||
        (fork.branches.empty() && walk.best.finish_s == below_s))
      walk.best.finish_s = kInfinity;
    return walk.best;
  }

  /// Gives the next branch every unit, the one that ends it first first.
  void assign(Walk& walk, const std::vector<double>& free_s, double ready_s) {
    const std::size_t b = walk.chosen.size();
    if (b == walk.fork->branches.size()) {
      walk.best.finish_s = ready_s + walk.meeting_s;
      walk.best.branches = walk.chosen;
      return;
    }
    const Branch& branch = walk.fork->branches[b];
    struct Try {
      double ready_s = 0, finish_s = 0;
      std::size_t k = 0;
    };
    std::vector<Try> tries;
    for (std::size_t k = 0; k < modes_.size(); ++k) {
      double start_s = hand_over_s(branch.in, walk.from, k), out_s = 0;
      for (std::size_t bit = 0; bit < free_s.size(); ++bit)
        if (space_.unit(modes_[k]).resources >> bit & 1) start_s = std::max(start_s, free_s[bit]);
      for (std::size_t e : branch.out) out_s += hand_over_s(e, k, walk.to);
      const double finish_s = start_s + branch.work_s[k];
      tries.push_back({std::max(ready_s, finish_s + out_s), finish_s, k});
    }
    std::stable_sort(tries.begin(), tries.end(),
                     [](const Try& x, const Try& y) { return x.ready_s < y.ready_s; });
    for (const Try& next : tries) {
      if (next.ready_s + walk.meeting_s >= walk.best.finish_s || --walk.steps < 0) return;
      std::vector<double> then_s = free_s;
      for (std::size_t bit = 0; bit < then_s.size(); ++bit)
        if (space_.unit(modes_[next.k]).resources >> bit & 1) then_s[bit] = next.finish_s;
      walk.chosen.push_back(next.k);
      assign(walk, then_s, next.ready_s);
      walk.chosen.pop_back();
    }
  }

  SearchSpace space_;
  std::vector<std::size_t> modes_;
  std::vector<std::size_t> mode_of_;
};

PartitionResult run(const PartitionProblem&, const CostTable& costs) {
  return NnStretch(costs).run();
}

}  // namespace

PartitionerInfo make_nn_stretch() {
  return {"nn-stretch",
          "every branch between two meeting points on one unit, straight parts on the best; for "
          "branchy networks",
          {Objective::latency},
          {},
          run,
          "truth",
          Effort::heuristic,
          "Wei et al., NN-Stretch, MobiSys 2023 (branch assignment only)"};
}

}  // namespace partita
