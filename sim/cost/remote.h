// Costs of a phone joined with a remote device: each device's own model for its units, the network
// link for what crosses.
#pragma once

#include <memory>

#include "sim/cost/cost.h"
#include "sim/graph/anchor.h"
#include "sim/soc/network.h"

namespace partita {

/// Answers for `network.graph`; `phone` and `remote` are asked about `original`, the network that
/// was anchored. Only the phone runs the
/// anchors of inputs. That of a result is free on the phone, where it arrives over the network; on
/// a remote unit it costs the sending, in that unit's time, for algorithms such as DADS and
/// Neurosurgeon that never come back from the cloud. Keeps references to `joined`, `network` and
/// `original`: the caller keeps them alive. Other graphs are as they are, without anchors.
///
/// Energy is the phone's, as in Neurosurgeon (ASPLOS 2017): computing and hand-overs on the remote
/// device cost nothing and load no bus here; its radio draws power while it sends or receives. The
/// network's input crosses in fp32, uncompressed.
std::unique_ptr<CostModel> make_remote_model(const Joined& joined, const AnchoredGraph& network,
                                             const Graph& original,
                                             std::unique_ptr<CostModel> phone,
                                             std::unique_ptr<CostModel> remote);

}  // namespace partita
