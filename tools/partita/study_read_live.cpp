// The `live` section of validation/study/*.yaml.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "partitioners/online/online.h"
#include "sim/engine/conditions.h"
#include "sim/engine/workload.h"
#include "tools/partita/study_names.h"

namespace partita {
namespace {

constexpr const char* kCalm = "calm";

/// Networks of the workload are there too.
Names read_workloads(const Yaml& yaml, const KnownNames& known) {
  return read_names(yaml, [&](const Yaml& item, const std::string& name) {
    at(item, [&] {
      for (const Stream& stream : load_workload(known.catalog.workload(name)).streams)
        open_graph(known.catalog, stream.model);
    });
  });
}

/// They name hardware, which every SoC of the experiment must have.
Names read_live_conditions(const Yaml& yaml, const Names& socs, const KnownNames& known) {
  return read_names(yaml, [&](const Yaml& item, const std::string& name) {
    if (name == kCalm) return;
    at(item, [&] {
      for (const std::string& soc : socs)
        load_conditions(known.catalog.condition(name), open_soc(known.catalog, soc));
    });
  });
}

Names read_schedulers(const Yaml& yaml) {
  return read_names(yaml, [](const Yaml& item, const std::string& name) {
    at(item, [&] {
      if (!online_scheduler(name).pieces)
        item.fail(fmt::format("{} holds plans: name them in `plans`, with `held`", name));
    });
  });
}

std::vector<LiveMade> read_held(const Yaml& yaml) {
  const Names known = ways_to_hold();
  const Names names = read_choices(yaml, "way of holding plans", known);
  std::vector<LiveMade> held;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (holds(names, known[i])) held.push_back(static_cast<LiveMade>(i));
  return held;
}

double read_time(const Yaml& yaml) {
  const double seconds = yaml.quantity(Dimension::time);
  if (!(seconds > 0)) yaml.fail("must be greater than zero");
  return seconds;
}

}  // namespace

LiveAxes read_live(const Yaml& yaml, const KnownNames& known) {
  LiveAxes axes;
  axes.socs = read_socs(yaml.at("socs"), known);
  if (const auto list = yaml.find("workloads")) axes.workloads = read_workloads(*list, known);
  if (const auto list = yaml.find("models")) {
    axes.models = read_models(*list, known);
    axes.every_s = read_time(yaml.at("every"));
  }
  if (axes.workloads.empty() && axes.models.empty()) yaml.fail("neither workloads nor models");
  axes.runtimes = read_choices(yaml.at("runtimes"), "runtime", known.runtimes);
  axes.conditions = read_live_conditions(yaml.at("conditions"), axes.socs, known);
  if (const auto list = yaml.find("plans")) {
    axes.plans = read_partitioners(*list);
    axes.held = read_held(yaml.at("held"));
  }
  if (const auto list = yaml.find("schedulers")) axes.schedulers = read_schedulers(*list);
  if (axes.plans.empty() && axes.schedulers.empty()) yaml.fail("neither plans nor schedulers");
  if (const auto list = yaml.find("without"))
    axes.without = read_names(*list, [&](const Yaml& item, const std::string& unit) {
      check_unit(item, unit, axes.socs, known);
    });
  axes.duration_s = read_time(yaml.at("duration"));
  yaml.done();
  return axes;
}

LiveAxes read_live_quick(const Yaml& yaml, const LiveAxes& whole) {
  LiveAxes quick = whole;
  const std::array<std::pair<const char*, Names LiveAxes::*>, 7> parts{
      {{"socs", &LiveAxes::socs},
       {"workloads", &LiveAxes::workloads},
       {"models", &LiveAxes::models},
       {"runtimes", &LiveAxes::runtimes},
       {"conditions", &LiveAxes::conditions},
       {"plans", &LiveAxes::plans},
       {"schedulers", &LiveAxes::schedulers}}};
  for (const auto& [key, axis] : parts)
    if (const auto list = yaml.find(key)) quick.*axis = read_choices(*list, key, whole.*axis);
  if (const auto duration = yaml.find("duration")) quick.duration_s = read_time(*duration);
  if (quick.conditions.front() != whole.conditions.front())
    yaml.at("conditions").fail(fmt::format("must begin with {}", whole.conditions.front()));
  yaml.done();
  return quick;
}

}  // namespace partita
