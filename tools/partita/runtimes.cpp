#include "tools/partita/runtimes.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "tools/partita/opened.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

struct Candidate {
  std::string name;
  std::shared_ptr<const Profile> profile;
  bool wanted = false, covers = false;
  std::size_t rows = 0;
};

std::vector<Candidate> layer_profiles(Opened& opened, const Soc& soc, const Graph& layers,
                                      const std::string& asked) {
  std::vector<Candidate> candidates;
  for (const auto& entry : opened.profiles()) {
    if (entry.soc != soc.name || !entry.layers) continue;
    Candidate c{.name = entry.runtime + "-" + entry.precision,
                .profile = opened.profile(soc, entry.folder)};
    c.wanted = asked.empty() || asked == c.name || asked == entry.runtime;
    c.covers = profile_covers(*c.profile, layers);
    c.rows = measured_rows(*c.profile, layers);
    candidates.push_back(std::move(c));
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(b.covers, b.rows, a.name) < std::tie(a.covers, a.rows, b.name);
  });
  return candidates;
}

/// Single rows to fit to, not layers at every clock.
bool is_of(const Catalog::ProfileEntry& entry, std::string_view runtime) {
  return !entry.layers && is_tables_of(entry, runtime);
}

std::vector<Evidence> evidence_among(std::span<const Catalog::ProfileEntry> profiles,
                                     const Soc& soc, std::string_view runtime) {
  std::vector<Evidence> evidence;
  for (const auto& entry : profiles)
    if (entry.soc == soc.name && is_of(entry, runtime)) {
      Evidence e = load_evidence(entry.folder);
      if (e.runtime == runtime) evidence.push_back(std::move(e));
    }
  return evidence;
}

/// Runtimes with kernel models and measurements on the SoC, most rows first.
std::vector<std::string> measured_runtimes(Opened& opened, const Soc& soc) {
  std::map<std::string, std::size_t> bytes;
  std::error_code error;
  const auto forms = kernel_form_runtimes();
  for (const auto& entry : opened.profiles())
    for (const std::string& runtime : forms)
      if (entry.soc == soc.name && is_of(entry, runtime))
        for (const char* table : {"operators.csv", "networks.csv"})
          if (std::filesystem::exists(entry.folder / table, error))
            bytes[runtime] += std::filesystem::file_size(entry.folder / table, error);
  std::vector<std::string> names;
  for (const auto& [name, size] : bytes) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return bytes[a] > bytes[b]; });
  return names;
}

}  // namespace

bool is_tables_of(const Catalog::ProfileEntry& entry, std::string_view runtime) {
  const auto named = [&](std::string_view name) {
    return entry.runtime == name || entry.runtime.starts_with(std::string(name) + "-");
  };
  // mace-buffer is a runtime, no tables of mace's.
  for (const std::string& other : kernel_form_runtimes())
    if (other.size() > runtime.size() && other.starts_with(runtime) && named(other)) return false;
  return named(runtime);
}

const Graph* Networks::find(std::string_view network) {
  if (const auto at = known_.find(network); at != known_.end())
    return at->second ? &*at->second : nullptr;
  std::optional<Graph>& graph = known_[std::string(network)];
  if (const ZooNetwork* zoo = find_network(network)) {
    graph = zoo->make();
  } else {
    for (const std::string& name : catalog_.models()) {
      std::string dashed(network);  // benchncnn says mobilenet_v2 and FastestDet
      for (char& c : dashed)
        c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (name == network || name == dashed) {
        graph = load_graph(catalog_.model(name));
        break;
      }
    }
  }
  return graph ? &*graph : nullptr;
}

std::vector<std::string> Networks::names() const {
  std::vector<std::string> names = catalog_.models();
  for (const ZooNetwork& network : zoo()) names.push_back(network.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<Evidence> open_evidence(const Catalog& catalog, const Soc& soc,
                                    std::string_view runtime) {
  return evidence_among(catalog.profiles(), soc, runtime);
}

std::vector<MeasuredSoc> open_others(const Catalog& catalog, const Soc& soc,
                                     std::string_view runtime) {
  const std::vector<std::string> described = catalog.socs();
  const auto profiles = catalog.profiles();
  std::set<std::string> names;
  for (const auto& entry : profiles)
    if (entry.soc != soc.name && is_of(entry, runtime) &&
        std::binary_search(described.begin(), described.end(), entry.soc))
      names.insert(entry.soc);
  std::vector<MeasuredSoc> others;
  for (const std::string& name : names) {
    MeasuredSoc other{open_soc(catalog, name), {}};
    other.evidence = evidence_among(profiles, other.soc, runtime);
    others.push_back(std::move(other));
  }
  return others;
}

ChosenRuntime choose_runtime(Opened& opened, const Soc& soc, const Graph& layers,
                             const std::string& asked, std::string_view option) {
  ChosenRuntime chosen;
  std::vector<std::string> known;
  for (Candidate& c : layer_profiles(opened, soc, layers, asked)) {
    known.push_back(c.name);
    if (c.wanted && !chosen.profile && (c.covers || !asked.empty())) {
      chosen.name = std::move(c.name);
      chosen.profile = std::move(c.profile);
      chosen.covers = c.covers;
    } else if (c.covers) {
      chosen.others.push_back(c.name);
    }
  }
  const auto forms = kernel_form_runtimes();
  known.insert(known.end(), forms.begin(), forms.end());
  known.push_back("roofline");
  std::string fitted;
  for (const std::string& name : measured_runtimes(opened, soc)) {
    if (!chosen.profile && fitted.empty() && asked.empty())
      fitted = name;
    else if (name != asked)
      chosen.others.push_back(name);
  }
  if (!chosen.profile && std::find(forms.begin(), forms.end(), asked) != forms.end())
    fitted = asked;
  if (!fitted.empty()) {
    chosen.name = fitted;
    chosen.fitted = opened.runtime(fitted);
  }
  if (!asked.empty() && asked != "roofline" && !chosen.profile && !chosen.fitted)
    throw_unknown(option, "runtime for " + soc.name, asked, known);
  return chosen;
}

}  // namespace partita
