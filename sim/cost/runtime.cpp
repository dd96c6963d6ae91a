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
  if (const auto co_run = yaml.find("co_run"))
    runtime.co_run = co_run->quantity(Dimension::fraction);
  if (const auto launches = yaml.find("launches"))
    runtime.serial_launches = launches->choice("way of launching", {"in turn", "independent"}) == 0;
  yaml.done();
  return runtime;
}

}  // namespace partita
