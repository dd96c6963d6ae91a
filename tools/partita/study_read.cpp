// validation/study/*.yaml: strict, every name checked where it stands.
#include <fmt/format.h>

#include <algorithm>
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
#include "tools/partita/study.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

using Names = std::vector<std::string>;

bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Names& unit_kinds() {
  static const Names kinds{"cpu", "gpu", "npu", "dsp"};
  return kinds;
}

/// A list without repetition whose items `check` accepts; it throws what it does not.
Names read_names(const Yaml& yaml,
                 const std::function<void(const Yaml&, const std::string&)>& check) {
  Names names;
  for (const Yaml& item : yaml.items()) {
    names.push_back(item.text());
    check(item, names.back());
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      item.fail(fmt::format("\"{}\" is listed twice", names.back()));
  }
  if (names.empty()) yaml.fail("the list is empty");
  return names;
}

Names read_choices(const Yaml& yaml, std::string_view what, const Names& known) {
  return read_names(yaml, [&](const Yaml& item, const std::string&) { item.choice(what, known); });
}

/// What an axis may hold.
struct KnownNames {
  const Catalog& catalog;
  Names models, socs, runtimes, objectives, findings, kinds;
};

KnownNames known_in(const Catalog& catalog) {
  KnownNames known{catalog,           catalog.models(), catalog.socs(), {"own", "roofline"},
                   objective_names(), study_findings(), op_kind_names()};
  for (const ZooNetwork& network : zoo()) known.models.push_back(network.name);
  for (const std::string& name : kernel_form_runtimes()) known.runtimes.push_back(name);
  for (const auto& entry : catalog.profiles())
    if (const std::string name = entry.runtime + "-" + entry.precision;
        entry.layers && !holds(known.runtimes, name))
      known.runtimes.push_back(name);
  return known;
}

/// Says where the value stands that `check` does not take.
template <class Check>
void at(const Yaml& item, const Check& check) {
  try {
    check();
  } catch (const InputError& error) {
    item.fail(error.what());
  }
}

Names read_models(const Yaml& yaml, const KnownNames& known) {
  return read_names(yaml, [&](const Yaml& item, const std::string& names) {
    for (const std::string& name : split_list(names, '+'))
      if (!holds(known.models, name))
        at(item,
           [&] { throw_unknown_of_many("", "model", name, known.models, "partita list models"); });
  });
}

Names read_socs(const Yaml& yaml, const KnownNames& known) {
  return read_choices(yaml, "SoC", known.socs);
}

Names read_partitioners(const Yaml& yaml) {
  if (yaml.is_scalar()) {
    yaml.choice("choice of partitioners", {"heuristics", "all"});
    return asked_partitioners(Registry(), yaml.text());
  }
  return read_names(yaml, [](const Yaml& item, const std::string& name) {
    at(item, [&] { partitioner(name); });
  });
}

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

/// Every SoC of the experiment has it, or no condition could be compared.
void check_units(const Yaml& item, const std::string& unit, const Axes& axes,
                 const KnownNames& known) {
  if (holds(unit_kinds(), unit)) return;
  for (const std::string& name : axes.socs) {
    Names units = open_soc(known.catalog, name).unit_names();
    if (holds(units, unit)) continue;
    units.insert(units.begin(), unit_kinds().begin(), unit_kinds().end());
    at(item, [&] { throw_unknown(name, "unit or kind of unit", unit, units); });
  }
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
      check_units(item, unit, axes, known);
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
  std::sort(names.begin(), names.end());
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
  if (const auto keep = yaml.find("keep_plans")) e.keep = keep->boolean();
  e.axes = read_axes(yaml.at("axes"), known);
  e.quick = read_quick(yaml.at("quick"), e.axes);
  yaml.done();
  if (e.keep)
    for (const Condition& c : e.axes.conditions)
      if (!c.compress.empty())
        yaml.at("keep_plans").fail("a plan cannot be kept for a compressed network");
  return e;
}

}  // namespace partita
