// Schedulers that decide while the phone runs, one .cpp each, behind the engine's interface.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "partitioners/options.h"
#include "sim/engine/online.h"

namespace partita {

/// What a scheduler is made of.
struct OnlineRequest {
  OptionValues options;  ///< Every one of its options.
  /// For those that plan: the offline algorithm, what it optimises, its candidates and seed.
  const PartitionerInfo* planner = nullptr;
  Objective objective = Objective::latency;
  std::vector<Mode> modes;
  std::uint64_t seed = 0;
};

struct OnlineInfo {
  std::string name;
  std::string summary;  ///< One line for --help.
  /// true: networks are cut into unit sub-graphs whose workers it chooses; false: requests follow
  /// plans, which it may change.
  bool pieces = true;
  std::vector<OptionInfo> options;
  std::string source;
  std::function<std::unique_ptr<OnlineScheduler>(const OnlineRequest&)> make;
};

/// The one table, in the order lists are printed.
std::span<const OnlineInfo> online_schedulers();
/// Throws InputError naming the known ones.
const OnlineInfo& online_scheduler(std::string_view name);
/// Checks the options, fills in presets. Throws InputError.
std::unique_ptr<OnlineScheduler> make_online(const OnlineInfo& info, OnlineRequest request);

/// Band's unit sub-graphs: operators with the same set of workers, one after another. Accelerators
/// are not offered regions of fewer operators than `minimum` that something else can run.
std::vector<std::vector<OpId>> unit_subgraphs(const CostModel& model, const Graph& graph,
                                              const std::vector<Mode>& workers,
                                              std::size_t minimum = 7);

/// The rest of a request along its earliest ends: its first worker and when it would end.
struct Shortest {
  int worker = -1;     ///< -1: no worker runs what is next.
  double end_s = 0;    ///< From now, of the whole rest.
  double first_s = 0;  ///< Of the first piece on its worker.
};
/// `waiting_s`: by worker, when it is free (Band: expected less elapsed, and its queue).
Shortest shortest(const LiveView& view, const Waiting& request, std::span<const double> waiting_s);
/// Free times as the view tells them.
std::vector<double> free_times(const LiveView& view);
/// By worker: online and holding nothing.
std::vector<bool> idle_workers(const LiveView& view);
/// Of these requests the one whose shortest path is longest (Band's order), taken out of `left`;
/// null: no worker runs what any of them needs next.
const Waiting* take_longest(const LiveView& view, std::vector<const Waiting*>& left,
                            std::span<const double> waiting_s, Shortest& path);

// One factory per scheduler, each defined in its own .cpp.
OnlineInfo online_sel();
OnlineInfo online_heft();
OnlineInfo online_lsf();
OnlineInfo online_round_robin();
OnlineInfo online_fixed_worker();
OnlineInfo online_edf();
OnlineInfo online_adms();
OnlineInfo online_replan();

}  // namespace partita
