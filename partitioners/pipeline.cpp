// Contiguous stages on units that share nothing, so that consecutive requests overlap; as Pipe-it
// (Wang et al., IEEE TCAD 2019) and the ARM-CL layer pipelines do, but over all orders and cuts.
//
// Identical jobs through stages s_1..s_k take sum(s) + (requests - 1) max(s): the value minimised.
#include "partitioners/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace partita {
namespace {

constexpr std::size_t kNoStage = static_cast<std::size_t>(-1);

/// Stages that begin at one position: which resources are used up, the last two stages' modes.
struct Stage {
  std::uint64_t used = 0;
  std::size_t previous = kNoStage, mode = 0;  ///< Indices into the steady modes.
  auto operator<=>(const Stage&) const = default;
};

/// The closed stages before an open one.
struct Prefix {
  double longest_s = 0, sum_s = 0;
  std::uint32_t parent = 0;  ///< Into the arena.
  std::size_t begin = 0;     ///< Position at which the open stage begins.
  std::size_t mode = 0;
};

struct Cut {
  double on_from_s = kInfinity, on_to_s = kInfinity, elsewhere_s = 0;
};

class Pipeline {
 public:
  Pipeline(SearchSpace& space, const PipelineRules& rules, int requests)
      : space_(space), rules_(rules), modes_(rules.modes), spare_(requests - 1.0) {
    sum_work();
    gather_crossings();
  }

  PartitionResult run(const PartitionProblem& problem) {
    // Coarse cuts first: a good plan early prunes the rest.
    constexpr std::size_t kCoarseCuts = 20;
    sweep(space_.size() / kCoarseCuts + 1);
    sweep(1);
    return pick(problem);
  }

 private:
  /// All stage sequences with cuts at multiples of `stride`.
  void sweep(std::size_t stride) {
    stride_ = stride;
    open_.assign(space_.size(), {});
    for (std::size_t k = 0; k < modes_.size(); ++k)
      open(0, {resources(k), kNoStage, k}, {0, 0, 0, 0, k});
    for (std::size_t begin = 0; begin < space_.size(); ++begin)
      for (auto& [stage, prefixes] : open_[begin])
        for (const Prefix& prefix : prefixes) grow(begin, stage, prefix);
  }

  std::uint64_t resources(std::size_t k) const { return space_.unit(modes_[k]).resources; }
  double work_s(std::size_t k, std::size_t begin, std::size_t end) const {
    return sums_[k][end] - sums_[k][begin];
  }

  /// The whole network, without what spreading costs.
  double alone_s(std::size_t k) const {
    double sum_s = 0;
    for (std::size_t p = 0; p < space_.size(); ++p) sum_s += space_.latency_s(p, modes_[k]);
    return sum_s;
  }

  void sum_work() {
    sums_.assign(modes_.size(), std::vector<double>(space_.size() + 1, 0));
    runs_until_.assign(modes_.size(), std::vector<std::size_t>(space_.size() + 1, space_.size()));
    least_after_.assign(space_.size() + 1, 0);
    for (std::size_t k = 0; k < modes_.size(); ++k) {
      for (std::size_t p = 0; p < space_.size(); ++p)
        sums_[k][p + 1] =
            sums_[k][p] + (space_.supported(p, modes_[k])
                               ? space_.latency_s(p, modes_[k]) + space_.spread_s(p, modes_[k])
                               : 0);
      for (std::size_t p = space_.size(); p-- > 0;)
        runs_until_[k][p] = space_.supported(p, modes_[k]) ? runs_until_[k][p + 1] : p;
    }
    for (std::size_t p = space_.size(); p-- > 0;) {
      double least = kInfinity;
      for (std::size_t m : modes_)
        if (space_.supported(p, m)) least = std::min(least, space_.latency_s(p, m));
      least_after_[p] = least_after_[p + 1] + least;
    }
  }

  /// Everything that crosses the cut before a position, once per producer.
  void gather_crossings() {
    crossing_.resize(space_.size());
    cuts_.resize(space_.size());
    for (std::size_t c = 1; c < space_.size(); ++c) {
      std::vector<bool> seen(space_.size(), false);
      for (std::size_t e = space_.first_input(c); e < space_.edges().size(); ++e) {
        const std::size_t producer = space_.edges()[e].from;
        if (producer >= c || seen[producer]) continue;
        seen[producer] = true;
        crossing_[c].push_back(e);
      }
    }
  }

