// What `partita list` prints: the same rows for people and scripts.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

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

/// What `partita list` lists.
const std::vector<std::string>& listable();

/// The names of one kind, in the order of the listing. Throws InputError naming the known kinds.
std::vector<std::string> listed_names(const std::string& what,
                                      const std::vector<std::string>& plugins);

}  // namespace partita
