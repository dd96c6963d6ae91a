// Suite co-execution: how long is a pipeline's period when its units interfere?
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "validation/co_execution_tables.h"
#include "validation/validation.h"

namespace partita {

SuiteResult validate_co_execution(const Catalog& catalog, const ValidateOptions& options);

namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// "Pixel 7a" to "pixel-7a".
std::string slug(std::string name) {
  for (char& c : name)
    c = c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

const CoExecutionDevice* device_of(const std::vector<CoExecutionDevice>& devices,
                                   const std::string& name) {
  for (const CoExecutionDevice& d : devices)
    if (std::find(d.names.begin(), d.names.end(), name) != d.names.end()) return &d;
  return nullptr;
}

struct Case {
  std::string job;  ///< Device and application.
  std::size_t chunks = 0;
  bool empty = false;  ///< Holds a chunk that ran nothing.
  double measured_s = 0, predicted_s = 0;
  double plain_s = 0, plain_busy_s = 0;  ///< The longest chunk as logged: alone, all busy.
};

class Cases {
 public:
  Cases(const Catalog& catalog, std::string where)
      : devices_(load_co_execution_devices(catalog)), where_(std::move(where)) {}

  void add(const MeasuredSchedule& schedule) {
    const CoExecutionDevice* device = device_of(devices_, schedule.id);
    if (device == nullptr) device = device_of(devices_, schedule.device);
    if (device == nullptr) {
      if (std::find(unknown_.begin(), unknown_.end(), schedule.device) == unknown_.end())
        unknown_.push_back(schedule.device);
      return;
    }
    const PipelineDevice& app = application(*device, schedule);
    Case c;
    c.job = slug(device->name) + "." + schedule.app;
    c.chunks = schedule.chunks.size();
    if (schedule.periods_s.empty()) {
      ++unmeasured_;
      return;
    }
    c.measured_s = median(schedule.periods_s);
    std::vector<PipelineChunk> chunks;
    for (const LoggedChunk& logged : schedule.chunks) {
      const std::size_t unit = unit_of(*device, schedule, logged);
      chunks.push_back(ran(logged, unit));
      c.empty |= ran_nothing(logged);
      double alone = 0, busy = 0;
      for (std::size_t s = logged.first - 1; s < logged.last; ++s) {
        alone += app.units[unit].stages[s].alone_s;
        busy += app.units[unit].stages[s].all_busy_s;
      }
      c.plain_s = std::max(c.plain_s, alone);
      c.plain_busy_s = std::max(c.plain_busy_s, busy);
    }
    c.predicted_s = run_pipeline(app, chunks, device->options).period_s;
    cases_.push_back(std::move(c));
  }

  const std::vector<Case>& cases() const { return cases_; }
  const std::vector<std::string>& unknown() const { return unknown_; }
  std::size_t unmeasured() const { return unmeasured_; }
  std::vector<std::string> known() const {
    std::vector<std::string> names;
    for (const CoExecutionDevice& d : devices_) names.push_back(d.name);
    return names;
  }

 private:
  std::string at(const MeasuredSchedule& schedule) const {
    return fmt::format("{}:{}", where_, schedule.line);
  }
  const PipelineDevice& application(const CoExecutionDevice& device,
                                    const MeasuredSchedule& schedule) const {
    std::vector<std::string> names;
    for (const auto& [name, app] : device.apps) names.push_back(name);
    const auto found = device.apps.find(schedule.app);
    if (found == device.apps.end())
      throw_unknown(at(schedule), "application of " + device.name, schedule.app, names);
    const std::size_t stages = found->second.units.front().stages.size();
    if (schedule.chunks.back().last != stages)
      throw InputError(fmt::format("{}: chunks end with stage {}; {} has {}", at(schedule),
                                   schedule.chunks.back().last, schedule.app, stages));
    return found->second;
  }
  std::size_t unit_of(const CoExecutionDevice& device, const MeasuredSchedule& schedule,
                      const LoggedChunk& chunk) const {
    const auto found = device.units.find(chunk.unit);
    if (found != device.units.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, unit] : device.units) names.push_back(name);
    throw_unknown(at(schedule), "unit of " + device.name, chunk.unit, names);
  }

  std::vector<CoExecutionDevice> devices_;
  std::string where_;
  std::vector<Case> cases_;
  std::vector<std::string> unknown_;
  std::size_t unmeasured_ = 0;
};

using Filter = std::function<bool(const Case&)>;

/// Periods against measured ones; `job` empty: all.
QuantityResult scored(const std::string& quantity, const std::vector<Case>& cases,
                      const Filter& filter, bool alternatives) {
  std::vector<double> predicted, measured, plain;
  std::vector<const Case*> scored_cases;
  for (const Case& c : cases) {
    if (!filter(c)) continue;
    scored_cases.push_back(&c);
    predicted.push_back(c.predicted_s);
    measured.push_back(c.measured_s);
    plain.push_back(c.plain_s);
  }
  QuantityResult result = score(quantity, predicted, measured, alternatives);
  name_cases(result, [&](std::size_t i) {
    const Case& c = *scored_cases[i];
    return std::pair(fmt::format("{}, {} chunks", c.job, c.chunks), c.job);
  });
  result.plain_mape = score("", plain, measured, false).mape;
  return result;
}

std::string plain_medians(const std::vector<Case>& cases, const Filter& filter) {
  std::vector<double> alone, busy;
  for (const Case& c : cases) {
    if (!filter(c)) continue;
    alone.push_back(std::abs(c.plain_s / c.measured_s - 1));
    busy.push_back(std::abs(c.plain_busy_s / c.measured_s - 1));
  }
  return fmt::format(
      "median error of the longest chunk's sum of stages, as logged, on the same schedules: {:.1f} "
      "% "
      "with stages alone, {:.1f} % with all units busy",
      100 * median(alone), 100 * median(busy));
}

SuiteResult report(const Cases& all) {
  const std::vector<Case>& cases = all.cases();
  SuiteResult suite;
  const Filter several = [](const Case& c) { return c.chunks > 1 && !c.empty; };
  const Filter one = [](const Case& c) { return c.chunks == 1 && !c.empty; };
  const Filter any = [](const Case& c) { return !c.empty; };
  const auto dropped = static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [](const Case& c) { return c.empty; }));
  std::vector<std::string> jobs;
  for (const Case& c : cases) jobs.push_back(c.job);
  std::sort(jobs.begin(), jobs.end());
  jobs.erase(std::unique(jobs.begin(), jobs.end()), jobs.end());
  const auto add = [&](const std::string& quantity, const Filter& filter, bool alternatives) {
    if (std::any_of(cases.begin(), cases.end(), filter))
      suite.results.push_back(scored(quantity, cases, filter, alternatives));
  };
  add("period", several, false);
  if (!suite.results.empty()) {
    suite.results.back().dropped = dropped + all.unmeasured();
    suite.notes.push_back(plain_medians(cases, several));
  }
  for (const std::string& job : jobs)
    add(
        "period." + job, [&](const Case& c) { return c.job == job && several(c); }, true);
  add("one-unit", one, false);
  // What a planner chooses among: schedules of one unit too.
  add("any", any, false);
  for (const std::string& job : jobs)
    add(
        "any." + job, [&](const Case& c) { return c.job == job && any(c); }, true);
  if (dropped > 0)
    suite.notes.push_back(fmt::format(
        "{} schedules left out: a chunk of one stage, which the logging program did not "
        "run (it began every chunk one stage late)",
        dropped));
  return suite;
}

}  // namespace

