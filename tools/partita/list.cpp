// partita list: what can be named on the command line.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/zoo.h"
#include "partitioners/belief.h"
#include "partitioners/plugin.h"
#include "sim/base/error.h"
#include "sim/report/describe.h"
#include "sim/report/json_text.h"
#include "tools/partita/listing.h"
#include "tools/partita/prepare.h"
#include "tools/partita/show_runtime.h"
#include "tools/partita/study.h"
#include "validation/validation.h"

namespace partita {
namespace {

using nlohmann::ordered_json;

Listing list_socs(const Catalog& catalog, const Style& style) {
  TextTable table({{"soc"}, {"title"}, {"units", TextTable::Align::left, 50}});
  Listing out;
  for (const std::string& name : catalog.socs()) {
    const Soc soc = open_soc(catalog, name);
    table.add({name, soc.title, fmt::format("{}", fmt::join(soc.unit_names(), ", "))});
    out.json.push_back({{"name", name}, {"title", soc.title}, {"units", soc.unit_names()}});
  }
  out.text = table.render(style, 0);
  return out;
}

Listing list_links(const Catalog& catalog, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"link"},
                   {"title", Align::left, 50},
                   {"up", Align::right},
                   {"down", Align::right},
                   {"round trip", Align::right}});
  Listing out;
  for (const std::string& name : catalog.links()) {
    const NetworkLink link = load_link(catalog.link(name));
    table.add({name, link.title,
               format_quantity(link.up.bandwidth_bytes_per_s, Dimension::bandwidth),
               format_quantity(link.down.bandwidth_bytes_per_s, Dimension::bandwidth),
               format_quantity(link.round_trip_s, Dimension::time)});
    out.json.push_back({{"name", name},
                        {"title", link.title},
                        {"up_bytes_per_s", link.up.bandwidth_bytes_per_s},
                        {"down_bytes_per_s", link.down.bandwidth_bytes_per_s},
                        {"round_trip_s", link.round_trip_s}});
  }
  out.text = table.render(style, 0);
  return out;
}

/// The files of models/ with their counts, then the zoo, whose hundreds of networks are not built
/// to be listed. A file wins over a network of the zoo of the same name.
Listing list_models(const Catalog& catalog, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"model"},
                   {"family"},
                   {"operators", Align::right},
                   {"MACs", Align::right},
                   {"weights", Align::right}});
  Listing out;
  const std::vector<std::string> files = catalog.models();
  for (const std::string& name : files) {
    const Graph graph = load_graph(catalog.model(name));
    table.add({name, "-", std::to_string(graph.size()),
               format_count(static_cast<double>(graph.total_macs())),
               format_count(static_cast<double>(graph.total_weight_elements()))});
    out.json.push_back({{"name", name},
                        {"network", graph.network()},
                        {"family", nullptr},
                        {"operators", graph.size()},
                        {"macs", graph.total_macs()},
                        {"weight_elements", graph.total_weight_elements()}});
  }
  for (const ZooNetwork& network : zoo()) {
    if (std::binary_search(files.begin(), files.end(), network.name)) continue;
    table.add({network.name, network.family, "-", "-", "-"});
    out.json.push_back({{"name", network.name},
                        {"network", network.name},
                        {"family", network.family},
                        {"operators", nullptr},
                        {"macs", nullptr},
                        {"weight_elements", nullptr}});
  }
  out.text = table.render(style, 0);
  return out;
}

/// Every runtime that is described, every table of measurements, and the roofline.
Listing list_runtimes(const Catalog& catalog, const Style& style) {
  using Align = TextTable::Align;
  TextTable table({{"runtime"},
                   {"soc"},
                   {"rows", Align::right},
                   {"networks", Align::right},
                   {"costs", Align::left, 72}});
  Listing out;
  for (const std::string& name : catalog.runtimes()) {
    const Runtime runtime = load_runtime(catalog.runtime(name));
    const std::string costs =
        models_kernels(name) ? "kernel models, for any network" : "measured profiles only";
    table.add({name, "any", "-", "-", runtime.title + ": " + costs}, Emphasis::strong);
    out.json.push_back({{"name", name},
                        {"soc", nullptr},
                        {"precision", nullptr},
                        {"costs", costs},
                        {"title", runtime.title},
                        {"rows", nullptr},
                        {"networks", nullptr}});
  }
  for (const auto& entry : catalog.profiles()) {
    const std::string name = entry.runtime + "-" + entry.precision;
    const MeasuredRows measured = measured_rows(entry);
    const std::string costs = entry.layers ? "measured profile" : "measured, to fit kernels to";
    table.add({name, entry.soc, std::to_string(measured.rows()),
               std::to_string(measured.names.size()), costs});
    out.json.push_back({{"name", name},
                        {"soc", entry.soc},
                        {"precision", entry.precision},
                        {"costs", costs},
                        {"title", nullptr},
                        {"rows", measured.rows()},
                        {"networks", measured.names.size()}});
  }
  const std::string costs = "from the SoC description; used where nothing was measured";
  table.add({"roofline", "any", "-", "-", costs});
  out.json.push_back({{"name", "roofline"},
                      {"soc", nullptr},
                      {"precision", nullptr},
                      {"costs", costs},
                      {"title", nullptr},
                      {"rows", nullptr},
                      {"networks", nullptr}});
  out.text = table.render(style, 0);
  return out;
}

