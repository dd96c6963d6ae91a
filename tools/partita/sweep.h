// Sweeps: what a plan asks for, and what a point of it comes to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/device_changes.h"
#include "sim/report/table.h"
#include "sim/sweep/design.h"
#include "sim/sweep/rows.h"
#include "sim/sweep/store.h"
#include "sim/sweep/summary.h"

namespace partita {

/// What the value of an axis is for.
enum class SweepUse : std::uint8_t {
  soc,
  model,
  runtime,
  compress,
  clocks,
  workload,
  conditions,
  governors,
  scheduler,
  set,  ///< An option of the scheduler.
  objective,
  belief,
  partitioner,
  requests,
  seed,
  option,  ///< Of the partitioner.
  change   ///< Of the SoC.
};

struct SweepAxis {
  SweepUse use{};
  std::string key;        ///< Of an option or a change.
  bool absolute = false;  ///< A change by value, not by factor.
  sweep::Axis axis;
  std::string where;  ///< `file:line:column: key.path`
};

/// A plan as its file says, every name checked.
struct SweepPlan {
  std::string title;
  sweep::DesignOptions design;
  std::vector<SweepAxis> axes;  ///< In the order of SweepUse: what costs most to change first.
  bool live = false;
  double duration_s = 0;  ///< Of live points; 0: the workload's.
  bool contention = true;
  std::uint64_t batch = 0;
  sweep::Identity identity;
};

/// Throws InputError `file:line:column: key.path: problem`.
SweepPlan read_sweep(const std::filesystem::path& file);

/// A plan opened: points can be evaluated, by this process or those that fork from it.
class Sweep {
 public:
  /// Opens every SoC and network of the plan, fits what has to be fitted. Throws InputError.
  explicit Sweep(const std::filesystem::path& file, const std::vector<std::string>& plugins = {});
  ~Sweep();
  const SweepPlan& plan() const;
  const sweep::Design& design() const;
  const std::vector<sweep::Figure>& figures() const;
  std::vector<std::string> figure_names() const;
  /// Packed rows of the points [begin, end).
  std::string evaluate(std::uint64_t begin, std::uint64_t end);
  /// What decides where nobody says otherwise.
  std::size_t objective_figure() const;
  /// Begun anew, or gone on with.
  sweep::Store store(const std::filesystem::path& file, bool resume) const;
  /// The value of an axis as people write it: `0.5x`, `20 GB/s`, `heft`.
  std::string text(std::size_t axis, double value) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Every row with its axes, by number: the same bytes for the same plan, whoever made them.
std::string sweep_csv_header(const Sweep& sweep);
std::string sweep_csv_line(const Sweep& sweep, const sweep::Row& row,
                           std::span<const double> values);
std::string sweep_text(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                       const std::vector<std::size_t>& front, const Style& style);
std::string sweep_json(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                       const std::vector<std::size_t>& front);

}  // namespace partita
