#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "sim/base/units.h"
#include "sim/report/page_run.h"
#include "sim/report/page_spec.h"
#include "sim/report/page_task_texts.h"
#include "sim/report/tracks.h"

namespace partita {
namespace {

using pages::Json;

/// More bars than this tell an eye nothing and make a page slow.
constexpr std::size_t kMostBars = 4000;
constexpr std::size_t kMostSamples = 1500;
constexpr int kAxis = 130;  ///< Pixels left of the panels, the same for all: their times line up.

std::string time_text(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

const std::vector<std::pair<std::string, double>> kOpacity{{"computing", 1},
                                                           {"loading the input", 0.55},
                                                           {"handing over", 0.4},
                                                           {"changing a clock", 0.2},
                                                           {"starting up", 0.7}};

class TimelinePicture {
 public:
  explicit TimelinePicture(const PlanStory& story)
      : story_(story),
        soc_(story.job.soc),
        tracks_(lay_out_tracks(soc_, story.schedule, story.timeline)),
        unit_(pages::time_unit(to_seconds(story.timeline.makespan_ps))),
        colours_(pages::unit_colours(soc_)),
        texts_(story) {
    by_start_.resize(story.schedule.tasks.size());
    std::iota(by_start_.begin(), by_start_.end(), std::size_t{0});
    std::stable_sort(by_start_.begin(), by_start_.end(), [&](std::size_t a, std::size_t b) {
      return story_.timeline.start_ps[a] < story_.timeline.start_ps[b];
    });
  }

  PageSection section() {
    const double whole_s = to_seconds(story_.timeline.makespan_ps);
    PageSection out;
    out.heading = "Timeline";
    out.lead = fmt::format(
        "Every task of {} by the unit it runs on and the channel it crosses; {} in all. Drag to "
        "move, wheel to zoom, point at a bar for why it takes so long, click one to find its "
        "operator in the network below.",
        story_.schedule.requests == 1 ? "one request"
                                      : fmt::format("{} requests", story_.schedule.requests),
        time_text(whole_s));
    if (by_start_.size() > kMostBars)
      out.lead += fmt::format(" Drawn are the first {} of {} tasks.", kMostBars, by_start_.size());
    out.spoken = fmt::format("Timeline of {} tasks on {} tracks, {} long", by_start_.size(),
                             used_tracks().size(), time_text(whole_s));
    Json spec = pages::picture(out.spoken, kAxis + 40);
    spec["usermeta"]["picks"] = true;
    spec["usermeta"]["whole"] = {0, unit_.of(whole_s)};
    if (by_start_.size() > 800) spec["usermeta"]["renderer"] = "canvas";
    Json views = Json::array({"bars"});
    Json panels = Json::array({tasks_panel()});
    const auto samples = thinned(story_.samples, story_.timeline.makespan_ps, kMostSamples);
    if (!samples.empty()) {
      panels.push_back(samples_panel(samples, "bus", "b", "bus, GB/s", pages::kBlue));
      panels.push_back(samples_panel(samples, "power", "p", "power, W", pages::kRed));
      views.push_back("bus");
      views.push_back("power");
    }
    spec["params"] = Json::array({{{"name", "picked"}, {"value", nullptr}},
                                  {{"name", "zoom"},
                                   {"select", {{"type", "interval"}, {"encodings", {"x"}}}},
                                   {"bind", "scales"},
                                   {"views", std::move(views)}}});
    spec["vconcat"] = std::move(panels);
    spec["spacing"] = 14;
    out.spec = pages::spec_text(spec);
    out.tables.push_back(tasks_table());
    if (!samples.empty()) out.tables.push_back(samples_table(samples));
    return out;
  }

 private:
  std::vector<int> used_tracks() const {
    std::vector<bool> used(tracks_.names.size());
    for (const int track : tracks_.of_task) used[static_cast<std::size_t>(track)] = true;
    std::vector<int> out;
    for (std::size_t t = 0; t < used.size(); ++t)
      if (used[t]) out.push_back(static_cast<int>(t));
    return out;
  }

  Json time_axis(bool labelled) const {
    Json x = pages::channel("s", "quantitative");
    x["scale"] = {{"domain", {0, unit_.of(to_seconds(story_.timeline.makespan_ps))}},
                  {"nice", false}};
    x["axis"] = {{"title", labelled ? Json("time, " + unit_.name) : Json(nullptr)},
                 {"labels", true},
                 {"grid", true}};
    return x;
  }

  Json tasks_panel() const {
    Json values = Json::array();
    for (std::size_t i = 0; i < std::min(by_start_.size(), kMostBars); ++i)
      values.push_back(bar(by_start_[i]));
    Json order = Json::array();
    for (const int track : used_tracks())
      order.push_back(tracks_.names[static_cast<std::size_t>(track)]);
    Json y = pages::channel("t", "nominal");
    y["sort"] = order;
    y["axis"] = pages::fixed_axis({{"domain", false}, {"ticks", false}, {"grid", true}}, kAxis);
    std::vector<std::pair<std::string, std::string>> named;
    std::vector<bool> seen(soc_.units.size());
    for (const Task& task : story_.schedule.tasks) seen[task.unit] = true;
    for (std::size_t u = 0; u < seen.size(); ++u)
      if (seen[u]) named.emplace_back(soc_.units[u].name, colours_[u]);
    Json colour = pages::channel("u", "nominal", "unit");
    colour["scale"] = pages::colours(named);
    Json opacity = pages::channel("c", "ordinal", "what");
    opacity["scale"] = opacities();
    opacity["legend"] = {{"symbolFillColor", "@text"}};
    colour["legend"] = nullptr;  // The tracks say it.
    const Json x2{{"field", "e"}};
    const std::string room = "(scale('tasks_x', datum.e) - scale('tasks_x', datum.s))";
    Json bars{
        {"name", "bars"},
        {"mark", {{"type", "bar"}, {"cursor", "pointer"}}},
        {"encoding",
         {{"x", time_axis(story_.samples.empty())},
          {"x2", x2},
          {"y", y},
          {"color", colour},
          {"opacity", opacity},
          // A bar is never thinner than its outline: short tasks stay in sight. Wide ones are told
          // apart by theirs.
          {"stroke",
           {{"condition",
             Json::array({{{"test", "picked !== null && datum.op === picked"}, {"value", "@text"}},
                          {{"test", room + " > 5"}, {"value", "@ground"}}})},
            {"field", "u"},
            {"type", "nominal"},
            {"scale", pages::colours(named)},
            {"legend", nullptr}}},
          {"strokeWidth",
           {{"condition", {{"test", "picked !== null && datum.op === picked"}, {"value", 2.5}}},
            {"value", 0.6}}},
          {"tooltip", pages::tips({{"n", "task"},
                                   {"k", "operator"},
                                   {"h", "shape"},
                                   {"on", "runs on"},
                                   {"ts", "start"},
                                   {"td", "duration"},
                                   {"w", "why"},
                                   {"m", "cost"}})}}}};
    // The operator's name where there is room for it.
    Json labels{{"transform", {{{"filter", "datum.c === 'computing'"}}}},
                {"mark",
                 {{"type", "text"},
                  {"align", "left"},
                  {"dx", 3},
                  {"fontSize", 10},
                  {"clip", true},
                  {"limit", {{"expr", fmt::format("max(1, {} - 5)", room)}}},
                  {"opacity", {{"expr", fmt::format("{} > 24 ? 1 : 0", room)}}}}},
                {"encoding",
                 {{"x", time_axis(story_.samples.empty())},
                  {"y", y},
                  {"text", pages::channel("op", "nominal")},
                  {"color", {{"field", "i"}, {"type", "nominal"}, {"scale", nullptr}}}}}};
    return {{"name", "tasks"},
            {"width", "container"},
            {"height", {{"step", 28}}},
            {"data", {{"values", std::move(values)}}},
            {"layer", Json::array({std::move(bars), std::move(labels)})}};
  }

  Json opacities() const {
    std::set<std::string> seen;
    for (const Task& task : story_.schedule.tasks) seen.insert(class_of(task.kind));
    Json domain = Json::array(), range = Json::array();
    for (const auto& [name, value] : kOpacity) {
      if (seen.count(name) == 0) continue;
      domain.push_back(name);
      range.push_back(value);
    }
    return {{"type", "ordinal"}, {"domain", domain}, {"range", range}};
  }

  Json samples_panel(const std::vector<CounterSample>& samples, const char* name, const char* field,
                     const char* title, const char* colour) const {
    Json values = Json::array();
    for (const CounterSample& s : samples)
      values.push_back({{"s", unit_.of(to_seconds(s.at_ps))},
                        {field, field[0] == 'b' ? s.bandwidth_bytes_per_s * 1e-9 : s.power_w}});
    Json y = pages::channel(field, "quantitative", title);
    y["axis"] = pages::fixed_axis({{"tickCount", 3}, {"title", title}}, kAxis);
    const std::string at = "time, " + unit_.name;
    return {
        {"name", name},
        {"width", "container"},
        {"height", 80},
        {"data", {{"values", std::move(values)}}},
        {"mark",
         {{"type", "area"},
          {"interpolate", "step-after"},
          {"line", {{"color", colour}, {"strokeWidth", 1.2}}},
          {"color", colour},
          {"fillOpacity", 0.25},
          {"clip", true}}},
        {"encoding", {{"x", time_axis(std::string_view(name) == "power")}, {"y", std::move(y)}}}};
  }

  Json bar(std::size_t i) const {
    const Task& task = story_.schedule.tasks[i];
    const double start_s = to_seconds(story_.timeline.start_ps[i]),
                 end_s = to_seconds(story_.timeline.finish_ps[i]);
    const Operator& op = story_.job.graph.op(task.op);
    return {{"op", op.name},
            {"n", texts_.name(i)},
            {"k", to_string(op.kind)},
            {"h", texts_.shape(i)},
            {"u", soc_.units[task.unit].name},
            {"on", texts_.runs_on(i)},
            {"t", tracks_.names[static_cast<std::size_t>(tracks_.of_task[i])]},
            {"c", class_of(task.kind)},
            {"s", unit_.of(start_s)},
            {"e", unit_.of(end_s)},
            {"ts", time_text(start_s)},
            {"td", time_text(end_s - start_s)},
            {"w", texts_.why(i)},
            {"m", texts_.cost(i)},
            {"i", pages::ink_on(colours_[task.unit])}};
  }

  PageTable tasks_table() const {
    const std::string& ms = unit_.name;
    PageTable table{"Tasks by start",
                    {{"task"},
                     {"track"},
                     {"operator"},
                     {"shape"},
                     {"start, " + ms, true},
                     {"duration, " + ms, true},
                     {"alone, " + ms, true},
                     {"bytes", true},
                     {"why"},
                     {"cost"}},
                    {},
                    "`partita run --csv FILE` writes every task."};
    for (std::size_t n = 0; n < std::min(by_start_.size(), kPageRows + 1); ++n) {
      const std::size_t i = by_start_[n];
      const Task& task = story_.schedule.tasks[i];
      const auto shown = [&](std::int64_t ps) {
        return fmt::format("{:.4f}", unit_.of(to_seconds(ps)));
      };
      table.rows.push_back({texts_.name(i),
                            tracks_.names[static_cast<std::size_t>(tracks_.of_task[i])],
                            std::string(to_string(story_.job.graph.op(task.op).kind)),
                            texts_.shape(i), shown(story_.timeline.start_ps[i]),
                            shown(story_.timeline.finish_ps[i] - story_.timeline.start_ps[i]),
                            shown(task.duration_ps), fmt::format("{:.0f}", task.bytes),
                            texts_.why(i), texts_.cost(i)});
    }
    table.total = by_start_.size();
    return table;
  }

  PageTable samples_table(const std::vector<CounterSample>& samples) const {
    PageTable table{"Bus and power from each time on",
                    {{"time, " + unit_.name, true}, {"bus, GB/s", true}, {"power, W", true}},
                    {},
                    "`partita run --trace FILE` writes every sample."};
    for (const CounterSample& s : samples)
      table.rows.push_back({fmt::format("{:.4f}", unit_.of(to_seconds(s.at_ps))),
                            fmt::format("{:.3f}", s.bandwidth_bytes_per_s * 1e-9),
                            fmt::format("{:.3f}", s.power_w)});
    return table;
  }

  const PlanStory& story_;
  const Soc& soc_;
  Tracks tracks_;
  pages::TimeUnit unit_;
  std::vector<std::string> colours_;
  TaskTexts texts_;
  std::vector<std::size_t> by_start_;
};

}  // namespace

PageSection timeline_section(const PlanStory& story) {
  return TimelinePicture(story).section();
}

}  // namespace partita
