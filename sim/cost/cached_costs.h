// Answers of a cost model, kept.
#pragma once

#include <memory>

#include "sim/cost/cost.h"

namespace partita {

/// The same answers, about `graph` asked of `model` only once: kernel models think for microseconds
/// about what searches ask again and again. Keeps a reference to `graph`. For one thread at a time.
std::unique_ptr<CostModel> make_cached_model(std::unique_ptr<CostModel> model, const Graph& graph);

}  // namespace partita
