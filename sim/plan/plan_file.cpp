#include "sim/plan/plan_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/yaml.h"

namespace partita {
namespace {

class Writer {
 public:
  Writer(const Soc& soc, const Graph& graph, const Plan& plan)
      : soc_(soc), graph_(graph), plan_(plan) {}

  std::string operator()() const {
    std::string text =
        fmt::format("soc: {}\nnetwork: {}\noperators:  # in the order they enter the queues\n",
                    yaml_scalar(soc_.name), yaml_scalar(graph_.name()));
    for (const OpId op : plan_.order.empty() ? graph_.order() : std::span<const OpId>(plan_.order))
      if (!plan_.shares[index(op)].empty()) text += line(op);
    return text;
  }

 private:
  std::string line(OpId op) const {
    const auto& shares = plan_.shares[index(op)];
    std::string text = fmt::format("  - {{op: {}", yaml_scalar(graph_.op(op).name));
    if (shares.size() == 1 && shares.front().slice.axis == Axis::none) {
      text += ", " + place(shares.front());
    } else {
      text += fmt::format(", cut: {}, shares: [", to_string(shares.front().slice.axis));
      for (std::size_t i = 0; i < shares.size(); ++i)
        text += fmt::format("{}{{{}, to: {}{}}}", i == 0 ? "" : ", ", place(shares[i]),
                            shares[i].slice.end, halo(shares[i].halo));
      text += "]";
    }
    if (!plan_.home.empty() && plan_.home[index(op)])
      text += ", home: " + yaml_scalar(soc_.unit(*plan_.home[index(op)]).name);
    if (!plan_.stage.empty()) text += fmt::format(", stage: {}", plan_.stage[index(op)]);
    return text + "}\n";
  }
  std::string place(const Share& share) const {
    const Unit& unit = soc_.unit(share.mode.unit);
    std::string text = "unit: " + yaml_scalar(unit.name);
    const auto clock = [&](std::string_view key, DomainId domain, int opp) {
      const double hz = soc_.domain(domain).opps[static_cast<std::size_t>(opp)].frequency_hz;
      if (hz > 0) text += fmt::format(", {}: {:.12g} MHz", key, 1e-6 * hz);
    };
    clock("clock", unit.domain, share.mode.opp);
    if (unit.host_domain) clock("host_clock", *unit.host_domain, share.mode.host_opp);
    return text + fmt::format(", precision: {}", to_string(share.precision));
  }
  static std::string halo(const Halo& halo) {
    return halo == Halo{} ? "" : fmt::format(", halo: [{}, {}]", halo.before, halo.after);
  }

  const Soc& soc_;
  const Graph& graph_;
  const Plan& plan_;
};

class Reader {
 public:
  Reader(const Soc& soc, const Graph& graph) : soc_(soc), graph_(graph) {
    for (const OpId op : graph.order())
      if (is_placed(graph.op(op))) by_name_.emplace(graph.op(op).name, op);
  }

  Plan operator()(const Yaml& file) {
    expect(file.at("soc"), "SoC", soc_.name);
    expect(file.at("network"), "network", graph_.name());
    plan_.shares.resize(graph_.size());
    for (const Yaml& entry : file.at("operators").items()) read(entry);
    file.done();
    for (const auto& [name, op] : by_name_)
      if (plan_.shares[index(op)].empty())
        file.at("operators")
            .fail(fmt::format("operator \"{}\" of {} is left out", name, graph_.name()));
    if (!plan_.stage.empty() && staged_ != plan_.order.size())
      file.at("operators").fail("some operators have a stage, others have none");
    std::vector<OpId> usual;
    for (const OpId op : graph_.order())
      if (is_placed(graph_.op(op))) usual.push_back(op);
    if (plan_.order == usual) plan_.order.clear();
    return std::move(plan_);
  }

 private:
  static void expect(const Yaml& node, std::string_view what, const std::string& wanted) {
    if (node.text() != wanted)
      node.fail(
          fmt::format("this plan is for the {} \"{}\", not for \"{}\"", what, node.text(), wanted));
  }

