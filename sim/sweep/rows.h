// What a point of a sweep came to, and many of them as bytes between processes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace partita::sweep {

struct Row {
  std::uint64_t point = 0;
  std::string reason;           ///< Why it cannot run; empty: it did.
  std::string plan;             ///< The mapping; empty: none.
  std::vector<double> figures;  ///< By column; NaN: has none. Empty where it cannot run.
};

/// Little-endian on every machine that talks to another here. Throws std::invalid_argument for
/// bytes that are not rows of so many figures.
std::string pack(const std::vector<Row>& rows);
std::vector<Row> unpack(std::string_view bytes, std::size_t figures);

}  // namespace partita::sweep
