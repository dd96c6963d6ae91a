// Whole-network tables of qed-usc/mobile-ml-benchmark as published: a row a network, columns
// `model`, `FLOPS`, `size` and `device|cores|precision|mean` and `|std` in microseconds.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/soc/soc.h"

namespace partita {

/// A processor and precision of a phone.
struct QedColumn {
  std::string device;  ///< As in the table: pixel4, s10, ...
  std::string soc;     ///< Name in socs/.
  std::string cores;   ///< `gpu`, or `1large1med`.
  Precision precision = Precision::fp32;
};

struct QedCell {
  std::size_t column = 0;  ///< Index into QedTable::columns.
  double latency_s = 0;
  std::optional<double> sd_s;
};

struct QedRow {
  std::string network;
  double macs = 0;
  double weights = 0;
  int line = 0;
  std::vector<QedCell> cells;  ///< Of what was measured.
};

struct QedTable {
  std::vector<QedColumn> columns;
  std::vector<QedRow> rows;
};

/// Throws InputError: unknown columns, a network named twice, a time that is not positive.
QedTable read_qed_table(const std::filesystem::path& csv);

/// SoC of a device of the tables; throws InputError `where: ...` naming the known ones.
std::string qed_soc(std::string_view device, std::string_view where);

/// Cores by cluster of the SoC, as `unit_by_spec` reads them: `1large1med` is one of the fastest
/// and one of the second fastest of three clusters. Throws InputError.
std::string qed_cores(const Soc& soc, const std::string& cores, std::string_view where);

}  // namespace partita
