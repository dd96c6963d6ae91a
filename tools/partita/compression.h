// --compress: the steps of the command line, and what they mean for a device.
#pragma once

#include <string_view>

#include "sim/base/catalog.h"
#include "sim/graph/compress.h"
#include "tools/partita/runtimes.h"

namespace partita {

/// The network after `steps`, as parse_compressions() reads them; rules of fusion by runtime.
Compressed compressed(const Catalog& catalog, const Graph& graph, std::string_view steps);

/// Makes the units of a device compute as the compression asks for. Throws UnsupportedError where
/// the runtime has no costs of what it made.
void run_compressed(const Compressed& network, Soc& soc, const ChosenRuntime& runtime);

}  // namespace partita
