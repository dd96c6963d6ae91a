// A sweep on the workers of a Dask cluster, by the Python module.
#pragma once

#include <filesystem>

#include "tools/partita/commands.h"

namespace partita {

/// Runs `python3 -m partita.distributed`, which fills the database; it goes on with one that is
/// there. Throws InputError with the reason where Python, the module or the cluster is not there.
void fill_by_dask(const SweepRequest& request, const std::filesystem::path& database,
                  const Console& console);

}  // namespace partita