  void read(const Yaml& entry) {
    const Yaml name = entry.at("op");
    const auto found = by_name_.find(name.text());
    if (found == by_name_.end())
      name.fail(fmt::format("no operator \"{}\" to place in {}", name.text(), graph_.name()));
    const OpId op = found->second;
    auto& shares = plan_.shares[index(op)];
    if (!shares.empty()) name.fail(fmt::format("operator \"{}\" is placed twice", name.text()));
    if (const auto cut = entry.find("cut"))
      read_shares(entry.at("shares"), op, axis(*cut, op), shares);
    else
      shares.push_back(share(entry));
    if (const auto home = entry.find("home")) {
      plan_.home.resize(graph_.size());
      plan_.home[index(op)] = unit(*home);
    }
    if (const auto stage = entry.find("stage")) {
      plan_.stage.resize(graph_.size());
      plan_.stage[index(op)] = static_cast<int>(stage->integer(0, 1'000'000));
      ++staged_;
    }
    plan_.order.push_back(op);
    entry.done();
  }

  Axis axis(const Yaml& node, OpId op) const {
    std::vector<std::string> known;
    const std::vector<Axis> axes = cut_axes(graph_, op);
    for (const Axis axis : axes) known.emplace_back(to_string(axis));
    if (known.empty()) node.fail(fmt::format("operator \"{}\" cannot be cut", graph_.op(op).name));
    return axes[node.choice("axis to cut it along", known)];
  }
  void read_shares(const Yaml& list, OpId op, Axis axis, std::vector<Share>& shares) const {
    const std::int64_t extent = cut_extent(graph_, op, axis);
    std::int64_t at = 0;
    for (const Yaml& item : list.items()) {
      Share part = share(item);
      part.slice = {axis, at, item.at("to").integer(at + 1, extent)};
      at = part.slice.end;
      if (const auto halo = item.find("halo")) {
        const auto rows = halo->items();
        if (rows.size() != 2) halo->fail("expected [ROWS BEFORE, ROWS AFTER]");
        part.halo = {rows[0].integer(0, extent), rows[1].integer(0, extent)};
      }
      item.done();
      shares.push_back(part);
    }
    if (at != extent)
      list.fail(fmt::format("the shares end at {} of {} along {}", at, extent, to_string(axis)));
  }
  Share share(const Yaml& node) const {
    Share out;
    const UnitId id = unit(node.at("unit"));
    const Unit& u = soc_.unit(id);
    out.mode = top_mode(soc_, id);
    if (const auto clock = node.find("clock"))
      out.mode.opp = static_cast<std::int16_t>(opp(*clock, u.domain));
    if (const auto clock = node.find("host_clock")) {
      if (!u.host_domain) clock->fail(fmt::format("{} has no host clock", u.name));
      out.mode.host_opp = static_cast<std::int16_t>(opp(*clock, *u.host_domain));
    }
    out.precision = u.default_precision;
    if (const auto precision = node.find("precision"))
      out.precision = static_cast<Precision>(precision->choice("precision", precision_names()));
    return out;
  }
  UnitId unit(const Yaml& node) const {
    return make_id<UnitId>(node.choice("unit", soc_.unit_names()));
  }
  int opp(const Yaml& node, DomainId id) const {
    const Domain& domain = soc_.domain(id);
    const double hz = node.quantity(Dimension::frequency);
    std::string known;
    for (std::size_t i = 0; i < domain.opps.size(); ++i) {
      const double has = domain.opps[i].frequency_hz;
      if (std::abs(has - hz) <= 1e-9 * has) return static_cast<int>(i);
      known += fmt::format("{}{:.9g} MHz", i == 0 ? "" : ", ", has * 1e-6);
    }
    node.fail(fmt::format("{} has no such OPP; known: {}", domain.name, known));
  }

  const Soc& soc_;
  const Graph& graph_;
  std::map<std::string, OpId, std::less<>> by_name_;
  Plan plan_;
  std::size_t staged_ = 0;
};

}  // namespace

std::string write_plan(const Soc& soc, const Graph& graph, const Plan& plan) {
  return Writer(soc, graph, plan)();
}

Plan load_plan(const std::filesystem::path& path, const Soc& soc, const Graph& graph) {
  return Reader(soc, graph)(Yaml::load_file(path));
}

Plan parse_plan(std::string_view yaml, std::string name, const Soc& soc, const Graph& graph) {
  return Reader(soc, graph)(Yaml::load_text(yaml, std::move(name)));
}

}  // namespace partita
