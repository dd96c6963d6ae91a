// Suite rk3399pro-mappings: does the simulator tell what a real board did with thousands of splits?
#include "validation/mappings.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "sim/cost/fit.h"
#include "sim/plan/evaluate.h"
#include "validation/validation.h"

namespace partita {

Board::Board(const Catalog& catalog) : soc_(load_soc(catalog.soc("rk3399pro"))) {
  for (const auto& entry : catalog.profiles())
    if (entry.soc == soc_.name && entry.runtime.starts_with("armcl-"))
      profiles_[entry.runtime.substr(6)] = load_profile(soc_, entry.folder);
  for (const std::string& name : catalog.models())
    if (name.ends_with("-armcl")) {
      Graph graph = coarsen(load_graph(catalog.model(name)));
      const std::string network = graph.network();
      graphs_.emplace(network, std::move(graph));
    }
}

const Graph* Board::graph(const MappingCase& mapping) const {
  const auto graph = graphs_.find(mapping.network);
  const auto profile = profiles_.find(mapping.campaign);
  if (graph == graphs_.end() || profile == profiles_.end() ||
      !profile_covers(*profile->second, graph->second))
    return nullptr;
  return &graph->second;
}

std::shared_ptr<const Profile> Board::profile(const std::string& campaign) const {
  return profiles_.at(campaign);
}

Plan Board::plan(const MappingCase& mapping, const Graph& graph) const {
  auto opp = [&](DomainId domain, double mhz) -> std::int16_t {
    const auto& opps = soc_.domain(domain).opps;
    for (std::size_t i = 0; i < opps.size(); ++i)
      if (std::abs(opps[i].frequency_hz * 1e-6 - mhz) < 0.5) return static_cast<std::int16_t>(i);
    throw InputError(
        fmt::format("{}: {} MHz is no OPP of {}", mapping.network, mhz, soc_.domain(domain).name));
  };
  std::vector<Mode> modes(graph.size());
  std::size_t layer = 0;
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    if (layer >= mapping.units.size()) break;
    const auto unit = std::find_if(soc_.units.begin(), soc_.units.end(),
                                   [&](const Unit& u) { return u.letter == mapping.units[layer]; });
    const auto [own, host] = mapping.clocks_mhz[layer];
    Mode& mode = modes[index(op)];
    mode.unit = make_id<UnitId>(static_cast<std::size_t>(unit - soc_.units.begin()));
    mode.opp = own > 0 ? opp(unit->domain, own) : std::int16_t{0};
    if (unit->host_domain) mode.host_opp = opp(*unit->host_domain, host);
    ++layer;
  }
  const auto placed = std::count_if(graph.operators().begin(), graph.operators().end(), is_placed);
  if (layer != mapping.units.size() || static_cast<std::size_t>(placed) != layer)
    throw InputError(
        fmt::format("{}: {} units for {} layers", mapping.network, mapping.units.size(), placed));
  return plan_from_modes(soc_, graph, modes);
}

Board::Prediction Board::predict(const CostModel& model, const Graph& graph, const Plan& plan,
                                 bool with_sd) const {
  const Timeline timeline = estimate(lower(model, graph, plan));
  Prediction prediction{to_seconds(timeline.makespan_ps), timeline.energy_j, 0};
  if (with_sd) prediction.relative_sd = uncertainty(model, graph, plan).sd_s / prediction.time_s;
  return prediction;
}

