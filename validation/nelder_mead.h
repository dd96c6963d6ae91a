// Minimising what has steps: no derivative is asked for.
#pragma once

#include <functional>
#include <vector>

namespace partita {

/// Nelder and Mead's simplex (1965), begun anew `rounds` times at the best point found so far with
/// half the size. Deterministic; `evaluations` for each round. The first simplex moves each
/// parameter by `size` of itself.
std::vector<double> minimise(const std::function<double(const std::vector<double>&)>& loss,
                             std::vector<double> start, double size, int rounds, int evaluations);

}  // namespace partita
