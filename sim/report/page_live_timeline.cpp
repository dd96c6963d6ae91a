// The phone over time: units, queues, clocks, heat, power and bus on one axis.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/base/units.h"
#include "sim/report/page_live.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

constexpr std::size_t kMostBars = 4000, kMostSamples = 800, kMostSteps = 3000;
constexpr int kAxis = 120;

class LivePicture {
 public:
  explicit LivePicture(const LiveStory& story) : story_(story), soc_(*story.setup.soc) {
    for (const LiveStream& stream : story.setup.streams) streams_.push_back(stream.stream.name);
    const auto& samples = story.result.samples;
    const std::size_t step = samples.size() / kMostSamples + 1;
    for (std::size_t i = 0; i < samples.size(); i += step) samples_.push_back(&samples[i]);
    // A bar is at least a two-thousandth of the picture: what is nearer than that is one.
    spans_ = merged_spans(story.result.spans, to_picoseconds(story.result.elapsed_s / 2000));
    bars_ = std::min(spans_.size(), kMostBars);
  }

  PageSection section() {
    PageSection out;
    out.heading = "The phone over time";
    out.lead =
        "Who is served on which unit, requests that wait or are served, and what clocks, heat, "
        "power and the bus do meanwhile. Drag to move, wheel to zoom, point at a bar.";
    if (bars_ < spans_.size())
      out.lead +=
          fmt::format(" Drawn are the first {} of {} bars of the units.", bars_, spans_.size());
    out.spoken = fmt::format("{} runs on {} units over {}", spans_.size(), soc_.units.size(),
                             format_quantity(story_.result.elapsed_s, Dimension::time));
    Json spec = pages::picture(out.spoken, kAxis + 40);
    spec["usermeta"]["whole"] = {0, story_.result.elapsed_s};
    spec["usermeta"]["renderer"] = "canvas";
    Json panels = Json::array({units_panel(), queue_panel()}),
         views = Json::array({"units", "queue"});
    if (!samples_.empty()) {
      const auto add = [&](Json panel, const char* name) {
        panels.push_back(std::move(panel));
        views.push_back(name);
      };
      add(clocks_panel(), "clocks");
      if (!story_.thermal_nodes.empty()) add(heat_panel(), "heat");
      add(plain_panel("power", "power, W", pages::kRed), "power");
      add(plain_panel("bus", "bus, GB/s", pages::kBlue), "bus");
    }
    panels.back()["encoding"]["x"]["axis"]["title"] = "time, s";
    spec["params"] = Json::array({{{"name", "zoom"},
                                   {"select", {{"type", "interval"}, {"encodings", {"x"}}}},
                                   {"bind", "scales"},
                                   {"views", std::move(views)}}});
    spec["vconcat"] = std::move(panels);
    spec["spacing"] = 14;
    spec["resolve"] = {{"scale", {{"color", "independent"}}}};
    out.spec = pages::spec_text(spec);
    out.tables.push_back(samples_table());
    return out;
  }

 private:
  Json time_axis() const {
    Json x = pages::channel("s", "quantitative");
    x["scale"] = {{"domain", {0, story_.result.elapsed_s}}, {"nice", false}};
    x["axis"] = {{"title", nullptr}, {"grid", true}};
    return x;
  }
  Json stream_colour() const {
    Json colour = pages::channel("g", "nominal", "stream");
    colour["scale"] = {{"domain", streams_}};
    return colour;
  }

