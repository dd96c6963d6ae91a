// Parallax: "Runtime parallelization for operator fallbacks in heterogeneous edge systems", NeurIPS
// 2025: which supported regions are worth delegating, and the branches of what falls back side by
// side on CPU units where their work is balanced.
#include <algorithm>
#include <map>
#include <numeric>

#include "partitioners/regions.h"

namespace partita {
namespace {

/// A run of fallback operators, each reading only the one before.
struct Branch {
  std::vector<std::size_t> positions;
  double macs = 0;
  double peak_bytes = 0;  ///< Most that one of its operators reads and writes.
  std::size_t layer = 0;  ///< Branches before it on the longest path.
};

class Parallax {
 public:
  Parallax(const PartitionProblem& problem, const CostTable& costs)
      : problem_(problem), space_(costs), cpu_(fallback_mode(space_)), mode_of_(space_.size()) {
    for (std::size_t p = 0; p < space_.size(); ++p) mode_of_[p] = fallback_mode_of(space_, p, cpu_);
  }

  PartitionResult run() {
    std::vector<Region> regions;
    if (const auto accelerator = accelerator_mode(space_, option("unit"), "parallax")) {
      regions = epochs(space_, support(space_, *accelerator));
      for (const Region& region : regions)
        if (region.type == 1 && worth(region, *accelerator))
          for (std::size_t p : region.positions) mode_of_[p] = *accelerator;
    }
    spread_branches();
    PartitionResult result;
    result.plan = space_.plan(mode_of_);
    if (!regions.empty()) result.plan.order = order_of(space_, regions);
    return result;
  }

 private:
  double option(std::string_view name) const { return problem_.options.find(name)->second; }
  const Operator& op(std::size_t position) const {
    return space_.costs().graph().op(space_.op(position));
  }

  /// Bytes that enter or leave the region.
  double boundary_bytes(const Region& region, std::size_t accelerator) const {
    const Graph& graph = space_.costs().graph();
    std::vector<bool> inside(graph.size());
    for (std::size_t p : region.positions) inside[index(space_.op(p))] = true;
    double count = 0;
    for (const Tensor& tensor : graph.tensors()) {
      if (graph.op(tensor.producer).kind == OpKind::constant) continue;
      const bool made = inside[index(tensor.producer)];
      const auto is_inside = [&](OpId reader) { return inside[index(reader)]; };
      const bool all = std::all_of(tensor.consumers.begin(), tensor.consumers.end(), is_inside);
      const bool any = std::any_of(tensor.consumers.begin(), tensor.consumers.end(), is_inside);
      if (made ? tensor.consumers.empty() || !all : any)
        count += static_cast<double>(elements(tensor.shape));
    }
    return count * element_bytes(space_.unit(accelerator).default_precision);
  }

  bool worth(const Region& region, std::size_t accelerator) const {
    double macs = 0;
    for (std::size_t p : region.positions) macs += static_cast<double>(op(p).macs);
    const double bytes = boundary_bytes(region, accelerator);
    if (option("rule") == 1)
      return region.positions.size() >= 3 && macs >= 1e9 && bytes / macs <= 0.1;
    return option("launch_ms") * 1e-3 + macs / (option("accelerator_gmacs") * 1e9) +
               bytes / (option("bandwidth_gbs") * 1e9) <
           macs / (option("cpu_gmacs") * 1e9);
  }

  std::vector<Branch> branches() const {
    std::vector<std::size_t> readers(space_.size());
    for (const Edge& edge : space_.edges()) ++readers[edge.from];
    std::vector<std::size_t> branch_of(space_.size());
    std::vector<Branch> list;
    for (std::size_t p = 0; p < space_.size(); ++p) {
      const std::size_t first = space_.first_input(p), count = space_.first_input(p + 1) - first;
      const std::size_t before = count == 1 ? space_.edges()[first].from : p;
      if (count == 1 && readers[before] == 1 && mode_of_[before] == mode_of_[p]) {
        branch_of[p] = branch_of[before];
      } else {
        branch_of[p] = list.size();
        list.emplace_back();
        for (std::size_t e = first; e < first + count; ++e)
          list.back().layer =
              std::max(list.back().layer, list[branch_of[space_.edges()[e].from]].layer + 1);
      }
      list[branch_of[p]].positions.push_back(p);
      Branch& branch = list[branch_of[p]];
      branch.macs += static_cast<double>(op(p).macs);
      branch.peak_bytes = std::max(
          branch.peak_bytes, static_cast<double>(op(p).input_elements + op(p).output_elements) *
                                 element_bytes(space_.unit(mode_of_[p]).default_precision));
    }
    return list;
  }

