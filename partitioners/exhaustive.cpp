// Every plan, by depth-first branch and bound: the oracle for small networks. Operators enter the
// queues in the graph's topological order; a leaf is worth what plan_value says.
#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "partitioners/search.h"

namespace partita {
namespace {

constexpr std::size_t kNoMode = static_cast<std::size_t>(-1);

/// A partial plan's lower bounds: the first operators have their modes.
struct Partial {
  std::array<double, 64> free_s{};  ///< By resource: queues serve in order.
  std::array<double, 64> load_s{};
  double longest_s = 0;  ///< Bound on the makespan.
  double energy_j = 0;   ///< Above the base power.
};

/// Lower bounds on one operator in one mode.
struct Floor {
  double load_s = 0;  ///< Loading the network's input.
  double work_s = 0;
  double energy_j = 0;  ///< Above the base power.
};

/// With more modes chain-dp may take longer than it saves.
constexpr std::size_t kModesForChainDp = 16;

class Search {
 public:
  Search(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem), space_(costs), most_(problem.options.at("max_plans")) {
    find_floors();
    prepare();
  }

  PartitionResult run() {
    for (const PartitionerInfo& start : {make_single(), make_greedy(), make_pipeline()})
      propose(start);
    if (space_.modes() <= kModesForChainDp) propose(make_chain_dp());
    mode_of_.assign(space_.size(), kNoMode);
    finish_s_.assign(space_.size(), 0);
    descend(0, Partial{}, 0, 1);
    if (best_value_ == kInfinity)
      throw UnsupportedError("exhaustive: no links join units that together run every operator");
    PartitionResult result;
    result.plan = best_;
    result.status = stopped_ ? PartitionStatus::stopped : PartitionStatus::optimal;
    return result;
  }

 private:
  /// The least that an operator takes in a mode. Where clocks change on the way it may start at any
  /// OPP of its unit, faster or thriftier than its own.
  void find_floors() {
    const CostModel& model = space_.costs().model();
    std::vector<std::size_t> all(space_.modes());
    std::iota(all.begin(), all.end(), 0);
    moving_ = !space_.is_steady(all) || model.parks_idle_clocks();
    floors_.resize(space_.size() * space_.modes());
    for (std::size_t p = 0; p < space_.size(); ++p)
      for (std::size_t m = 0; m < space_.modes(); ++m) {
        if (!space_.supported(p, m)) continue;
        Floor& floor = floors_[p * space_.modes() + m];
        floor.load_s = space_.load_s(p, m);
        floor.work_s = space_.latency_s(p, m) - floor.load_s;
        floor.energy_j = space_.costs().energy_j(space_.op(p), m);
        if (moving_) lower_floor(p, m, floor);
      }
  }

  void lower_floor(std::size_t p, std::size_t m, Floor& floor) const {
    const CostModel& model = space_.costs().model();
    floor = {0, kInfinity, kInfinity};
    for (const Mode& mode : all_modes(model.soc(), space_.costs().modes()[m].unit)) {
      const auto cost = model.operator_cost(problem_.graph, space_.op(p), {}, mode,
                                            space_.unit(m).default_precision);
      if (!cost) continue;
      floor.work_s = std::min(floor.work_s, cost->latency_s);
      floor.energy_j = std::min(floor.energy_j, cost->latency_s * cost->power_w);
    }
  }

  const Floor& floor(std::size_t position, std::size_t m) const {
    return floors_[position * space_.modes() + m];
  }

  void prepare() {
    const std::size_t n = space_.size();
    fastest_s_.assign(n, kInfinity);
    least_energy_after_.assign(n + 1, 0);
    tail_s_.assign(n, 0);
    for (std::size_t p = n; p-- > 0;) {
      double least_j = kInfinity;
      for (std::size_t m = 0; m < space_.modes(); ++m) {
        if (!space_.supported(p, m)) continue;
        fastest_s_[p] = std::min(fastest_s_[p], floor(p, m).work_s);
        least_j = std::min(least_j, floor(p, m).energy_j);
      }
      least_energy_after_[p] = least_energy_after_[p + 1] + least_j;
      for (std::size_t e = space_.first_input(p); e < space_.first_input(p + 1); ++e) {
        double& tail = tail_s_[space_.edges()[e].from];
        tail = std::max(tail, fastest_s_[p] + tail_s_[p]);
      }
    }
  }

  /// A plan to beat, so that pruning starts at once.
  void propose(const PartitionerInfo& start) {
    PartitionProblem question = problem_;
    question.options.clear();
    for (const OptionInfo& option : start.options) question.options[option.name] = option.preset;
    if (std::find(start.objectives.begin(), start.objectives.end(), problem_.objective) ==
        start.objectives.end())
      return;
    try {
      consider(start.run(question, space_.costs()).plan);
    } catch (const UnsupportedError&) {  // it needs a link that is missing
    }
  }

  void consider(Plan plan) {
    const double value = plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
    if (value < best_value_) best_value_ = value, best_ = std::move(plan);
  }

