// A profile folder to tables.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/cost/profile_tables.h"
#include "sim/graph/merge.h"

namespace partita {

std::vector<std::string> profile_constant_names() {
  return {"spread", "move", "start_cpu", "start_gpu", "power_tail"};
}

std::vector<double> to_vector(const ProfileConstants& c) {
  return {c.spread, c.move, c.start_cpu_s, c.start_gpu_s, c.power_tail_s};
}

ProfileConstants profile_constants(const std::vector<double>& v) {
  return {v[0], v[1], v[2], v[3], v[4]};
}

const ProfileConstants& constants_of(const Profile& profile) {
  return profile.constants;
}

std::size_t cells_of(const Soc& soc, UnitId unit) {
  const Unit& u = soc.unit(unit);
  const std::size_t hosts = u.host_domain ? soc.domain(*u.host_domain).opps.size() : 1;
  return soc.domain(u.domain).opps.size() * hosts;
}

std::size_t cell_of(const Soc& soc, const Mode& mode) {
  const Unit& u = soc.unit(mode.unit);
  if (!u.host_domain) return static_cast<std::size_t>(mode.opp);
  return static_cast<std::size_t>(mode.opp) * soc.domain(*u.host_domain).opps.size() +
         static_cast<std::size_t>(mode.host_opp);
}

namespace {

constexpr std::array<std::string_view, 6> kPhases{"input", "task", "output", "load", "run", "fill"};

class Reader {
 public:
  Reader(const Soc& soc, const std::filesystem::path& folder) : soc_(soc), folder_(folder) {}

  std::shared_ptr<const Profile> read() {
    profile_->folder = folder_.filename().string();
    profile_->has_unit.assign(soc_.units.size(), false);
    meta();
    layers();
    if (std::filesystem::exists(folder_ / "clock_steps.csv")) clock_steps();
    for (auto& [name, network] : profile_->networks) finish(network);
    return profile_;
  }

 private:
  void meta() {
    const Yaml meta = Yaml::load_file(folder_ / "meta.yaml");
    for (const char* key :
         {"device", "version", "threads", "method", "date", "source", "commit", "licence", "known"})
      meta.at(key).text();
    profile_->runtime = meta.at("runtime").text();
    profile_->precision =
        static_cast<Precision>(meta.at("precision").choice("precision", precision_names()));
    profile_->base_power_w = meta.at("base_power").quantity(Dimension::power);
    profile_->parks_idle_clocks = meta.at("parks_idle_clocks").boolean();
    const Yaml error = meta.at("error");
    profile_->own_error = error.at("own").quantity(Dimension::fraction);
    profile_->shared_error = error.at("shared").quantity(Dimension::fraction);
    error.at("source").text();
    error.done();
    const Yaml fitted = meta.at("fitted");
    fitted.at("source").text();
    profile_->constants = {fitted.at("spread").quantity(Dimension::fraction),
                           fitted.at("move").quantity(Dimension::fraction),
                           fitted.at("start_cpu").quantity(Dimension::time),
                           fitted.at("start_gpu").quantity(Dimension::time),
                           fitted.at("power_tail").quantity(Dimension::time)};
    profile_->spread_until_s = fitted.at("spread_until").quantity(Dimension::time);
    if (const auto fused = fitted.find("fused_runs")) {
      FusedRuns& f = profile_->fused;
      fused->at("source").text();
      f.least = fused->at("least").quantity(Dimension::fraction);
      f.entry_s = fused->at("entry").quantity(Dimension::time);
      f.entry_load = fused->at("entry_load").number();
      f.layer_s = fused->at("layer").quantity(Dimension::time);
      f.host_cycles = fused->at("host_cycles").number();
      f.load_s_per_byte = fused->at("load").quantity(Dimension::time_per_byte);
      f.fill_s_per_byte = fused->at("fill").quantity(Dimension::time_per_byte);
      f.weight_bytes_per_s = fused->at("weights").quantity(Dimension::bandwidth);
      fused->done();
    }
    fitted.done();
    meta.done();
  }

