#include "tools/partita/opened.h"

#include <fmt/format.h>

#include "tools/partita/prepare.h"

namespace partita {
namespace {

/// The value of a key, made where it is not there yet.
template <class Map, class Make>
const typename Map::mapped_type& once(Map& map, const typename Map::key_type& key, Make make) {
  if (const auto found = map.find(key); found != map.end()) return found->second;
  return map.emplace(key, make()).first->second;
}

}  // namespace

Opened::Opened() : catalog_(open_catalog()), networks_(catalog_) {}

const std::vector<Catalog::ProfileEntry>& Opened::profiles() {
  if (profiles_.empty()) profiles_ = catalog_.profiles();
  return profiles_;
}

const Soc& Opened::soc(const std::string& name_or_path) {
  return once(socs_, name_or_path, [&] { return open_soc(catalog_, name_or_path); });
}

const Graph& Opened::graph(const std::string& names, const std::vector<std::string>& dims) {
  return once(graphs_, fmt::format("{}\n{}", names, fmt::join(dims, "\n")),
              [&] { return open_graph(catalog_, names, read_dims(dims)); });
}

const Runtime& Opened::runtime(const std::string& name) {
  return once(runtimes_, name, [&] { return load_runtime(catalog_.runtime(name)); });
}

std::shared_ptr<const Profile> Opened::profile(const Soc& soc,
                                               const std::filesystem::path& folder) {
  return once(layer_profiles_, folder, [&] { return load_profile(soc, folder); });
}

const std::vector<UnitFit>& Opened::fits(const Soc& soc, const Runtime& runtime) {
  FitKey key{soc.name, {}, runtime.name};
  for (const Unit& unit : soc.units) std::get<1>(key).push_back(unit.default_precision);
  return once(fits_, key, [&] {
    return fit_units(
        soc, runtime, open_evidence(catalog_, soc, runtime.name),
        [&](std::string_view network) { return networks_.find(network); },
        open_others(catalog_, soc, runtime.name));
  });
}

}  // namespace partita
