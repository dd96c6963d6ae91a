#include "validation/co_execution_tables.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/cost/evidence.h"
#include "sim/soc/soc.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

double positive(const Csv& csv, std::size_t row, std::size_t column) {
  const double value = csv.number(row, column);
  if (value <= 0) csv.fail(row, column, "a measured time is positive");
  return value;
}

std::size_t stage_number(const Csv& csv, std::size_t row, std::size_t column,
                         std::string_view text) {
  constexpr double kMost = 1000;
  const double value =
      parse_number(text, fmt::format("{}:{}: {}", csv.name, csv.lines[row], csv.header[column]));
  if (value < 1 || value > kMost || value != static_cast<double>(static_cast<int>(value)))
    csv.fail(row, column, fmt::format("a stage is a whole number from 1, not \"{}\"", text));
  return static_cast<std::size_t>(value);
}

/// The unit's clocks up to the power mode's cap.
Domain capped_clock(const Soc& soc, const Unit& unit, const Yaml& meta) {
  Domain clock = soc.domain(unit.domain);
  const auto cap = meta.find("gpu_cap");
  if (!cap) return clock;
  const double most = cap->quantity(Dimension::frequency);
  std::erase_if(clock.opps, [&](const Opp& opp) { return opp.frequency_hz > most * (1 + 1e-9); });
  if (clock.opps.empty()) cap->fail(fmt::format("below every clock of {}", unit.name));
  return clock;
}

struct Layout {
  std::map<std::string, std::size_t> by_spec;  // index into the units
  std::vector<PipelineUnit> units;             // without stages
};

/// The rows of stages.csv, application by application.
std::map<std::string, PipelineDevice> read_stages(const fs::path& path, const Layout& layout,
                                                  const std::set<std::string>& host_driven,
                                                  double team_spin_s) {
  const Csv csv = read_csv(path);
  const std::size_t app = csv.column("app"), stage = csv.column("stage"), unit = csv.column("unit"),
                    alone = csv.column("alone_ms"), busy = csv.column("all_busy_ms");
  std::vector<std::string> known;
  for (const auto& [spec, at] : layout.by_spec) known.push_back(spec);
  std::map<std::string, PipelineDevice> apps;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    const auto& fields = csv.rows[row];
    PipelineDevice& device = apps[fields[app]];
    if (device.units.empty()) {
      device.units = layout.units;
      device.team_spin_s = team_spin_s;
      if (host_driven.count(fields[app]) > 0)
        for (PipelineUnit& u : device.units) u.clock.opps.clear();
    }
    const auto at = layout.by_spec.find(fields[unit]);
    if (at == layout.by_spec.end())
      throw_unknown(fmt::format("{}:{}", csv.name, csv.lines[row]), "unit", fields[unit], known);
    std::vector<StageTime>& stages = device.units[at->second].stages;
    if (stage_number(csv, row, stage, fields[stage]) != stages.size() + 1)
      csv.fail(row, stage, fmt::format("stage {} of {} comes next", stages.size() + 1, at->first));
    stages.push_back({positive(csv, row, alone) * 1e-3, positive(csv, row, busy) * 1e-3});
  }
  for (const auto& [name, device] : apps)
    for (const PipelineUnit& u : device.units)
      if (u.stages.size() != device.units.front().stages.size())
        throw InputError(fmt::format("{}: {}: {} stages on {}, {} on {}", csv.name, name,
                                     u.stages.size(), u.name, device.units.front().stages.size(),
                                     device.units.front().name));
  return apps;
}

/// "1-7" or "1,2,3".
LoggedChunk chunk_of(const Csv& csv, std::size_t row, std::size_t column, std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    csv.fail(row, column, fmt::format("\"{}\" is not UNIT:STAGES", text));
  LoggedChunk chunk;
  chunk.unit = std::string(text.substr(0, colon));
  std::string_view stages = text.substr(colon + 1);
  const auto dash = stages.find('-');
  if (dash != std::string_view::npos) {
    chunk.first = stage_number(csv, row, column, stages.substr(0, dash));
    chunk.last = stage_number(csv, row, column, stages.substr(dash + 1));
  } else {
    while (true) {
      const auto comma = stages.find(',');
      const std::size_t stage = stage_number(csv, row, column, stages.substr(0, comma));
      if (chunk.first == 0)
        chunk.first = chunk.last = stage;
      else if (stage != ++chunk.last)
        csv.fail(row, column, fmt::format("stages of \"{}\" do not follow each other", text));
      if (comma == std::string_view::npos) break;
      stages = stages.substr(comma + 1);
    }
  }
  if (chunk.last < chunk.first)
    csv.fail(row, column, fmt::format("\"{}\" ends before it begins", text));
  return chunk;
}

