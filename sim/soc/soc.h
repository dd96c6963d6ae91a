// A system on a chip as plain structs, in SI units. Read from socs/*.yaml; every number there has a
// source, kept in `Soc::ledger`.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/ids.h"
#include "sim/soc/thermal.h"

namespace partita {

enum class Precision : std::uint8_t { fp32, fp16, int8 };
inline constexpr std::size_t kPrecisions = 3;
std::string_view to_string(Precision precision);
std::vector<std::string> precision_names();
/// Bytes of one element.
double element_bytes(Precision precision);

/// How a number is known (DESIGN: data honesty).
enum class Known : std::uint8_t { measured, published, fitted, assumed };
std::string_view to_string(Known known);

/// One operating performance point of a clock domain.
struct Opp {
  double frequency_hz = 0;
  std::optional<double> voltage_v;
  /// Memory bandwidth it votes for, in the device tree's count (one channel); none: no vote.
  std::optional<double> memory_vote_bytes_per_s = std::nullopt;
};

/// A set of things that share a clock: a CPU cluster, the GPU, the NPU. OPPs ascend by frequency.
struct Domain {
  std::string name;
  std::vector<Opp> opps;
  double transition_s = 0;  ///< Delay of an OPP change where no measured table says better.
};

struct Cache {
  std::string name;  ///< "l1d", "l2", "l3", "slc"
  double size_bytes = 0;
  int shared_by_cores = 1;
};

/// One unit's peak per clock cycle and how much of it a tuned kernel reaches (roofline fallback).
struct Throughput {
  double macs_per_cycle = 0;  ///< Per core (CPU) or of the whole unit; 0: precision unsupported.
  double efficiency = 1;      ///< Fraction of the peak that convolution kernels reach.
};

/// Power of a unit: `static + C V^2 f x activity`, or a table by OPP where it was measured.
struct PowerModel {
  double static_w = 0;
  double capacitance_f = 0;  ///< Effective switched capacitance with the unit fully busy.
  std::vector<double>
      busy_w;  ///< Measured busy power above the base by OPP; empty: use the formula.
};

/// network: a direction of the link to a remote device; it carries tensors and runs nothing.
enum class UnitKind : std::uint8_t { cpu, gpu, npu, dsp, network };
std::string_view to_string(UnitKind kind);

/// A state cores fall into when idle for at least `residency_s`.
struct IdleState {
  std::string name;
  double entry_s = 0, exit_s = 0, residency_s = 0;
};

/// A CPU cluster: cores that share a domain.
struct Cluster {
  std::string name;
  std::string core;  ///< Microarchitecture, e.g. "Cortex-A72".
  int cores = 0;
  DomainId domain{};
  std::vector<Cache> caches;
  std::vector<IdleState> idle_states;  ///< By residency, ascending; empty: they wake at once.
  std::array<Throughput, kPrecisions> per_core{};
  PowerModel power_per_core;
  double capacity_dmips_per_mhz = 0;  ///< Kernel scheduler's estimate; 0: unknown.
};

/// Cores of one cluster a CPU unit runs on.
struct CoreUse {
  int cluster = 0;  ///< Index into Soc::clusters.
  int threads = 0;
};

/// Time an accelerator's compiler takes before the first request, by what the graph holds.
struct GraphBuild {
  double fixed_s = 0;
  double per_weight_byte_s = 0;
};

/// Bandwidth a unit reaches while others use the memory, in the form of PCCS (Xu et al., MICRO
/// 2021): a minor region with nearly no loss, a falling line, a floor. What a unit asks for up to
/// the normal limit loses at most `minor_loss`; of what it asks for above it the part that
/// arrives falls with the others' demand from all of it to `floor_share`.
struct ContentionCurve {
  double normal_limit_bytes_per_s = 0;
  double minor_loss = 0;                    ///< Part lost below the limit at the worst.
  double minor_external_bytes_per_s = 0;    ///< The others' demand at which that is reached.
  double balance_external_bytes_per_s = 0;  ///< The others' demand at which the line ends.
  double floor_share = 0;
};

/// Something that can run an operator: CPU cores with a thread count, a GPU, an NPU or a DSP.
struct Unit {
  std::string name;  ///< e.g. "cpu-big"
  char letter = 0;   ///< One-character name used in mapping strings ("GGLB"); 0: none.
  UnitKind kind = UnitKind::cpu;
  std::vector<CoreUse> cores;           ///< CPU units only.
  DomainId domain{};                    ///< Clock of the unit (for several clusters: of the first).
  std::optional<DomainId> host_domain;  ///< Clock of the CPU that launches its work (GPU, NPU).
  /// GPU/NPU/DSP: whole unit. CPU: sum over its cores at the top OPPs, per cycle of `domain`, and
  /// the efficiency weighted by peak; away from the top OPP ask `peak_ops_per_s`.
  std::array<Throughput, kPrecisions> throughput{};
  Precision default_precision = Precision::fp32;
  double memory_bandwidth_bytes_per_s = 0;    ///< Per-unit cap: no single unit saturates the bus.
  std::optional<ContentionCurve> contention;  ///< None: max-min fair shares alone.
  double dispatch_s = 0;                      ///< Launch of one operator.
  std::optional<GraphBuild> graph_build;      ///< Accelerators; none: not known.
  std::string core;       ///< Architecture of an accelerator, e.g. "Adreno 640"; empty: not said.
  int compute_units = 0;  ///< Of a GPU, as its driver counts them; 0: not said.
  std::vector<std::string> unsupported;  ///< Operator kinds this unit cannot run.
  PowerModel power;  ///< CPU: empty (its cores' power counts), or a table for these cores together.
  /// Resources it holds while busy, one bit each: a cluster, or the accelerator itself. Units that
  /// share a bit share time.
  std::uint64_t resources = 0;
};

/// One term of the price of handing a tensor from one unit to another: `fixed + per_byte x bytes`.
enum class LinkTermKind : std::uint8_t { transform, map, sync, copy, cast, unmap };
inline constexpr std::size_t kLinkTermKinds = 6;
std::string_view to_string(LinkTermKind kind);

struct LinkTerm {
  LinkTermKind kind{};
  double fixed_s = 0;
  double per_byte_s = 0;
  UnitId on{};  ///< The unit whose time it takes.
};

struct Link {
  UnitId from{};
  UnitId to{};
  std::vector<LinkTerm> terms;  ///< In the order they happen.
};

struct Memory {
  std::string type;  ///< "LPDDR3", ...
  double peak_bytes_per_s = 0;
  double shared_bytes_per_s = 0;  ///< What all units together can draw.
  double size_bytes = 0;
  double energy_per_byte_j = 0;
  double top_vote_bytes_per_s = 0;  ///< The vote at which it runs at its highest clock; 0: fixed.
};

/// Where a number of the description comes from.
struct LedgerEntry {
  std::string path;  ///< Key path, e.g. `clusters.big.cores`.
  std::string text;  ///< As written, e.g. `34.1 GB/s`.
  Known known{};
  std::string source;  ///< Key in Soc::sources.
};

struct Source {
  std::string id;
  std::string what;  ///< Title, repository or page with commit and date.
  std::string licence;
};

struct Soc {
  std::string name;   ///< File stem, e.g. "rk3399pro".
  std::string title;  ///< e.g. "Rockchip RK3399Pro".
  std::string board;  ///< Device the numbers are from.
  std::vector<Domain> domains;
  std::vector<Cluster> clusters;
  std::vector<Unit> units;
  Memory memory;
  std::vector<Link> links;
  double base_power_w = 0;         ///< Board or device power with every unit idle.
  std::optional<Thermal> thermal;  ///< None: temperatures are not modelled.
  std::vector<Source> sources;
  std::vector<LedgerEntry> ledger;

