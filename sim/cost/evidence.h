// Measured times of kernels and whole networks, as written in traces/<soc>/<runtime>-<precision>/:
// what kernel models are fitted to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/kernel_work.h"

namespace partita {

/// A row of operators.csv: one operator alone. Columns: network, operator, kind (of OpKind),
/// function, in_channels, in_height, in_width, out_channels, out_height, out_width, kernel_h,
/// kernel_w, stride_h, stride_w, dilation, groups, padded (0 or 1), inputs, fused (operators),
/// fused_elements, unit, latency_us; optional: sd_us, tag (of the runtime's own: a template, ...).
struct OperatorRow {
  std::string network, name, unit, tag;
  KernelWork work;  ///< kind not chosen yet.
  double latency_s = 0;
  std::optional<double> sd_s;
  int line = 0;
};

/// A row of networks.csv: a whole inference. Columns: network, unit, latency_ms; optional: sd_ms,
/// board, version (of the runtime), gmacs and weights_m (for networks without a graph), tag,
/// unlike: why the unit does not stand for what ran (more threads than cores, another clock,
/// implausible); fits of units leave such rows out.
struct NetworkRow {
  std::string network, unit, board, version, tag, unlike;
  double latency_s = 0;
  std::optional<double> sd_s, macs, weights;
  int line = 0;
};

struct Evidence {
  std::filesystem::path folder;
  std::string runtime, version, device, source, commit, licence, date;
  Precision precision{};
  std::vector<OperatorRow> operators;
  std::vector<NetworkRow> networks;
};

/// Reads meta.yaml and whichever of the two tables is there. Throws InputError with file and line.
Evidence load_evidence(const std::filesystem::path& folder);
std::vector<OperatorRow> read_operator_rows(const std::filesystem::path& csv, Precision precision);
std::vector<NetworkRow> read_network_rows(const std::filesystem::path& csv);

/// Counts of a kernel from its extents alone: MACs, elements, weights.
void count_kernel(KernelWork& work);

/// Unit as the tables name it: a unit of the SoC (`gpu`), or cores by cluster (`prime:1 gold:3`).
/// Throws InputError `where: ...` naming the known ones.
Unit unit_by_spec(const Soc& soc, std::string_view spec, std::string_view where);
/// At the highest clocks.
UnitTraits traits_of(const Soc& soc, const Unit& unit, Precision precision);

}  // namespace partita
