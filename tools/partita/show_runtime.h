// What is known of a runtime: how it drives units, and where it was measured.
#pragma once

#include <set>
#include <string>

#include "sim/base/catalog.h"
#include "sim/cost/runtime.h"
#include "sim/report/table.h"

namespace partita {

/// Rows of a profile's tables.
struct MeasuredRows {
  std::size_t operators = 0, networks = 0, layers = 0;
  std::set<std::string> names, units;  ///< Networks, and where they ran.
  std::size_t rows() const { return operators + networks + layers; }
};
MeasuredRows measured_rows(const Catalog::ProfileEntry& entry);

/// Whether it has a kernel model for some unit.
bool models_kernels(std::string_view runtime);

std::string runtime_text(const Catalog& catalog, const Runtime& runtime, const Style& style);
std::string runtime_json(const Catalog& catalog, const Runtime& runtime);

}  // namespace partita