namespace {

/// A case that can be predicted and was measured.
struct Job {
  const MappingCase* mapping;
  const Graph* graph;
  Plan plan;
};

std::vector<Job> jobs_of(const Board& board, const std::vector<MappingCase>& cases,
                         std::vector<std::string>& problems) {
  std::vector<Job> jobs;
  for (const MappingCase& mapping : cases) {
    const Graph* graph = board.graph(mapping);
    if (!graph || !mapping.time_s || !mapping.energy_j) continue;
    try {
      jobs.push_back({&mapping, graph, board.plan(mapping, *graph)});
    } catch (const InputError& error) {
      problems.push_back(error.what());
    }
  }
  if (jobs.empty() && !problems.empty()) throw InputError(problems.front());
  return jobs;
}

std::unique_ptr<CostModel> model_of(const Board& board, const std::string& campaign,
                                    const ProfileConstants& constants) {
  return make_cost_model(board.soc(), board.profile(campaign), constants);
}

/// Constants fitted to the jobs. The campaigns share all but the power's tail.
using Constants = std::map<std::string, ProfileConstants>;

/// Jobs of one campaign and network are many alike: at most this many, evenly taken, go into a fit.
constexpr std::size_t kFitJobs = 60;

std::vector<const Job*> sample(const std::vector<Job>& jobs, const std::string& without_network) {
  std::map<std::string, std::vector<const Job*>> groups;
  for (const Job& job : jobs) {
    const bool has_npu = job.mapping->units.find('N') != std::string::npos;
    if (job.mapping->network != without_network && !has_npu)
      groups[job.mapping->campaign + "/" + job.mapping->network].push_back(&job);
  }
  std::vector<const Job*> taken;
  for (const auto& [name, group] : groups) {
    const std::size_t n = std::min(group.size(), kFitJobs);
    for (std::size_t i = 0; i < n; ++i) taken.push_back(group[i * group.size() / n]);
  }
  return taken;
}

Constants fit(const Board& board, const std::vector<Job>& jobs, const std::string& without_network,
              const std::function<void(double)>& progress) {
  const auto taken = sample(jobs, without_network);
  auto unpack = [](const std::vector<double>& x) {
    Constants constants;
    constants["lwga"] = profile_constants({x[0], x[1], x[2], x[3], x[4]});
    constants["coup"] = profile_constants({x[0], x[1], x[2], x[3], x[5]});
    return constants;
  };
  auto residuals = [&](const std::vector<double>& x, std::vector<double>& r) {
    std::map<std::string, std::unique_ptr<CostModel>> models;
    for (const auto& [campaign, constants] : unpack(x))
      models[campaign] = model_of(board, campaign, constants);
    r.clear();
    for (const Job* job : taken) {
      const auto p =
          board.predict(*models.at(job->mapping->campaign), *job->graph, job->plan, false);
      r.push_back(p.time_s / *job->mapping->time_s - 1);
      r.push_back(p.energy_j / *job->mapping->energy_j - 1);
    }
  };
  const std::vector<FitParameter> parameters{{"spread", 0.1, 0, 0.5, 0.01},
                                             {"move", 0.1, 0, 0.5, 0.01},
                                             {"start_cpu", 3e-4, 0, 3e-3, 1e-5},
                                             {"start_gpu", 6e-4, 0, 3e-3, 1e-5},
                                             {"power_tail/lwga", 1e-3, 0, 5e-3, 1e-5},
                                             {"power_tail/coup", 2e-3, 0, 5e-3, 1e-5}};
  return unpack(fit_least_squares(parameters, residuals,
                                  {.loss_scale = 0.03, .iterations = 12, .progress = progress}));
}

struct Column {
  std::vector<double> predicted, measured, sd, published, published_measured;
  std::vector<std::pair<std::string, std::string>> names;  ///< Units by layer, campaign.
};

std::optional<double> mape(const std::vector<double>& predicted,
                           const std::vector<double>& measured) {
  if (predicted.empty()) return std::nullopt;
  return score("", predicted, measured, false).mape;
}

/// Time and energy of one group of rows.
void add_group(SuiteResult& result, const std::string& name, const Column& time,
               const Column& energy, std::size_t dropped) {
  for (const auto& [quantity, column] : {std::pair{"time", &time}, std::pair{"energy", &energy}}) {
    QuantityResult r = score(fmt::format("{}.{}", quantity, name), column->predicted,
                             column->measured, true, column->sd);
    r.dropped = dropped;
    if (column == &energy) r.unit = std::string(1, 'J');
    name_cases(r, [&](std::size_t i) { return column->names[i]; });
    r.plain_mape = mape(column->published, column->published_measured);
    result.results.push_back(std::move(r));
  }
}

void append(Column& to, const Column& from) {
  auto add = [](std::vector<double>& a, const std::vector<double>& b) {
    a.insert(a.end(), b.begin(), b.end());
  };
  add(to.predicted, from.predicted);
  add(to.measured, from.measured);
  add(to.sd, from.sd);
  add(to.published, from.published);
  add(to.published_measured, from.published_measured);
  to.names.insert(to.names.end(), from.names.begin(), from.names.end());
}

std::vector<MappingCase> stored_cases(const Catalog& catalog) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(catalog.root() / "validation" / "rk3399pro-mappings"))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<MappingCase> cases;
  for (const auto& file : files)
    for (MappingCase& mapping : read_mappings(file)) cases.push_back(std::move(mapping));
  return cases;
}

