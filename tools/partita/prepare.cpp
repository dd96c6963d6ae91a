#include "tools/partita/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "tools/partita/runtimes.h"

namespace partita {
namespace fs = std::filesystem;
namespace {

bool is_data_root(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder / "socs", error) && fs::is_directory(folder / "models", error);
}

double parse_argument(std::string_view where, std::string_view text, Dimension dimension) {
  try {
    return parse_quantity(text, dimension);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", where, error.what()));
  }
}

/// Frequency by domain: -1 where the request leaves it open.
struct Clocks {
  bool all = false;
  std::vector<int> fixed_opp;
};

int opp_of(const Domain& domain, const std::string& text, std::string_view where) {
  const double hz = parse_argument(where, text, Dimension::frequency);
  std::vector<std::string> known;
  for (std::size_t i = 0; i < domain.opps.size(); ++i) {
    if (std::abs(domain.opps[i].frequency_hz - hz) <= 1e-3 * hz) return static_cast<int>(i);
    known.push_back(fmt::format("{:.6g}MHz", domain.opps[i].frequency_hz * 1e-6));
  }
  throw_unknown(where, "clock of " + domain.name, text, known);
}

Clocks read_clocks(const Soc& soc, const std::vector<std::string>& arguments) {
  Clocks clocks{false, std::vector<int>(soc.domains.size(), -1)};
  std::vector<std::string> known{"top", "all"};
  for (const Domain& domain : soc.domains) known.push_back(domain.name + "=FREQUENCY");
  for (const std::string& argument : arguments) {
    if (argument == "top") continue;
    if (argument == "all") {
      clocks.all = true;
      continue;
    }
    const auto equals = argument.find('=');
    const auto domain = std::find_if(soc.domains.begin(), soc.domains.end(), [&](const Domain& d) {
      return equals != std::string::npos && d.name == argument.substr(0, equals);
    });
    if (domain == soc.domains.end()) throw_unknown("--opp", "clock", argument, known);
    clocks.fixed_opp[static_cast<std::size_t>(domain - soc.domains.begin())] =
        opp_of(*domain, argument.substr(equals + 1), "--opp " + domain->name);
  }
  return clocks;
}

std::vector<Mode> candidate_modes(const Soc& soc, const Clocks& clocks) {
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const Unit& unit = soc.units[u];
    const UnitId id = make_id<UnitId>(u);
    const int own = clocks.fixed_opp[index(unit.domain)];
    const int host = unit.host_domain ? clocks.fixed_opp[index(*unit.host_domain)] : -1;
    for (Mode mode : clocks.all ? all_modes(soc, id) : std::vector<Mode>{top_mode(soc, id)}) {
      if (own >= 0) mode.opp = static_cast<std::int16_t>(own);
      if (host >= 0 && mode.host_opp >= 0) mode.host_opp = static_cast<std::int16_t>(host);
      if (std::find(modes.begin(), modes.end(), mode) == modes.end()) modes.push_back(mode);
    }
  }
  return modes;
}

std::map<std::string, double, std::less<>> read_options(const std::vector<std::string>& arguments) {
  std::map<std::string, double, std::less<>> options;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError(fmt::format("--option: \"{}\" is not KEY=VALUE", argument));
    const std::string key = argument.substr(0, equals);
    const double value = parse_number(argument.substr(equals + 1), "--option " + key);
    if (!options.emplace(key, value).second)
      throw InputError(fmt::format("--option: \"{}\" is given twice", key));
  }
  return options;
}

bool has_layers(const Graph& graph) {
  return std::any_of(graph.operators().begin(), graph.operators().end(),
                     [](const Operator& op) { return !op.layer.empty(); });
}

}  // namespace

Catalog open_catalog() {
  const char* given = std::getenv("PARTITA_DATA");
  if (given != nullptr && *given != '\0') return Catalog(given);
  std::error_code error;
  for (fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path(); !folder.empty();
       folder = folder.parent_path()) {
    if (is_data_root(folder)) return Catalog(folder);
    if (folder == folder.parent_path()) break;
  }
  return Catalog(PARTITA_SOURCE_DIR);
}

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> items;
  while (true) {
    const auto cut = text.find(separator);
    items.emplace_back(text.substr(0, cut));
    if (cut == std::string_view::npos) return items;
    text.remove_prefix(cut + 1);
  }
}

Soc open_soc(const Catalog& catalog, const std::string& name_or_path) {
  Soc soc = load_soc(catalog.soc(name_or_path));
  // The SoC's room does not know operators; whoever brings both together checks their names.
  const auto known = op_kind_names();
  for (const Unit& unit : soc.units)
    for (const std::string& kind : unit.unsupported)
      if (std::find(known.begin(), known.end(), kind) == known.end())
        throw_unknown(fmt::format("{}: units.{}.unsupported", soc.name, unit.name), "operator kind",
                      kind, known);
  return soc;
}

