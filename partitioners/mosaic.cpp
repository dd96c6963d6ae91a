// MOSAIC: a model sliced along its chain of layers over heterogeneous units, aware of hand-overs
// and of constraints (Han et al., PACT 2019). The paper's text was not at hand: the dynamic program
// over (layer, unit) is the usual one; the constraints (memory of a unit, memory of all, switches)
// and how they are kept, by labels that no other beats in everything, are ours.
#include <algorithm>

#include <fmt/format.h>

#include "partitioners/chain.h"
#include "partitioners/chain_memory.h"
#include "sim/base/error.h"

namespace partita {
namespace {

constexpr double kNoLimitMb = 1e9;

/// The layers up to one, in some way.
struct Label {
  double price = 0;
  std::size_t mode = 0;
  int switches = 0;
  ChainMemory::Use use;
  std::size_t parent = 0;  ///< Among the labels of the layer before.
};

class Slicing {
 public:
  Slicing(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem),
        space_(costs),
        chain_(space_, 1),
        memory_(space_, chain_),
        weights_{problem.objective == Objective::energy ? Weights{0, 1} : Weights{1, 0}},
        most_switches_(static_cast<int>(problem.options.at("max_switches"))),
        most_labels_(static_cast<std::size_t>(problem.options.at("max_labels"))),
        unit_bytes_(problem.options.at("unit_memory_mb") * 1e6),
        limits_switches_(static_cast<std::size_t>(most_switches_) < chain_.layers()),
        limits_memory_(unit_bytes_ < kNoLimitMb * 1e6 || problem.memory_budget_bytes < kInfinity) {
    for (std::size_t m : space_.steady_modes()) modes_.push_back(m);
  }

  PartitionResult run() {
    std::vector<Label>& first = fronts_.emplace_back();
    for (std::size_t m : modes_)
      if (chain_.supported(0, m))
        offer({weights_.of(chain_.start(m)), m, 0, memory_.first(m), 0}, first);
    for (std::size_t layer = 1; layer < chain_.layers(); ++layer) extend(layer);
    PartitionResult result;
    result.plan = best();
    result.status = chain_.exact() && !chain_.spreading_costs() && !cut_
                        ? PartitionStatus::optimal
                        : PartitionStatus::heuristic;
    return result;
  }

 private:
  void extend(std::size_t layer) {
    std::vector<Label> next;
    const std::vector<Label>& before = fronts_.back();
    for (std::size_t i = 0; i < before.size(); ++i)
      for (std::size_t m : modes_) {
        if (!chain_.supported(layer, m)) continue;
        const Price step = chain_.step(layer, before[i].mode, m, 0);
        if (step.latency_s == kInfinity) continue;
        const bool switches = !space_.same_unit(before[i].mode, m);
        offer({before[i].price + weights_.of(step), m, before[i].switches + (switches ? 1 : 0),
               memory_.then(before[i].use, layer, before[i].mode, m), i},
              next);
      }
    if (next.size() > most_labels_) {
      cut_ = true;
      std::stable_sort(next.begin(), next.end(),
                       [](const Label& a, const Label& b) { return a.price < b.price; });
      next.resize(most_labels_);
    }
    fronts_.push_back(std::move(next));
  }

  /// In everything that a limit asks about: without limits the price alone decides.
  bool beats(const Label& a, const Label& b) const {
    return a.mode == b.mode && a.price <= b.price &&
           (!limits_switches_ || a.switches <= b.switches) &&
           (!limits_memory_ || a.use.within(b.use));
  }

  void offer(Label label, std::vector<Label>& front) const {
    if (label.switches > most_switches_ || label.use.total() > problem_.memory_budget_bytes) return;
    for (double bytes : label.use.weights)
      if (bytes > unit_bytes_) return;
    for (const Label& other : front)
      if (beats(other, label)) return;
    std::erase_if(front, [&](const Label& other) { return beats(label, other); });
    front.push_back(std::move(label));
  }

  Plan best() const {
    const std::vector<Label>& ends = fronts_.back();
    const auto least = std::min_element(
        ends.begin(), ends.end(), [](const Label& a, const Label& b) { return a.price < b.price; });
    if (least == ends.end())
      throw UnsupportedError(fmt::format(
          "mosaic: no slicing of {} keeps to the limits of memory and switches, or has its links",
          problem_.graph.name()));
    return space_.plan(chain_.expand(modes_to(static_cast<std::size_t>(least - ends.begin()))));
  }

  std::vector<std::size_t> modes_to(std::size_t at) const {
    std::vector<std::size_t> mode_of(chain_.layers());
    for (std::size_t layer = chain_.layers(); layer-- > 0;) {
      mode_of[layer] = fronts_[layer][at].mode;
      at = fronts_[layer][at].parent;
    }
    return mode_of;
  }

  const PartitionProblem& problem_;
  SearchSpace space_;
  Chain chain_;
  ChainMemory memory_;
  Weights weights_;
  int most_switches_;
  std::size_t most_labels_;
  double unit_bytes_;
  bool limits_switches_, limits_memory_;
  bool cut_ = false;
  std::vector<std::size_t> modes_;
  std::vector<std::vector<Label>> fronts_;  ///< By layer.
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Slicing(problem, costs).run();
}

}  // namespace

PartitionerInfo make_mosaic() {
  return {"mosaic",
          "slices of the chain of layers over units, within limits of memory and switches",
          {Objective::latency, Objective::energy},
          {{"max_switches", "switches", "changes of unit along the chain", 0, 1e6, 1e6},
           {"unit_memory_mb", "MB", "weights that one unit may hold", 0, kNoLimitMb, kNoLimitMb},
           {"max_labels", "labels", "ways kept per layer; beyond it the dearest go", 1, 1e6, 2000}},
          run,
          "layers",
          Effort::heuristic,
          "Han et al., MOSAIC, PACT 2019; after its abstract"};
}

}  // namespace partita
