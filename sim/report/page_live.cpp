#include "sim/report/page_live.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/units.h"
#include "sim/report/page_pictures.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

constexpr std::size_t kMostPoints = 4000;

const std::string& stream_name(const LiveStory& story, int stream) {
  return story.setup.streams[static_cast<std::size_t>(stream)].stream.name;
}

/// The same colours as in the timeline.
Json stream_colour(const LiveStory& story) {
  Json names = Json::array();
  for (const LiveStream& stream : story.setup.streams) names.push_back(stream.stream.name);
  Json colour = pages::channel("g", "nominal", "stream");
  colour["scale"] = {{"domain", std::move(names)}};
  return colour;
}

std::string time_text(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

double latency_s(const RequestRecord& r) {
  return to_seconds(r.ended_ps - r.arrived_ps);
}

const char* end_text(const RequestRecord& r) {
  if (r.end == RequestEnd::done) return r.missed ? "after its deadline" : "in time";
  return r.end == RequestEnd::dropped  ? "dropped"
         : r.end == RequestEnd::failed ? "failed"
                                       : "unfinished";
}

const std::vector<std::pair<std::string, std::string>> kEnds{{"in time", pages::kBlue},
                                                             {"after its deadline", pages::kRed},
                                                             {"dropped", pages::kOrange},
                                                             {"failed", pages::kPink},
                                                             {"unfinished", pages::kGrey}};

}  // namespace

