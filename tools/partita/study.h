// An experiment as data, and its run.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/report/study.h"
#include "tools/partita/console.h"
#include "tools/partita/prepare.h"

namespace partita {

/// What is different from the device and network as they are.
struct Condition {
  std::string name;
  std::map<std::string, double> caps;    ///< By kind of unit: at most this part of its top clock.
  std::vector<std::string> clocks;       ///< DOMAIN=FREQUENCY.
  std::vector<std::string> offline;      ///< Units or kinds of units that are no candidates.
  std::vector<std::string> unsupported;  ///< Operator kinds that no GPU, NPU or DSP runs.
  std::string compress;                  ///< As --compress; empty: the network as it is.
  std::map<std::string, double, std::less<>> options;  ///< Of the partitioners.
  bool free_hand_overs = false;                        ///< Every hand-over and cast takes no time.
};

struct Axes {
  std::vector<std::string> socs, models, runtimes, partitioners, beliefs, objectives;
  std::vector<Condition> conditions;
};

/// Of an experiment on living phones.
struct LiveAxes {
  std::vector<std::string> socs;
  std::vector<std::string> workloads;  ///< Names or files; and:
  std::vector<std::string> models;     ///< Each alone, asked for every `every_s`.
  std::vector<std::string> runtimes;
  std::vector<std::string> conditions;  ///< Names or files; the first is what others change from.
  std::vector<std::string> plans;       ///< Partitioners whose plans are held:
  std::vector<LiveMade> held;
  std::vector<std::string> schedulers;
  std::vector<std::string> without;  ///< Units or kinds of units that are no candidates.
  double every_s = 0, duration_s = 0;
};

struct Experiment {
  std::string name, title;
  std::vector<std::string> findings;
  bool keep = false;  ///< Plans of the first condition are also tried under the others.
  Axes axes, quick;
  std::optional<LiveAxes> live, live_quick;  ///< Instead.
};

/// Stems of validation/study/*.yaml, by number.
std::vector<std::string> experiment_names(const Catalog& catalog);
/// A name from the list (E3 for E3-support), or a path to a file of the user's. Throws InputError
/// with the position of an unknown key or value.
Experiment load_experiment(const Catalog& catalog, const std::string& name_or_path);

/// Costs, candidates and options of the prepared job under the condition. `truth`: as the device
/// is; it and the condition outlive the job.
void lay_over(Prepared& prepared, const CostModel& truth, const Condition& condition);

/// `step` is called with the fraction done.
StudyExperiment run_experiment(const Experiment& experiment, bool quick, Opened& opened,
                               const Console& console, const std::function<void(double)>& step);
/// The same of living phones: every decider lives through the same arrivals.
StudyExperiment run_live_experiment(const Experiment& experiment, bool quick, Opened& opened,
                                    const Console& console,
                                    const std::function<void(double)>& step);

}  // namespace partita
