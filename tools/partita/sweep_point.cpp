#include "tools/partita/sweep_point.h"

#include <algorithm>
#include <limits>

#include "partitioners/belief.h"
#include "sim/base/error.h"
#include "sim/cost/cached_costs.h"
#include "sim/engine/engine.h"
#include "sim/engine/workload.h"
#include "tools/partita/decide.h"

namespace partita {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Prepared at the same time: each holds a network and its costs, some MB.
constexpr std::size_t kMostSettings = 64;
const std::string kNothing;

/// What a setting is prepared for; the rest changes from point to point.
bool decides_setting(SweepUse use) {
  return use <= SweepUse::workload;
}

}  // namespace

std::vector<sweep::Figure> sweep_figures(bool live) {
  if (live)
    return {{"mean_latency_s"},    {"p95_latency_s"},          {"throughput_per_s", true},
            {"missed_share"},      {"dropped_share"},          {"energy_j"},
            {"mean_power_w"},      {"energy_per_inference_j"}, {"fairness", true},
            {"peak_temperature_c"}};
  return {{"latency_s"},  {"energy_j"}, {"edp_js"},       {"mean_power_w"},
          {"estimate_s"}, {"period_s"}, {"latency_sd_s"}, {"memory_bytes"}};
}

SweepPoints::SweepPoints(const SweepPlan& plan, const std::vector<std::string>& plugins)
    : plan_(plan), registry_(plugins) {}

std::string SweepPoints::name(SweepUse use, std::span<const double> values,
                              const std::string& otherwise) const {
  for (std::size_t a = 0; a < plan_.axes.size(); ++a)
    if (plan_.axes[a].use == use)
      return plan_.axes[a].axis.names[static_cast<std::size_t>(values[a])];
  return otherwise;
}

double SweepPoints::number(SweepUse use, std::span<const double> values, double otherwise) const {
  for (std::size_t a = 0; a < plan_.axes.size(); ++a)
    if (plan_.axes[a].use == use) return values[a];
  return otherwise;
}

JobRequest SweepPoints::request(std::span<const double> values) const {
  JobRequest request;
  request.soc = name(SweepUse::soc, values, kNothing);
  request.model = name(SweepUse::model, values, kNothing);
  request.runtime = name(SweepUse::runtime, values, "own");
  if (request.runtime == "own") request.runtime.clear();
  request.compress = name(SweepUse::compress, values, "none");
  if (request.compress == "none") request.compress.clear();
  if (const std::string& clocks = name(SweepUse::clocks, values, kNothing); !clocks.empty())
    request.clocks = {clocks};
  request.no_contention = !plan_.contention;
  // Nothing changes yet, but can.
  request.changes = {"links=1x"};
  return request;
}

std::unique_ptr<SweepSetting> SweepPoints::make_setting(std::span<const double> values) {
  auto setting = std::make_unique<SweepSetting>();
  const JobRequest asked = request(values);
  try {
    if (plan_.live) {
      const std::string& named = name(SweepUse::workload, values, kNothing);
      Workload workload = named.empty() ? single_stream(asked.model, 10)
                                        : load_workload(opened_.catalog().workload(named));
      if (plan_.duration_s > 0) workload.duration_s = plan_.duration_s;
      setting->stage = std::make_unique<LiveStage>(std::move(workload), asked, opened_);
    } else {
      setting->prepared = prepare(asked, opened_);
    }
  } catch (const InputError& error) {  // Names are known: these do not go together.
    setting->reason = error.what();
  } catch (const UnsupportedError& error) {
    setting->reason = error.what();
  }
  const Soc& soc = opened_.soc(asked.soc);
  for (const SweepAxis& axis : plan_.axes)
    setting->changes.push_back(axis.use == SweepUse::change ? change_key(soc, axis.key, "changes")
                                                            : ChangeKey{});
  return setting;
}

