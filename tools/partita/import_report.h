// What `partita import` says beside the totals: what the reader joined, what a runtime would join,
// and what cannot run where.
#pragma once

#include <string>

#include "sim/base/catalog.h"
#include "sim/graph/import.h"

namespace partita {

/// Format, what was joined or left out, and how weights are stored. `graph`: after compression.
std::string import_report(const ImportedNetwork& imported, const Graph& graph);

/// By unit: operators that run in the kernel of another one, and those that the unit cannot run.
/// Empty names: no section. Throws InputError for an unknown name.
std::string fit_report(const Catalog& catalog, const Graph& graph, const std::string& runtime,
                       const std::string& soc);

/// The operators of each format that the readers know, for --help.
std::string import_help();

}  // namespace partita
