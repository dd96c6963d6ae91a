// How tasks share the memory bus.
#pragma once

#include <vector>

namespace partita {

/// Max-min fair rates: each flow asks `demand`, together at most `capacity`. In: demands; out:
/// rates in the same order. No flow gets more than it asks; what it leaves goes to the others
/// equally.
void max_min_rates(const std::vector<double>& demands, double capacity, std::vector<double>& rates);

}  // namespace partita