SweepSetting& SweepPoints::setting(std::span<const double> values) {
  std::vector<double> key;
  for (std::size_t a = 0; a < plan_.axes.size(); ++a)
    if (decides_setting(plan_.axes[a].use)) key.push_back(values[a]);
  auto found = settings_.find(key);
  if (found == settings_.end()) {
    if (settings_.size() >= kMostSettings)
      settings_.erase(std::min_element(
          settings_.begin(), settings_.end(),
          [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    found = settings_.emplace(std::move(key), Known{make_setting(values), 0}).first;
  }
  found->second.used = ++uses_;
  return *found->second.setting;
}

void SweepPoints::prepare_all(const sweep::Design& design) {
  // One of each level of the axes that decide settings, as far as they are kept.
  std::vector<double> values(plan_.axes.size());
  design.point(0, values);
  std::uint64_t combinations = 1;
  for (const SweepAxis& axis : plan_.axes)
    if (decides_setting(axis.use)) combinations *= axis.axis.levels();
  for (std::uint64_t c = 0; c < std::min<std::uint64_t>(combinations, kMostSettings); ++c) {
    std::uint64_t rest = c;
    for (std::size_t a = plan_.axes.size(); a-- > 0;) {
      const SweepAxis& axis = plan_.axes[a];
      if (!decides_setting(axis.use)) continue;
      values[a] = axis.axis.at_level(rest % axis.axis.levels());
      rest /= axis.axis.levels();
    }
    setting(values);
  }
}

DeviceChanges SweepPoints::changes(const SweepSetting& setting, const Soc& soc,
                                   std::span<const double> values) const {
  DeviceChanges changes(soc);
  for (std::size_t a = 0; a < plan_.axes.size(); ++a)
    if (plan_.axes[a].use == SweepUse::change)
      add_change(changes, soc, setting.changes[a], {values[a], plan_.axes[a].absolute});
  return changes;
}

OptionValues SweepPoints::options(SweepUse use, std::span<const double> values) const {
  OptionValues options;
  for (std::size_t a = 0; a < plan_.axes.size(); ++a)
    if (plan_.axes[a].use == use) options.emplace(plan_.axes[a].key, values[a]);
  return options;
}

Plan SweepPoints::decide_plan(const Prepared& prepared, std::span<const double> values,
                              const std::string& by) const {
  const PartitionerInfo& info =
      registry_.find(by.empty() ? name(SweepUse::partitioner, values, kNothing) : by);
  const auto seed = static_cast<std::uint64_t>(number(SweepUse::seed, values, 0));
  const std::string& asked = name(SweepUse::belief, values, "own");
  const std::string& spec = asked == "own" ? info.belief : asked;
  std::unique_ptr<CostModel> belief;
  if (spec != kTruth)
    belief =
        make_cached_model(make_belief(spec, *prepared.model, prepared.graph, seed), prepared.graph);
  PartitionProblem problem{belief ? *belief : *prepared.model, prepared.graph, prepared.objective,
                           prepared.modes, seed};
  const OptionValues given = options(SweepUse::option, values);
  for (const OptionInfo& option : info.options)
    if (const auto value = given.find(option.name); value != given.end())
      problem.options.insert(*value);
  problem.ask = [&prepared](const Plan& plan) { return simulated_value(prepared, plan); };
  // Bounds take longer than a heuristic, and a row does not hold them. Searches read them.
  static const ProblemBounds kNoBounds;
  if (info.effort == Effort::heuristic) problem.bounds = &kNoBounds;
  return partition(info, problem).plan;
}

void SweepPoints::run(SweepSetting& setting, std::span<const double> values, sweep::Row& row) {
  Prepared& prepared = *setting.prepared;
  prepared.changed->change(changes(setting, *prepared.unchanged, values));
  prepared.objective = objective_by_name(name(SweepUse::objective, values, "latency"));
  const double requests = number(SweepUse::requests, values, 0);
  prepared.requests =
      requests > 0 ? static_cast<int>(requests) : objective_requests(Objective::throughput);
  const Plan plan = decide_plan(prepared, values);
  const Schedule schedule = lower(*prepared.model, prepared.graph, plan, {});
  const SimulateOptions conditions{.contention = prepared.contention};
  const Timeline timeline = simulate(schedule, conditions).timeline;
  const double latency_s = to_seconds(timeline.makespan_ps);
  double period = kNone;
  if (requests > 0 || prepared.objective == Objective::throughput) {
    LowerOptions many;
    many.requests = prepared.requests;
    period =
        period_s(simulate(lower(*prepared.model, prepared.graph, plan, many), conditions).timeline);
  }
  row.plan = mapping_string(prepared.soc, prepared.graph, plan);
  row.figures = {latency_s,
                 timeline.energy_j,
                 latency_s * timeline.energy_j,
                 latency_s > 0 ? timeline.energy_j / latency_s : kNone,
                 to_seconds(estimate(schedule).makespan_ps),
                 period,
                 uncertainty(*prepared.model, prepared.graph, plan).sd_s,
                 memory_use(prepared.soc, prepared.graph, plan).total_bytes()};
}

sweep::Row SweepPoints::evaluate(std::uint64_t number, std::span<const double> values) {
  sweep::Row row;
  row.point = number;
  SweepSetting& prepared = setting(values);
  row.reason = prepared.reason;
  if (!row.reason.empty()) return row;
  try {
    plan_.live ? live(prepared, values, row) : run(prepared, values, row);
  } catch (const InputError& error) {
    row.reason = error.what();
  } catch (const UnsupportedError& error) {
    row.reason = error.what();
  }
  if (!row.reason.empty()) {
    row.plan.clear();
    row.figures.clear();
  }
  return row;
}

}  // namespace partita
