// What `partita list` prints: the same rows for people and scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/base/catalog.h"
#include "sim/report/table.h"

namespace partita {

struct Listing {
  std::string text;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
};

/// workloads, conditions, schedulers or governors; nothing for another word.
std::optional<Listing> list_live(const std::string& what, const Catalog& catalog,
                                 const Style& style);

}  // namespace partita
