#include <fmt/format.h>

#include <algorithm>

#include "sim/soc/scope.h"

namespace partita {
namespace {

constexpr int kMostCores = 1024;

template <class T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> out;
  for (const T& t : things) out.push_back(t.name);
  return out;
}

DomainId domain_ref(const Yaml& scalar, const Soc& soc) {
  return make_id<DomainId>(refer(scalar, "domain", names_of(soc.domains)));
}

std::vector<Source> read_sources(const Yaml& node) {
  std::vector<Source> out;
  for (const auto& [id, source] : node.entries()) {
    out.push_back({id, source.at("what").text(), source.at("licence").text()});
    source.done();
  }
  return out;
}

Domain read_domain(const std::string& name, const Scope& scope) {
  Domain domain;
  domain.name = name;
  for (const Scope& point : scope.children("opps")) {
    Opp opp;
    opp.frequency_hz = point.positive("frequency", Dimension::frequency);
    opp.voltage_v = point.find_quantity("voltage", Dimension::voltage);
    opp.memory_vote_bytes_per_s = point.find_quantity("memory_vote", Dimension::bandwidth);
    point.done();
    if (!domain.opps.empty()) {
      const Opp& last = domain.opps.back();
      if (opp.frequency_hz <= last.frequency_hz) {
        point.node().at("frequency").fail("OPPs must ascend by frequency");
      }
      if (opp.voltage_v.has_value() != last.voltage_v.has_value()) {
        point.node().fail("every OPP of a domain has a voltage, or none has");
      }
      if (opp.memory_vote_bytes_per_s.has_value() != last.memory_vote_bytes_per_s.has_value()) {
        point.node().fail("every OPP of a domain has a memory_vote, or none has");
      }
    }
    domain.opps.push_back(opp);
  }
  if (domain.opps.empty()) scope.node().at("opps").fail("at least one OPP is expected");
  domain.transition_s = scope.quantity("transition", Dimension::time);
  scope.done();
  return domain;
}

std::array<Throughput, kPrecisions> read_throughput(const Scope& scope) {
  std::array<Throughput, kPrecisions> out{};
  bool any = false;
  const auto names = precision_names();
  for (std::size_t p = 0; p < kPrecisions; ++p) {
    const auto entry = scope.find_child(names[p]);
    if (!entry) continue;
    out[p].macs_per_cycle = entry->number("macs_per_cycle");
    out[p].efficiency = entry->quantity("efficiency", Dimension::fraction);
    if (!(out[p].macs_per_cycle > 0)) {
      entry->node().at("macs_per_cycle").fail("must be greater than zero, or left out");
    }
    if (!(out[p].efficiency > 0)) entry->node().at("efficiency").fail("must be greater than zero");
    entry->done();
    any = true;
  }
  scope.done();
  if (!any) scope.node().fail("at least one precision is expected");
  return out;
}

/// {busy: [one per OPP]}, or where `formula` is allowed {static, capacitance}.
PowerModel read_power(const Scope& scope, const Domain& domain, bool formula) {
  PowerModel power;
  power.busy_w = scope.find_quantities("busy", Dimension::power);
  if (!power.busy_w.empty() || !formula) {
    if (power.busy_w.size() != domain.opps.size()) {
      scope.node().fail(fmt::format("{} busy powers, but domain {} has {} OPPs",
                                    power.busy_w.size(), domain.name, domain.opps.size()));
    }
  } else {
    power.static_w = scope.quantity("static", Dimension::power);
    power.capacitance_f = scope.quantity("capacitance", Dimension::capacitance);
  }
  scope.done();
  return power;
}

/// By residency, ascending.
std::vector<IdleState> read_idle_states(const Scope& scope) {
  std::vector<IdleState> states;
  if (!scope.node().has("idle")) return states;
  for (const Scope& entry : scope.children("idle")) {
    IdleState state;
    state.name = entry.text("name");
    state.entry_s = entry.quantity("entry", Dimension::time);
    state.exit_s = entry.quantity("exit", Dimension::time);
    state.residency_s = entry.positive("residency", Dimension::time);
    if (!states.empty() && state.residency_s <= states.back().residency_s)
      entry.node().at("residency").fail("idle states must ascend by residency");
    entry.done();
    states.push_back(std::move(state));
  }
  return states;
}

Cluster read_cluster(const std::string& name, const Scope& scope, const Soc& soc) {
  Cluster cluster;
  cluster.name = name;
  cluster.core = scope.text("core");
  cluster.cores = scope.integer("cores", 1, kMostCores);
  cluster.domain = domain_ref(scope.node().at("domain"), soc);
  for (const Scope& level : scope.children("caches")) {
    Cache cache;
    cache.name = level.text("name");
    cache.size_bytes = level.positive("size", Dimension::size);
    cache.shared_by_cores = level.integer("shared_by", 1, kMostCores);
    level.done();
    cluster.caches.push_back(std::move(cache));
  }
  cluster.idle_states = read_idle_states(scope);
  cluster.per_core = read_throughput(scope.child("per_core"));
  cluster.power_per_core = read_power(scope.child("power"), soc.domain(cluster.domain), true);
  cluster.capacity_dmips_per_mhz = scope.find_number("capacity").value_or(0);
  scope.done();
  return cluster;
}

Memory read_memory(const Scope& scope) {
  Memory memory;
  memory.type = scope.text("type");
  memory.peak_bytes_per_s = scope.positive("peak", Dimension::bandwidth);
  memory.shared_bytes_per_s = scope.positive("shared", Dimension::bandwidth);
  memory.size_bytes = scope.positive("size", Dimension::size);
  memory.energy_per_byte_j = scope.quantity("energy", Dimension::energy_per_byte);
  memory.top_vote_bytes_per_s = scope.find_quantity("top_vote", Dimension::bandwidth).value_or(0);
  if (memory.shared_bytes_per_s > memory.peak_bytes_per_s) {
    scope.node().at("shared").fail("is above the peak");
  }
  scope.done();
  return memory;
}

void read_cores(Unit& unit, const Scope& scope, const Soc& soc) {
  const Scope cores = scope.child("cores");
  const auto names = names_of(soc.clusters);
  for (const auto& [name, node] : cores.node().entries()) {
    if (name == "source" || name == "known") continue;
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) throw_unknown(node.where(), "cluster", name, names);
    const auto cluster = static_cast<std::size_t>(it - names.begin());
    const int threads = cores.integer(name, 1, kMostCores);
    if (threads > soc.clusters[cluster].cores) {
      node.fail(fmt::format("{} threads, but cluster {} has {} cores", threads, name,
                            soc.clusters[cluster].cores));
    }
    unit.cores.push_back({static_cast<int>(cluster), threads});
    unit.resources |= std::uint64_t{1} << cluster;
  }
  if (unit.cores.empty()) cores.node().fail("at least one cluster is expected");
  unit.domain = soc.clusters[static_cast<std::size_t>(unit.cores.front().cluster)].domain;
}

