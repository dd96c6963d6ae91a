// The form of every JSON document Partita writes. For .cpp files: nlohmann/json.hpp is slow to
// compile.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace partita {

/// Indented by two, one line break at the end. Numbers that are not finite are null; bytes that are
/// not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::ordered_json& document);
/// The same on one line, without the line break.
std::string json_line(const nlohmann::ordered_json& document);

/// null where there is no number.
nlohmann::ordered_json or_null(const std::optional<double>& number);

}  // namespace partita
