// validation/study/*.yaml: strict, every name checked where it stands.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "models/zoo.h"
#include "partitioners/belief.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/cost/kernel_work.h"
#include "sim/graph/compress.h"
#include "tools/partita/decide.h"
#include "tools/partita/runtimes.h"
#include "tools/partita/study_names.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

Names read_beliefs(const Yaml& yaml) {
  Names known{"own"};
  for (const BeliefInfo& info : beliefs()) known.push_back(info.name);
  return read_names(yaml, [&](const Yaml& item, const std::string& spec) {
    const auto colon = spec.find(':');
    if (!holds(known, spec.substr(0, colon)))
      at(item, [&] { throw_unknown("", "belief", spec, known); });
    if (colon != std::string::npos)
      at(item, [&] { parse_number(spec.substr(colon + 1), "belief " + spec); });
  });
}

Condition read_condition(const Yaml& yaml, const Axes& axes, const KnownNames& known) {
  Condition c;
  c.name = yaml.at("name").text();
  if (const auto caps = yaml.find("caps"))
    for (const auto& [kind, part] : caps->entries()) {
      if (!holds(unit_kinds(), kind))
        part.fail(fmt::format("unknown kind of unit \"{}\"; known: {}", kind,
                              join_choices(unit_kinds())));
      c.caps[kind] = part.number();
      if (!(c.caps[kind] > 0 && c.caps[kind] <= 1)) part.fail("must be above 0 and at most 1");
    }
  if (const auto clocks = yaml.find("clocks"))
    c.clocks = read_names(*clocks, [](const Yaml& item, const std::string& clock) {
      if (clock.find('=') == std::string::npos) item.fail("expected DOMAIN=FREQUENCY");
    });
  if (const auto offline = yaml.find("offline"))
    c.offline = read_names(*offline, [&](const Yaml& item, const std::string& unit) {
      check_unit(item, unit, axes.socs, known);
    });
  if (const auto kinds = yaml.find("unsupported"))
    c.unsupported = read_choices(*kinds, "operator kind", known.kinds);
  if (const auto steps = yaml.find("compress")) {
    c.compress = steps->text();
    at(*steps, [&] { parse_compressions(c.compress); });
  }
  if (const auto options = yaml.find("options"))
    for (const auto& [name, value] : options->entries()) {
      const auto has = [&](const std::string& planner) {
        const auto& table = partitioner(planner).options;
        return std::any_of(table.begin(), table.end(),
                           [&](const OptionInfo& option) { return option.name == name; });
      };
      if (std::none_of(axes.partitioners.begin(), axes.partitioners.end(), has))
        value.fail("no partitioner of this experiment has this option");
      c.options[name] = value.number();
    }
  if (const auto free = yaml.find("free_hand_overs")) c.free_hand_overs = free->boolean();
  yaml.done();
  return c;
}

std::vector<Condition> read_conditions(const Yaml& yaml, const Axes& axes,
                                       const KnownNames& known) {
  std::vector<Condition> conditions;
  for (const Yaml& item : yaml.items()) {
    conditions.push_back(read_condition(item, axes, known));
    for (std::size_t i = 0; i + 1 < conditions.size(); ++i)
      if (conditions[i].name == conditions.back().name)
        item.fail(fmt::format("condition \"{}\" is described twice", conditions[i].name));
  }
  if (conditions.empty()) yaml.fail("the list is empty");
  return conditions;
}

Axes read_axes(const Yaml& yaml, const KnownNames& known) {
  Axes axes;
  axes.socs = read_socs(yaml.at("socs"), known);
  axes.models = read_models(yaml.at("models"), known);
  axes.runtimes = read_choices(yaml.at("runtimes"), "runtime", known.runtimes);
  axes.partitioners = read_partitioners(yaml.at("partitioners"));
  axes.beliefs = read_beliefs(yaml.at("beliefs"));
  axes.objectives = read_choices(yaml.at("objectives"), "objective", known.objectives);
  axes.conditions = read_conditions(yaml.at("conditions"), axes, known);
  yaml.done();
  return axes;
}

/// What stands there of each axis; the others as in the whole experiment.
Axes read_quick(const Yaml& yaml, const Axes& whole) {
  Axes quick = whole;
  const auto part = [&](const char* key, Names& names) {
    if (const auto list = yaml.find(key)) names = read_choices(*list, key, names);
  };
  part("socs", quick.socs);
  part("models", quick.models);
  part("runtimes", quick.runtimes);
  part("partitioners", quick.partitioners);
  part("beliefs", quick.beliefs);
  part("objectives", quick.objectives);
  if (const auto list = yaml.find("conditions")) {
    Names names;
    for (const Condition& c : whole.conditions) names.push_back(c.name);
    const Names chosen = read_choices(*list, "condition", names);
    std::erase_if(quick.conditions, [&](const Condition& c) { return !holds(chosen, c.name); });
  }
  yaml.done();
  return quick;
}

}  // namespace

std::vector<std::string> experiment_names(const Catalog& catalog) {
  Names names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(catalog.root() / "validation/study", error))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  // E2 before E10.
  const auto number = [](const std::string& name) {
    const auto digit = name.find_first_of("0123456789");
    return digit == std::string::npos ? 0 : std::atoi(name.c_str() + digit);
  };
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(number(a), a) < std::pair(number(b), b);
  });
  return names;
}

Experiment load_experiment(const Catalog& catalog, const std::string& name_or_path) {
  fs::path file = name_or_path;
  if (!Catalog::is_path(name_or_path)) {
    const Names names = experiment_names(catalog);
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return name == name_or_path || name.starts_with(name_or_path + "-");
    });
    if (found == names.end()) throw_unknown("study", "experiment", name_or_path, names);
    file = catalog.root() / "validation/study" / (*found + ".yaml");
  }
  const Yaml yaml = Yaml::load_file(file);
  const KnownNames known = known_in(catalog);
  Experiment e;
  e.name = file.stem().string();
  e.title = yaml.at("title").text();
  e.findings = read_choices(yaml.at("findings"), "finding", known.findings);
  if (const auto live = yaml.find("live")) {
    e.live = read_live(*live, known);
    e.live_quick = read_live_quick(yaml.at("quick"), *e.live);
  } else {
    if (const auto keep = yaml.find("keep_plans")) e.keep = keep->boolean();
    e.axes = read_axes(yaml.at("axes"), known);
    e.quick = read_quick(yaml.at("quick"), e.axes);
  }
  yaml.done();
  if (e.keep)
    for (const Condition& c : e.axes.conditions)
      if (!c.compress.empty())
        yaml.at("keep_plans").fail("a plan cannot be kept for a compressed network");
  return e;
}

}  // namespace partita
