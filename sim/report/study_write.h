// The parts of a study's JSON and CSV that speak of living phones.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/report/study_live.h"

namespace partita {

/// Cells by column; a column that a line does not have stays empty.
using CsvLine = std::map<std::string, std::string, std::less<>>;

nlohmann::ordered_json live_cell_json(const LiveCell& cell);
/// Columns that only runs have.
std::vector<std::string> live_columns();
/// A line a stream.
std::vector<CsvLine> live_lines(const LiveCell& cell);

}  // namespace partita