SuiteResult validate_co_execution(const Catalog& catalog, const ValidateOptions& options) {
  const std::filesystem::path own = catalog.root() / "validation" / "co-execution";
  const std::filesystem::path path = options.data.value_or(own / "schedules.csv");
  std::vector<MeasuredSchedule> schedules = read_measured_schedules(path);
  if (!options.data)
    for (MeasuredSchedule& s : read_measured_schedules(own / "dropped.csv"))
      schedules.push_back(std::move(s));
  Cases all(catalog, path.string());
  for (std::size_t i = 0; i < schedules.size(); ++i) {
    all.add(schedules[i]);
    if (options.progress)
      options.progress(static_cast<double>(i + 1) / static_cast<double>(schedules.size()));
  }
  if (all.cases().empty() && all.unknown().empty())
    throw InputError(path.string() + ": no schedule with a measured period");
  if (all.cases().empty())
    throw_unknown(path.string(), "device (it has no stage table)", all.unknown().front(),
                  all.known());
  SuiteResult suite = report(all);
  suite.suite = "co-execution";
  for (const std::string& name : all.unknown())
    suite.notes.push_back(fmt::format("schedules of {} left out: no stage table; known: {}", name,
                                      join_choices(all.known())));
  suite.notes.push_back(
      "predicted from each device's stage table; forms were chosen with the schedules of Pixel 7a "
      "and "
      "Jetson Orin Nano (15 W) in view, constants are the kernel's and the runtimes' own");
  return suite;
}

}  // namespace partita
