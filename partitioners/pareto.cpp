#include "partitioners/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace partita {

bool dominates(const Objectives& a, const Objectives& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

std::vector<std::vector<std::size_t>> non_dominated_sort(std::size_t count,
                                                         const Dominates& better) {
  std::vector<std::vector<std::size_t>> beats(count), fronts;
  std::vector<std::size_t> beaten_by(count, 0), front;
  for (std::size_t a = 0; a < count; ++a)
    for (std::size_t b = 0; b < count; ++b)
      if (a != b && better(a, b)) beats[a].push_back(b), ++beaten_by[b];
  for (std::size_t a = 0; a < count; ++a)
    if (beaten_by[a] == 0) front.push_back(a);
  while (!front.empty()) {
    std::vector<std::size_t> next;
    for (std::size_t a : front)
      for (std::size_t b : beats[a])
        if (--beaten_by[b] == 0) next.push_back(b);
    std::sort(next.begin(), next.end());
    fronts.push_back(std::move(front));
    front = std::move(next);
  }
  return fronts;
}

std::vector<std::vector<std::size_t>> non_dominated_sort(std::span<const Objectives> points) {
  return non_dominated_sort(
      points.size(), [&](std::size_t a, std::size_t b) { return dominates(points[a], points[b]); });
}

std::vector<double> crowding_distances(std::span<const Objectives> front) {
  std::vector<double> distance(front.size(), 0);
  std::vector<std::size_t> by(front.size());
  for (std::size_t o = 0; !front.empty() && o < front[0].size(); ++o) {
    std::iota(by.begin(), by.end(), 0);
    std::stable_sort(by.begin(), by.end(),
                     [&](std::size_t a, std::size_t b) { return front[a][o] < front[b][o]; });
    const double range = front[by.back()][o] - front[by.front()][o];
    if (!(range > 0)) continue;
    distance[by.front()] = distance[by.back()] = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i + 1 < by.size(); ++i)
      distance[by[i]] += (front[by[i + 1]][o] - front[by[i - 1]][o]) / range;
  }
  return distance;
}

}  // namespace partita