  const Unit& unit(UnitId id) const { return units[index(id)]; }
  const Domain& domain(DomainId id) const { return domains[index(id)]; }
  std::optional<UnitId> find_unit(std::string_view unit_name) const;
  /// Throws InputError naming the known units.
  UnitId unit_by_name(std::string_view unit_name, std::string_view where) const;
  std::vector<std::string> unit_names() const;
  /// Null when the description gives no price for this pair.
  const Link* link(UnitId from, UnitId to) const;
  int top_opp(DomainId id) const { return static_cast<int>(domain(id).opps.size()) - 1; }
};

/// Throws InputError.
Soc load_soc(const std::filesystem::path& path);
Soc parse_soc(std::string_view yaml, std::string name);

/// OPP of `follower` while `leader` runs at `opp`, for units over several clusters: the highest one
/// whose share of its own top frequency is not above the leader's (assumed: governors move
/// together).
int matching_opp(const Soc& soc, DomainId leader, int opp, DomainId follower);

/// Peak operations/s of a unit at an OPP, all its threads (roofline numerator; 2 per MAC).
double peak_ops_per_s(const Soc& soc, UnitId unit, Precision precision, int opp);

/// Busy power of a unit above the board's base at an OPP, W. C V^2 f where no table was measured; a
/// domain without voltages counts as 1 V, which `Known::assumed` in the ledger should say.
double busy_power_w(const Soc& soc, UnitId unit, int opp);

}  // namespace partita
