// Batched decoding over CPU clusters: several workers, each a unit of its own cores with its part
// of the batch. Every worker reads all the weights, so the bus decides how many pay.
#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "partitioners/search.h"
#include "sim/base/error.h"

namespace partita {
namespace {

/// Time and traffic of a whole network for each number of requests on one worker.
struct Worker {
  std::size_t mode = 0;
  std::vector<double> time_s, bytes;  ///< By requests, 0 to the batch.
};

struct Division {
  std::vector<std::int64_t> requests;  ///< By worker.
  double time_s = kInfinity;
};

class Batch {
 public:
  Batch(const CostTable& costs, bool bus) : space_(costs), bus_(bus) {
    const Graph& graph = costs.graph();
    for (const OpId op : costs.placed())
      if (const std::int64_t extent = batch_of(op); extent > 0)
        size_ = size_ == 0 ? extent : std::min(size_, extent);
    if (size_ < 2)
      throw UnsupportedError(graph.name() + ": llm-batch needs a batch of two requests or more");
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (space_.unit(m).kind == UnitKind::cpu && runs_all(m) && is_fastest_clock(m))
        workers_.push_back(measure(m));
    if (workers_.empty())
      throw UnsupportedError("llm-batch needs a CPU unit that runs every operator of " +
                             graph.name());
  }

  Plan solve(std::size_t most_workers, std::size_t exactly) {
    if (static_cast<std::int64_t>(exactly) > size_)
      throw UnsupportedError(fmt::format(
          "llm-batch: a batch of {} leaves some of {} workers without a request", size_, exactly));
    Division best;
    std::vector<std::size_t> chosen, best_set;
    // Sets of workers without a core in common.
    for (std::uint64_t set = 1; set < std::uint64_t{1} << workers_.size(); ++set) {
      const auto count = static_cast<std::size_t>(std::popcount(set));
      if (count > most_workers || (exactly > 0 && count != exactly) || !disjoint(set)) continue;
      chosen.clear();
      for (std::size_t w = 0; w < workers_.size(); ++w)
        if (set >> w & 1) chosen.push_back(w);
      if (Division d = divide(chosen, exactly > 0); d.time_s < best.time_s) {
        best = std::move(d);
        best_set = chosen;
      }
    }
    if (best_set.empty())
      throw UnsupportedError(
          fmt::format("llm-batch: no {} CPU units without a core in common", exactly));
    return plan(best_set, best.requests);
  }

 private:
  const Soc& soc() const { return space_.costs().model().soc(); }
  const Graph& graph() const { return space_.costs().graph(); }

  /// Extent of the batch axis; 0: cannot be cut along it.
  std::int64_t batch_of(OpId op) const {
    const auto axes = cut_axes(graph(), op);
    const bool cuts = std::find(axes.begin(), axes.end(), Axis::batch) != axes.end();
    return cuts ? cut_extent(graph(), op, Axis::batch) : 0;
  }
  bool runs_all(std::size_t mode) const {
    for (std::size_t p = 0; p < space_.size(); ++p)
      if (!space_.supported(p, mode)) return false;
    return true;
  }
  bool is_fastest_clock(std::size_t mode) const {
    for (std::size_t m = 0; m < space_.modes(); ++m)
      if (space_.costs().modes()[m].unit == space_.costs().modes()[mode].unit &&
          space_.costs().modes()[m].opp > space_.costs().modes()[mode].opp)
        return false;
    return true;
  }
  bool disjoint(std::uint64_t set) const {
    std::uint64_t taken = 0;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      if (!(set >> w & 1)) continue;
      const std::uint64_t bits = space_.unit(workers_[w].mode).resources;
      if (taken & bits) return false;
      taken |= bits;
    }
    return true;
  }

  Worker measure(std::size_t mode) const {
    Worker worker{mode, {0}, {0}};
    const Mode& at = space_.costs().modes()[mode];
    const Precision precision = space_.unit(mode).default_precision;
    for (std::int64_t n = 1; n <= size_; ++n) {
      double time_s = 0, bytes = 0;
      for (std::size_t p = 0; p < space_.size(); ++p) {
        const OpId op = space_.op(p);
        const std::int64_t extent = batch_of(op);
        const Slice slice =
            extent == 0 || n == size_ ? Slice{} : Slice{Axis::batch, 0, extent / size_ * n};
        const auto cost = space_.costs().model().operator_cost(graph(), op, slice, at, precision);
        if (!cost) continue;
        time_s += cost->latency_s;
        bytes += cost->bytes;
      }
      worker.time_s.push_back(time_s);
      worker.bytes.push_back(bytes);
    }
    return worker;
  }

  /// One request after another to the worker that has it done first; `all`: after one to each.
  Division divide(const std::vector<std::size_t>& chosen, bool all) const {
    Division d{std::vector<std::int64_t>(chosen.size(), all ? 1 : 0), 0};
    for (std::int64_t n = all ? static_cast<std::int64_t>(chosen.size()) : 0; n < size_; ++n) {
      std::size_t to = 0;
      for (std::size_t i = 1; i < chosen.size(); ++i)
        if (after(chosen, d, i) < after(chosen, d, to)) to = i;
      ++d.requests[to];
    }
    double bytes = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (d.requests[i] == 0) return {{}, kInfinity};  // A smaller set does the same.
      d.time_s = std::max(d.time_s, workers_[chosen[i]].time_s[d.requests[i]]);
      bytes += workers_[chosen[i]].bytes[d.requests[i]];
    }
    if (bus_) d.time_s = std::max(d.time_s, bytes / soc().memory.shared_bytes_per_s);
    return d;
  }
  double after(const std::vector<std::size_t>& chosen, const Division& d, std::size_t i) const {
    return workers_[chosen[i]].time_s[d.requests[i] + 1];
  }

  Plan plan(const std::vector<std::size_t>& chosen, const std::vector<std::int64_t>& requests) {
    std::vector<std::size_t> mode_of(space_.size(), workers_[chosen.front()].mode);
    Plan out = space_.plan(mode_of);
    if (chosen.size() == 1) return out;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      const std::int64_t extent = batch_of(space_.op(p));
      if (extent == 0) continue;
      auto& shares = out.shares[index(space_.op(p))];
      shares.clear();
      std::int64_t at = 0;
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        const std::size_t mode = workers_[chosen[i]].mode;
        const std::int64_t end =
            i + 1 == chosen.size() ? extent : at + extent / size_ * requests[i];
        shares.push_back({space_.costs().modes()[mode],
                          {Axis::batch, at, end},
                          space_.unit(mode).default_precision});
        at = end;
      }
    }
    return out;
  }

  SearchSpace space_;
  bool bus_;
  std::int64_t size_ = 0;
  std::vector<Worker> workers_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  const auto workers = static_cast<std::size_t>(problem.options.at("workers"));
  Batch batch(costs, problem.options.at("bus") != 0);
  PartitionResult result;
  result.plan = batch.solve(workers > 0 ? workers : 8, workers);
  return result;
}

}  // namespace

PartitionerInfo make_llm_batch() {
  return {"llm-batch",
          "the requests of a batch over CPU units without a core in common, as many as the bus "
          "lets pay",
          {Objective::latency, Objective::throughput},
          {{"workers", "workers", "how many; 0: as many as pay", 0, 8, 0},
           {"bus", "0/1", "count what all workers read together", 0, 1, 1}},
          run,
          "truth",
          Effort::heuristic,
          "the batching of CPU decoding in llama.cpp-like engines; form is ours"};
}

}  // namespace partita
