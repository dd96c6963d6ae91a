// The heterogeneous scheduler of Samsung's ONE runtime: Samsung/ONE,
// runtime/onert/core/src/compiler/HEScheduler.cc. It plans in whole microseconds by profiled
// operators; permutations between backends are never profiled, so it guesses them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "partitioners/list_schedule.h"
#include "partitioners/regions.h"

namespace partita {
namespace {

class One {
 public:
  One(const PartitionProblem& problem, const CostTable& costs)
      : schedule_(costs),
        space_(schedule_.space()),
        cpu_(fallback_mode(space_)),
        parallel_(problem.options.at("parallel") == 1),
        branches_(problem.options.at("branches") == 1),
        permute_s_(problem.options.at("permute_ms") * 1e-3),
        bytes_per_s_(problem.options.at("bytes_per_us") * 1e6),
        placed_(space_.size()) {
    if (space_.unit(cpu_).kind != UnitKind::cpu)
      throw UnsupportedError("one: needs a CPU unit, which permutes tensors");
    inputs_.resize(space_.size());
    readers_.resize(space_.size());
    for (std::size_t e = 0; e < space_.edges().size(); ++e) {
      const Edge& edge = space_.edges()[e];
      readers_[edge.from].push_back(edge.to);
      gather(edge);
    }
  }

  PartitionResult run() {
    const std::vector<double> rank = ranks();
    std::vector<std::size_t> by_rank(space_.size());
    std::iota(by_rank.begin(), by_rank.end(), 0);
    std::stable_sort(by_rank.begin(), by_rank.end(),
                     [&](std::size_t x, std::size_t y) { return rank[x] > rank[y]; });
    for (std::size_t p : by_rank) place_branch(p);
    PartitionResult result;
    result.plan = schedule_.plan();
    return result;
  }

 private:
  struct Input {
    std::size_t producer = 0;
    double bytes = 0;
  };
  struct Choice {
    std::size_t mode = 0;
    double estimate_s = kInfinity;  ///< What is compared.
    Interval when;
    std::vector<Interval> permutations;  ///< On the CPU.
  };

  /// Tensors that `edge` carries, in bytes of the producer's unit at fp32: ONE has one type.
  void gather(const Edge& edge) {
    const Graph& graph = space_.costs().graph();
    for (TensorId id : graph.op(space_.op(edge.from)).outputs) {
      const Tensor& tensor = graph.tensor(id);
      if (std::count(tensor.consumers.begin(), tensor.consumers.end(), space_.op(edge.to)))
        inputs_[edge.to].push_back({edge.from, static_cast<double>(elements(tensor.shape)) *
                                                   element_bytes(Precision::fp32)});
    }
  }

  static double microseconds(double s) { return std::floor(s * 1e6); }

  /// Mean time x its standard deviation, and the longest way on over the readers. The product has
  /// no unit that means anything; it favours operators whose choice matters.
  std::vector<double> ranks() const {
    std::vector<double> rank(space_.size());
    const double backends = static_cast<double>(schedule_.modes().size());
    for (std::size_t p = space_.size(); p-- > 0;) {
      double after = 0;
      for (std::size_t reader : readers_[p])
        for (const Input& input : inputs_[reader]) {
          if (input.producer != p) continue;
          // The sum over pairs of backends is divided by the number of backends, as ONE does.
          const double permute =
              (1 + backends * (backends - 1) * microseconds(input.bytes / bytes_per_s_)) / backends;
          after = std::max(after, rank[reader] + std::floor(permute));
        }
      const double mean = std::floor(schedule_.mean_latency(p) * 1e6);
      double variance = 0;
      int runs = 0;
      for (std::size_t m : schedule_.modes()) {
        if (!space_.supported(p, m)) continue;
        const double off = microseconds(space_.latency_s(p, m)) - mean;
        variance += off * off;
        ++runs;
      }
      variance = std::floor(variance / runs);
      rank[p] = after + (variance > 0 ? mean * std::floor(std::sqrt(variance)) : mean);
    }
    return rank;
  }

  /// Can it be part of its producer's sequence: at most one producer, of whose tensor it is the
  /// only reader?
  bool mergeable(std::size_t position) const {
    const Graph& graph = space_.costs().graph();
    int producers = 0;
    for (TensorId id : graph.op(space_.op(position)).inputs) {
      const Tensor& tensor = graph.tensor(id);
      if (graph.op(tensor.producer).kind == OpKind::constant) continue;
      producers += graph.op(tensor.producer).kind != OpKind::input;
      if (producers > 1 || tensor.consumers.size() > 1) return false;
    }
    return true;
  }

