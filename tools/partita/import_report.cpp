#include "tools/partita/import_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/cost/runtime.h"
#include "sim/report/table.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

/// `a, b, c and 12 more`
std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  const std::size_t shown = names.size() <= kShown + 1 ? names.size() : kShown;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

/// `activation 35, normalization 18`
std::string counted(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text;
}

std::string line(const std::string& text) {
  return wrap(text, kReportWidth, 2);
}

bool runs(const Operator& op) {
  return op.kind != OpKind::input && op.kind != OpKind::constant;
}

/// Operators of these kinds, by kind and by name.
struct Missing {
  std::map<std::string, int> kinds;
  std::vector<std::string> names;
};
template <class Refuses>
Missing missing(const Graph& graph, Refuses refuses) {
  Missing found;
  for (const Operator& op : graph.operators()) {
    if (!runs(op) || !refuses(op.kind)) continue;
    ++found.kinds[std::string(to_string(op.kind))];
    found.names.push_back(op.name);
  }
  return found;
}

std::string runtime_lines(const Graph& graph, const Runtime& runtime, const RuntimeUnit& unit) {
  const std::string title = fmt::format("{} ({})", to_string(unit.kind), unit.backend);
  const std::vector<OpId> lead = fuse(graph, unit.fusions);
  std::map<std::string, int> joined;
  std::size_t kernels = 0;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    if (!runs(graph.operators()[i])) continue;
    if (index(lead[i]) == i)
      ++kernels;
    else
      ++joined[std::string(to_string(graph.operators()[i].kind))];
  }
  std::string text = fmt::format("{} on {}: {} kernels", runtime.name, title, kernels);
  text += joined.empty() ? ", nothing fused" : "; fused into the one before: " + counted(joined);
  const Missing left = missing(graph, [&](OpKind kind) {
    return std::find(unit.unsupported.begin(), unit.unsupported.end(), kind) !=
           unit.unsupported.end();
  });
  if (!left.names.empty())
    text += fmt::format("; unsupported, falls back to the CPU: {}: {}", counted(left.kinds),
                        some(left.names));
  return line(text);
}

std::string unit_lines(const Graph& graph, const Soc& soc, const Runtime* runtime) {
  std::string text;
  for (const Unit& unit : soc.units) {
    const Missing left = missing(graph, [&](OpKind kind) {
      const auto& refused = unit.unsupported;
      return std::find(refused.begin(), refused.end(), to_string(kind)) != refused.end();
    });
    std::string said = left.names.empty() ? std::string("runs every operator")
                                          : fmt::format("unsupported: {}: {}", counted(left.kinds),
                                                        some(left.names));
    if (runtime != nullptr && runtime->unit(unit.kind) == nullptr)
      said = fmt::format("not driven by {}", runtime->name);
    text += line(fmt::format("{} {}: {}", soc.name, unit.name, said));
  }
  return text;
}

}  // namespace

std::string import_report(const ImportedNetwork& imported, const Graph& graph) {
  if (imported.format.empty()) return "";
  std::string text = "\nread as " + imported.format + "\n";
  for (const ImportNote& note : imported.notes)
    text += line(fmt::format("{} {}: {}", note.where.size(), note.what, some(note.where)));
  std::map<int, int> stored;
  for (const Operator& op : graph.operators())
    if (op.weight_elements > 0) ++stored[op.weight_bits];
  for (const auto& [bits, count] : stored)
    text += line(
        fmt::format("{} operator{} with weights of {} bits", count, count == 1 ? "" : "s", bits));
  return text;
}

std::string fit_report(const Catalog& catalog, const Graph& graph, const std::string& runtime,
                       const std::string& soc) {
  std::optional<Runtime> rules;
  std::optional<Soc> device;
  if (!runtime.empty()) rules = load_runtime(catalog.runtime(runtime));
  if (!soc.empty()) device = open_soc(catalog, soc);
  std::string text;
  if (rules) {
    for (const RuntimeUnit& unit : rules->units) {
      const bool there = !device || std::any_of(device->units.begin(), device->units.end(),
                                                [&](const Unit& u) { return u.kind == unit.kind; });
      if (there) text += runtime_lines(graph, *rules, unit);
    }
  }
  if (device) text += unit_lines(graph, *device, rules ? &*rules : nullptr);
  return text.empty() ? text : "\n" + text;
}

std::string import_help() {
  std::string text;
  const auto section = [&](const std::string& title, const std::vector<std::string>& names) {
    text += "\n" + title + "\n" +
            (names.empty() ? std::string("  not in this build: its library was missing\n")
                           : wrap(fmt::format("{}", fmt::join(names, ", ")), kReportWidth, 2));
  };
  section(fmt::format("Operators of ONNX, opsets {} to {} (any that follow from constants are "
                      "computed once):",
                      kLeastOpset, kMostOpset),
          onnx_operators());
  section("Operators of TFLite:", tflite_operators());
  return text;
}

}  // namespace partita
