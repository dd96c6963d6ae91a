// The plain method beside the ncnn suite: relative least squares on six features.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// 1, MACs, elements in, elements out, weights, operators.
using PlainSize = std::array<double, 6>;
PlainSize plain_size(const Graph& graph);

struct PlainRow {
  std::size_t place = 0;
  PlainSize size{};
  double latency_s = 0;
  std::size_t group = 0;
};

/// Of `asked`, each by the rows of its place in `known` (of all places where it has too few);
/// without those of its own group when `leave_out`.
std::vector<double> plain_predictions(std::span<const PlainRow> known,
                                      std::span<const PlainRow> asked, bool leave_out);

}  // namespace partita
