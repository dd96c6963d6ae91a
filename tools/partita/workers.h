// Work shared out to processes: SystemC and the solvers serve one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace partita {

/// What `work` makes of 0 to count - 1, in that order, by at most so many processes that fork from
/// this one; by this one alone where that is one. Throws what `work` throws for the first number
/// that fails. `progress`: called with the fraction done; may be empty.
std::vector<std::string> in_workers(std::size_t count, std::size_t workers,
                                    const std::function<std::string(std::size_t)>& work,
                                    const std::function<void(double)>& progress);

}  // namespace partita
