// Files read and devices fitted, each once however many jobs need it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tools/partita/runtimes.h"

namespace partita {

class Opened {
 public:
  Opened();                        ///< open_catalog()
  Opened(const Opened&) = delete;  // Networks refers to the catalogue.
  Opened& operator=(const Opened&) = delete;

  const Catalog& catalog() const { return catalog_; }
  const std::vector<Catalog::ProfileEntry>& profiles();
  const Soc& soc(const std::string& name_or_path);
  const Graph& graph(const std::string& names, const std::vector<std::string>& dims = {});
  const Runtime& runtime(const std::string& name);
  /// The profile in a folder of the SoC.
  std::shared_ptr<const Profile> profile(const Soc& soc, const std::filesystem::path& folder);
  /// Kernel models of the SoC's units at their default precisions, from all that was measured.
  const std::vector<UnitFit>& fits(const Soc& soc, const Runtime& runtime);

 private:
  /// A SoC and the default precisions of its units, a runtime.
  using FitKey = std::tuple<std::string, std::vector<Precision>, std::string>;

  Catalog catalog_;
  Networks networks_;
  std::vector<Catalog::ProfileEntry> profiles_;
  std::map<std::string, Soc> socs_;
  std::map<std::string, Graph> graphs_;
  std::map<std::string, Runtime> runtimes_;
  std::map<std::filesystem::path, std::shared_ptr<const Profile>> layer_profiles_;
  std::map<FitKey, std::vector<UnitFit>> fits_;
};

}  // namespace partita
