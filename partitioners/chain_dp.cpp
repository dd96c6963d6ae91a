// Dynamic programming over (operator, mode) with hand-overs and OPP changes. Latency and energy add
// up along a chain; their product does not, so for EDP labels (latency, energy) are extended and
// those that cannot beat the best known product are dropped.
#include <algorithm>
#include <array>

#include "partitioners/chain.h"

namespace partita {
namespace {

struct Label {
  Price price;
  std::size_t state = 0;  ///< setting * modes + mode.
  std::uint32_t parent = 0;
  double bound = 0;
};

double product(const Price& price) {
  return price.latency_s * price.energy_j;
}

/// Minimises latency x energy over a chain.
class ProductSearch {
 public:
  ProductSearch(const Chain& chain, std::size_t most_labels)
      : chain_(chain), most_labels_(most_labels) {}

  std::vector<std::size_t> run() {
    best_ = supported_optimum();
    find_bounds();
    std::vector<Label> labels;
    for (std::size_t m = 0; m < chain_.modes(); ++m)
      if (chain_.supported(0, m))
        add(labels, 0, {chain_.start(m), chain_.first_setting(m) * chain_.modes() + m, 0, 0});
    keep(labels);
    for (std::size_t l = 1; l < chain_.layers() && !fronts_.back().empty(); ++l) {
      labels.clear();
      extend(labels, l);
      keep(labels);
    }
    if (fronts_.size() == chain_.layers()) finish();
    return best_.mode_of;
  }
  bool was_cut() const { return cut_; }

 private:
  /// Best path on the convex hull of (latency, energy): the product's linearisation at the best
  /// path so far, until it no longer improves. A start, not yet the optimum.
  Chain::Path supported_optimum() const {
    Chain::Path best = chain_.solve({1, 0});
    if (Chain::Path path = chain_.solve({0, 1}); product(path.price) < product(best.price))
      best = std::move(path);
    for (int round = 0; round < 8; ++round) {
      Chain::Path path = chain_.solve({best.price.energy_j, best.price.latency_s});
      if (!(product(path.price) < product(best.price))) break;
      best = std::move(path);
    }
    return best;
  }

  /// Support lines of what is still to come: latency alone, slopes around the product's at the best
  /// path from steep to flat, energy alone.
  void find_bounds() {
    const double slope = best_.price.energy_j / best_.price.latency_s;
    least_latency_ = chain_.to_go({1, 0});
    least_energy_ = chain_.to_go({0, 1});
    for (std::size_t i = 0; i < kSlopes.size(); ++i) {
      slopes_[i] = kSlopes[i] * slope;
      weighted_[i] = chain_.to_go({slopes_[i], 1});
    }
  }

  /// Least product of any completion: the least over the corners of the support lines' polygon, as
  /// a product is quasi-concave.
  double bound(const Label& label, std::size_t layer) const {
    const std::size_t cell = layer * chain_.modes() + label.state % chain_.modes();
    const double latency = label.price.latency_s, energy = label.price.energy_j;
    const double a0 = latency + least_latency_[cell], b0 = energy + least_energy_[cell];
    const auto line = [&](std::size_t i) {
      return slopes_[i] * latency + energy + weighted_[i][cell];
    };
    double level = line(0);
    double least = a0 * std::max(b0, level - slopes_[0] * a0);
    for (std::size_t i = 1; i < kSlopes.size(); ++i) {
      const double below = line(i);
      const double a = std::max(a0, (level - below) / (slopes_[i - 1] - slopes_[i]));
      least = std::min(least, a * std::max(b0, below - slopes_[i] * a));
      level = below;
    }
    const double a = std::max(a0, (level - b0) / slopes_.back());
    return std::max(a0 * b0, std::min(least, a * b0));
  }

  void add(std::vector<Label>& labels, std::size_t layer, Label label) const {
    constexpr double kRounding = 1e-11;
    label.bound = bound(label, layer);
    if (label.bound < product(best_.price) * (1 - kRounding)) labels.push_back(label);
  }

  void extend(std::vector<Label>& labels, std::size_t layer) const {
    const std::vector<Label>& front = fronts_.back();
    const std::size_t modes = chain_.modes();
    for (std::size_t i = 0; i < front.size(); ++i) {
      const std::size_t setting = front[i].state / modes, from = front[i].state % modes;
      for (std::size_t m = 0; m < modes; ++m) {
        const Price step = chain_.step(layer, from, m, setting);
        if (step.latency_s == kInfinity) continue;
        add(labels, layer,
            {{front[i].price.latency_s + step.latency_s, front[i].price.energy_j + step.energy_j},
             chain_.clocks().next(setting, m) * modes + m,
             static_cast<std::uint32_t>(i),
             0});
      }
    }
  }

