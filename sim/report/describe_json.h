// What the JSON of SoCs and of network links has in common. Internal to sim/report.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// Null where it is not known.
nlohmann::ordered_json contention_json(const Unit& unit);
nlohmann::ordered_json thermal_json(const Soc& soc);

/// Every number as written, with how it is known and its source.
nlohmann::ordered_json numbers_json(const std::vector<LedgerEntry>& ledger);
nlohmann::ordered_json sources_json(const std::vector<Source>& sources);

}  // namespace partita
