#include "sim/cost/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/yaml.h"

namespace partita {
namespace {

constexpr std::array<UnitKind, 4> kUnitKinds{UnitKind::cpu, UnitKind::gpu, UnitKind::npu,
                                             UnitKind::dsp};

std::vector<OpKind> read_kinds(const Yaml& list) {
  std::vector<OpKind> kinds;
  for (const Yaml& item : list.items())
    kinds.push_back(static_cast<OpKind>(item.choice("operator kind", op_kind_names())));
  return kinds;
}

FusionRule read_rule(const Yaml& yaml) {
  FusionRule rule{read_kinds(yaml.at("after")), read_kinds(yaml.at("fuse")), {}};
  if (const auto functions = yaml.find("functions"))
    for (const Yaml& f : functions->items()) rule.functions.push_back(f.text());
  yaml.done();
  return rule;
}

RuntimeUnit read_unit(const Yaml& yaml, UnitKind kind) {
  RuntimeUnit unit;
  unit.kind = kind;
  unit.backend = yaml.at("backend").text();
  for (const Yaml& p : yaml.at("precisions").items())
    unit.precisions.push_back(static_cast<Precision>(p.choice("precision", precision_names())));
  if (unit.precisions.empty()) yaml.at("precisions").fail("needs at least one");
  const std::vector<std::string> ways{"even", "dynamic", "none"};
  unit.threading = ways[yaml.at("threading").choice("way to cut a loop", ways)];
  unit.dispatch_s = yaml.at("dispatch").quantity(Dimension::time);
  for (const Yaml& rule : yaml.at("fuses").items()) unit.fusions.push_back(read_rule(rule));
  unit.unsupported = read_kinds(yaml.at("unsupported"));
  yaml.done();
  return unit;
}

bool holds(const std::vector<OpKind>& kinds, OpKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool applies(const FusionRule& rule, const Operator& lead, const Operator& op) {
  return holds(rule.after, lead.kind) && holds(rule.kinds, op.kind) &&
         (rule.functions.empty() || std::find(rule.functions.begin(), rule.functions.end(),
                                              op.function) != rule.functions.end());
}

}  // namespace

const RuntimeUnit* Runtime::unit(UnitKind kind) const {
  for (const RuntimeUnit& u : units)
    if (u.kind == kind) return &u;
  return nullptr;
}

Runtime load_runtime(const std::filesystem::path& path) {
  const Yaml yaml = Yaml::load_file(path);
  Runtime runtime;
  runtime.name = path.stem().string();
  runtime.title = yaml.at("title").text();
  runtime.version = yaml.at("version").text();
  runtime.source = yaml.at("source").text();
  runtime.licence = yaml.at("licence").text();
  runtime.known = static_cast<Known>(
      yaml.at("known").choice("way of knowing", {"measured", "published", "fitted", "assumed"}));
  const Yaml units = yaml.at("units");
  for (const UnitKind kind : kUnitKinds)
    if (const auto unit = units.find(to_string(kind)))
      runtime.units.push_back(read_unit(*unit, kind));
  units.done();
  yaml.done();
  return runtime;
}

std::vector<OpId> fuse(const Graph& graph, std::span<const FusionRule> rules) {
  std::vector<OpId> lead(graph.size());
  std::vector<std::size_t> place(graph.size());
  for (std::size_t i = 0; i < graph.order().size(); ++i) place[index(graph.order()[i])] = i;
  for (std::size_t i = 0; i < graph.size(); ++i) lead[i] = make_id<OpId>(i);
  for (const OpId id : graph.order()) {
    const Operator& op = graph.op(id);
    // The producer that runs last: when its kernel ends, the other inputs are there.
    std::optional<OpId> latest;
    for (const TensorId input : op.inputs) {
      const Tensor& tensor = graph.tensor(input);
      if (!latest || place[index(tensor.producer)] > place[index(*latest)])
        latest = tensor.producer;
    }
    if (!latest || graph.successors(*latest).size() != 1) continue;
    const OpId leader = lead[index(*latest)];
    for (const FusionRule& rule : rules)
      if (applies(rule, graph.op(leader), op)) {
        lead[index(id)] = leader;
        break;
      }
  }
  return lead;
}

}  // namespace partita
