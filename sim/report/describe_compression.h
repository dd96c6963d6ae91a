// What a compression did to a network, for people and for scripts.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/graph/compress.h"
#include "sim/report/table.h"

namespace partita {

/// A table, the network first, then a line a step; nothing when there was none.
std::string compression_text(const std::vector<CompressionEffect>& effects, const Style& style);
/// An array, an object a step.
nlohmann::ordered_json compression_json(const std::vector<CompressionEffect>& effects);

}  // namespace partita