/// A CPU unit's throughput in cycles of its own domain, all its clusters at their top OPPs.
void sum_throughput(Unit& unit, const Soc& soc) {
  const double clock = soc.domain(unit.domain).opps.back().frequency_hz;
  for (std::size_t p = 0; p < kPrecisions; ++p) {
    double macs = 0, reached = 0;
    for (const CoreUse& use : unit.cores) {
      const Cluster& cluster = soc.clusters[static_cast<std::size_t>(use.cluster)];
      const Throughput& core = cluster.per_core[p];
      const double share = use.threads * core.macs_per_cycle *
                           soc.domain(cluster.domain).opps.back().frequency_hz / clock;
      macs += share;
      reached += share * core.efficiency;
    }
    unit.throughput[p] = {macs, macs > 0 ? reached / macs : 1};
  }
}

char read_letter(const Yaml& node, const Soc& soc) {
  const std::string letter = node.text();
  if (letter.size() != 1 ||
      !((letter[0] >= 'A' && letter[0] <= 'Z') || (letter[0] >= 'a' && letter[0] <= 'z'))) {
    node.fail(fmt::format("\"{}\" is not one letter", letter));
  }
  for (const Unit& other : soc.units) {
    if (other.letter == letter[0]) {
      node.fail(fmt::format("letter {} is already that of unit {}", letter, other.name));
    }
  }
  return letter[0];
}

void read_accelerator(Unit& unit, const Scope& scope, const Soc& soc) {
  unit.domain = domain_ref(scope.node().at("domain"), soc);
  if (const auto host = scope.node().find("host")) unit.host_domain = domain_ref(*host, soc);
  unit.throughput = read_throughput(scope.child("throughput"));
  unit.power = read_power(scope.child("power"), soc.domain(unit.domain), true);
  if (scope.node().find("core")) unit.core = scope.text("core");
  if (scope.node().find("compute_units"))
    unit.compute_units = scope.integer("compute_units", 1, kMostCores);
  std::size_t bit = soc.clusters.size();
  for (const Unit& other : soc.units) bit += other.kind != UnitKind::cpu ? 1 : 0;
  if (bit >= 64) scope.node().fail("more than 64 clusters and accelerators");
  unit.resources = std::uint64_t{1} << bit;
}

