#include "partitioners/exact_search.h"

#include <algorithm>

#include "partitioners/partial_plan.h"
#include "partitioners/start_plans.h"

namespace partita {
namespace {

/// With more modes chain-dp may take longer than it saves.
constexpr std::size_t kModesForChainDp = 16;

class Search {
 public:
  Search(const PartitionProblem& problem, const CostTable& costs, const ExactOptions& options)
      : problem_(problem),
        costs_(costs),
        options_(options),
        plans_(problem, costs, options.strong) {
    before_ = predecessors(plans_.space());
    after_.resize(before_.size());
    for (std::size_t p = 0; p < before_.size(); ++p) {
      missing_.push_back(before_[p].size());
      for (std::size_t producer : before_[p]) after_[producer].push_back(p);
    }
  }

  PartitionResult run() {
    std::vector<PartitionerInfo> starts{make_single(), make_greedy(), make_pipeline()};
    if (costs_.modes().size() <= kModesForChainDp) starts.push_back(make_chain_dp());
    if (options_.any_order) starts.push_back(make_heft());
    PartitionProblem question = problem_;
    question.starts.clear();  // They may be split: of another space.
    Start start = best_start(question, costs_, starts);
    best_ = std::move(start.plan), best_value_ = start.value;
    descend(plans_.root(), 0, 1);
    if (best_value_ == kInfinity)
      throw UnsupportedError(options_.name +
                             ": no links join units that together run every operator");
    PartitionResult result;
    result.plan = best_;
    result.status = stopped_ ? PartitionStatus::stopped : PartitionStatus::optimal;
    result.proven_bound = std::min(open_bound_, best_value_);
    return result;
  }

 private:
  struct Child {
    std::size_t position = 0, mode = 0;
    double finish_s = 0, bound = 0;
    Partial partial;
  };

  void consider(Plan plan) {
    const double value = plan_value(problem_.belief, problem_.graph, plan, problem_.objective);
    if (value < best_value_) best_value_ = value, best_ = std::move(plan);
  }

  Plan leaf() {
    Plan plan = plans_.space().plan(plans_.mode_of());
    if (!std::is_sorted(sequence_.begin(), sequence_.end()))
      for (std::size_t p : sequence_) plan.order.push_back(plans_.space().op(p));
    return plan;
  }

  /// Positions that may come next: in the graph's order only the one that is next in it.
  std::vector<std::size_t> ready() const {
    if (!options_.any_order) return {sequence_.size()};
    std::vector<std::size_t> positions;
    for (std::size_t p = 0; p < missing_.size(); ++p)
      if (missing_[p] == 0) positions.push_back(p);
    return positions;
  }

  /// The same plan with the last two operators swapped is looked at elsewhere.
  bool is_twin(std::size_t position, std::size_t mode, double finish_s) {
    if (!options_.any_order || sequence_.empty()) return false;
    const std::size_t last = sequence_.back();
    if (position > last) return false;
    const auto& needs = before_[position];
    if (std::find(needs.begin(), needs.end(), last) != needs.end()) return false;
    plans_.accept(position, mode, finish_s);
    const bool twin = plans_.commute(last, position);
    plans_.withdraw(position);
    return twin;
  }

  std::vector<Child> children(const Partial& before) {
    std::vector<Child> children;
    for (std::size_t position : ready())
      for (std::size_t m = 0; m < plans_.space().modes(); ++m) {
        if (!plans_.space().supported(position, m)) continue;
        Child child{position, m, 0, 0, {}};
        if (!plans_.place(position, m, before, child.partial, child.finish_s)) continue;
        child.bound = plans_.bound(child.partial);
        if (is_pruned(child.bound) || is_twin(position, m, child.finish_s)) continue;
        children.push_back(child);
      }
    if (options_.strong)
      std::stable_sort(children.begin(), children.end(),
                       [](const Child& a, const Child& b) { return a.bound < b.bound; });
    return children;
  }

  /// Times are rounded to picoseconds: a plan better by less than this is not worth a look.
  bool is_pruned(double bound) const {
    constexpr double kRounding = 1e-9;
    return bound >= best_value_ * (1 - kRounding);
  }

  void descend(const Partial& before, double done, double share) {
    if (sequence_.size() == plans_.space().size()) return consider(leaf());
    const std::vector<Child> next = children(before);
    for (std::size_t i = 0; i < next.size(); ++i) {
      const Child& child = next[i];
      if (is_pruned(child.bound)) continue;
      const double part = share / static_cast<double>(next.size());
      if (!stopped_) tick(done + part * static_cast<double>(i));
      if (stopped_) {  // Everything left open may be as good as its bound.
        open_bound_ = std::min(open_bound_, child.bound);
        continue;
      }
      push(child);
      descend(child.partial, done + part * static_cast<double>(i), part);
      pop(child);
    }
  }

  void push(const Child& child) {
    plans_.accept(child.position, child.mode, child.finish_s);
    sequence_.push_back(child.position);
    missing_[child.position] = kPlaced;
    for (std::size_t reader : after_[child.position]) --missing_[reader];
  }

  void pop(const Child& child) {
    for (std::size_t reader : after_[child.position]) ++missing_[reader];
    missing_[child.position] = 0;
    sequence_.pop_back();
    plans_.withdraw(child.position);
  }

  void tick(double done) {
    ++looked_at_;
    if (static_cast<double>(looked_at_) > options_.most_nodes) stopped_ = true;
    if (looked_at_ % 1024 == 0 && problem_.progress && !problem_.progress(done)) stopped_ = true;
  }

  static constexpr std::size_t kPlaced = static_cast<std::size_t>(-1);
  const PartitionProblem& problem_;
  const CostTable& costs_;
  const ExactOptions& options_;
  PartialPlans plans_;
  std::vector<std::vector<std::size_t>> before_, after_;
  std::vector<std::size_t> missing_;  ///< By position: how many have to come before it still.
  std::vector<std::size_t> sequence_;
  std::uint64_t looked_at_ = 0;
  bool stopped_ = false;
  double open_bound_ = kInfinity;  ///< Least of the nodes that were not looked at.
  double best_value_ = kInfinity;
  Plan best_;
};

}  // namespace

std::vector<std::vector<std::size_t>> predecessors(const SearchSpace& space) {
  std::vector<std::vector<std::size_t>> before(space.size());
  for (const Edge& edge : space.edges()) before[edge.to].push_back(edge.from);
  const Graph& graph = space.costs().graph();
  std::vector<std::size_t> first_reader(graph.size(), space.size());
  for (std::size_t p = 0; p < space.size(); ++p)
    for (OpId pred : graph.predecessors(space.op(p))) {
      if (graph.op(pred).kind != OpKind::input) continue;
      std::size_t& first = first_reader[index(pred)];
      if (first == space.size())
        first = p;
      else if (std::find(before[p].begin(), before[p].end(), first) == before[p].end())
        before[p].push_back(first);
    }
  return before;
}

PartitionResult exact_search(const PartitionProblem& problem, const CostTable& costs,
                             const ExactOptions& options) {
  return Search(problem, costs, options).run();
}

}  // namespace partita