  /// Drops dominated labels, and the least promising ones beyond the limit.
  void keep(std::vector<Label>& labels) {
    std::stable_sort(labels.begin(), labels.end(), [](const Label& x, const Label& y) {
      if (x.state != y.state) return x.state < y.state;
      if (x.price.latency_s != y.price.latency_s) return x.price.latency_s < y.price.latency_s;
      return x.price.energy_j < y.price.energy_j;
    });
    std::vector<Label>& front = fronts_.emplace_back();
    for (const Label& label : labels)
      if (front.empty() || front.back().state != label.state ||
          label.price.energy_j < front.back().price.energy_j)
        front.push_back(label);
    if (front.size() <= most_labels_) return;
    cut_ = true;
    std::stable_sort(front.begin(), front.end(),
                     [](const Label& x, const Label& y) { return x.bound < y.bound; });
    front.resize(most_labels_);
  }

  void finish() {
    const Label* best = nullptr;
    for (const Label& label : fronts_.back())
      if (product(label.price) < product(best ? best->price : best_.price)) best = &label;
    if (!best) return;
    best_.price = best->price;
    const Label* label = best;
    for (std::size_t l = chain_.layers(); l-- > 0;) {
      best_.mode_of[l] = label->state % chain_.modes();
      if (l > 0) label = &fronts_[l - 1][label->parent];
    }
  }

  static constexpr std::array<double, 9> kSlopes{4, 2, 1.4, 1.15, 1, 0.87, 0.7, 0.5, 0.25};

  const Chain& chain_;
  std::size_t most_labels_;
  bool cut_ = false;
  Chain::Path best_;
  std::vector<double> least_latency_, least_energy_;
  std::array<double, kSlopes.size()> slopes_{};
  std::array<std::vector<double>, kSlopes.size()> weighted_;
  std::vector<std::vector<Label>> fronts_;  ///< By layer.
};

/// The best by the belief's own count.
class Best {
 public:
  explicit Best(const PartitionProblem& problem) : problem_(problem) {}
  void consider(Plan plan) {
    const double value = plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
    if (value < value_) value_ = value, plan_ = std::move(plan);
  }
  Plan take() { return std::move(plan_); }

 private:
  const PartitionProblem& problem_;
  double value_ = kInfinity;
  Plan plan_;
};

std::vector<std::size_t> solve(const Chain& chain, const PartitionProblem& problem, bool& cut) {
  if (problem.objective != Objective::edp)
    return chain.solve(problem.objective == Objective::energy ? Weights{0, 1} : Weights{1, 0})
        .mode_of;
  ProductSearch search(chain, static_cast<std::size_t>(problem.options.at("max_labels")));
  std::vector<std::size_t> mode_of = search.run();
  cut = cut || search.was_cut();
  return mode_of;
}

/// A network runs again and again: it finds the clocks as it leaves them. Starting from clocks that
/// are free to set, each solution's last clocks are the next one's first.
void solve_cyclic(Chain& chain, const SearchSpace& space, const PartitionProblem& problem,
                  Best& best, bool& cut) {
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    const std::vector<std::size_t> mode_of = solve(chain, problem, cut);
    best.consider(space.plan(chain.expand(mode_of)));
    const std::size_t last = chain.last_setting(mode_of);
    chain.start_at(last);
    if (chain.last_setting(mode_of) == last && round > 0) break;
  }
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs);

/// Clocks that stay are exact where clocks that move are not: their best plan is a candidate too.
void consider_steady(const SearchSpace& space, const PartitionProblem& problem, Best& best) {
  const std::vector<std::size_t> steady = space.steady_modes();
  if (steady.size() == space.modes()) return;
  PartitionProblem fixed = problem;
  fixed.modes.clear();
  for (std::size_t m : steady) fixed.modes.push_back(space.costs().modes()[m]);
  best.consider(run(fixed, CostTable(problem.belief, problem.graph, fixed.modes)).plan);
}

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  Chain chain(space, static_cast<std::size_t>(problem.options.at("max_clock_settings")));
  PartitionResult result;
  bool cut = false;
  if (chain.clocks().steady() && !chain.spreading_costs()) {
    result.plan = space.plan(chain.expand(solve(chain, problem, cut)));
  } else {
    // The chain prices plans on several units; one unit alone does not spread.
    Best best(problem);
    best.consider(make_single().run(problem, costs).plan);
    consider_steady(space, problem, best);
    solve_cyclic(chain, space, problem, best, cut);
    result.plan = best.take();
  }
  result.status = chain.exact() && !cut ? PartitionStatus::optimal : PartitionStatus::heuristic;
  return result;
}

}  // namespace

PartitionerInfo make_chain_dp() {
  return {
      "chain-dp",
      "optimal for chains at fixed clocks, with hand-overs; OPP changes nearly so; a graph is cut "
      "where one tensor crosses, and each segment stays on one unit",
      {Objective::latency, Objective::energy, Objective::edp},
      {{"max_clock_settings", "settings",
        "joint OPP settings of all clocks to tell apart; beyond it OPP changes count as free", 1,
        65536, 4096},
       {"max_labels", "labels",
        "(latency, energy) pairs kept per layer for edp; beyond it the least promising go", 1, 1e6,
        1000}},
      run};
}

}  // namespace partita