  /// OPP of a clock in MHz; empty means the only one.
  int opp(const Csv& csv, std::size_t row, std::size_t column, DomainId domain) const {
    const auto& opps = soc_.domain(domain).opps;
    if (csv.rows[row][column].empty() && opps.size() == 1) return 0;
    const double hz = csv.number(row, column) * 1e6;
    std::vector<std::string> known;
    for (std::size_t i = 0; i < opps.size(); ++i) {
      if (std::abs(opps[i].frequency_hz - hz) < 0.5e6) return static_cast<int>(i);
      known.push_back(fmt::format("{:.0f}", opps[i].frequency_hz / 1e6));
    }
    csv.fail(row, column,
             fmt::format("{} MHz is no OPP of {}; known: {}", csv.rows[row][column],
                         soc_.domain(domain).name, join_choices(known)));
  }

  UnitId unit(const Csv& csv, std::size_t row, std::size_t column) const {
    const auto found = soc_.find_unit(csv.rows[row][column]);
    if (!found)
      csv.fail(row, column,
               fmt::format("unknown unit \"{}\"; known: {}", csv.rows[row][column],
                           join_choices(soc_.unit_names())));
    return *found;
  }

  LayerTables* phase(const Csv& csv, std::size_t row, std::size_t column,
                     NetworkTables& network) const {
    const std::string& name = csv.rows[row][column];
    if (name == "task") return &network.task;
    if (name == "input") return &network.input;
    if (name == "load") return &network.load;
    if (name == "run") return &network.run;
    if (name == "fill") return &network.fill;
    if (name == "output") return nullptr;
    csv.fail(row, column,
             fmt::format("unknown phase \"{}\"; known: {}", name,
                         join_choices({kPhases.begin(), kPhases.end()})));
  }

  void layers() {
    const Csv csv = read_csv(folder_ / "layers.csv");
    const auto network = csv.column("network"), layer = csv.column("layer"),
               phase_at = csv.column("phase"), unit_at = csv.column("unit"),
               opp_at = csv.column("opp_mhz"), host_at = csv.column("host_mhz"),
               time = csv.column("time_ms"), power = csv.column("power_w");
    for (std::size_t r = 0; r < csv.rows.size(); ++r) {
      const auto& row = csv.rows[r];
      NetworkTables& of_network = profile_->networks[row[network]];
      LayerTables* tables = phase(csv, r, phase_at, of_network);
      ++of_network.rows;
      const UnitId u = unit(csv, r, unit_at);
      if (!tables) continue;
      auto& by_unit = (*tables)[row[layer]];
      by_unit.resize(soc_.units.size());
      UnitTable& table = by_unit[index(u)];
      if (table.time_s.empty()) {
        table.time_s.assign(cells_of(soc_, u), kUnmeasured);
        table.power_w.assign(cells_of(soc_, u), kUnmeasured);
      }
      Mode mode{u, static_cast<std::int16_t>(opp(csv, r, opp_at, soc_.unit(u).domain)), -1};
      if (const auto host = soc_.unit(u).host_domain)
        mode.host_opp = static_cast<std::int16_t>(opp(csv, r, host_at, *host));
      const std::size_t cell = cell_of(soc_, mode);
      const double ms = csv.number(r, time);
      if (ms < 0) csv.fail(r, time, "a time is not negative");
      table.time_s[cell] = ms * 1e-3;
      if (!row[power].empty()) table.power_w[cell] = csv.number(r, power);
      profile_->has_unit[index(u)] = true;
    }
  }