  const Cut& cut(std::size_t position, std::size_t from, std::size_t to) {
    auto& cells = cuts_[position];
    if (cells.empty()) cells.resize(modes_.size() * modes_.size());
    Cut& cut = cells[from * modes_.size() + to];
    if (cut.on_from_s < kInfinity || cut.elsewhere_s == kInfinity) return cut;
    cut = {0, space_.arrival(position, modes_[to]).latency_s, 0};
    for (std::size_t e : crossing_[position]) {
      const HandOver& step = space_.hand_over(e, modes_[from], modes_[to]);
      if (step.latency_s == kInfinity) return cut = {kInfinity, kInfinity, kInfinity};
      cut.on_from_s += step.on_from_s;
      cut.on_to_s += step.on_to_s;
      cut.elsewhere_s += std::max(0.0, step.latency_s - step.on_from_s - step.on_to_s);
      forward_ = forward_ && step.forward;
    }
    return cut;
  }

  /// What the units outside `used` can make of the operators from each position on.
  struct Rest {
    int stages = 0;               ///< At most.
    std::vector<double> least_s;  ///< Every operator in its fastest free mode.
    double bottleneck_s(std::size_t position) const {
      return stages ? least_s[position] / stages : least_s[position];
    }
  };

  const Rest& rest(std::uint64_t used) {
    const auto [entry, added] = rest_.try_emplace(used);
    Rest& rest = entry->second;
    if (!added) return rest;
    rest.least_s.assign(space_.size() + 1, 0);
    for (std::size_t k = 0; k < modes_.size(); ++k) rest.stages += !(resources(k) & used);
    for (std::size_t p = space_.size(); p-- > 0;) {
      double least = kInfinity;
      for (std::size_t k = 0; k < modes_.size(); ++k)
        if (!(resources(k) & used) && space_.supported(p, modes_[k]))
          least = std::min(least, space_.latency_s(p, modes_[k]));
      rest.least_s[p] = rest.least_s[p + 1] + least;
    }
    return rest;
  }

  double value(double longest_s, double sum_s) const { return sum_s + spare_ * longest_s; }

  /// Adds a prefix unless another one of the stage is as good in both.
  void open(std::size_t begin, const Stage& stage, const Prefix& prefix) {
    auto& prefixes = open_[begin][stage];
    for (const Prefix& other : prefixes)
      if (other.longest_s <= prefix.longest_s && other.sum_s <= prefix.sum_s) return;
    std::erase_if(prefixes, [&](const Prefix& other) {
      return other.longest_s >= prefix.longest_s && other.sum_s >= prefix.sum_s;
    });
    prefixes.push_back(prefix);
  }

  /// Ends the open stage everywhere it may end.
  void grow(std::size_t begin, const Stage& stage, const Prefix& prefix) {
    const std::size_t n = space_.size();
    const std::size_t until = runs_until_[stage.mode][begin];
    const double in_s =
        stage.previous == kNoStage ? 0 : cut(begin, stage.previous, stage.mode).on_to_s;
    const Rest& after = rest(stage.used);
    std::uint32_t self = kNotKept;
    for (std::size_t end = begin + 1; end <= until; ++end) {
      const bool alone = begin == 0 && end == n;
      const double here_s = alone ? alone_s(stage.mode) : in_s + work_s(stage.mode, begin, end);
      const double longest_s = std::max(prefix.longest_s, here_s);
      const double sum_s = prefix.sum_s + here_s;
      if (value(longest_s, sum_s + least_after_[end]) >= best_value_) {
        if (begin > 0) break;
        continue;  // the whole network on one unit does not spread, and may still be better
      }
      if (end == n) {
        if (rules_.every && after.stages > 0) break;
        best_value_ = value(longest_s, sum_s);
        best_ = keep(prefix, self);
        break;
      }
      if (end % stride_ != 0) continue;
      if (value(std::max(longest_s, after.bottleneck_s(end)), sum_s + after.least_s[end]) >=
          best_value_)
        continue;
      for (std::size_t k = 0; k < modes_.size(); ++k) {
        if (resources(k) & stage.used) continue;
        if (!space_.supported(end, modes_[k])) continue;
        const Cut& out = cut(end, stage.mode, k);
        if (out.on_from_s == kInfinity) continue;
        Prefix next{std::max({prefix.longest_s, here_s + out.on_from_s, out.elsewhere_s}),
                    sum_s + out.on_from_s + out.elsewhere_s, 0, end, k};
        if (value(std::max(next.longest_s, after.bottleneck_s(end)),
                  next.sum_s + after.least_s[end]) >= best_value_)
          continue;
        next.parent = keep(prefix, self);
        open(end, {stage.used | resources(k), stage.mode, k}, next);
      }
    }
  }

