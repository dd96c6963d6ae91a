// A measured profile: traces/<soc>/<runtime>-<precision>/ with meta.yaml and CSV tables.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/cost/cost.h"

namespace partita {

class Profile;

/// Reads a profile folder and resolves unit names and OPPs against the SoC. Throws InputError with
/// file, line and column.
std::shared_ptr<const Profile> load_profile(const Soc& soc, const std::filesystem::path& folder);

/// Whether the profile has the network's layers (by Graph::network()).
bool profile_covers(const Profile& profile, const Graph& graph);

/// Measured profile first (where given and covering), roofline where there is none.
/// Keeps references to `soc`; the caller keeps it alive.
std::unique_ptr<CostModel> make_cost_model(const Soc& soc, std::shared_ptr<const Profile> profile);
std::unique_ptr<CostModel> make_roofline_model(const Soc& soc);

}  // namespace partita