  Json units_panel() const {
    Json values = Json::array();
    std::vector<bool> used(soc_.units.size());
    for (std::size_t i = 0; i < bars_; ++i) {
      const LiveSpan& span = spans_[i];
      used[span.unit] = true;
      const RequestRecord& r = story_.result.requests.at(span.request);
      values.push_back(
          {{"u", soc_.units[span.unit].name},
           {"g", streams_[static_cast<std::size_t>(span.stream)]},
           {"s", to_seconds(span.start_ps)},
           {"e", to_seconds(span.end_ps)},
           {"r", fmt::format("{}, arrived at {}", span.request + 1,
                             format_quantity(to_seconds(r.arrived_ps), Dimension::time))},
           {"d", format_quantity(to_seconds(span.end_ps - span.start_ps), Dimension::time)},
           {"l", r.ended_ps < 0
                     ? "not answered"
                     : format_quantity(to_seconds(r.ended_ps - r.arrived_ps), Dimension::time)}});
    }
    Json y = pages::channel("u", "nominal"), names = Json::array();
    for (std::size_t u = 0; u < used.size(); ++u)
      if (used[u]) names.push_back(soc_.units[u].name);
    y["sort"] = names;
    y["axis"] = pages::fixed_axis({{"domain", false}, {"ticks", false}, {"grid", true}}, kAxis);
    Json stroke = stream_colour();
    stroke["legend"] = nullptr;
    return {{"name", "units"},
            {"width", "container"},
            {"height", {{"step", 24}}},
            {"data", {{"values", std::move(values)}}},
            {"mark", {{"type", "bar"}, {"clip", true}, {"strokeWidth", 0.5}}},
            {"encoding",
             {{"x", time_axis()},
              {"x2", {{"field", "e"}}},
              {"y", y},
              {"color", stream_colour()},
              {"stroke", stroke},
              {"tooltip", pages::tips({{"g", "stream"},
                                       {"r", "request"},
                                       {"u", "unit"},
                                       {"d", "held for"},
                                       {"l", "latency"}})}}}};
  }

  Json queue_panel() const {
    Json values = Json::array();
    for (std::size_t s = 0; s < streams_.size(); ++s) {
      const auto steps = queue_of(story_.result.requests, static_cast<int>(s));
      const std::size_t every = steps.size() * streams_.size() / kMostSteps + 1;
      for (std::size_t i = 0; i < steps.size(); i += every)
        values.push_back(
            {{"g", streams_[s]}, {"s", to_seconds(steps[i].at_ps)}, {"n", steps[i].requests}});
    }
    Json y = pages::channel("n", "quantitative", "in the house");
    y["axis"] = pages::fixed_axis(
        {{"title", "requests there"}, {"tickCount", 3}, {"tickMinStep", 1}}, kAxis);
    Json colour = stream_colour();
    colour["legend"] = nullptr;
    return panel("queue", std::move(values), y, colour, 70);
  }

  Json panel(const char* name, Json values, const Json& y, const Json& colour, int height) const {
    Json out{
        {"name", name},
        {"width", "container"},
        {"height", height},
        {"data", {{"values", std::move(values)}}},
        {"mark",
         {{"type", "line"}, {"interpolate", "step-after"}, {"strokeWidth", 1.3}, {"clip", true}}},
        {"encoding", {{"x", time_axis()}, {"y", y}}}};
    out["encoding"]["color"] = colour;
    return out;
  }

  /// A domain is drawn in the colour of its first unit.
  Json clocks_panel() const {
    const auto of_unit = pages::unit_colours(soc_);
    Json values = Json::array();
    std::vector<std::pair<std::string, std::string>> named;
    for (std::size_t d = 0; d < soc_.domains.size(); ++d) {
      const auto unit = std::find_if(soc_.units.begin(), soc_.units.end(), [&](const Unit& u) {
        return u.kind != UnitKind::network && index(u.domain) == d;
      });
      if (unit == soc_.units.end()) continue;
      named.emplace_back(soc_.domains[d].name,
                         of_unit[static_cast<std::size_t>(unit - soc_.units.begin())]);
      for (const LiveSample* sample : samples_)
        values.push_back(
            {{"g", soc_.domains[d].name}, {"s", sample->at_s}, {"v", sample->clock_hz[d] * 1e-9}});
    }
    Json y = pages::channel("v", "quantitative", "clocks, GHz");
    y["axis"] = pages::fixed_axis({{"title", "clocks, GHz"}, {"tickCount", 4}}, kAxis);
    Json colour = pages::channel("g", "nominal", "clock");
    colour["legend"] = {{"symbolType", "stroke"}, {"symbolStrokeWidth", 3}};
    colour["scale"] = pages::colours(named);
    return panel("clocks", std::move(values), y, colour, 110);
  }

