// NSGA-II on latency, energy and memory: Deb, Pratap, Agarwal, Meyarivan, IEEE Transactions on
// Evolutionary Computation 6(2), 2002; constraints as in its section VI. A genome is a mode for
// each operator in topological order; it changes in runs of operators, because a hand-over at every
// one is never good.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "partitioners/draw.h"
#include "partitioners/pareto.h"
#include "partitioners/search.h"
#include "partitioners/start_plans.h"
#include "sim/base/error.h"

namespace partita {
namespace {

using Genome = std::vector<std::size_t>;  ///< Mode index by position.

struct Individual {
  Genome genome;
  Objectives objectives;    ///< Latency s, energy J, memory bytes; infinite: a link is missing.
  double excess_bytes = 0;  ///< Over the memory budget.
  std::size_t front = 0;
  double crowding = 0;
};

/// One that fits dominates all that do not, of these the one that lacks less.
bool beats(const Individual& a, const Individual& b) {
  if (a.excess_bytes > 0 || b.excess_bytes > 0) return a.excess_bytes < b.excess_bytes;
  return dominates(a.objectives, b.objectives);
}

class Evolution {
 public:
  Evolution(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        space_(costs),
        size_(static_cast<std::size_t>(problem.options.at("population"))),
        generations_(static_cast<std::size_t>(problem.options.at("generations"))),
        random_(problem.seed) {
    mode_choices();
    begin();
    select();
  }

  PartitionResult run() {
    PartitionResult result;
    for (std::size_t g = 0; g < generations_; ++g) {
      const double done = static_cast<double>(g) / static_cast<double>(generations_);
      if (problem_.progress && !problem_.progress(done)) {
        result.status = PartitionStatus::stopped;
        break;
      }
      breed();
      select();
    }
    result.front = front();
    const auto value = [&](const ParetoPoint& point) {
      return combine(problem_.objective, point.latency_s, point.energy_j);
    };
    result.plan = std::min_element(result.front.begin(), result.front.end(),
                                   [&](const ParetoPoint& a, const ParetoPoint& b) {
                                     return value(a) < value(b);
                                   })
                      ->plan;
    return result;
  }

 private:
  void mode_choices() {
    choices_.resize(space_.size());
    for (std::size_t p = 0; p < space_.size(); ++p)
      for (std::size_t m = 0; m < space_.modes(); ++m)
        if (space_.supported(p, m)) choices_[p].push_back(m);
  }

  /// What the heuristics answer, each mode alone where it can, the rest drawn.
  void begin() {
    const PartitionerInfo algorithms[] = {make_single(), make_greedy(), make_heft()};
    for (Objective objective : {Objective::latency, Objective::energy}) {
      PartitionProblem question = problem_;
      question.objective = objective;
      for (const Plan& plan : start_plans(question, space_.costs(), algorithms))
        add(genome_of(plan));
    }
    for (std::size_t m = 0; m < space_.modes(); ++m) {
      Genome genome = population_.empty() ? any() : population_.front().genome;
      place(genome, 0, genome.size(), m);
      add(std::move(genome));
    }
    for (std::size_t tries = 0; population_.size() < size_ && tries < kTries * size_; ++tries)
      add(any());
  }

  Genome genome_of(const Plan& plan) const {
    const auto modes = space_.costs().modes();
    Genome genome(space_.size());
    for (std::size_t p = 0; p < genome.size(); ++p)
      genome[p] = static_cast<std::size_t>(
          std::find(modes.begin(), modes.end(), plan.shares[index(space_.op(p))].front().mode) -
          modes.begin());
    return genome;
  }

  /// Runs of drawn modes.
  Genome any() {
    Genome genome(space_.size());
    for (std::size_t p = 0; p < genome.size(); ++p)
      genome[p] = choices_[p][draw_below(choices_[p].size(), random_)];
    for (std::size_t begin = 0; begin < genome.size();) {
      const std::size_t end = begin + 1 + draw_below(genome.size() - begin, random_);
      place(genome, begin, end, draw_below(space_.modes(), random_));
      begin = end;
    }
    return genome;
  }

  /// Where the mode is supported.
  void place(Genome& genome, std::size_t begin, std::size_t end, std::size_t mode) const {
    for (std::size_t p = begin; p < end; ++p)
      if (space_.supported(p, mode)) genome[p] = mode;
  }

  /// False: it has been seen.
  bool add(Genome genome) {
    if (!seen_.insert(genome).second) return false;
    Individual one{std::move(genome), {kInfinity, kInfinity, kInfinity}, 0, 0, 0};
    const Plan plan = space_.plan(one.genome);
    try {
      const Timeline timeline = estimate(lower(problem_.belief, problem_.graph, plan));
      const double bytes = memory_use(problem_.belief.soc(), problem_.graph, plan).total_bytes();
      one.objectives = {to_seconds(timeline.makespan_ps), timeline.energy_j, bytes};
      one.excess_bytes = std::max(0.0, bytes - problem_.memory_budget_bytes);
    } catch (const UnsupportedError&) {  // A missing link: whatever has none is better.
      one.excess_bytes = kInfinity;
    }
    population_.push_back(std::move(one));
    return true;
  }

  /// The better of two drawn: by front, then the lonelier.
  const Individual& parent() {
    const Individual& a = population_[draw_below(parents_, random_)];
    const Individual& b = population_[draw_below(parents_, random_)];
    if (a.front != b.front) return a.front < b.front ? a : b;
    return b.crowding > a.crowding ? b : a;
  }

  /// As many children as parents, none seen before as far as that is found.
  void breed() {
    parents_ = population_.size();
    std::size_t tries = 0;
    while (population_.size() < parents_ + size_ && tries++ < kTries * size_) {
      Genome child = parent().genome;
      if (draw_unit(random_) < problem_.options.at("crossover")) {
        const auto [begin, end] = any_run();
        const Genome& other = parent().genome;
        std::copy(other.begin() + static_cast<std::ptrdiff_t>(begin),
                  other.begin() + static_cast<std::ptrdiff_t>(end),
                  child.begin() + static_cast<std::ptrdiff_t>(begin));
      }
      if (draw_unit(random_) < problem_.options.at("mutation")) mutate(child);
      add(std::move(child));
    }
  }

  std::pair<std::size_t, std::size_t> any_run() {
    const std::size_t begin = draw_below(space_.size(), random_);
    return {begin, begin + 1 + draw_below(space_.size() - begin, random_)};
  }

  /// One operator, or a run of them.
  void mutate(Genome& genome) {
    const auto [begin, end] = any_run();
    const auto& modes = choices_[begin];
    const std::size_t mode = modes[draw_below(modes.size(), random_)];
    place(genome, begin, random_() % 2 == 0 ? begin + 1 : end, mode);
  }

  /// Keeps the best fronts, of the last that finds room the loneliest.
  void select() {
    const auto fronts = non_dominated_sort(population_.size(), [&](std::size_t a, std::size_t b) {
      return beats(population_[a], population_[b]);
    });
    std::vector<Individual> kept;
    for (std::size_t f = 0; f < fronts.size() && kept.size() < size_; ++f) {
      std::vector<Objectives> points;
      for (std::size_t i : fronts[f]) points.push_back(population_[i].objectives);
      const auto crowding = crowding_distances(points);
      std::vector<Individual> front;
      for (std::size_t k = 0; k < points.size(); ++k) {
        front.push_back(std::move(population_[fronts[f][k]]));
        front.back().front = f;
        front.back().crowding = crowding[k];
      }
      std::stable_sort(front.begin(), front.end(), [](const Individual& a, const Individual& b) {
        return a.crowding > b.crowding;
      });
      for (Individual& one : front)
        if (kept.size() < size_) kept.push_back(std::move(one));
    }
    population_ = std::move(kept);
  }

  /// By latency; of those alike in every objective the first.
  std::vector<ParetoPoint> front() const {
    std::vector<const Individual*> best;
    for (const Individual& one : population_)
      if (one.front == 0 && one.excess_bytes <= 0) best.push_back(&one);
    if (best.empty()) fail();
    std::sort(best.begin(), best.end(), [](const Individual* a, const Individual* b) {
      return std::tie(a->objectives, a->genome) < std::tie(b->objectives, b->genome);
    });
    best.erase(std::unique(best.begin(), best.end(),
                           [](const Individual* a, const Individual* b) {
                             return a->objectives == b->objectives;
                           }),
               best.end());
    std::vector<ParetoPoint> points;
    for (const Individual* one : best)
      points.push_back(
          {space_.plan(one->genome), one->objectives[0], one->objectives[1], one->objectives[2]});
    return points;
  }

  [[noreturn]] void fail() const {
    if (population_.empty() || population_.front().excess_bytes == kInfinity)
      throw UnsupportedError("nsga2: no links join units that together run every operator");
    throw UnsupportedError(
        fmt::format("nsga2: none of the plans looked at keeps to the memory budget of {:.6g} bytes",
                    problem_.memory_budget_bytes));
  }

  /// Drawn for each that is wanted, before a small space counts as exhausted.
  static constexpr std::size_t kTries = 20;

  const PartitionProblem& problem_;
  SearchSpace space_;
  std::size_t size_, generations_, parents_ = 0;
  std::mt19937_64 random_;
  std::vector<std::vector<std::size_t>> choices_;  ///< Modes that run it, by position.
  std::set<Genome> seen_;
  std::vector<Individual> population_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Evolution(problem, costs).run();
}

}  // namespace

PartitionerInfo make_nsga2() {
  return {"nsga2",
          "NSGA-II: plans of which none is better than another in latency, energy and memory",
          {Objective::latency, Objective::energy, Objective::edp},
          {{"population", "plans", "plans kept from one generation to the next", 2, 1e4, 24},
           {"generations", "", "rounds of as many children", 0, 1e6, 12},
           {"crossover", "", "chance that a child takes a run of operators from a second parent", 0,
            1, 0.9},
           {"mutation", "", "chance that a child has an operator or a run moved", 0, 1, 0.5}},
          run,
          "truth",
          Effort::search,
          "Deb, Pratap, Agarwal, Meyarivan, IEEE TEVC 6(2), 2002; genome and moves are ours"};
}

}  // namespace partita