std::vector<LoggedChunk> chunks_of(const Csv& csv, std::size_t row, std::size_t column) {
  std::vector<LoggedChunk> chunks;
  std::string_view text = csv.rows[row][column];
  std::size_t next = 1;
  while (true) {
    const auto bar = text.find('|');
    chunks.push_back(chunk_of(csv, row, column, text.substr(0, bar)));
    if (chunks.back().first != next)
      csv.fail(row, column, fmt::format("stage {} comes next, not {}", next, chunks.back().first));
    next = chunks.back().last + 1;
    if (bar == std::string_view::npos) return chunks;
    text = text.substr(bar + 1);
  }
}

}  // namespace

CoExecutionDevice load_co_execution_device(const Catalog& catalog, const fs::path& folder) {
  const Yaml meta = Yaml::load_file(folder / "meta.yaml");
  const Soc soc = load_soc(catalog.soc(meta.at("soc").text()));
  for (const char* key : {"device", "method", "date", "source", "commit", "licence", "known"})
    meta.at(key).text();
  CoExecutionDevice device;
  for (const Yaml& name : meta.at("names").items()) device.names.push_back(name.text());
  if (device.names.empty()) meta.at("names").fail("at least one name");
  device.name = device.names.front();
  constexpr std::int64_t kMost = 1'000'000;
  device.options.tasks = static_cast<int>(meta.at("tasks").integer(2, kMost));
  device.options.queue = static_cast<int>(meta.at("queue").integer(1, kMost));
  const double team_spin_s = meta.at("team_spin").quantity(Dimension::time);
  const bool overlapping = meta.at("gpu_api").choice("API", {"vulkan", "cuda"}) == 1;
  std::set<std::string> host_driven;
  for (const Yaml& app : meta.at("host_driven").items()) host_driven.insert(app.text());
  Layout layout;
  for (const auto& [label, spec] : meta.at("units").entries()) {
    const Unit unit = unit_by_spec(soc, spec.text(), spec.where());
    PipelineUnit u;
    u.name = unit.name;
    for (const CoreUse& use : unit.cores) u.cores += use.threads;
    if (unit.cores.empty() && overlapping) u.clock = capped_clock(soc, unit, meta);
    device.units[label] = layout.by_spec[spec.text()] = layout.units.size();
    layout.units.push_back(std::move(u));
  }
  meta.find("gpu_cap");
  meta.done();
  device.apps = read_stages(folder / "stages.csv", layout, host_driven, team_spin_s);
  return device;
}

std::vector<CoExecutionDevice> load_co_execution_devices(const Catalog& catalog) {
  std::vector<CoExecutionDevice> devices;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(catalog.root() / "validation" / "co-execution"))
    if (fs::exists(entry.path() / "meta.yaml")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  for (const fs::path& folder : folders)
    devices.push_back(load_co_execution_device(catalog, folder));
  return devices;
}

std::vector<MeasuredSchedule> read_measured_schedules(const fs::path& path) {
  const Csv csv = read_csv(path);
  const std::size_t device = csv.column("device"), app = csv.column("app"),
                    chunks = csv.column("chunks"),
                    period = csv.column(csv.has_column("measured_period_ms") ? "measured_period_ms"
                                                                             : "period_ms");
  const bool has_id = csv.has_column("device_id");
  std::vector<MeasuredSchedule> schedules;
  std::map<std::array<std::string, 4>, std::size_t> found;
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    MeasuredSchedule schedule;
    schedule.device = csv.rows[row][device];
    if (has_id) schedule.id = csv.rows[row][csv.column("device_id")];
    schedule.app = csv.rows[row][app];
    schedule.chunks = chunks_of(csv, row, chunks);
    schedule.line = csv.lines[row];
    std::string key;
    for (const LoggedChunk& c : schedule.chunks)
      key += fmt::format("{}:{}-{}|", c.unit, c.first, c.last);
    const auto [at, fresh] = found.emplace(
        std::array{schedule.device, schedule.id, schedule.app, key}, schedules.size());
    if (fresh) schedules.push_back(std::move(schedule));
    const std::string& measured = csv.rows[row][period];
    if (!measured.empty() && measured != "nan" && measured != "NaN")
      schedules[at->second].periods_s.push_back(positive(csv, row, period) * 1e-3);
  }
  if (schedules.empty()) throw InputError(path.string() + ": no schedules");
  return schedules;
}

PipelineChunk ran(const LoggedChunk& chunk, std::size_t unit) {
  // Stages from 1 in the log, from 0 here: its second stage is number `first` here.
  return {unit, chunk.first, chunk.last - chunk.first};
}

bool ran_nothing(const LoggedChunk& chunk) {
  return chunk.first == chunk.last;
}

}  // namespace partita