  Json heat_panel() const {
    Json values = Json::array();
    for (std::size_t n = 0; n < story_.thermal_nodes.size(); ++n)
      for (const LiveSample* sample : samples_)
        if (n < sample->temperature_c.size())
          values.push_back({{"g", story_.thermal_nodes[n]},
                            {"s", sample->at_s},
                            {"v", sample->temperature_c[n]}});
    Json y = pages::channel("v", "quantitative", "heat, °C");
    y["scale"] = {{"zero", false}};
    y["axis"] = pages::fixed_axis({{"title", "heat, °C"}, {"tickCount", 4}}, kAxis);
    Json colour = pages::channel("g", "nominal", "thermal node");
    colour["legend"] = {{"symbolType", "stroke"}, {"symbolStrokeWidth", 3}};
    colour["sort"] = nullptr;
    return panel("heat", std::move(values), y, colour, 100);
  }

  Json plain_panel(const std::string& name, const char* title, const char* colour) const {
    Json values = Json::array();
    for (const LiveSample* sample : samples_)
      values.push_back(
          {{"s", sample->at_s},
           {"v", name == "bus" ? sample->bandwidth_bytes_per_s * 1e-9 : sample->power_w}});
    Json y = pages::channel("v", "quantitative", title);
    y["axis"] = pages::fixed_axis({{"title", title}, {"tickCount", 3}}, kAxis);
    return panel(name.c_str(), std::move(values), y, {{"value", colour}}, 70);
  }

  PageTable samples_table() const {
    PageTable table{"Samples",
                    {{"time, s", true}, {"power, W", true}, {"bus, GB/s", true}},
                    {},
                    "`partita live --samples FILE` writes every sample."};
    for (const Domain& domain : soc_.domains)
      table.columns.push_back({domain.name + ", GHz", true});
    for (const std::string& node : story_.thermal_nodes)
      table.columns.push_back({node + ", °C", true});
    for (const LiveSample* s : samples_) {
      std::vector<std::string> row{fmt::format("{:.3f}", s->at_s),
                                   fmt::format("{:.3f}", s->power_w),
                                   fmt::format("{:.3f}", s->bandwidth_bytes_per_s * 1e-9)};
      for (const double hz : s->clock_hz) row.push_back(fmt::format("{:.3f}", hz * 1e-9));
      for (std::size_t n = 0; n < story_.thermal_nodes.size(); ++n)
        row.push_back(n < s->temperature_c.size() ? fmt::format("{:.2f}", s->temperature_c[n])
                                                  : "-");
      table.rows.push_back(std::move(row));
    }
    table.total = story_.result.samples.size();
    return table;
  }

  const LiveStory& story_;
  const Soc& soc_;
  std::vector<std::string> streams_;
  std::vector<const LiveSample*> samples_;
  std::vector<LiveSpan> spans_;
  std::size_t bars_ = 0;
};

}  // namespace

std::vector<LiveSpan> merged_spans(const std::vector<LiveSpan>& spans, std::int64_t gap_ps) {
  std::vector<LiveSpan> sorted = spans;
  const auto by_start = [](const LiveSpan& a, const LiveSpan& b) {
    return std::tie(a.start_ps, a.unit, a.request) < std::tie(b.start_ps, b.unit, b.request);
  };
  std::stable_sort(sorted.begin(), sorted.end(), by_start);
  std::vector<LiveSpan> out;
  std::map<int, std::size_t> last;  // By unit: its last bar.
  for (const LiveSpan& span : sorted) {
    const auto at = last.find(span.unit);
    if (at != last.end() && out[at->second].request == span.request &&
        span.start_ps - out[at->second].end_ps <= gap_ps) {
      out[at->second].end_ps = std::max(out[at->second].end_ps, span.end_ps);
      continue;
    }
    last[span.unit] = out.size();
    out.push_back(span);
  }
  return out;
}

std::vector<QueueStep> queue_of(const std::vector<RequestRecord>& requests, int stream) {
  std::map<std::int64_t, int> changes{{0, 0}};
  for (const RequestRecord& r : requests) {
    if (r.stream != stream) continue;
    ++changes[r.arrived_ps];
    // One that never ended stays; one that was turned away was never there.
    if (r.ended_ps >= 0)
      --changes[r.ended_ps];
    else if (r.end == RequestEnd::dropped)
      --changes[r.arrived_ps];
  }
  std::vector<QueueStep> out;
  int there = 0;
  for (const auto& [at_ps, change] : changes) {
    there += change;
    if (out.empty() || out.back().requests != there) out.push_back({at_ps, there});
  }
  return out;
}

PageSection live_timeline_section(const LiveStory& story) {
  return LivePicture(story).section();
}

}  // namespace partita
