#include "tools/partita/study_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/zoo.h"
#include "sim/cost/kernel_work.h"
#include "tools/partita/decide.h"
#include "tools/partita/runtimes.h"

namespace partita {

bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Names& unit_kinds() {
  static const Names kinds{"cpu", "gpu", "npu", "dsp"};
  return kinds;
}

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

void check_unit(const Yaml& item, const std::string& unit, const Names& socs,
                const KnownNames& known) {
  if (holds(unit_kinds(), unit)) return;
  for (const std::string& name : socs) {
    Names units = open_soc(known.catalog, name).unit_names();
    if (holds(units, unit)) continue;
    units.insert(units.begin(), unit_kinds().begin(), unit_kinds().end());
    at(item, [&] { throw_unknown(name, "unit or kind of unit", unit, units); });
  }
}

}  // namespace partita
