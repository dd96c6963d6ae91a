// What readers of one tensor have in common.
#pragma once

#include "sim/graph/graph.h"

namespace partita {

/// Does what `inner` reads of the tensor lie within what `outer` reads of it? (The hulls, where an
/// operator reads it more than once.)
bool reads_within(const Graph& graph, TensorId input, OpId inner, const Slice& inner_slice,
                  OpId outer, const Slice& outer_slice);

}  // namespace partita
