// Live points of a sweep: a workload on a changed phone.
#include <algorithm>
#include <limits>

#include "sim/engine/conditions.h"
#include "sim/engine/governor.h"
#include "tools/partita/sweep_point.h"

namespace partita {
namespace {

const std::string kNothing, kCalm = "calm", kFollow = "plan";

/// Over all streams, in the order of sweep_figures().
std::vector<double> figures_of(const LiveSetup& setup, const LiveResult& result) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const LiveMetrics metrics = live_metrics(setup, result);
  double arrived = 0, done = 0, missed = 0, dropped = 0, latency = 0, p95 = 0;
  for (const StreamMetrics& stream : metrics.streams) {
    arrived += static_cast<double>(stream.arrived);
    done += static_cast<double>(stream.done);
    missed += static_cast<double>(stream.missed);
    dropped += static_cast<double>(stream.dropped + stream.failed);
    latency += stream.mean_s * static_cast<double>(stream.done);
    p95 = std::max(p95, stream.p95_s);
  }
  const auto& peaks = result.peak_temperature_c;
  return {done > 0 ? latency / done : kNone,
          done > 0 ? p95 : kNone,
          result.elapsed_s > 0 ? done / result.elapsed_s : kNone,
          arrived > 0 ? missed / arrived : kNone,
          arrived > 0 ? dropped / arrived : kNone,
          result.energy_j,
          result.elapsed_s > 0 ? result.energy_j / result.elapsed_s : kNone,
          done > 0 ? metrics.energy_per_inference_j : kNone,
          metrics.fairness,
          peaks.empty() ? kNone : *std::max_element(peaks.begin(), peaks.end())};
}

}  // namespace

LiveSetup SweepPoints::live_setup(LiveStage& stage, std::span<const double> values) {
  const Soc& soc = stage.soc();
  const std::string& planner = name(SweepUse::partitioner, values, kNothing);
  const std::string& named = name(SweepUse::scheduler, values, kFollow);
  const OnlineInfo* online = named == kFollow ? nullptr : &online_scheduler(named);
  const bool pieces = online != nullptr && online->pieces;
  const std::vector<Mode> workers = pieces ? stock_workers(soc) : std::vector<Mode>{};
  parts_ = {};
  if (pieces) {
    parts_.programs = stage.cut(workers);
  } else {
    std::vector<Plan> plans;
    for (std::size_t s = 0; s < stage.workload().streams.size(); ++s)
      plans.push_back(
          decide_plan(stage.prepared(s), values, stage.workload().streams[s].partitioner));
    parts_.programs = stage.following(std::move(plans), planner);
  }
  LiveSetup setup = stage.setup(parts_.programs);
  setup.workers = workers;
  if (const std::string& what = name(SweepUse::conditions, values, kCalm); what != kCalm)
    setup.conditions = load_conditions(opened_.catalog().condition(what), soc);
  if (const std::string& what = name(SweepUse::governors, values, kNothing); !what.empty())
    setup.conditions.governors = parse_governors(soc, what, "governors");
  if (online != nullptr) {
    OptionValues set;
    const OptionValues given = options(SweepUse::set, values);
    for (const OptionInfo& option : online->options)
      if (const auto value = given.find(option.name); value != given.end()) set.insert(*value);
    parts_.scheduler = stage.scheduler(*online, registry_.find(planner), std::move(set));
  }
  setup.scheduler = parts_.scheduler.get();
  return setup;
}

void SweepPoints::live(SweepSetting& setting, std::span<const double> values, sweep::Row& row) {
  LiveStage& stage = *setting.stage;
  stage.change(changes(setting, *stage.first().unchanged, values));
  stage.set_objective(objective_by_name(name(SweepUse::objective, values, "latency")));
  const LiveSetup setup = live_setup(stage, values);
  LiveOptions options;
  options.seed = static_cast<std::uint64_t>(number(SweepUse::seed, values, 0));
  options.contention = plan_.contention;
  row.figures = figures_of(setup, partita::live(setup, options));
}

}  // namespace partita
