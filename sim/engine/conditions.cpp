#include "sim/engine/conditions.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/base/files.h"
#include "sim/base/yaml.h"
#include "sim/graph/graph.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

class Reader {
 public:
  Reader(const Soc& soc, std::filesystem::path folder) : soc_(soc), folder_(std::move(folder)) {}

  Conditions read(const Yaml& root) {
    Conditions out = calm(soc_);
    out.title = root.at("title").text();
    if (const auto governors = root.find("governors")) {
      out.governors = read_governors(*governors);
      out.governors_given = true;
    }
    if (const auto ambient = root.find("ambient"))
      out.ambient_c = course(*ambient, Dimension::temperature, 25);
    if (const auto load = root.find("background"))
      for (const auto& [name, node] : load->entries())
        for (const std::size_t h : hardware(node, name)) out.load[h] = background(node);
    if (const auto offline = root.find("offline"))
      for (const auto& [name, node] : offline->entries())
        for (const std::size_t h : hardware(node, name)) out.offline[h] = cores(node);
    if (const auto caps = root.find("caps"))
      for (const auto& [name, node] : caps->entries())
        for (const std::size_t d : domains(node, name)) out.cap_hz[d] = cap(node, d);
    if (const auto memory = root.find("memory")) {
      if (const auto bandwidth = memory->find("bandwidth"))
        out.memory_bytes_per_s = course(*bandwidth, Dimension::bandwidth, 0);
      if (const auto held = memory->find("held"))
        out.memory_bytes = course(*held, Dimension::size, 0);
      memory->done();
    }
    if (const auto network = root.find("network")) {
      out.round_trip_s = course(network->at("round_trip"), Dimension::time, 0);
      network->done();
    }
    if (const auto failures = root.find("failures"))
      for (const Yaml& node : failures->items()) out.failures.push_back(failure(node));
    root.done();
    return out;
  }

 private:
  GovernorPlan read_governors(const Yaml& node) const {
    if (node.is_scalar()) return parse_governors(soc_, node.text(), node.where());
    GovernorPlan plan;
    for (const auto& [name, value] : node.entries()) {
      const GovernorPlan one =
          parse_governors(soc_, fmt::format("{}={}", name, value.text()), value.where());
      if (name == "others")
        plan.others = one.others;
      else
        plan.by_domain.insert(one.by_domain.begin(), one.by_domain.end());
    }
    return plan;
  }

  /// A value, or a list of {at, KEY}; `value` reads the scalar.
  template <class Value>
  static Course listed(const Yaml& node, const char* key, double before, const Value& value) {
    if (node.is_scalar()) return Course(value(node));
    std::vector<Course::Point> points;
    for (const Yaml& item : node.items()) {
      points.push_back({item.at("at").quantity(Dimension::time), value(item.at(key))});
      if (points.size() > 1 && points.back().at_s <= points[points.size() - 2].at_s)
        item.at("at").fail("times must ascend");
      item.done();
    }
    return {before, std::move(points)};
  }

  static Course course(const Yaml& node, Dimension dimension, double before) {
    return listed(node, "value", before,
                  [&](const Yaml& scalar) { return scalar.quantity(dimension); });
  }

  /// Also {every, for, value}: periodic; and {trace: FILE}: columns at_s,load.
  Course background(const Yaml& node) const {
    if (!node.is_map()) {
      return course(node, Dimension::fraction, 0);
    }
    if (const auto file = node.find("trace")) {
      node.done();
      return recorded(*file);
    }
    const double period = node.at("every").quantity(Dimension::time);
    const double busy = node.at("for").quantity(Dimension::time);
    const auto value = node.find("value");
    const double load = value ? value->quantity(Dimension::fraction) : 1.0;
    node.done();
    if (!(period > 0) || !(busy > 0) || busy >= period)
      node.fail("`for` must be more than nothing and less than `every`");
    return {0, {{0, load}, {busy, 0}}, period};
  }

