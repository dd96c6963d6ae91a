// What `partita live` can be told.
#include <fmt/format.h>

#include "partitioners/online/online.h"
#include "sim/base/yaml.h"
#include "sim/engine/governor.h"
#include "sim/engine/workload.h"
#include "tools/partita/listing.h"

namespace partita {
namespace {

using Align = TextTable::Align;

Listing list_workloads(const Catalog& catalog, const Style& style) {
  TextTable table({{"workload"},
                   {"title", Align::left, 52},
                   {"streams", Align::left, 40},
                   {"duration", Align::right}});
  Listing out;
  for (const std::string& name : catalog.workloads()) {
    const Workload workload = load_workload(catalog.workload(name));
    std::vector<std::string> streams;
    for (const Stream& stream : workload.streams) streams.push_back(stream.name);
    table.add({name, workload.title, fmt::format("{}", fmt::join(streams, ", ")),
               format_quantity(workload.duration_s, Dimension::time)});
    out.json.push_back({{"name", name},
                        {"title", workload.title},
                        {"streams", streams},
                        {"duration_s", workload.duration_s}});
  }
  out.text = table.render(style, 0);
  return out;
}

/// They name hardware, so only a SoC can check all of one; their titles are read here.
Listing list_conditions(const Catalog& catalog, const Style& style) {
  TextTable table({{"conditions"}, {"title", Align::left, 76}});
  Listing out;
  for (const std::string& name : catalog.conditions()) {
    const std::string title = Yaml::load_file(catalog.condition(name)).at("title").text();
    table.add({name, title});
    out.json.push_back({{"name", name}, {"title", title}});
  }
  out.text = table.render(style, 0);
  return out;
}

Listing list_schedulers(const Style& style) {
  Listing out;
  for (const OnlineInfo& info : online_schedulers()) {
    out.text += style.apply(Emphasis::strong, info.name) + "\n" +
                wrap(fmt::format("{} ({})", info.summary, info.source), kReportWidth, 4);
    nlohmann::ordered_json options = nlohmann::ordered_json::array();
    for (const OptionInfo& option : info.options) {
      out.text += wrap(fmt::format("{}={:g} ({:g} to {:g} {}): {}", option.name, option.preset,
                                   option.least, option.most, option.unit, option.help),
                       kReportWidth, 4);
      options.push_back({{"name", option.name},
                         {"unit", option.unit},
                         {"least", option.least},
                         {"most", option.most},
                         {"default", option.preset},
                         {"help", option.help}});
    }
    out.json.push_back({{"name", info.name},
                        {"summary", info.summary},
                        {"sub_graphs", info.pieces},
                        {"options", std::move(options)},
                        {"source", info.source}});
  }
  return out;
}

Listing list_governors(const Style& style) {
  TextTable table({{"governor"}, {"how it sets a clock", Align::left, 80}});
  Listing out;
  for (std::size_t i = 0; i < kGovernors; ++i) {
    const auto kind = static_cast<GovernorKind>(i);
    table.add({std::string(to_string(kind)), std::string(governor_summary(kind))});
    out.json.push_back({{"name", to_string(kind)}, {"summary", governor_summary(kind)}});
  }
  out.text = table.render(style, 0);
  return out;
}

}  // namespace

std::optional<Listing> list_live(const std::string& what, const Catalog& catalog,
                                 const Style& style) {
  if (what == "workloads") return list_workloads(catalog, style);
  if (what == "conditions") return list_conditions(catalog, style);
  if (what == "schedulers") return list_schedulers(style);
  if (what == "governors") return list_governors(style);
  return std::nullopt;
}

}  // namespace partita
