#include "tools/partita/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "models/zoo.h"
#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/cost/cached_costs.h"
#include "sim/graph/merge.h"
#include "tools/partita/compression.h"
#include "tools/partita/opened.h"
#include "tools/partita/runtimes.h"

namespace partita {
namespace fs = std::filesystem;

double parse_argument(std::string_view where, std::string_view text, Dimension dimension) {
  try {
    return parse_quantity(text, dimension);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", where, error.what()));
  }
}

namespace {

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
  for (const Domain& domain : soc.domains)
    if (domain.opps.back().frequency_hz > 0) known.push_back(domain.name + "=FREQUENCY");
  for (const std::string& argument : arguments) {
    if (argument == "top") continue;
    if (argument == "all") {
      clocks.all = true;
      continue;
    }
    const auto equals = argument.find('=');
    const auto domain = std::find_if(soc.domains.begin(), soc.domains.end(), [&](const Domain& d) {
      return equals != std::string::npos && d.name == argument.substr(0, equals) &&
             d.opps.back().frequency_hz > 0;
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
    if (unit.kind == UnitKind::network) continue;
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

}  // namespace

std::map<std::string, double, std::less<>> read_options(const std::vector<std::string>& arguments,
                                                        std::string_view where) {
  std::map<std::string, double, std::less<>> options;
  for (const std::string& argument : arguments) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos || equals == 0)
      throw InputError(fmt::format("{}: \"{}\" is not KEY=VALUE", where, argument));
    const std::string key = argument.substr(0, equals);
    const double value =
        parse_number(argument.substr(equals + 1), fmt::format("{} {}", where, key));
    if (!options.emplace(key, value).second)
      throw InputError(fmt::format("{}: \"{}\" is given twice", where, key));
  }
  return options;
}

namespace {

bool has_layers(const Graph& graph) {
  return std::any_of(graph.operators().begin(), graph.operators().end(),
                     [](const Operator& op) { return !op.layer.empty(); });
}

}  // namespace

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

namespace {

bool is_onnx(const std::string& name) {
  return fs::path(name).extension() == ".onnx";
}

Graph open_network(const Catalog& catalog, const std::string& name_or_path,
                   const ImportOptions& dims) {
  std::vector<std::string> names = catalog.models();
  if (std::find(names.begin(), names.end(), name_or_path) == names.end()) {
    if (const ZooNetwork* network = find_network(name_or_path)) return network->make();
    if (!Catalog::is_path(name_or_path)) {
      for (const ZooNetwork& network : zoo()) names.push_back(network.name);
      throw_unknown_of_many("models", "model", name_or_path, names, "partita list models");
    }
  }
  const fs::path path = catalog.model(name_or_path);
  return is_onnx(name_or_path) && !dims.dims.empty() ? import_onnx(path, dims).graph
                                                     : load_graph(path);
}

}  // namespace

bool parse_extent(std::string_view text, std::int64_t& extent) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
  return error == std::errc() && end == text.data() + text.size() && extent >= 1 &&
         extent <= 1'000'000;
}

ImportOptions read_dims(const std::vector<std::string>& arguments) {
  ImportOptions options;
  for (const std::string& argument : arguments) {
    const auto equals = argument.rfind('=');
    std::int64_t extent = 0;
    if (equals == std::string::npos || equals == 0 ||
        !parse_extent(std::string_view(argument).substr(equals + 1), extent))
      throw InputError(
          fmt::format("--dim: \"{}\" is not NAME=EXTENT, an extent from 1 to 1000000", argument));
    if (!options.dims.emplace(argument.substr(0, equals), extent).second)
      throw InputError(fmt::format("--dim: \"{}\" is given twice", argument.substr(0, equals)));
  }
  return options;
}

Graph open_graph(const Catalog& catalog, const std::string& names, const ImportOptions& dims) {
  std::error_code error;
  const bool is_file = Catalog::is_path(names) && fs::exists(names, error);
  const bool one = is_file || names.find('+') == std::string::npos;
  const std::vector<std::string> each = one ? std::vector{names} : split_list(names, '+');
  if (!dims.dims.empty() && std::none_of(each.begin(), each.end(), is_onnx))
    throw InputError(fmt::format("--dim: only for .onnx files, and {} is none", names));
  if (one) return open_network(catalog, names, dims);
  std::vector<Graph> graphs;
  for (const std::string& name : each) {
    if (name.empty())
      throw InputError(fmt::format("model \"{}\": several networks at once are NAME+NAME", names));
    graphs.push_back(open_network(catalog, name, dims));
  }
  return merge_graphs(graphs);
}

Objective objective_by_name(std::string_view name) {
  const auto names = objective_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw_unknown("--objective", "objective", name, names);
  return static_cast<Objective>(found - names.begin());
}

Job Prepared::job() const {
  Job job{soc,       graph,      *model,  runtime, measured, fitted.has_value(), other_runtimes,
          objective, contention, requests};
  if (remote) {
    job.joined = &remote->joined;
    job.remote_runtime = remote->runtime;
  }
  job.compression = compression;
  job.changes = changes;
  return job;
}

namespace {

/// The cost model of one device; `fitted` keeps the runtime that its kernel models refer to.
std::unique_ptr<CostModel> model_of(Opened& opened, const Soc& soc, const Graph& graph,
                                    ChosenRuntime& chosen, std::optional<Runtime>& fitted) {
  if (!chosen.fitted)
    return chosen.profile ? make_cost_model(soc, chosen.profile) : make_roofline_model(soc);
  fitted = std::move(chosen.fitted);
  return make_fitted_model(soc, *fitted, graph, opened.fits(soc, *fitted));
}

/// The same for `soc`, changed as the request says.
std::unique_ptr<CostModel> changed_model_of(Opened& opened, Prepared& prepared, Soc& soc,
                                            const Graph& graph, ChosenRuntime& chosen,
                                            const std::vector<std::string>& arguments) {
  const DeviceChanges changes = read_changes(soc, arguments, "--change");
  prepared.changes = arguments;
  prepared.unchanged = std::make_unique<Soc>(soc);
  prepared.unchanged_costs = make_cached_model(
      model_of(opened, *prepared.unchanged, graph, chosen, prepared.fitted), graph);
  if (changes_anything(changes, soc))
    soc.title += fmt::format(", changed: {}", fmt::join(arguments, ", "));
  auto changed = std::make_unique<ChangedDevice>(*prepared.unchanged_costs, soc, changes);
  prepared.changed = changed.get();
  return changed;
}

/// The link with what the request says instead. Throws InputError for options without a partner.
std::optional<NetworkLink> network_of(const Catalog& catalog, const JobRequest& request) {
  if (request.remote.empty() != request.over.empty())
    throw InputError(request.over.empty()
                         ? fmt::format("--remote {}: over which network? --over LINK, one of: {}",
                                       request.remote, join_choices(catalog.links()))
                         : fmt::format("--over {}: to which device? --remote SOC, from `partita "
                                       "list socs`",
                                       request.over));
  if (request.remote.empty()) {
    for (const auto& [option, text] : {std::pair{"--bandwidth", request.bandwidth},
                                       {"--round-trip", request.round_trip},
                                       {"--remote-runtime", request.remote_runtime}})
      if (!text.empty()) throw InputError(fmt::format("{}: needs --remote and --over", option));
    return std::nullopt;
  }
  NetworkLink link = load_link(catalog.link(request.over));
  if (!request.bandwidth.empty()) {
    const double rate = parse_argument("--bandwidth", request.bandwidth, Dimension::bandwidth);
    if (!(rate > 0)) throw InputError("--bandwidth: must be greater than zero");
    link.up.bandwidth_bytes_per_s = link.down.bandwidth_bytes_per_s = rate;
  }
  if (!request.round_trip.empty())
    link.round_trip_s = parse_argument("--round-trip", request.round_trip, Dimension::time);
  return link;
}

/// Puts the phone and the remote device together; the prepared SoC and network become those of
/// both.
void add_remote(Opened& opened, Prepared& prepared, const NetworkLink& link,
                std::unique_ptr<Remote> remote, ChosenRuntime& chosen) {
  remote->runtime = chosen.name;
  remote->measured = chosen.covers;
  remote->joined = join(remote->phone, remote->soc, link);
  remote->anchored = anchor(remote->network);
  auto model = model_of(opened, remote->soc, remote->network, chosen, remote->fitted);
  prepared.model = make_remote_model(remote->joined, remote->anchored, remote->network,
                                     std::move(prepared.model), std::move(model));
  prepared.soc = remote->joined.soc;
  prepared.graph = remote->anchored.graph;
  prepared.remote = std::move(remote);
}

}  // namespace

namespace {

std::unique_ptr<Prepared> make_prepared(const JobRequest& request, Opened& opened) {
  auto prepared = std::make_unique<Prepared>();
  prepared->objective = objective_by_name(request.objective);
  prepared->options = read_options(request.options);
  prepared->contention = !request.no_contention;
  prepared->requests = request.requests > 0 ? static_cast<int>(request.requests)
                                            : objective_requests(Objective::throughput);
  if (!request.memory_budget.empty())
    prepared->memory_budget_bytes =
        parse_argument("--memory-budget", request.memory_budget, Dimension::size);
  const Catalog& catalog = opened.catalog();
  const std::optional<NetworkLink> link = network_of(catalog, request);
  Soc phone = opened.soc(request.soc);
  Compressed compression =
      compressed(catalog, opened.graph(request.model, request.dims), request.compress);
  Graph graph = std::move(compression.graph);
  const bool layered = has_layers(graph);
  Graph layers = layered ? coarsen(graph) : graph;
  ChosenRuntime runtime = choose_runtime(opened, phone, layers, request.runtime), of_remote;
  auto remote = link ? std::make_unique<Remote>() : nullptr;
  if (remote) {
    remote->soc = opened.soc(request.remote);
    of_remote =
        choose_runtime(opened, remote->soc, layers, request.remote_runtime, "--remote-runtime");
    run_compressed(compression, remote->soc, of_remote);
  }
  run_compressed(compression, phone, runtime);
  prepared->compression = std::move(compression.effects);
  // A board's runtime is measured layer by layer; the roofline knows single operators better.
  if (layered && (runtime.covers || of_remote.covers)) graph = std::move(layers);
  prepared->runtime = runtime.name;
  prepared->measured = runtime.covers;
  prepared->profile = runtime.profile;
  prepared->other_runtimes = runtime.others;
  // The phone's model refers to its own SoC and network, joined or not.
  Soc& soc = remote ? remote->phone : prepared->soc;
  Graph& network = remote ? remote->network : prepared->graph;
  soc = std::move(phone);
  network = std::move(graph);
  prepared->model =
      request.changes.empty()
          ? model_of(opened, soc, network, runtime, prepared->fitted)
          : changed_model_of(opened, *prepared, soc, network, runtime, request.changes);
  if (remote) add_remote(opened, *prepared, *link, std::move(remote), of_remote);
  // What a changed device is made of is kept already.
  if (prepared->changed == nullptr || prepared->remote)
    prepared->model = make_cached_model(std::move(prepared->model), prepared->graph);
  set_clocks(*prepared, request.clocks);
  return prepared;
}

}  // namespace

std::unique_ptr<Prepared> prepare(const JobRequest& request) {
  Opened opened;
  return make_prepared(request, opened);
}

std::unique_ptr<Prepared> prepare(const JobRequest& request, Opened& opened) {
  // A file of the user's may bear the name of another SoC.
  if (Catalog::is_path(request.soc) || Catalog::is_path(request.remote)) return prepare(request);
  return make_prepared(request, opened);
}

void set_clocks(Prepared& prepared, const std::vector<std::string>& clocks) {
  prepared.modes = candidate_modes(prepared.soc, read_clocks(prepared.soc, clocks));
}

}  // namespace partita