  Course recorded(const Yaml& node) const {
    const auto path = folder_ / node.text();
    const Csv table = read_csv(path);
    std::vector<Course::Point> points;
    const auto at = table.column("at_s"), load = table.column("load");
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      points.push_back({table.number(row, at), table.number(row, load)});
      if (points.back().value < 0 || points.back().value > 1)
        table.fail(row, load, "a load is between 0 and 1");
      if (points.size() > 1 && points.back().at_s <= points[points.size() - 2].at_s)
        table.fail(row, at, "times must ascend");
    }
    return {0, std::move(points)};
  }

  static Course cores(const Yaml& node) {
    return listed(node, "cores", 0,
                  [](const Yaml& scalar) { return static_cast<double>(scalar.integer(0, 1024)); });
  }

  Failure failure(const Yaml& node) const {
    Failure out;
    std::vector<std::string> names = soc_.unit_names();
    const Yaml unit = node.at("unit");
    out.unit = make_id<UnitId>(unit.choice("unit", names));
    if (const auto kind = node.find("operator"))
      out.operator_kind = op_kind_names()[kind->choice("operator", op_kind_names())];
    const auto at = node.find("at"), until = node.find("until");
    out.at_s = at ? at->quantity(Dimension::time) : 0;
    out.until_s = until ? until->quantity(Dimension::time) : kNever;
    node.done();
    return out;
  }

  /// A frequency, or a share of the domain's highest.
  Course cap(const Yaml& node, std::size_t domain) const {
    const double top_hz = soc_.domains[domain].opps.back().frequency_hz;
    const auto value = [&](const Yaml& scalar) {
      return scalar.text().find('%') != std::string::npos
                 ? scalar.quantity(Dimension::fraction) * top_hz
                 : scalar.quantity(Dimension::frequency);
    };
    return listed(node, "value", kNever, value);
  }

  /// A cluster, an accelerator, or `cpu`: every cluster.
  std::vector<std::size_t> hardware(const Yaml& node, const std::string& name) const {
    std::vector<std::size_t> found;
    std::vector<std::string> known{"cpu"};
    for (std::size_t i = 0; i < soc_.clusters.size(); ++i) {
      if (name == "cpu" || soc_.clusters[i].name == name) found.push_back(i);
      known.push_back(soc_.clusters[i].name);
    }
    for (std::size_t u = 0; u < soc_.units.size(); ++u) {
      if (soc_.units[u].kind == UnitKind::cpu) continue;
      if (soc_.units[u].name == name) found.push_back(soc_.clusters.size() + u);
      known.push_back(soc_.units[u].name);
    }
    if (found.empty()) throw_unknown(node.where(), "cluster or accelerator", name, known);
    return found;
  }

  /// A clock domain, or `cpu`: those of every cluster.
  std::vector<std::size_t> domains(const Yaml& node, const std::string& name) const {
    std::vector<std::size_t> found;
    std::vector<std::string> known{"cpu"};
    for (std::size_t d = 0; d < soc_.domains.size(); ++d) {
      const bool of_cpu = std::any_of(soc_.clusters.begin(), soc_.clusters.end(),
                                      [&](const Cluster& c) { return index(c.domain) == d; });
      if (soc_.domains[d].name == name || (name == "cpu" && of_cpu)) found.push_back(d);
      known.push_back(soc_.domains[d].name);
    }
    if (found.empty()) throw_unknown(node.where(), "clock domain", name, known);
    return found;
  }

  const Soc& soc_;
  std::filesystem::path folder_;
};

}  // namespace

Conditions calm(const Soc& soc) {
  Conditions out;
  out.load.resize(soc.clusters.size() + soc.units.size());
  out.offline.resize(out.load.size());
  out.cap_hz.assign(soc.domains.size(), Course(kNever));
  return out;
}

std::size_t hardware_index(const Soc& soc, UnitId accelerator) {
  return soc.clusters.size() + index(accelerator);
}

double speed_left(const Soc& soc, UnitId unit, std::span<const double> load,
                  std::span<const double> missing) {
  if (soc.unit(unit).kind != UnitKind::cpu) {
    const std::size_t h = hardware_index(soc, unit);
    return missing[h] >= 1 ? 0 : 1 - std::min(kMostLoad, load[h]);
  }
  double speed = 1;
  for (const CoreUse& use : soc.unit(unit).cores) {
    const auto c = static_cast<std::size_t>(use.cluster);
    const double left = soc.clusters[c].cores - missing[c];
    if (left < 1) return 0;
    speed = std::min(speed, (1 - std::min(kMostLoad, load[c])) * std::min(1.0, left / use.threads));
  }
  return speed;
}

Conditions load_conditions(const std::filesystem::path& path, const Soc& soc) {
  return Reader(soc, path.parent_path()).read(Yaml::load_file(path));
}

Conditions parse_conditions(std::string_view yaml, std::string name, const Soc& soc,
                            const std::filesystem::path& folder) {
  return Reader(soc, folder).read(Yaml::load_text(yaml, std::move(name)));
}

}  // namespace partita