Graph open_graph(const Catalog& catalog, const std::string& name_or_path) {
  std::vector<std::string> names = catalog.models();
  if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
    if (const ZooNetwork* network = find_network(name_or_path)) return network->make();
    if (!Catalog::is_path(name_or_path)) {
      for (const ZooNetwork& network : zoo()) names.push_back(network.name);
      throw_unknown_of_many("models", "model", name_or_path, names, "partita list models");
    }
  }
  return load_graph(catalog.model(name_or_path));
}

Objective objective_by_name(std::string_view name) {
  const auto names = objective_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown("--objective", "objective", name, names);
  return static_cast<Objective>(found - names.begin());
}

Job Prepared::job() const {
  return {soc,       graph,      *model,  runtime, measured, fitted.has_value(), other_runtimes,
          objective, contention, requests};
}

std::unique_ptr<Prepared> prepare(const JobRequest& request) {
  auto prepared = std::make_unique<Prepared>();
  prepared->objective = objective_by_name(request.objective);
  prepared->options = read_options(request.options);
  prepared->contention = !request.no_contention;
  prepared->requests = request.requests > 0 ? static_cast<int>(request.requests)
                                            : objective_requests(Objective::throughput);
  if (!request.memory_budget.empty())
    prepared->memory_budget_bytes =
        parse_argument("--memory-budget", request.memory_budget, Dimension::size);
  const Catalog catalog = open_catalog();
  prepared->soc = open_soc(catalog, request.soc);
  prepared->graph = open_graph(catalog, request.model);
  const bool layered = has_layers(prepared->graph);
  Graph layers = layered ? coarsen(prepared->graph) : prepared->graph;
  ChosenRuntime runtime = choose_runtime(catalog, prepared->soc, layers, request.runtime);
  // A board's runtime is measured layer by layer; the roofline knows single operators better.
  if (layered && runtime.covers) prepared->graph = std::move(layers);
  prepared->runtime = runtime.name;
  prepared->measured = runtime.covers;
  prepared->profile = runtime.profile;
  prepared->other_runtimes = runtime.others;
  if (runtime.fitted) {
    Networks networks(catalog);
    prepared->fitted = std::move(runtime.fitted);
    prepared->model = make_fitted_model(
        prepared->soc, *prepared->fitted, prepared->graph,
        fit_units(
            prepared->soc, *prepared->fitted, runtime.evidence,
            [&](std::string_view name) { return networks.find(name); }, runtime.other_socs));
  } else {
    prepared->model = runtime.profile ? make_cost_model(prepared->soc, runtime.profile)
                                      : make_roofline_model(prepared->soc);
  }
  prepared->modes = candidate_modes(prepared->soc, read_clocks(prepared->soc, request.clocks));
  return prepared;
}

Plan plan_from_letters(const Prepared& prepared, std::string_view letters) {
  std::vector<OpId> placed;
  for (const OpId id : prepared.graph.order())
    if (is_placed(prepared.graph.op(id))) placed.push_back(id);
  if (letters.size() != placed.size())
    throw InputError(fmt::format("--mapping: {} letters for the {} operators of {}", letters.size(),
                                 placed.size(), prepared.graph.name()));
  std::vector<std::string> known;
  for (const Unit& unit : prepared.soc.units)
    if (unit.letter != 0) known.push_back(fmt::format("{} ({})", unit.letter, unit.name));
  std::vector<Mode> modes(prepared.graph.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto found =
        std::find_if(prepared.modes.rbegin(), prepared.modes.rend(), [&](const Mode& mode) {
          const char letter = prepared.soc.unit(mode.unit).letter;
          return letter != 0 && letter == letters[i];
        });
    if (found == prepared.modes.rend())
      throw_unknown(fmt::format("--mapping: letter {}", i + 1), "unit letter", letters.substr(i, 1),
                    known);
    modes[index(placed[i])] = *found;
  }
  Plan plan = plan_from_modes(prepared.soc, prepared.graph, modes);
  if (const auto problems = check_plan(*prepared.model, prepared.graph, plan); !problems.empty())
    throw UnsupportedError(fmt::format("--mapping: {}", problems.front()));
  return plan;
}

std::vector<std::pair<Mode, Plan>> single_unit_plans(const Prepared& prepared, UnitId unit) {
  std::vector<std::pair<Mode, Plan>> plans;
  for (const Mode& mode : prepared.modes)
    if (mode.unit == unit)
      plans.emplace_back(mode, plan_from_modes(prepared.soc, prepared.graph,
                                               std::vector<Mode>(prepared.graph.size(), mode)));
  return plans;
}

}  // namespace partita
