// A network whose input is on one device and whose results are wanted there, as a network that says
// so itself.
#pragma once

#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// The network with an operator of kind `split` after every input (`<input>@phone`) and after every
/// result (`<result>@phone`). They compute nothing; with a cost model that knows where they belong,
/// what crosses the network is an ordinary hand-over, as of the virtual input layer of DADS.
struct AnchoredGraph {
  Graph graph;
  std::vector<OpId> original;  ///< By OpId; of an anchor: who reads the input, or makes the result.
  std::vector<TensorId> original_tensor;  ///< By TensorId.
  std::vector<bool> is_anchor;            ///< By OpId.
  std::vector<OpId> anchored;             ///< By OpId of the network: its OpId here.
};

/// Throws InputError when the network already has such names.
AnchoredGraph anchor(const Graph& graph);

}  // namespace partita
