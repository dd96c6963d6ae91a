// Names in files of experiments, checked where they stand.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/base/yaml.h"
#include "tools/partita/study.h"

namespace partita {

using Names = std::vector<std::string>;

bool holds(const Names& names, std::string_view name);

/// A list without repetition whose items `check` accepts; it throws what it does not.
Names read_names(const Yaml& yaml,
                 const std::function<void(const Yaml&, const std::string&)>& check);
Names read_choices(const Yaml& yaml, std::string_view what, const Names& known);

/// What an axis may hold.
struct KnownNames {
  const Catalog& catalog;
  Names models, socs, runtimes, objectives, findings, kinds;
};
KnownNames known_in(const Catalog& catalog);

/// Says where the value stands that `check` does not take.
template <class Check>
void at(const Yaml& item, const Check& check) {
  try {
    check();
  } catch (const InputError& error) {
    item.fail(error.what());
  }
}

Names read_models(const Yaml& yaml, const KnownNames& known);
Names read_socs(const Yaml& yaml, const KnownNames& known);
/// A list, "heuristics" or "all".
Names read_partitioners(const Yaml& yaml);
/// Every SoC of the experiment has the unit or kind of unit, or no condition could be compared.
void check_unit(const Yaml& item, const std::string& unit, const Names& socs,
                const KnownNames& known);
const Names& unit_kinds();

/// The `live` section, and its part for --quick.
LiveAxes read_live(const Yaml& yaml, const KnownNames& known);
LiveAxes read_live_quick(const Yaml& yaml, const LiveAxes& whole);

}  // namespace partita