std::string to_text(const ProfileConstants& c) {
  return fmt::format("spread {:.1f} %, move {:.1f} %, start cpu {:.2f} ms, start gpu {:.2f} ms",
                     c.spread * 100, c.move * 100, c.start_cpu_s * 1e3, c.start_gpu_s * 1e3);
}

}  // namespace

SuiteResult validate_mappings(const Catalog& catalog, const ValidateOptions& options) {
  const Board board(catalog);
  std::vector<std::string> problems;
  const auto cases = options.data ? read_mappings(*options.data, &problems) : stored_cases(catalog);
  const auto jobs = jobs_of(board, cases, problems);
  SuiteResult result{"rk3399pro-mappings", {}, {}};
  std::map<std::string, std::pair<std::size_t, std::size_t>>
      dropped;  // Without measurement, without profile.
  std::set<std::string> networks;
  for (const MappingCase& mapping : cases) {
    networks.insert(mapping.network);
    if (!mapping.time_s || !mapping.energy_j)
      ++dropped[mapping.campaign + "." + mapping.network].first;
    else if (!board.graph(mapping))
      ++dropped[mapping.campaign + "." + mapping.network].second;
  }
  if (!options.data) {
    const Constants all = fit(board, jobs, "", {});
    result.notes.push_back(fmt::format(
        "all networks: {}, power tail {:.2f} ms (lwga), {:.2f} ms (coup)", to_text(all.at("lwga")),
        all.at("lwga").power_tail_s * 1e3, all.at("coup").power_tail_s * 1e3));
  }
  std::map<std::string, std::map<std::string, std::pair<Column, Column>>>
      groups;  // Network, campaign.
  double done = 0;
  for (const std::string& network : networks) {
    Constants constants;
    if (options.data) {
      for (const char* campaign : {"lwga", "coup"})
        constants[campaign] = constants_of(*board.profile(campaign));
    } else {
      constants = fit(board, jobs, network, [&](double f) {
        if (options.progress)
          options.progress((done + 0.9 * f) / static_cast<double>(networks.size()));
      });
      result.notes.push_back(fmt::format("{}: constants fitted on the other networks: {}", network,
                                         to_text(constants.at("lwga"))));
    }
    std::map<std::string, std::unique_ptr<CostModel>> models;
    for (const auto& [campaign, c] : constants) models[campaign] = model_of(board, campaign, c);
    for (const Job& job : jobs) {
      const MappingCase& mapping = *job.mapping;
      if (mapping.network != network) continue;
      const auto p = board.predict(*models.at(mapping.campaign), *job.graph, job.plan, true);
      auto& [time, energy] = groups[network][mapping.campaign];
      for (auto [column, predicted, measured, published] :
           {std::tuple{&time, p.time_s, *mapping.time_s, mapping.published_time_s},
            std::tuple{&energy, p.energy_j, *mapping.energy_j, mapping.published_energy_j}}) {
        column->predicted.push_back(predicted);
        column->measured.push_back(measured);
        column->sd.push_back(p.relative_sd);
        column->names.emplace_back(mapping.units, mapping.campaign);
        if (!published) continue;
        column->published.push_back(*published);
        column->published_measured.push_back(measured);
      }
    }
    done += 1;
    if (options.progress) options.progress(done / static_cast<double>(networks.size()));
  }
  for (const auto& [network, campaigns] : groups) {
    Column time, energy;
    std::size_t lost = 0;
    for (const auto& [campaign, columns] : campaigns) {
      append(time, columns.first);
      append(energy, columns.second);
      lost += dropped[campaign + "." + network].first;
    }
    add_group(result, network, time, energy, lost);
    if (campaigns.size() < 2) continue;
    for (const auto& [campaign, columns] : campaigns)
      add_group(result, network + "." + campaign, columns.first, columns.second,
                dropped[campaign + "." + network].first);
  }
  if (!problems.empty())
    result.notes.push_back(
        fmt::format("{} measured rows left out, the first: {}", problems.size(), problems.front()));
  for (const auto& [name, counts] : dropped) {
    if (counts.first)
      result.notes.push_back(
          fmt::format("{}: {} rows without a measurement dropped", name, counts.first));
    if (counts.second)
      result.notes.push_back(
          fmt::format("{}: {} rows of a network without a profile dropped", name, counts.second));
  }
  return result;
}

}  // namespace partita
