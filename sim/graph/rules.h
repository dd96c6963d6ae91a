// Shapes and counts of every kind of operator. Private to sim/graph.
//
// These functions throw InputError with the problem only; the caller puts the position before it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/graph/graph.h"

namespace partita::rules {

inline constexpr std::int64_t kMostElements = std::int64_t{1} << 53;

/// Product and sum that throw beyond 2^53, so that every count is exact as a double too.
std::int64_t times(std::int64_t a, std::int64_t b);
std::int64_t plus(std::int64_t a, std::int64_t b);

using Pending = GraphBuilder::Pending;

/// Shapes of the outputs. Resolves what the file left open into `pending.op`: window, axis, sizes.
std::vector<Shape> output_shapes(Pending& pending, std::span<const Shape> in);

/// The kinds that move or rearrange data: concat, slice, reshape, permute, pad, crop, resize, ...
std::vector<Shape> data_movement_shapes(Pending& pending, std::span<const Shape> in);

/// Fills macs, simple_ops, weight_elements, input_elements and output_elements of `pending.op`.
void count(Pending& pending, std::span<const Shape> in, std::span<const Shape> out);

/// The reverse: what the file of an operator of a built graph would have said.
Pending reopen(const Graph& graph, OpId id);

/// Names of functions a kind knows; empty: the kind has none. First: what an empty name means, when
/// it may be left out.
std::vector<std::string> functions_of(OpKind kind);
bool function_is_optional(OpKind kind);

/// Operations an activation costs per element; exp, log and sqrt count as 4 each (assumed).
std::int64_t activation_ops(std::string_view function);

/// Axis `axis` (negative: from the end) of a shape of that rank.
int resolve_axis(int axis, std::size_t rank);

inline bool is_convolution(OpKind kind) {
  return kind == OpKind::conv || kind == OpKind::depthwise_conv || kind == OpKind::grouped_conv;
}

}  // namespace partita::rules
