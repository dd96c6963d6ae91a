// What a SoC description and a network hold, for people and for scripts.
#pragma once

#include <string>
#include <vector>

#include "sim/graph/compress.h"
#include "sim/graph/graph.h"
#include "sim/report/table.h"
#include "sim/soc/network.h"
#include "sim/soc/soc.h"

namespace partita {

/// Clusters, clocks, units, links, and every number with its source and how it is known.
std::string soc_text(const Soc& soc, const Style& style);
std::string soc_json(const Soc& soc);
/// Parts of it: what contention takes of each unit's bandwidth, and heat; empty where unknown.
std::string contention_text(const Soc& soc, const Style& style);
std::string thermal_text(const Soc& soc, const Style& style);
/// Clusters and accelerators as boxes on the memory bus.
std::string soc_diagram(const Soc& soc, const Style& style);
/// `4x Cortex-A53`, or what kind of accelerator.
std::string runs_on(const Soc& soc, const Unit& unit);

/// A network link: rates, round trip, radio power, and every number with its source.
std::string link_text(const NetworkLink& link, const Style& style);
std::string link_json(const NetworkLink& link);

/// The last two sections of what `show` prints.
std::string ledger_text(const std::vector<LedgerEntry>& ledger, const std::vector<Source>& sources,
                        const Style& style);

/// Totals, operators by kind, and a line for each operator.
std::string graph_text(const Graph& graph, const Style& style);
/// Totals and operators by kind only: what an import read.
std::string graph_summary(const Graph& graph, const Style& style);
/// `compression`: what made it of another.
std::string graph_json(const Graph& graph, const std::vector<CompressionEffect>& compression = {});

/// `1.84 G` with three significant digits, for counts.
std::string format_count(double count);

}  // namespace partita