  void clock_steps() {
    const Csv csv = read_csv(folder_ / "clock_steps.csv");
    const auto clock = csv.column("clock"), from = csv.column("from_mhz"),
               to = csv.column("to_mhz"), delay = csv.column("delay_us");
    for (std::size_t r = 0; r < csv.rows.size(); ++r) {
      std::vector<std::string> known;
      std::optional<DomainId> domain;
      for (std::size_t d = 0; d < soc_.domains.size(); ++d) {
        known.push_back(soc_.domains[d].name);
        if (soc_.domains[d].name == csv.rows[r][clock]) domain = make_id<DomainId>(d);
      }
      if (!domain)
        csv.fail(r, clock,
                 fmt::format("unknown clock \"{}\"; known: {}", csv.rows[r][clock],
                             join_choices(known)));
      const double us = csv.number(r, delay);
      if (us < 0) csv.fail(r, delay, "a delay is not negative");
      profile_->clock_steps_s[{*domain, opp(csv, r, from, *domain), opp(csv, r, to, *domain)}] =
          us * 1e-6;
    }
  }

  /// Board power where a row has none: the time-weighted mean of the unit's layers at the same
  /// clocks.
  void finish(NetworkTables& network) {
    for (std::size_t u = 0; u < soc_.units.size(); ++u) {
      const std::size_t cells = cells_of(soc_, make_id<UnitId>(u));
      std::vector<double> energy(cells, 0), time(cells, 0);
      for (auto& [name, tables] : network.task)
        for (std::size_t c = 0; u < tables.size() && c < tables[u].time_s.size(); ++c)
          if (tables[u].measured(c) && !std::isnan(tables[u].power_w[c])) {
            energy[c] += tables[u].power_w[c] * tables[u].time_s[c];
            time[c] += tables[u].time_s[c];
          }
      for (LayerTables* phase : {&network.task, &network.input})
        for (auto& [name, tables] : *phase) {
          if (u >= tables.size()) continue;
          for (std::size_t c = 0; c < tables[u].power_w.size(); ++c)
            if (std::isnan(tables[u].power_w[c]) && time[c] > 0)
              tables[u].power_w[c] = energy[c] / time[c];
          scale(tables[u], make_id<UnitId>(u));
        }
    }
  }

  /// T = m + b / f by the lowest and highest clock: b / f is what a slower clock stretches.
  void scale(UnitTable& table, UnitId unit) const {
    const Unit& u = soc_.unit(unit);
    const auto& opps = soc_.domain(u.domain).opps;
    const std::size_t hosts = table.time_s.size() / opps.size();
    table.clock_s.assign(table.time_s.size(), 0);
    if (opps.size() < 2) return;
    for (std::size_t c = 0; c < table.time_s.size(); ++c) {
      const std::size_t low = c % hosts, high = (opps.size() - 1) * hosts + c % hosts;
      if (!table.measured(c) || !table.measured(low) || !table.measured(high)) continue;
      const double b = (table.time_s[low] - table.time_s[high]) /
                       (1 / opps.front().frequency_hz - 1 / opps.back().frequency_hz);
      table.clock_s[c] = std::clamp(b / opps[c / hosts].frequency_hz, 0.0, table.time_s[c]);
    }
  }

  const Soc& soc_;
  std::filesystem::path folder_;
  std::shared_ptr<Profile> profile_ = std::make_shared<Profile>();
};

}  // namespace

std::shared_ptr<const Profile> load_profile(const Soc& soc, const std::filesystem::path& folder) {
  return Reader(soc, folder).read();
}

std::size_t measured_rows(const Profile& profile, const Graph& graph) {
  std::size_t rows = 0;
  for (const NetworkPart& part : networks_of(graph)) {
    const auto network = profile.networks.find(part.network);
    if (network != profile.networks.end()) rows += network->second.rows;
  }
  return rows;
}

bool profile_covers(const Profile& profile, const Graph& graph) {
  const std::vector<NetworkPart> parts = networks_of(graph);
  bool any = false;
  for (const Operator& op : graph.operators()) {
    if (!is_placed(op)) continue;
    const auto part = std::find_if(parts.begin(), parts.end(), [&](const NetworkPart& p) {
      return op.name.starts_with(p.prefix);
    });
    const auto network = profile.networks.find(part->network);
    if (network == profile.networks.end()) return false;
    const std::string& layer = op.layer.empty() ? op.name : op.layer;
    if (!network->second.task.contains(std::string_view(layer).substr(part->prefix.size())))
      return false;
    any = true;
  }
  return any;
}

}  // namespace partita