  double bound(const Partial& partial, std::size_t next) const {
    const double energy_j = partial.energy_j + least_energy_after_[next];
    const double total_j = energy_j + space_.base_power_w() * partial.longest_s;
    if (problem_.objective != Objective::throughput)
      return combine(problem_.objective, partial.longest_s, total_j);
    const double busiest_s = *std::max_element(partial.load_s.begin(), partial.load_s.end());
    return std::max(busiest_s, partial.longest_s / objective_requests(Objective::throughput));
  }

  /// The price of the hand-overs of `position` in mode `m`; false: a link is missing. A tensor that
  /// an earlier reader on the same unit already fetched costs nothing more.
  bool arrive(std::size_t position, std::size_t m, Partial& partial, double& ready_s) {
    for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1); ++e) {
      const std::size_t producer = space_.edges()[e].from;
      const HandOver& step = space_.hand_over(e, mode_of_[producer], m);
      if (step.latency_s == kInfinity) return false;
      double wait_s = least_wait(e, mode_of_[producer], m);
      bool fetched = false;
      for (std::size_t other = space_.first_input(producer + 1);
           other < space_.first_input(position); ++other) {
        const Edge& edge = space_.edges()[other];
        if (edge.from != producer || !same_unit(mode_of_[edge.to], m)) continue;
        fetched = true;
        wait_s = std::min(wait_s, least_wait(other, mode_of_[producer], mode_of_[edge.to]));
      }
      if (!fetched && !moving_) partial.energy_j += step.energy_j;
      ready_s = std::max(ready_s, finish_s_[producer] + wait_s);
    }
    return true;
  }

  /// Of one tensor's steps; where clocks move, at the best clocks of both units.
  double least_wait(std::size_t edge, std::size_t from, std::size_t to) {
    double least = space_.hand_over(edge, from, to).longest_s;
    for (std::size_t a = 0; moving_ && a < space_.modes(); ++a)
      for (std::size_t b = 0; b < space_.modes() && same_unit(a, from); ++b)
        if (same_unit(b, to)) least = std::min(least, space_.hand_over(edge, a, b).longest_s);
    return least;
  }

  bool same_unit(std::size_t a, std::size_t b) const {
    return space_.costs().modes()[a].unit == space_.costs().modes()[b].unit;
  }

  void descend(std::size_t position, const Partial& before, double done, double share) {
    if (position == space_.size()) return consider(space_.plan(mode_of_));
    for (std::size_t m = 0; m < space_.modes() && !stopped_; ++m) {
      if (!space_.supported(position, m)) continue;
      const double part = share / static_cast<double>(space_.modes());
      tick(done + part * static_cast<double>(m));
      Partial partial = before;
      double ready_s = 0;
      if (!arrive(position, m, partial, ready_s)) continue;
      run_on(position, m, ready_s, partial);
      // Times are rounded to picoseconds: a plan better by less than this is not worth a look.
      constexpr double kRounding = 1e-9;
      if (bound(partial, position + 1) >= best_value_ * (1 - kRounding)) continue;
      mode_of_[position] = m;
      descend(position + 1, partial, done + part * static_cast<double>(m), part);
    }
    mode_of_[position] = kNoMode;
  }

  void run_on(std::size_t position, std::size_t m, double ready_s, Partial& partial) {
    const auto [load_s, work_s, energy_j] = floor(position, m);
    const std::uint64_t resources = space_.unit(m).resources;
    double free_s = 0;
    for (std::uint64_t bits = resources; bits; bits &= bits - 1)
      free_s = std::max(free_s, partial.free_s[std::countr_zero(bits)]);
    const double finish_s = std::max(ready_s, free_s + load_s) + work_s;
    for (std::uint64_t bits = resources; bits; bits &= bits - 1) {
      partial.free_s[std::countr_zero(bits)] = finish_s;
      partial.load_s[std::countr_zero(bits)] += load_s + work_s;
    }
    finish_s_[position] = finish_s;
    partial.longest_s = std::max(partial.longest_s, finish_s + tail_s_[position]);
    partial.energy_j += energy_j;
  }

  void tick(double done) {
    ++looked_at_;
    if (static_cast<double>(looked_at_) > most_) stopped_ = true;
    if (looked_at_ % 1024 == 0 && problem_.progress && !problem_.progress(done)) stopped_ = true;
  }

  const PartitionProblem& problem_;
  SearchSpace space_;
  double most_;
  std::uint64_t looked_at_ = 0;
  bool stopped_ = false;
  bool moving_ = false;        ///< Clocks change on the way.
  std::vector<Floor> floors_;  ///< [position * modes + mode]
  std::vector<double> fastest_s_, least_energy_after_, tail_s_;
  std::vector<std::size_t> mode_of_;
  std::vector<double> finish_s_;
  double best_value_ = kInfinity;
  Plan best_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Search(problem, costs).run();
}

}  // namespace

PartitionerInfo make_exhaustive() {
  return {"exhaustive",
          "every plan in the graph's topological order, by branch and bound: the oracle for small "
          "networks",
          {Objective::latency, Objective::energy, Objective::edp, Objective::throughput},
          {{"max_plans", "plans", "partial and complete plans to look at before stopping", 1, 1e12,
            5e4}},
          run};
}

}  // namespace partita
