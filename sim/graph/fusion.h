// Rules by which runtimes join operators into kernels.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/graph/graph.h"

namespace partita {

/// An operator that runs inside the kernel of the one before it: one of `kinds` with one of
/// `functions` (none: any), the only reader of a kernel that one of `after` leads.
struct FusionRule {
  std::vector<OpKind> after, kinds;
  std::vector<std::string> functions;
};

/// By operator: the one whose kernel it runs in (itself where it is not fused).
std::vector<OpId> fuse(const Graph& graph, std::span<const FusionRule> rules);

}  // namespace partita
