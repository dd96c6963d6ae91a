// Band: Jeong et al., "Band: coordinated multi-DNN inference on heterogeneous mobile processors",
// MobiSys 2022; repository mrsnu/band, ModelAnalyzer and
// Engine::GetShortestLatencyWithUnitSubgraph. One request of one model: the queues of its
// schedulers are a matter of the workload.
#include <algorithm>
#include <map>

#include "partitioners/regions.h"

namespace partita {
namespace {

enum class Fallback { none, per_worker, unit, merged };

class Band {
 public:
  Band(const PartitionProblem& problem, const CostTable& costs)
      : space_(costs),
        workers_(space_.steady_modes()),
        fallback_(static_cast<Fallback>(static_cast<int>(problem.options.at("mode")))) {
    find_support(static_cast<std::size_t>(problem.options.at("minimum_subgraph_size")));
    find_units();
    wait_s_.assign(workers_.size(), 0);
    for (std::size_t w = 0; w < workers_.size(); ++w)
      if (static_cast<double>(index(costs.modes()[workers_[w]].unit)) ==
          problem.options.at("busy_unit"))
        wait_s_[w] = problem.options.at("busy_ms") * 1e-3;
  }

  PartitionResult run() {
    switch (fallback_) {
      case Fallback::none:
        whole();
        break;
      case Fallback::per_worker:
        per_worker();
        break;
      default:
        shortest_path();
    }
    std::vector<std::size_t> mode_of(space_.size());
    for (std::size_t u = 0; u < units_.size(); ++u)
      for (std::size_t p : units_[u].positions) mode_of[p] = workers_[worker_of_[u]];
    PartitionResult result;
    result.plan = space_.plan(mode_of);
    result.plan.order = order_of(space_, units_);
    return result;
  }

 private:
  /// An accelerator is not offered regions of fewer operators than the minimum.
  void find_support(std::size_t minimum) {
    for (std::size_t m : workers_) {
      auto& runs = runs_.emplace_back(support(space_, m));
      if (space_.unit(m).kind == UnitKind::cpu) continue;
      for (const Region& region : epochs(space_, std::vector<int>(runs)))
        if (region.type == 1 && region.positions.size() < minimum)
          for (std::size_t p : region.positions) runs[p] = 0;
    }
    // What only small regions could run stays with those that can: a plan needs every operator.
    for (std::size_t p = 0; p < space_.size(); ++p) {
      bool any = false;
      for (const auto& runs : runs_) any = any || runs[p];
      for (std::size_t w = 0; w < workers_.size() && !any; ++w)
        runs_[w][p] = space_.supported(p, workers_[w]);
    }
  }

  /// Operators with the same set of workers.
  void find_units() {
    std::map<std::vector<int>, int> types;
    std::vector<int> type(space_.size());
    for (std::size_t p = 0; p < space_.size(); ++p) {
      std::vector<int> mask;
      for (const auto& runs : runs_) mask.push_back(runs[p]);
      type[p] = types.emplace(std::move(mask), static_cast<int>(types.size())).first->second;
    }
    units_ = epochs(space_, type);
    worker_of_.assign(units_.size(), 0);
    latency_s_.resize(workers_.size());
    for (std::size_t w = 0; w < workers_.size(); ++w)
      for (const Region& unit : units_) {
        double sum_s = 0;
        for (std::size_t p : unit.positions)
          sum_s += runs_[w][p] ? space_.latency_s(p, workers_[w]) : kInfinity;
        latency_s_[w].push_back(sum_s);
      }
  }

  /// memo[j]: the earliest end of the first j units. No hand-overs.
  void shortest_path() {
    const std::size_t n = units_.size();
    std::vector<double> memo(n + 1, kInfinity);
    std::vector<std::size_t> from(n + 1), worker(n + 1);
    memo[0] = 0;
    for (std::size_t j = 1; j <= n; ++j)
      for (std::size_t w = 0; w < workers_.size(); ++w) {
        double sub_s = 0;
        for (std::size_t i = j; i-- > 0;) {
          sub_s += latency_s_[w][i];
          if (sub_s == kInfinity) break;
          const double end_s = std::max(memo[i], wait_s_[w]) + sub_s;
          if (end_s < memo[j]) memo[j] = end_s, from[j] = i, worker[j] = w;
          if (fallback_ == Fallback::unit) break;
        }
      }
    for (std::size_t j = n; j > 0; j = from[j])
      for (std::size_t i = from[j]; i < j; ++i) worker_of_[i] = worker[j];
  }

  /// The model on one worker.
  void whole() {
    double best_s = kInfinity;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      double sum_s = wait_s_[w];
      for (double unit_s : latency_s_[w]) sum_s += unit_s;
      if (sum_s >= best_s) continue;
      best_s = sum_s;
      worker_of_.assign(units_.size(), w);
    }
    if (best_s == kInfinity)
      throw UnsupportedError("band: no unit runs the whole network; mode 1 to 3 falls back");
  }

  /// One worker runs what it can, the others only what it cannot.
  void per_worker() {
    double best_s = kInfinity;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      std::vector<std::size_t> choice;
      double end_s = 0;
      for (std::size_t u = 0; u < units_.size(); ++u) {
        std::size_t runs = w;
        if (latency_s_[w][u] == kInfinity)
          for (std::size_t other = 0; other < workers_.size(); ++other)
            if (latency_s_[other][u] < latency_s_[runs][u]) runs = other;
        choice.push_back(runs);
        end_s = std::max(end_s, wait_s_[runs]) + latency_s_[runs][u];
      }
      if (end_s >= best_s) continue;
      best_s = end_s;
      worker_of_ = std::move(choice);
    }
  }

  SearchSpace space_;
  std::vector<std::size_t> workers_;  ///< Mode indices.
  Fallback fallback_;
  std::vector<std::vector<int>> runs_;  ///< [worker][position]
  std::vector<Region> units_;
  std::vector<std::vector<double>> latency_s_;  ///< [worker][unit]; infinite: unsupported.
  std::vector<double> wait_s_;                  ///< By worker: until it is free.
  std::vector<std::size_t> worker_of_;          ///< By unit.
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Band(problem, costs).run();
}

}  // namespace

PartitionerInfo make_band() {
  PartitionerInfo info{
      "band",
      "the shortest path over contiguous sub-graphs of equal support and their profiled times",
      {Objective::latency},
      {{"minimum_subgraph_size", "", "operators below which an accelerator is not offered a region",
        0, 1e6, 7},
       {"mode", "",
        "0 no fallback, 1 fallback per unit, 2 unit sub-graphs, 3 merged unit sub-graphs", 0, 3, 3},
       {"busy_unit", "", "unit busy with other work, counted from 0 in the SoC; -1: none", -1, 63,
        -1},
       {"busy_ms", "ms", "for how long it is busy", 0, 1e6, 0}},
      run};
  info.belief = "no-transfers";
  info.source = "Jeong et al., MobiSys 2022; mrsnu/band, ModelAnalyzer and Engine";
  return info;
}

}  // namespace partita
