#include "tools/partita/compression.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace partita {
namespace {

/// Every unit that has int8 arithmetic and whose runtime uses it; the others keep what they had.
void run_int8(Soc& soc, const std::optional<Runtime>& runtime) {
  for (Unit& unit : soc.units) {
    if (!(unit.throughput[static_cast<std::size_t>(Precision::int8)].macs_per_cycle > 0)) continue;
    const RuntimeUnit* driven = runtime ? runtime->unit(unit.kind) : nullptr;
    const auto runs = [](const RuntimeUnit& u) {
      return std::find(u.precisions.begin(), u.precisions.end(), Precision::int8) !=
             u.precisions.end();
    };
    if (driven == nullptr || runs(*driven)) unit.default_precision = Precision::int8;
  }
}

}  // namespace

Compressed compressed(const Catalog& catalog, const Graph& graph, std::string_view steps) {
  return compress(graph, parse_compressions(steps), [&](std::string_view runtime) {
    std::vector<std::vector<FusionRule>> rules;
    for (const RuntimeUnit& unit : load_runtime(catalog.runtime(runtime)).units)
      rules.push_back(unit.fusions);
    return rules;
  });
}

void run_compressed(const Compressed& network, Soc& soc, const ChosenRuntime& runtime) {
  if (network.int8) run_int8(soc, runtime.fitted);
  if (network.fuses_blocks && runtime.fitted)
    throw UnsupportedError(
        fmt::format("--compress: kernel models of {} are of operators and fuse by its rules "
                    "themselves: take fuse alone, or --runtime roofline",
                    runtime.name));
}

}  // namespace partita
