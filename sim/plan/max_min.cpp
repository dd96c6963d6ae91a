#include <algorithm>
#include <numeric>

#include "sim/plan/max_min.h"

namespace partita {

void max_min_rates(const std::vector<double>& demands, double capacity,
                   std::vector<double>& rates) {
  const std::size_t n = demands.size();
  rates.resize(n);
  double total = 0;
  for (double d : demands) total += d;
  if (total <= capacity) {
    std::copy(demands.begin(), demands.end(), rates.begin());
    return;
  }
  // Water filling: smallest demand first takes it all or an equal share of what is left. Few flows,
  // so insertion order by index keeps equal demands in a fixed order.
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return demands[a] < demands[b]; });
  double left = capacity;
  for (std::size_t i = 0; i < n; ++i) {
    const double share = left / static_cast<double>(n - i);
    rates[order[i]] = std::min(demands[order[i]], share);
    left -= rates[order[i]];
  }
}

}  // namespace partita
