// From names on the command line to a SoC, a network, costs and candidate modes.
#pragma once

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "partitioners/partitioner.h"
#include "sim/base/catalog.h"
#include "sim/base/units.h"
#include "sim/cost/changed_device.h"
#include "sim/cost/profile.h"
#include "sim/cost/remote.h"
#include "sim/cost/runtime.h"
#include "sim/graph/compress.h"
#include "sim/graph/import.h"
#include "sim/report/outcome.h"
#include "tools/partita/commands.h"

namespace partita {

/// Of data_root().
Catalog open_catalog();

/// load_soc, and every operator kind it names exists.
Soc open_soc(const Catalog& catalog, const std::string& name_or_path);

/// A network: a file of the catalogue, else one of the zoo; or a path to a file of the user's.
/// Several joined by `+`: one graph that runs them at once.
/// `dims`: of the .onnx files among them; InputError where there is none.
Graph open_graph(const Catalog& catalog, const std::string& names, const ImportOptions& dims = {});
/// NAME=EXTENT. Throws InputError.
ImportOptions read_dims(const std::vector<std::string>& arguments);
/// 1 to 1,000,000, and nothing after it.
bool parse_extent(std::string_view text, std::int64_t& extent);

/// `where` (an option) and what is wrong go into the error.
double parse_argument(std::string_view where, std::string_view text, Dimension dimension);
/// KEY=VALUE. Throws InputError.
std::map<std::string, double, std::less<>> read_options(const std::vector<std::string>& arguments,
                                                        std::string_view where = "--option");
std::vector<std::string> split_list(std::string_view text, char separator = ',');
Objective objective_by_name(std::string_view name);

/// The second device of a job, and what the composite cost model refers to.
struct Remote {
  Soc phone, soc;  ///< Alone.
  Graph network;   ///< As it was read, before it was anchored.
  AnchoredGraph anchored;
  Joined joined;
  std::string runtime;
  bool measured = false;
  std::optional<Runtime> fitted;
};

class Opened;

/// Keeps alive what a Job refers to.
struct Prepared {
  Soc soc;  ///< With a remote device: both, joined.
  Graph graph;
  std::unique_ptr<Remote> remote;  ///< Null: none.
  std::string runtime;
  bool measured = false;
  std::vector<std::string> other_runtimes;
  std::shared_ptr<const Profile> profile;
  std::optional<Runtime> fitted;
  std::vector<std::string> changes;            ///< As asked for.
  std::unique_ptr<Soc> unchanged;              ///< The phone that exists, where `soc` is changed.
  std::unique_ptr<CostModel> unchanged_costs;  ///< Of `unchanged`.
  ChangedDevice* changed = nullptr;            ///< In `model`.
  std::unique_ptr<CostModel> model;
  std::vector<Mode> modes;  ///< By unit, then ascending clocks.
  Objective objective = Objective::latency;
  std::map<std::string, double, std::less<>> options;
  Job job() const;
  bool contention = true;
  int requests = 1;
  double memory_budget_bytes = std::numeric_limits<double>::infinity();
  std::vector<CompressionEffect> compression;
};

/// Behind a pointer: the cost model refers to the SoC.
std::unique_ptr<Prepared> prepare(const JobRequest& request);
/// With what earlier jobs have opened.
std::unique_ptr<Prepared> prepare(const JobRequest& request, Opened& opened);

/// Candidates as --opp says: "top", "all", or DOMAIN=FREQUENCY. Throws InputError.
void set_clocks(Prepared& prepared, const std::vector<std::string>& clocks);

/// One letter per placed operator in execution order; each unit at its highest candidate clock.
Plan plan_from_letters(const Prepared& prepared, std::string_view letters);

/// As --save-plan wrote it, for this SoC and network; legal. Throws InputError, UnsupportedError.
Plan plan_from_file(const Prepared& prepared, const std::string& file);

/// The whole network on one unit, at each of its candidate modes.
std::vector<std::pair<Mode, Plan>> single_unit_plans(const Prepared& prepared, UnitId unit);

struct NamedPlan {
  std::string name;
  Plan plan;
};
/// "all on gpu", at the candidate clock that serves the objective best. Nothing: the unit cannot
/// run the whole network.
std::optional<NamedPlan> on_one_unit(const Prepared& prepared, UnitId unit);
/// The best of them by the analytical model.
std::optional<NamedPlan> best_single_unit(const Prepared& prepared);

}  // namespace partita