  std::uint32_t keep(const Prefix& prefix, std::uint32_t& self) {
    if (self == kNotKept) {
      self = static_cast<std::uint32_t>(arena_.size());
      arena_.push_back(prefix);
    }
    return self;
  }

  std::vector<std::size_t> modes_by_position(std::uint32_t last) const {
    std::vector<std::size_t> mode_of(space_.size());
    std::size_t end = space_.size();
    for (std::uint32_t at = last;; at = arena_[at].parent) {
      const Prefix& stage = arena_[at];
      for (std::size_t p = stage.begin; p < end; ++p) mode_of[p] = modes_[stage.mode];
      end = stage.begin;
      if (end == 0) return mode_of;
    }
  }

  PartitionResult pick(const PartitionProblem& problem) const {
    if (best_value_ == kInfinity)
      throw UnsupportedError(
          fmt::format("{}: no {} with links runs every operator", rules_.name,
                      rules_.every ? "order of these stages" : "sequence of units"));
    PartitionResult result;
    result.plan = space_.plan(modes_by_position(best_));
    if (space_.is_chain() && forward_ && space_.is_steady(modes_)) {
      result.status = PartitionStatus::optimal;
      return result;
    }
    if (rules_.every) return result;
    // Tensors that skip a stage are priced as if handed on by it; so one unit alone may be better.
    std::size_t alone = 0;
    double least_s = kInfinity;
    for (std::size_t k = 0; k < modes_.size(); ++k)
      if (runs_until_[k][0] == space_.size() && alone_s(k) < least_s)
        alone = modes_[k], least_s = alone_s(k);
    if (arena_[best_].begin != 0 && least_s < kInfinity &&
        plan_value(problem.belief, problem.graph, result.plan, problem.objective) > least_s)
      result.plan = space_.plan(std::vector<std::size_t>(space_.size(), alone));
    return result;
  }

  static constexpr std::uint32_t kNotKept = static_cast<std::uint32_t>(-1);

  SearchSpace& space_;
  const PipelineRules& rules_;
  const std::vector<std::size_t>& modes_;
  std::size_t stride_ = 1;
  double spare_;         ///< Requests after the first.
  bool forward_ = true;  ///< Hand-overs end on the maker's unit before they go on on the reader's.
  std::vector<std::vector<double>> sums_;  ///< [steady mode][position], prefix sums.
  std::vector<std::vector<std::size_t>> runs_until_;
  std::vector<double> least_after_;  ///< Every later operator in its fastest mode.
  std::vector<std::vector<std::size_t>> crossing_;
  std::vector<std::vector<Cut>> cuts_;
  std::vector<std::map<Stage, std::vector<Prefix>>> open_;
  std::map<std::uint64_t, Rest> rest_;  ///< By used resources.
  std::vector<Prefix> arena_;
  double best_value_ = kInfinity;
  std::uint32_t best_ = kNotKept;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  return best_pipeline(problem, space, {"pipeline", space.steady_modes(), false});
}

}  // namespace

PartitionResult best_pipeline(const PartitionProblem& problem, SearchSpace& space,
                              const PipelineRules& rules) {
  return Pipeline(space, rules, objective_requests(problem.objective)).run(problem);
}

PartitionerInfo make_pipeline() {
  return {"pipeline",
          "contiguous stages on units that share nothing, all orders, best cuts, highest clocks",
          {Objective::throughput},
          {},
          run};
}

}  // namespace partita
