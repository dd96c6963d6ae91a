// Choosing among solutions that are judged by several objectives: Deb, Pratap, Agarwal, Meyarivan,
// "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Transactions on Evolutionary
// Computation 6(2), 2002, sections III-A and III-B.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace partita {

/// Of one solution; lower is better in each.
using Objectives = std::vector<double>;

/// No worse in anything and better in something.
bool dominates(const Objectives& a, const Objectives& b);

using Dominates = std::function<bool(std::size_t, std::size_t)>;  ///< By index: does a dominate b?
/// Indices 0 to count - 1 by fronts: nothing dominates those of the first; only those of earlier
/// fronts dominate those of a later one. Ascending within a front.
std::vector<std::vector<std::size_t>> non_dominated_sort(std::size_t count,
                                                         const Dominates& better);
std::vector<std::vector<std::size_t>> non_dominated_sort(std::span<const Objectives> points);

/// How far apart the neighbours of each point of a front are: the sum over the objectives of the
/// distance between the next better and the next worse, in parts of the objective's range; infinite
/// for those at either end of an objective. One that is the same for all tells nothing and is left
/// out.
std::vector<double> crowding_distances(std::span<const Objectives> front);

}  // namespace partita
