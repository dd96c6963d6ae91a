// Where the costs of a run come from: a layer profile, fitted kernel models, or the roofline.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/catalog.h"
#include "sim/cost/fitted_model.h"
#include "sim/cost/profile.h"

namespace partita {

/// Networks by the names that measured tables use: the zoo's, then those of models/.
class Networks {
 public:
  explicit Networks(const Catalog& catalog) : catalog_(catalog) {}
  /// Null when there is no such network.
  const Graph* find(std::string_view network);
  /// All of them, sorted.
  std::vector<std::string> names() const;

 private:
  const Catalog& catalog_;
  std::map<std::string, std::optional<Graph>, std::less<>> known_;
};

/// Does the folder's name say that the tables are of this runtime?
bool is_tables_of(const Catalog::ProfileEntry& entry, std::string_view runtime);
/// The tables of a runtime that were measured on the SoC: `traces/<soc>/<runtime>-<precision>/` and
/// `<runtime>-<anything>-<precision>/` whose meta.yaml names the runtime.
std::vector<Evidence> open_evidence(const Catalog& catalog, const Soc& soc,
                                    std::string_view runtime);
/// The other SoCs with such tables.
std::vector<MeasuredSoc> open_others(const Catalog& catalog, const Soc& soc,
                                     std::string_view runtime);

struct ChosenRuntime {
  std::string name = "roofline";
  std::shared_ptr<const Profile> profile;  ///< Layer profile.
  bool covers = false;                     ///< The profile has the network.
  std::optional<Runtime> fitted;           ///< Kernel models of this runtime.
  std::vector<std::string> others;         ///< Further profiles and runtimes measured here.
};

class Opened;

/// The one asked for; else the layer profile with most rows for the network, else the runtime with
/// most measurements on this SoC, else the roofline. Asked by name, a profile without the network
/// still knows the device's hand-overs, and a runtime without measurements is fitted to others'.
/// `option`: what errors name.
ChosenRuntime choose_runtime(Opened& opened, const Soc& soc, const Graph& layers,
                             const std::string& asked, std::string_view option = "--runtime");

}  // namespace partita