PageSection live_latency_section(const LiveStory& story) {
  PageSection out;
  out.heading = "Latency of every request";
  out.lead =
      "Each point is a request: when it came, and how long until its answer. Lines are deadlines; "
      "crosses were answered after theirs.";
  Json values = Json::array(), deadlines = Json::array();
  PageTable table{"",
                  {{"stream"}, {"arrived, s", true}, {"latency, ms", true}, {"end"}},
                  {},
                  "`partita live --csv FILE` writes every request."};
  std::size_t answered = 0;
  for (const RequestRecord& r : story.result.requests) answered += r.end == RequestEnd::done;
  // Every so many, so that the whole time is covered.
  const std::size_t step = answered / kMostPoints + 1;
  std::size_t n = 0;
  for (const RequestRecord& r : story.result.requests) {
    const bool done = r.end == RequestEnd::done;
    table.rows.push_back({stream_name(story, r.stream),
                          fmt::format("{:.6f}", to_seconds(r.arrived_ps)),
                          done ? fmt::format("{:.4f}", 1e3 * latency_s(r)) : "-", end_text(r)});
    if (!done || n++ % step != 0) continue;
    values.push_back({{"g", stream_name(story, r.stream)},
                      {"x", to_seconds(r.arrived_ps)},
                      {"y", 1e3 * latency_s(r)},
                      {"m", r.missed ? "late" : "in time"},
                      {"tx", time_text(to_seconds(r.arrived_ps))},
                      {"ty", time_text(latency_s(r))}});
  }
  if (step > 1)
    out.lead += fmt::format(" Drawn is every {}th of {} answered requests.", step, answered);
  for (const LiveStream& stream : story.setup.streams)
    if (std::isfinite(stream.stream.deadline_s))
      deadlines.push_back({{"g", stream.stream.name}, {"y", 1e3 * stream.stream.deadline_s}});
  Json spec = pages::picture(out.lead, 100);
  spec["width"] = "container";
  spec["height"] = 300;
  spec["usermeta"]["renderer"] = "canvas";
  Json x = pages::channel("x", "quantitative", "arrival, s");
  x["scale"] = {{"nice", false}};
  Json y = pages::channel("y", "quantitative", "latency, ms");
  y["scale"] = {{"type", "log"}};
  const Json colour = stream_colour(story);
  Json shape = pages::channel("m", "nominal");
  shape["scale"] = {{"domain", {"in time", "late"}}, {"range", {"circle", "cross"}}};
  shape["legend"] = nullptr;
  spec["layer"] = Json::array(
      {{{"data", {{"values", std::move(values)}}},
        {"params", Json::array({{{"name", "pan"},
                                 {"select", {{"type", "interval"}, {"encodings", {"x"}}}},
                                 {"bind", "scales"}}})},
        {"mark", {{"type", "point"}, {"size", 32}, {"clip", true}, {"opacity", 0.75}}},
        {"encoding",
         {{"x", x},
          {"y", y},
          {"color", colour},
          {"shape", shape},
          {"tooltip",
           pages::tips(
               {{"g", "stream"}, {"tx", "arrived"}, {"ty", "latency"}, {"m", "answered"}})}}}}});
  if (!deadlines.empty())
    spec["layer"].push_back(
        {{"data", {{"values", std::move(deadlines)}}},
         {"mark", {{"type", "rule"}, {"strokeDash", {6, 4}}, {"strokeWidth", 1.4}}},
         {"encoding", {{"y", y}, {"color", colour}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection live_distribution_section(const LiveStory& story) {
  const LiveMetrics metrics = live_metrics(story.setup, story.result);
  PageSection out;
  out.heading = "How latencies are spread";
  out.lead =
      "Share of a stream's answered requests that took at most so long: the further left and the "
      "steeper, the better.";
  Json values = Json::array();
  PageTable table{"",
                  {{"stream"},
                   {"answered", true},
                   {"mean", true},
                   {"median", true},
                   {"95 %", true},
                   {"99 %", true},
                   {"longest", true},
                   {"alone", true},
                   {"slowdown", true}},
                  {}};
  for (std::size_t s = 0; s < metrics.streams.size(); ++s) {
    const StreamMetrics& m = metrics.streams[s];
    const std::string& name = story.setup.streams[s].stream.name;
    table.rows.push_back({name, std::to_string(m.done), time_text(m.mean_s), time_text(m.p50_s),
                          time_text(m.p95_s), time_text(m.p99_s), time_text(m.most_s),
                          time_text(story.setup.streams[s].program->alone_s()),
                          fmt::format("{:.2f}x", m.slowdown)});
    std::vector<double> sorted;
    for (const RequestRecord& r : story.result.requests)
      if (r.stream == static_cast<int>(s) && r.end == RequestEnd::done)
        sorted.push_back(latency_s(r));
    std::sort(sorted.begin(), sorted.end());
    // At most so many steps a stream; the first and the last are always there.
    constexpr std::size_t kSteps = 400;
    const std::size_t step = sorted.size() / kSteps + 1;
    for (std::size_t i = 0; i < sorted.size(); ++i)
      if (i == 0 || i % step == 0 || i + 1 == sorted.size())
        values.push_back(
            {{"g", name},
             {"x", 1e3 * sorted[i]},
             {"y", 100.0 * static_cast<double>(i + 1) / static_cast<double>(sorted.size())},
             {"t", time_text(sorted[i])}});
  }
  Json spec = pages::picture(out.lead, 100);
  spec["width"] = "container";
  spec["height"] = 260;
  spec["data"] = {{"values", std::move(values)}};
  Json x = pages::channel("x", "quantitative", "latency, ms");
  x["scale"] = {{"type", "log"}, {"nice", false}, {"padding", 12}};
  Json y = pages::channel("y", "quantitative", "requests, %");
  y["scale"] = {{"domain", {0, 100}}};
  spec["mark"] = {{"type", "line"}, {"interpolate", "step-after"}, {"point", {{"size", 14}}}};
  spec["encoding"] = {{"x", x},
                      {"y", y},
                      {"color", stream_colour(story)},
                      {"tooltip", pages::tips({{"g", "stream"}, {"t", "at most"}, {"y", "%"}})}};
  spec["encoding"]["tooltip"][2]["format"] = ".1f";
  spec["encoding"]["tooltip"][2]["type"] = "quantitative";
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection live_ends_section(const LiveStory& story) {
  PageSection out;
  out.heading = "What became of the requests";
  out.lead = "By stream: answered in time, after the deadline, or not at all.";
  Json values = Json::array();
  PageTable table{"", {{"stream"}}, {}};
  for (const auto& [name, colour] : kEnds) table.columns.push_back({name, true});
  for (std::size_t s = 0; s < story.setup.streams.size(); ++s) {
    const std::string& name = story.setup.streams[s].stream.name;
    std::vector<std::string> cells{name};
    double all = 0;
    for (const RequestRecord& r : story.result.requests) all += r.stream == static_cast<int>(s);
    for (std::size_t e = 0; e < kEnds.size(); ++e) {
      const auto count = std::count_if(
          story.result.requests.begin(), story.result.requests.end(), [&](const auto& r) {
            return r.stream == static_cast<int>(s) && end_text(r) == kEnds[e].first;
          });
      cells.push_back(std::to_string(count));
      if (count > 0)
        values.push_back({{"g", name},
                          {"e", kEnds[e].first},
                          {"i", e},
                          {"n", count},
                          {"t", fmt::format("{} of {:.0f}", count, all)}});
    }
    table.rows.push_back(std::move(cells));
  }
  Json spec = pages::rows(out.lead, 180, 28, std::move(values));
  spec["mark"] = {{"type", "bar"}};
  Json y = pages::row_names("g", 150), x = pages::channel("n", "quantitative", "requests");
  x["stack"] = "normalize";
  x["axis"] = {{"format", "%"}};
  Json colour = pages::channel("e", "nominal");
  colour["scale"] = pages::colours(kEnds);
  spec["encoding"] = {{"y", y},
                      {"x", x},
                      {"color", colour},
                      {"order", {{"field", "i"}, {"type", "quantitative"}}},
                      {"tooltip", pages::tips({{"g", "stream"}, {"e", "end"}, {"t", "requests"}})}};
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection live_units_section(const LiveStory& story) {
  const Soc& soc = *story.setup.soc;
  const LiveResult& r = story.result;
  const auto colours = pages::unit_colours(soc);
  PageSection out;
  out.heading = "How busy the units were";
  out.lead = "Part of the time in which each unit was held, and what it took of the energy.";
  Json values = Json::array();
  std::vector<std::pair<std::string, std::string>> named;
  PageTable table{"",
                  {{"unit"},
                   {"busy", true},
                   {"energy", true},
                   {"mean clock", true},
                   {"governor"},
                   {"capped", true}},
                  {}};
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    if (soc.units[u].kind == UnitKind::network) continue;
    const double busy = r.elapsed_s > 0 ? r.unit_busy_s[u] / r.elapsed_s : 0;
    const std::size_t d = index(soc.units[u].domain);
    table.rows.push_back({soc.units[u].name, percent(busy),
                          format_quantity(r.unit_energy_j[u], Dimension::energy),
                          format_quantity(r.mean_clock_hz[d], Dimension::frequency),
                          story.governors[d], time_text(r.capped_s[d])});
    if (busy <= 0) continue;
    named.emplace_back(soc.units[u].name, colours[u]);
    values.push_back({{"u", soc.units[u].name},
                      {"b", 100 * busy},
                      {"t", percent(busy)},
                      {"e", format_quantity(r.unit_energy_j[u], Dimension::energy)}});
  }
  Json spec = pages::rows(out.lead, 200, 26, std::move(values));
  Json y = pages::row_names("u", 150), x = pages::channel("b", "quantitative", "busy, %");
  x["scale"] = {{"domain", {0, 100}}};
  Json colour = pages::channel("u", "nominal");
  colour["scale"] = pages::colours(named);
  colour["legend"] = nullptr;
  spec["mark"] = {{"type", "bar"}};
  spec["encoding"] = {{"y", y},
                      {"x", x},
                      {"color", colour},
                      {"tooltip", pages::tips({{"u", "unit"}, {"t", "busy"}, {"e", "energy"}})}};
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

Page live_page(const LiveStory& story) {
  const LiveResult& r = story.result;
  const LiveMetrics metrics = live_metrics(story.setup, story.result);
  std::size_t done = 0, late = 0, lost = 0;
  for (const StreamMetrics& m : metrics.streams) {
    done += m.done;
    late += m.missed;
    lost += m.dropped + m.failed + m.unfinished;
  }
  Page page(fmt::format("{} on {}", story.workload, story.setup.soc->title),
            fmt::format(
                "{} requests in {} of simulated time: {} answered, {} deadlines missed, {} "
                "requests lost; {} an inference with the whole device, mean power {}.",
                r.requests.size(), time_text(r.elapsed_s), done, late, lost,
                format_quantity(metrics.energy_per_inference_j, Dimension::energy),
                format_quantity(r.elapsed_s > 0 ? r.energy_j / r.elapsed_s : 0, Dimension::power)));
  page.fact("SoC", fmt::format("{} ({})", story.setup.soc->name, story.setup.soc->title));
  page.fact("conditions", story.conditions);
  page.fact("scheduler", story.scheduler);
  page.fact("runtime", story.runtime);
  page.fact("fairness (Jain)", fmt::format("{:.3f}", metrics.fairness));
  if (r.critical) page.fact("heat", "a critical trip was reached: the device would switch off");
  page.add(live_timeline_section(story));
  page.add(live_latency_section(story));
  page.add(live_distribution_section(story));
  page.add(live_ends_section(story));
  page.add(live_units_section(story));
  return page;
}

}  // namespace partita