ContentionCurve read_contention(const Scope& scope) {
  ContentionCurve curve;
  curve.normal_limit_bytes_per_s = scope.positive("normal_limit", Dimension::bandwidth);
  curve.minor_loss = scope.quantity("minor_loss", Dimension::fraction);
  curve.minor_external_bytes_per_s = scope.positive("minor_external", Dimension::bandwidth);
  curve.balance_external_bytes_per_s = scope.positive("balance_external", Dimension::bandwidth);
  curve.floor_share = scope.quantity("floor_share", Dimension::fraction);
  scope.done();
  return curve;
}

Unit read_unit(const std::string& name, const Scope& scope, const Soc& soc) {
  if (name == "from" || name == "to") scope.node().fail("this name is used by the links");
  Unit unit;
  unit.name = name;
  unit.kind =
      static_cast<UnitKind>(scope.node().at("kind").choice("kind", {"cpu", "gpu", "npu", "dsp"}));
  if (const auto letter = scope.node().find("letter")) unit.letter = read_letter(*letter, soc);
  if (unit.kind == UnitKind::cpu) {
    read_cores(unit, scope, soc);
    sum_throughput(unit, soc);
    if (const auto power = scope.find_child("power")) {
      unit.power = read_power(*power, soc.domain(unit.domain), false);
    }
  } else {
    read_accelerator(unit, scope, soc);
  }
  const Yaml precision = scope.node().at("precision");
  unit.default_precision = static_cast<Precision>(precision.choice("precision", precision_names()));
  if (!(unit.throughput[static_cast<std::size_t>(unit.default_precision)].macs_per_cycle > 0)) {
    precision.fail(fmt::format("the unit has no throughput in {}", precision.text()));
  }
  unit.memory_bandwidth_bytes_per_s = scope.positive("memory_bandwidth", Dimension::bandwidth);
  if (unit.memory_bandwidth_bytes_per_s > soc.memory.peak_bytes_per_s) {
    scope.node().at("memory_bandwidth").fail("is above the memory's peak");
  }
  if (const auto curve = scope.find_child("contention")) unit.contention = read_contention(*curve);
  unit.dispatch_s = scope.quantity("dispatch", Dimension::time);
  if (const auto build = scope.find_child("graph_build")) {
    if (unit.kind == UnitKind::cpu) build->node().fail("a CPU has no graph to build");
    GraphBuild& time = unit.graph_build.emplace();
    time.fixed_s = build->quantity("fixed", Dimension::time);
    time.per_weight_byte_s = build->quantity("per_weight_byte", Dimension::time_per_byte);
    build->done();
  }
  if (const auto kinds = scope.node().find("unsupported")) {
    // Text here; whether it is an operator kind is the graph's to say.
    for (const Yaml& kind : kinds->items()) {
      unit.unsupported.push_back(kind.text());
      if (std::count(unit.unsupported.begin(), unit.unsupported.end(), kind.text()) > 1) {
        kind.fail("stands twice");
      }
    }
  }
  scope.done();
  return unit;
}

Soc read_soc(const Yaml& root, std::string name) {
  Soc soc;
  soc.name = std::move(name);
  soc.sources = read_sources(root.at("sources"));
  const Scope scope(root, Provenance{}, soc);
  soc.title = scope.text("title");
  soc.board = scope.text("board");
  soc.base_power_w = scope.quantity("base_power", Dimension::power);
  soc.memory = read_memory(scope.child("memory"));
  for (const auto& [key, child] : scope.child("domains").named_children()) {
    soc.domains.push_back(read_domain(key, child));
  }
  for (const auto& [key, child] : scope.child("clusters").named_children()) {
    if (soc.clusters.size() == 64) child.node().fail("more than 64 clusters");
    soc.clusters.push_back(read_cluster(key, child, soc));
  }
  for (const auto& [key, child] : scope.child("units").named_children()) {
    soc.units.push_back(read_unit(key, child, soc));
  }
  read_links(scope, soc);
  read_thermal(scope, soc);
  scope.done();
  return soc;
}

}  // namespace

Soc load_soc(const std::filesystem::path& path) {
  return read_soc(Yaml::load_file(path), path.stem().string());
}

Soc parse_soc(std::string_view yaml, std::string name) {
  const Yaml root = Yaml::load_text(yaml, name);
  return read_soc(root, std::move(name));
}

}  // namespace partita
