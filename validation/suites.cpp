#include <array>

#include "sim/base/error.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_mappings(const Catalog& catalog, const ValidateOptions& options);

std::span<const SuiteInfo> suites() {
  static const std::array<SuiteInfo, 1> table{{
      {"rk3399pro-mappings",
       "whole-network time and energy of measured per-layer mappings on RK3399Pro",
       "published sum of layers and transfers", validate_mappings},
  }};
  return table;
}

const SuiteInfo& suite(std::string_view name) {
  std::vector<std::string> known;
  for (const SuiteInfo& info : suites()) {
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  throw_unknown("validate", "suite", name, known);
}

}  // namespace partita
