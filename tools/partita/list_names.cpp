// partita list --names: names alone, without reading the files they stand for; completion asks it.
#include <algorithm>

#include "models/zoo.h"
#include "partitioners/belief.h"
#include "partitioners/online/online.h"
#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "sim/engine/governor.h"
#include "sim/graph/compress.h"
#include "tools/partita/listing.h"
#include "tools/partita/prepare.h"
#include "tools/partita/study.h"
#include "validation/validation.h"

namespace partita {
namespace {

using Names = std::vector<std::string>;

template <class Infos>
Names names_of(const Infos& infos) {
  Names names;
  for (const auto& info : infos) names.push_back(info.name);
  return names;
}

Names model_names() {
  const Names files = open_catalog().models();
  Names names = files;
  for (const ZooNetwork& network : zoo())
    if (!std::binary_search(files.begin(), files.end(), network.name))
      names.push_back(network.name);
  return names;
}

Names runtime_names() {
  const Catalog catalog = open_catalog();
  Names names;
  for (const auto& entry : catalog.profiles())
    names.push_back(entry.runtime + "-" + entry.precision);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const Names runtimes = catalog.runtimes();
  names.insert(names.begin(), runtimes.begin(), runtimes.end());
  names.emplace_back("roofline");
  return names;
}

}  // namespace

const Names& listable() {
  static const Names kinds{"socs",      "links",        "models",     "runtimes",   "partitioners",
                           "beliefs",   "compressions", "workloads",  "conditions", "schedulers",
                           "governors", "suites",       "experiments"};
  return kinds;
}

Names listed_names(const std::string& what, const Names& plugins) {
  if (what == "partitioners") return names_of(Registry(plugins).all());
  if (what == "beliefs") return names_of(beliefs());
  if (what == "compressions") return names_of(compressions());
  if (what == "suites") return names_of(suites());
  if (what == "schedulers") return names_of(online_schedulers());
  if (what == "governors") return governor_names();
  if (what == "socs") return open_catalog().socs();
  if (what == "links") return open_catalog().links();
  if (what == "models") return model_names();
  if (what == "runtimes") return runtime_names();
  if (what == "workloads") return open_catalog().workloads();
  if (what == "conditions") return open_catalog().conditions();
  if (what == "experiments") return experiment_names(open_catalog());
  throw_unknown("list", "kind", what, listable());
}

}  // namespace partita