  Choice consider(std::size_t position, std::size_t mode) {
    Choice choice;
    choice.mode = mode;
    if (!space_.supported(position, mode)) return choice;
    for (std::size_t e = space_.first_input(position); e < space_.first_input(position + 1); ++e)
      if (space_.hand_over(e, schedule_.mode_of(space_.edges()[e].from), mode).latency_s ==
          kInfinity)
        return choice;
    // In parallel, the CPU is busy with other branches and permutations: everything on it counts
    // double. "Picked experimentally", as the next constant.
    const double delay = parallel_ ? 2 : 1;
    const double fine_s = permute_s_ * (mergeable(position) ? 2 : 1);
    double execute_s = space_.latency_s(position, mode);
    if (space_.unit(mode).kind == UnitKind::cpu) execute_s *= delay;
    double ready_s = 0, permutes_s = 0;
    const std::uint64_t cpu = space_.unit(cpu_).resources;
    for (const Input& input : inputs_[position]) {
      const double made_s = schedule_.when(input.producer).finish_s;
      ready_s = std::max(ready_s, made_s);
      if (space_.costs().modes()[schedule_.mode_of(input.producer)].unit ==
          space_.costs().modes()[mode].unit)
        continue;
      // Read and written: twice the tensor's size.
      const double permute_s = 2 * input.bytes / bytes_per_s_ * delay + fine_s;
      const double start_s = schedule_.occupancy().earliest(cpu, made_s, permute_s);
      choice.permutations.push_back({start_s, start_s + permute_s});
      schedule_.occupancy().hold(cpu, choice.permutations.back());
      permutes_s += permute_s;
      ready_s = std::max(ready_s, start_s + permute_s);
    }
    const double start_s =
        schedule_.occupancy().earliest(space_.unit(mode).resources, ready_s, execute_s);
    choice.when = {start_s, start_s + execute_s};
    choice.estimate_s = parallel_ ? choice.when.finish_s : permutes_s + execute_s;
    for (const Interval& permutation : choice.permutations)
      schedule_.occupancy().release(cpu, permutation);
    return choice;
  }

  /// False: it would leave the unit of its branch, so it waits for its turn by rank.
  bool place(std::size_t position, const std::size_t* branch_mode) {
    Choice best;
    for (std::size_t m : schedule_.modes())
      if (Choice choice = consider(position, m); choice.estimate_s < best.estimate_s)
        best = std::move(choice);
    if (best.estimate_s == kInfinity) schedule_.throw_no_link(position, "one");
    if (branch_mode && *branch_mode != best.mode) return false;
    for (const Interval& permutation : best.permutations)
      schedule_.occupancy().hold(space_.unit(cpu_).resources, permutation);
    schedule_.place(position, best.mode, best.when);
    return placed_[position] = true;
  }

  /// An operator and those that follow it in a row, as long as they stay on its unit.
  void place_branch(std::size_t position) {
    const std::size_t* branch_mode = nullptr;
    std::size_t mode = 0;
    while (!placed_[position] && place(position, branch_mode)) {
      mode = schedule_.mode_of(position);
      branch_mode = &mode;
      if (!branches_ || readers_[position].empty()) return;
      const auto& outputs = space_.costs().graph().op(space_.op(position)).outputs;
      position = readers_[position].front();
      if (outputs.size() != 1 || !mergeable(position)) return;
    }
  }

  ListSchedule schedule_;
  SearchSpace& space_;
  std::size_t cpu_;
  bool parallel_, branches_;
  double permute_s_, bytes_per_s_;
  std::vector<std::vector<Input>> inputs_;         ///< By position.
  std::vector<std::vector<std::size_t>> readers_;  ///< By position.
  std::vector<bool> placed_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return One(problem, costs).run();
}

}  // namespace

PartitionerInfo make_one() {
  PartitionerInfo info{
      "one",
      "list scheduling as in Samsung ONE: permutations guessed and on the CPU, branches together",
      {Objective::latency},
      {{"permute_ms", "ms", "added to every permutation", 0, 1e3, 1},
       {"bytes_per_us", "bytes/us", "guessed rate of permutations; ONE once had 200", 1, 1e6, 400},
       {"parallel", "", "1: backends run at once, the CPU counts double; 0: one after another", 0,
        1, 1},
       {"branches", "", "1: operators in a row are placed together; 0: each by its rank", 0, 1, 1}},
      run};
  info.source = "Samsung/ONE, runtime/onert/core/src/compiler/HEScheduler.cc";
  return info;
}

}  // namespace partita