  /// CPU units that share no cores with one another, the fallback first.
  std::vector<std::size_t> cpu_modes() const {
    std::vector<std::size_t> modes{cpu_};
    std::uint64_t used = space_.unit(cpu_).resources;
    for (std::size_t m : space_.steady_modes())
      if (space_.unit(m).kind == UnitKind::cpu && (space_.unit(m).resources & used) == 0) {
        modes.push_back(m);
        used |= space_.unit(m).resources;
      }
    return modes;
  }

  /// Balanced branches of a layer: the longest first, each to the CPU unit that ends it first.
  void spread_branches() {
    const auto modes = cpu_modes();
    const std::vector<Branch> list = branches();
    std::map<std::size_t, std::vector<const Branch*>> layers;
    for (const Branch& branch : list)
      if (mode_of_[branch.positions[0]] == cpu_) layers[branch.layer].push_back(&branch);
    for (auto& [layer, members] : layers) {
      const auto by_macs = [](const Branch* x, const Branch* y) { return x->macs < y->macs; };
      const auto [least, most] = std::minmax_element(members.begin(), members.end(), by_macs);
      if (members.size() < 2 || (*most)->macs > option("balance") * (*least)->macs ||
          !fits(members))
        continue;
      std::stable_sort(members.begin(), members.end(),
                       [&](const Branch* x, const Branch* y) { return x->macs > y->macs; });
      std::vector<double> end_s(modes.size());
      for (const Branch* branch : members) place(*branch, modes, end_s);
    }
  }

  void place(const Branch& branch, const std::vector<std::size_t>& modes,
             std::vector<double>& end_s) {
    std::size_t best = 0;
    double best_s = kInfinity;
    for (std::size_t c = 0; c < modes.size(); ++c) {
      double s = end_s[c];
      for (std::size_t p : branch.positions)
        s += space_.supported(p, modes[c]) ? space_.latency_s(p, modes[c]) : kInfinity;
      if (s < best_s) best = c, best_s = s;
    }
    if (best_s == kInfinity) return;
    end_s[best] = best_s;
    for (std::size_t p : branch.positions) mode_of_[p] = modes[best];
  }

  /// Branches run side by side only while a margin of the memory stays free.
  bool fits(const std::vector<const Branch*>& members) const {
    double bytes = 0;
    for (const Branch* branch : members) bytes += branch->peak_bytes;
    for (std::size_t p = 0; p < space_.size(); ++p)
      bytes += static_cast<double>(op(p).weight_elements) *
               element_bytes(space_.unit(mode_of_[p]).default_precision);
    return bytes <= (1 - option("memory_margin")) * problem_.memory_budget_bytes;
  }

  const PartitionProblem& problem_;
  SearchSpace space_;
  std::size_t cpu_;
  std::vector<std::size_t> mode_of_;
};

PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  return Parallax(problem, costs).run();
}

}  // namespace

PartitionerInfo make_parallax() {
  PartitionerInfo info{
      "parallax",
      "regions to an accelerator where a linear rule says it pays; balanced branches side by side",
      {Objective::latency},
      {{"rule", "", "0: time by the rates below; 1: 3 operators, 1e9 MACs, 0.1 bytes per MAC", 0, 1,
        0},
       {"launch_ms", "ms", "launching a region", 0, 1e3, 0.2},
       {"accelerator_gmacs", "GMAC/s", "believed rate of the accelerator", 1e-3, 1e9, 26000},
       {"bandwidth_gbs", "GB/s", "believed bandwidth of hand-overs", 1e-3, 1e6, 51.2},
       {"cpu_gmacs", "GMAC/s", "believed rate of the CPU", 1e-3, 1e6, 1},
       {"balance", "", "most work over least work of branches that run side by side", 1, 1e3, 1.5},
       {"memory_margin", "", "part of the memory budget to leave free", 0, 1, 0.3},
       {"unit", "", "accelerator, counted from 0 in the SoC; -1: the GPU or else the first other",
        -1, 63, -1}},
      run};
  info.belief = "no-transfers";
  info.source = "Parallax, NeurIPS 2025; rates and thresholds as printed there";
  return info;
}

}  // namespace partita
