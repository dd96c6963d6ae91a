// A measured profile: traces/<soc>/<runtime>-<precision>/ with meta.yaml and CSV tables.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cost/cost.h"

namespace partita {

class Profile;

/// What a profile of single layers does not show, fitted to whole runs (meta.yaml, `fitted`).
struct ProfileConstants {
  /// Stretch of the part of a CPU layer that scales with its clock, when the plan spreads over
  /// units. It does not grow beyond layers of Profile's spread_until.
  double spread = 0;
  /// The same for the first layer after work has moved to another unit, on any unit.
  double move = 0;
  /// Start of a run of layers on a unit: each single-layer measurement holds it once, a run pays it
  /// once.
  double start_cpu_s = 0, start_gpu_s = 0;
  /// Power above base goes on for this long after a layer.
  double power_tail_s = 0;
};
/// Names in meta.yaml, in the order of the vector form.
std::vector<std::string> profile_constant_names();
std::vector<double> to_vector(const ProfileConstants& constants);
ProfileConstants profile_constants(const std::vector<double>& values);
const ProfileConstants& constants_of(const Profile& profile);

/// Reads a profile folder and resolves unit names and OPPs against the SoC. Throws InputError with
/// file, line and column.
std::shared_ptr<const Profile> load_profile(const Soc& soc, const std::filesystem::path& folder);

/// Whether the profile has the layers of every network of the graph (networks_of()).
bool profile_covers(const Profile& profile, const Graph& graph);
/// Rows of layers.csv for the network: 0 when nobody has measured it.
std::size_t measured_rows(const Profile& profile, const Graph& graph);

/// Measured profile first (where given and covering), roofline where there is none.
/// Keeps references to `soc`; the caller keeps it alive.
std::unique_ptr<CostModel> make_cost_model(const Soc& soc, std::shared_ptr<const Profile> profile);
/// The same with other constants, for fitting and cross-validation.
std::unique_ptr<CostModel> make_cost_model(const Soc& soc, std::shared_ptr<const Profile> profile,
                                           const ProfileConstants& constants);
std::unique_ptr<CostModel> make_roofline_model(const Soc& soc);

}  // namespace partita
