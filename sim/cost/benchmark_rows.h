// Rows of our own tables: from the nodes of a profile, checked, and written.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/cost/benchmark_logs.h"
#include "sim/cost/evidence.h"

namespace partita {

/// Nodes against the kernels of the network they are from, kind by kind in order: rows with shapes.
/// Throws InputError when the convolutions do not pair up; `left_out` says what else does not.
std::vector<OperatorRow> pair_with_graph(const BenchmarkLog& log, const Graph& graph,
                                         std::span<const KernelWork> kernels,
                                         const std::string& unit, const std::string& file,
                                         std::vector<std::string>& left_out);

/// Do the extents belong together? Throws InputError `file:line: column: problem`.
void check_shapes(const OperatorRow& row, const std::string& file);

/// Our tables.
std::string operators_csv(const std::vector<OperatorRow>& rows);
std::string networks_csv(const std::vector<NetworkRow>& rows);

}  // namespace partita