Listing list_partitioners(const Registry& registry, const Style& style) {
  Listing out;
  for (const PartitionerInfo& info : registry.all()) {
    std::vector<std::string> objectives;
    for (const Objective objective : info.objectives) objectives.emplace_back(to_string(objective));
    out.text += style.apply(Emphasis::strong, info.name) +
                fmt::format(" ({}{})\n", fmt::join(objectives, ", "),
                            info.effort == Effort::search ? "; a search" : "") +
                wrap(info.summary, kReportWidth, 4);
    if (!info.source.empty()) out.text += wrap("after " + info.source, kReportWidth, 4);
    if (info.belief != "truth") out.text += wrap("plans by: " + info.belief, kReportWidth, 4);
    for (const OptionInfo& option : info.options)
      out.text +=
          wrap(fmt::format("--option {}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                           option.least, option.most, option.unit, option.help),
               kReportWidth, 4);
    ordered_json options = ordered_json::array();
    for (const OptionInfo& option : info.options)
      options.push_back({{"name", option.name},
                         {"unit", option.unit},
                         {"help", option.help},
                         {"least", option.least},
                         {"most", option.most},
                         {"default", option.preset}});
    out.json.push_back({{"name", info.name},
                        {"summary", info.summary},
                        {"objectives", objectives},
                        {"belief", info.belief},
                        {"effort", info.effort == Effort::search ? "search" : "heuristic"},
                        {"source", info.source},
                        {"options", std::move(options)}});
  }
  return out;
}

Listing list_beliefs(const Style& style) {
  Listing out;
  TextTable table({{"belief"}, {"what partitioners plan by", TextTable::Align::left, 76}});
  for (const BeliefInfo& info : beliefs()) {
    const bool takes = !info.parameter.empty();
    table.add({takes ? info.name + ":VALUE" : info.name,
               takes ? fmt::format("{}; {} ({:g} to {:g}, default {:g})", info.summary,
                                   info.parameter, info.least, info.most, info.preset)
                     : info.summary});
    ordered_json json{{"name", info.name}, {"summary", info.summary}, {"parameter", nullptr}};
    if (takes)
      json["parameter"] = {{"help", info.parameter},
                           {"least", info.least},
                           {"most", info.most},
                           {"default", info.preset}};
    out.json.push_back(std::move(json));
  }
  out.text = table.render(style, 0);
  return out;
}

Listing list_compressions(const Style& style) {
  Listing out;
  for (const CompressionInfo& info : compressions()) {
    std::string form = info.name;
    if (info.required)
      form += fmt::format(":{:g}..{:g}", info.least, info.most);
    else if (!info.parameter.empty())
      form += fmt::format("[:{}]", info.parameter);
    out.text += style.apply(Emphasis::strong, form) + "\n" +
                wrap(fmt::format("{} ({})", info.summary, info.source), kReportWidth, 4);
    out.json.push_back({{"name", info.name},
                        {"summary", info.summary},
                        {"parameter", info.parameter},
                        {"required", info.required},
                        {"least", info.required ? ordered_json(info.least) : ordered_json()},
                        {"most", info.required ? ordered_json(info.most) : ordered_json()},
                        {"source", info.source}});
  }
  return out;
}

Listing list_suites(const Style& style) {
  TextTable table({{"suite"}, {"what is compared", TextTable::Align::left, 76}});
  Listing out;
  for (const SuiteInfo& info : suites()) {
    table.add({info.name, info.summary});
    out.json.push_back(
        {{"name", info.name}, {"summary", info.summary}, {"plain_method", info.plain_method}});
  }
  out.text = table.render(style, 0);
  return out;
}

Listing list_experiments(const Catalog& catalog, const Style& style) {
  TextTable table({{"experiment"}, {"speaks to"}, {"what is varied", TextTable::Align::left, 64}});
  Listing out;
  for (const std::string& name : experiment_names(catalog)) {
    const Experiment e = load_experiment(catalog, name);
    table.add({name, fmt::format("{}", fmt::join(e.findings, ", ")), e.title});
    out.json.push_back({{"name", name}, {"findings", e.findings}, {"title", e.title}});
  }
  out.text = table.render(style, 0);
  return out;
}

Listing listing_of(const ListRequest& request, const Style& style) {
  const std::string& what = request.what;
  if (what == "partitioners")
    return list_partitioners(Registry(request.plugins, request.own), style);
  if (!request.plugins.empty()) throw InputError("--plugin: only partitioners come from plug-ins");
  if (what == "beliefs") return list_beliefs(style);
  if (what == "compressions") return list_compressions(style);
  if (what == "suites") return list_suites(style);
  if (what == "experiments") return list_experiments(open_catalog(), style);
  if (what == "socs") return list_socs(open_catalog(), style);
  if (what == "links") return list_links(open_catalog(), style);
  if (what == "models") return list_models(open_catalog(), style);
  if (what == "runtimes") return list_runtimes(open_catalog(), style);
  if (auto listing = list_live(what, open_catalog(), style)) return std::move(*listing);
  throw_unknown("list", "kind", what, listable());
}

}  // namespace

void list(const ListRequest& request, const Console& console) {
  if (request.names) {
    const auto names = listed_names(request.what, request.plugins);
    console.print(fmt::format("{}\n", fmt::join(names, "\n")));
    return;
  }
  const Listing listing = listing_of(request, console.style());
  console.print(request.json ? json_text(listing.json) : listing.text);
}

}  // namespace partita
