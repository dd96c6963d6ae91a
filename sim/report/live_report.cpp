#include "sim/report/live_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/report/json_text.h"

namespace partita {
namespace {

using nlohmann::ordered_json;
using Align = TextTable::Align;

std::string milliseconds(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

ordered_json stream_json(const LiveStory& story, const LiveMetrics& metrics, std::size_t s) {
  const LiveStream& stream = story.setup.streams[s];
  const StreamMetrics& m = metrics.streams[s];
  return {{"name", stream.stream.name},
          {"model", stream.stream.model},
          {"arrivals", to_string(stream.stream.arrivals.kind)},
          {"plan", stream.program->label()},
          {"pieces", stream.program->pieces()},
          {"arrived", m.arrived},
          {"done", m.done},
          {"dropped", m.dropped},
          {"failed", m.failed},
          {"unfinished", m.unfinished},
          {"deadline_missed", m.missed},
          {"mean_latency_s", m.mean_s},
          {"p50_latency_s", m.p50_s},
          {"p95_latency_s", m.p95_s},
          {"p99_latency_s", m.p99_s},
          {"max_latency_s", m.most_s},
          {"alone_latency_s", stream.program->alone_s()},
          {"throughput_per_s", m.throughput_per_s},
          {"energy_per_inference_j", m.energy_j},
          {"slowdown", m.slowdown}};
}

std::string overview(const LiveStory& story, const LiveMetrics& metrics) {
  const LiveResult& r = story.result;
  std::string text =
      fmt::format("{} on {}, {}\nconditions: {}; scheduler: {}\n", story.workload,
                  story.setup.soc->title, story.runtime, story.conditions, story.scheduler);
  text += fmt::format(
      "{} of simulated time, {} requests, {} tasks, {} per inference with the whole device, mean "
      "power {}\n",
      format_quantity(r.elapsed_s, Dimension::time), r.requests.size(), r.tasks,
      format_quantity(metrics.energy_per_inference_j, Dimension::energy),
      format_quantity(r.elapsed_s > 0 ? r.energy_j / r.elapsed_s : 0, Dimension::power));
  return text;
}

TextTable streams_table(const LiveStory& story, const LiveMetrics& metrics) {
  TextTable table({{"stream"},
                   {"done", Align::right},
                   {"lost", Align::right},
                   {"missed", Align::right},
                   {"p50", Align::right},
                   {"p95", Align::right},
                   {"p99", Align::right},
                   {"alone", Align::right},
                   {"slower", Align::right},
                   {"per s", Align::right},
                   {"energy", Align::right}});
  for (std::size_t s = 0; s < metrics.streams.size(); ++s) {
    const StreamMetrics& m = metrics.streams[s];
    table.add({story.setup.streams[s].stream.name, std::to_string(m.done),
               std::to_string(m.dropped + m.failed + m.unfinished), std::to_string(m.missed),
               milliseconds(m.p50_s), milliseconds(m.p95_s), milliseconds(m.p99_s),
               milliseconds(story.setup.streams[s].program->alone_s()),
               fmt::format("{:.2f}x", m.slowdown), fmt::format("{:.1f}", m.throughput_per_s),
               format_quantity(m.energy_j, Dimension::energy)});
  }
  return table;
}

TextTable units_table(const LiveStory& story) {
  const Soc& soc = *story.setup.soc;
  TextTable table({{"unit"},
                   {"busy", Align::right},
                   {"energy", Align::right},
                   {"clock"},
                   {"governor"},
                   {"mean clock", Align::right},
                   {"of top", Align::right},
                   {"capped", Align::right}});
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const Unit& unit = soc.units[u];
    if (unit.kind == UnitKind::network) continue;
    const std::size_t d = index(unit.domain);
    const double top = soc.domains[d].opps.back().frequency_hz;
    const double mean = story.result.mean_clock_hz[d];
    table.add(
        {unit.name,
         percent(story.result.elapsed_s > 0 ? story.result.unit_busy_s[u] / story.result.elapsed_s
                                            : 0),
         format_quantity(story.result.unit_energy_j[u], Dimension::energy), soc.domains[d].name,
         story.governors[d], format_quantity(mean, Dimension::frequency), percent(mean / top),
         format_quantity(story.result.capped_s[d], Dimension::time)});
  }
  return table;
}

}  // namespace

std::string live_text(const LiveStory& story, const Style& style) {
  const LiveMetrics metrics = live_metrics(story.setup, story.result);
  std::string text = overview(story, metrics) + "\n";
  text += streams_table(story, metrics).render(style) + "\n";
  text += units_table(story).render(style);
  for (std::size_t n = 0; n < story.thermal_nodes.size(); ++n)
    text += fmt::format("{}{} at most {:.1f} degC", n == 0 ? "\n  heat: " : ", ",
                        story.thermal_nodes[n], story.result.peak_temperature_c[n]);
  if (!story.thermal_nodes.empty()) text += "\n";
  if (metrics.streams.size() > 1)
    text += fmt::format("\n  fairness (Jain, of 1 / slowdown): {:.3f}\n", metrics.fairness);
  return text;
}

std::string live_json(const LiveStory& story) {
  const LiveMetrics metrics = live_metrics(story.setup, story.result);
  const LiveResult& r = story.result;
  const Soc& soc = *story.setup.soc;
  ordered_json root{{"soc", soc.name},
                    {"device", soc.title},
                    {"runtime", story.runtime},
                    {"workload", story.workload},
                    {"conditions", story.conditions},
                    {"scheduler", story.scheduler},
                    {"duration_s", story.setup.duration_s},
                    {"elapsed_s", r.elapsed_s},
                    {"requests", r.requests.size()},
                    {"tasks", r.tasks},
                    {"energy_j", r.energy_j},
                    {"energy_per_inference_j", metrics.energy_per_inference_j},
                    {"mean_power_w", r.elapsed_s > 0 ? r.energy_j / r.elapsed_s : 0.0},
                    {"memory_traffic_bytes", r.bytes},
                    {"peak_memory_bytes", r.peak_memory_bytes},
                    {"fairness", metrics.fairness},
                    {"clock_changes", r.clock_changes}};
  ordered_json& streams = root["streams"] = ordered_json::array();
  for (std::size_t s = 0; s < metrics.streams.size(); ++s)
    streams.push_back(stream_json(story, metrics, s));
  ordered_json& units = root["units"] = ordered_json::array();
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    units.push_back({{"name", soc.units[u].name},
                     {"utilisation", r.elapsed_s > 0 ? r.unit_busy_s[u] / r.elapsed_s : 0.0},
                     {"energy_j", r.unit_energy_j[u]}});
  ordered_json& domains = root["clocks"] = ordered_json::array();
  for (std::size_t d = 0; d < soc.domains.size(); ++d)
    domains.push_back({{"name", soc.domains[d].name},
                       {"governor", story.governors[d]},
                       {"mean_hz", r.mean_clock_hz[d]},
                       {"top_hz", soc.domains[d].opps.back().frequency_hz},
                       {"capped_s", r.capped_s[d]}});
  ordered_json& heat = root["temperatures"] = ordered_json::array();
  for (std::size_t n = 0; n < story.thermal_nodes.size(); ++n)
    heat.push_back({{"node", story.thermal_nodes[n]}, {"peak_c", r.peak_temperature_c[n]}});
  return json_text(root);
}

std::string requests_csv(const LiveStory& story) {
  std::string out = csv_line(
      {"stream", "arrived_s", "started_s", "ended_s", "latency_s", "end", "deadline_missed"});
  const auto seconds = [](std::int64_t ps) {
    return ps < 0 ? std::string() : csv_number(static_cast<double>(ps) * 1e-12);
  };
  for (const RequestRecord& r : story.result.requests)
    out += csv_line({story.setup.streams[static_cast<std::size_t>(r.stream)].stream.name,
                     seconds(r.arrived_ps), seconds(r.started_ps), seconds(r.ended_ps),
                     r.ended_ps < 0 ? "" : seconds(r.ended_ps - r.arrived_ps),
                     std::string(to_string(r.end)), r.missed ? "1" : "0"});
  return out;
}

std::string samples_csv(const LiveStory& story) {
  const Soc& soc = *story.setup.soc;
  std::vector<std::string> header{"at_s", "power_w", "bandwidth_bytes_per_s"};
  for (const Domain& domain : soc.domains) header.push_back(domain.name + "_hz");
  for (const std::string& node : story.thermal_nodes) header.push_back(node + "_c");
  for (const Unit& unit : soc.units) header.push_back(unit.name + "_busy");
  std::string out = csv_line(header);
  for (const LiveSample& s : story.result.samples) {
    std::vector<std::string> row{csv_number(s.at_s), csv_number(s.power_w),
                                 csv_number(s.bandwidth_bytes_per_s)};
    for (const auto* values : {&s.clock_hz, &s.temperature_c, &s.unit_busy})
      for (double value : *values) row.push_back(csv_number(value));
    out += csv_line(row);
  }
  return out;
}

std::string live_trace(const LiveStory& story) {
  const Soc& soc = *story.setup.soc;
  const auto us = [](double seconds) { return seconds * 1e6; };
  std::string out = R"({"displayTimeUnit":"ms","traceEvents":[)";
  auto event = [&, first = true](const ordered_json& json) mutable {
    out += first ? "\n" : ",\n";
    out += json_line(json);
    first = false;
  };
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    event({{"ph", "M"},
           {"name", "thread_name"},
           {"pid", 1},
           {"tid", u},
           {"args", {{"name", soc.units[u].name}}}});
  for (const LiveSpan& span : story.result.spans) {
    const LiveStream& stream = story.setup.streams[static_cast<std::size_t>(span.stream)];
    event({{"ph", "X"},
           {"name", stream.program->graph().op(span.op).name},
           {"cat", to_string(span.kind)},
           {"pid", 1},
           {"tid", span.unit},
           {"ts", static_cast<double>(span.start_ps) / 1e6},
           {"dur", static_cast<double>(span.end_ps - span.start_ps) / 1e6},
           {"args", {{"stream", stream.stream.name}, {"request", span.request}}}});
  }
  auto counter = [&](const std::string& name, double at_s, const char* unit, double value) {
    event({{"ph", "C"}, {"name", name}, {"pid", 1}, {"ts", us(at_s)}, {"args", {{unit, value}}}});
  };
  for (const LiveSample& s : story.result.samples) {
    counter("power", s.at_s, "W", s.power_w);
    counter("memory bandwidth", s.at_s, "GB/s", s.bandwidth_bytes_per_s / 1e9);
    for (std::size_t d = 0; d < soc.domains.size(); ++d)
      counter("clock " + soc.domains[d].name, s.at_s, "MHz", s.clock_hz[d] / 1e6);
    for (std::size_t n = 0; n < s.temperature_c.size(); ++n)
      counter("temperature " + story.thermal_nodes[n], s.at_s, "degC", s.temperature_c[n]);
  }
  return out + "\n]}\n";
}

}  // namespace partita
