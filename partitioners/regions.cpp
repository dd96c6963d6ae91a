#include "partitioners/regions.h"

#include <fmt/format.h>

#include <algorithm>

namespace partita {

std::vector<Region> epochs(const SearchSpace& space, const std::vector<int>& type) {
  std::vector<Region> regions;
  std::vector<bool> taken(space.size());
  const auto ready = [&](std::size_t p) {
    for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e)
      if (!taken[space.edges()[e].from]) return false;
    return true;
  };
  for (std::size_t first = 0; first < space.size();) {
    // The first operator left is ready: positions are topological. For the same reason one pass
    // finds all that become ready.
    Region& region = regions.emplace_back();
    region.type = type[first];
    for (std::size_t p = first; p < space.size(); ++p) {
      if (taken[p] || type[p] != region.type || !ready(p)) continue;
      taken[p] = true;
      region.positions.push_back(p);
    }
    while (first < space.size() && taken[first]) ++first;
  }
  return regions;
}

std::vector<int> support(const SearchSpace& space, std::size_t mode) {
  std::vector<int> type(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) type[p] = space.supported(p, mode);
  return type;
}

bool is_accelerator(const Unit& unit) {
  return unit.kind != UnitKind::cpu && unit.kind != UnitKind::network;
}

std::optional<std::size_t> accelerator_mode(const SearchSpace& space, double option,
                                            std::string_view partitioner) {
  const auto modes = space.steady_modes();
  if (option >= 0) {
    for (std::size_t m : modes)
      if (index(space.costs().modes()[m].unit) == static_cast<std::size_t>(option) &&
          is_accelerator(space.unit(m)))
        return m;
    std::vector<std::string> known;
    for (std::size_t m : modes)
      if (is_accelerator(space.unit(m)))
        known.push_back(
            fmt::format("{} ({})", index(space.costs().modes()[m].unit), space.unit(m).name));
    throw InputError(fmt::format("partitioner {}: unit {} is not an accelerator given; known: {}",
                                 partitioner, option,
                                 known.empty() ? "none" : join_choices(known)));
  }
  std::optional<std::size_t> other;
  for (std::size_t m : modes) {
    if (space.unit(m).kind == UnitKind::gpu) return m;
    if (is_accelerator(space.unit(m)) && !other) other = m;
  }
  return other;
}

std::size_t fallback_mode(const SearchSpace& space) {
  std::size_t best = 0, best_runs = 0;
  bool best_is_cpu = false, any = false;
  double best_s = kInfinity;
  for (std::size_t m : space.steady_modes()) {
    const bool is_cpu = space.unit(m).kind == UnitKind::cpu;
    std::size_t runs = 0;
    double sum_s = 0;
    for (std::size_t p = 0; p < space.size(); ++p)
      if (space.supported(p, m)) ++runs, sum_s += space.latency_s(p, m);
    const bool better = is_cpu != best_is_cpu ? is_cpu
                        : runs != best_runs   ? runs > best_runs
                                              : sum_s < best_s;
    if (any && !better) continue;
    any = true;
    best = m;
    best_is_cpu = is_cpu;
    best_runs = runs;
    best_s = sum_s;
  }
  return best;
}

std::size_t fallback_mode_of(const SearchSpace& space, std::size_t position, std::size_t fallback) {
  if (space.supported(position, fallback)) return fallback;
  std::size_t best = fallback;
  double best_s = kInfinity;
  for (std::size_t m : space.steady_modes())
    if (space.supported(position, m) && space.latency_s(position, m) < best_s) {
      best = m;
      best_s = space.latency_s(position, m);
    }
  return best;
}

std::vector<OpId> order_of(const SearchSpace& space, const std::vector<Region>& regions) {
  std::vector<OpId> order;
  for (const Region& region : regions)
    for (std::size_t p : region.positions) order.push_back(space.op(p));
  return order;
}

}  // namespace partita
