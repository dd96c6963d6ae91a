// partita list: what can be named on the command line.
#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/report/describe.h"
#include "sim/report/json.h"
#include "tools/partita/prepare.h"
#include "validation/validation.h"

namespace partita {
namespace {

/// The same rows for people and scripts.
struct Listing {
  std::string text, json;
};

Listing list_socs(const Catalog& catalog, const Style& style) {
  TextTable table({{"soc"}, {"title"}, {"units", TextTable::Align::left, 50}});
  Listing out;
  JsonWriter json(out.json);
  json.begin_array();
  for (const std::string& name : catalog.socs()) {
    const Soc soc = open_soc(catalog, name);
    table.add({name, soc.title, fmt::format("{}", fmt::join(soc.unit_names(), ", "))});
    json.begin_object()
        .member("name", name)
        .member("title", soc.title)
        .member("units", soc.unit_names())
        .end_object();
  }
  json.end_array();
  out.text = table.render(style, 0);
  return out;
}

Listing list_models(const Catalog& catalog, const Style& style) {
  using Align = TextTable::Align;
  TextTable table(
      {{"model"}, {"operators", Align::right}, {"MACs", Align::right}, {"weights", Align::right}});
  Listing out;
  JsonWriter json(out.json);
  json.begin_array();
  for (const std::string& name : catalog.models()) {
    const Graph graph = load_graph(catalog.model(name));
    table.add({name, std::to_string(graph.size()),
               format_count(static_cast<double>(graph.total_macs())),
               format_count(static_cast<double>(graph.total_weight_elements()))});
    json.begin_object()
        .member("name", name)
        .member("network", graph.network())
        .member("operators", graph.size())
        .member("macs", graph.total_macs())
        .member("weight_elements", graph.total_weight_elements())
        .end_object();
  }
  json.end_array();
  out.text = table.render(style, 0);
  return out;
}

Listing list_runtimes(const Catalog& catalog, const Style& style) {
  TextTable table({{"runtime"}, {"soc"}, {"costs", TextTable::Align::left, 60}});
  Listing out;
  JsonWriter json(out.json);
  json.begin_array();
  const auto add = [&](const std::string& name, const std::string& soc,
                       const std::string& precision, const std::string& costs) {
    table.add({name, soc.empty() ? "any" : soc, costs});
    json.begin_object().member("name", name);
    if (soc.empty())
      json.key("soc").null().key("precision").null();
    else
      json.member("soc", soc).member("precision", precision);
    json.member("costs", costs).end_object();
  };
  for (const auto& entry : catalog.profiles())
    add(entry.runtime + "-" + entry.precision, entry.soc, entry.precision, "measured profile");
  add("roofline", "", "", "from the SoC description; used where nothing was measured");
  json.end_array();
  out.text = table.render(style, 0);
  return out;
}

Listing list_partitioners(const Style& style) {
  Listing out;
  JsonWriter json(out.json);
  json.begin_array();
  for (const PartitionerInfo& info : partitioners()) {
    std::vector<std::string> objectives;
    for (const Objective objective : info.objectives) objectives.emplace_back(to_string(objective));
    out.text += style.apply(Emphasis::strong, info.name) +
                fmt::format(" ({})\n", fmt::join(objectives, ", ")) +
                wrap(info.summary, kReportWidth, 4);
    for (const OptionInfo& option : info.options)
      out.text +=
          wrap(fmt::format("--option {}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                           option.least, option.most, option.unit, option.help),
               kReportWidth, 4);
    json.begin_object()
        .member("name", info.name)
        .member("summary", info.summary)
        .member("objectives", objectives);
    json.key("options").begin_array();
    for (const OptionInfo& option : info.options)
      json.begin_object()
          .member("name", option.name)
          .member("unit", option.unit)
          .member("help", option.help)
          .member("least", option.least)
          .member("most", option.most)
          .member("default", option.preset)
          .end_object();
    json.end_array().end_object();
  }
  json.end_array();
  return out;
}

Listing list_suites(const Style& style) {
  TextTable table({{"suite"}, {"what is compared", TextTable::Align::left, 76}});
  Listing out;
  JsonWriter json(out.json);
  json.begin_array();
  for (const SuiteInfo& info : suites()) {
    table.add({info.name, info.summary});
    json.begin_object()
        .member("name", info.name)
        .member("summary", info.summary)
        .member("plain_method", info.plain_method)
        .end_object();
  }
  json.end_array();
  out.text = table.render(style, 0);
  return out;
}

Listing listing_of(const std::string& what, const Style& style) {
  if (what == "partitioners") return list_partitioners(style);
  if (what == "suites") return list_suites(style);
  if (what == "socs") return list_socs(open_catalog(), style);
  if (what == "models") return list_models(open_catalog(), style);
  if (what == "runtimes") return list_runtimes(open_catalog(), style);
  throw_unknown("list", "kind", what, {"socs", "models", "runtimes", "partitioners", "suites"});
}

}  // namespace

void list(const ListRequest& request, const Console& console) {
  const Listing listing = listing_of(request.what, console.style());
  console.print(request.json ? listing.json + "\n" : listing.text);
}

}  // namespace partita
