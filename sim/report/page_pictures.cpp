#include "sim/report/page_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/base/units.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

Json axis_of(const char* field, const std::string& title, bool logarithmic) {
  Json out = pages::channel(field, "quantitative", title);
  out["scale"] = {{"zero", false}, {"nice", true}, {"padding", 12}};
  if (logarithmic) out["scale"]["type"] = "log";
  return out;
}

}  // namespace

std::vector<std::size_t> front_of(const std::vector<PagePoint>& points) {
  std::vector<std::size_t> order(points.size()), front;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].x != points[b].x ? points[a].x < points[b].x : points[a].y < points[b].y;
  });
  for (const std::size_t i : order)
    if (front.empty() || points[i].y < points[front.back()].y) front.push_back(i);
  return front;
}

PageSection scatter_section(std::string heading, std::string lead, const ScatterTitles& titles,
                            const std::vector<PagePoint>& points) {
  PageSection out{std::move(heading), std::move(lead)};
  out.spoken =
      fmt::format("{} {} points, {} against {}", out.lead, points.size(), titles.y, titles.x);
  std::vector<std::size_t> front;
  if (titles.front && !points.empty()) {
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < points.size(); ++i)
      if (titles.front_of_all || points[i].group == points.front().group) first.push_back(i);
    std::vector<PagePoint> rivals;
    for (const std::size_t i : first) rivals.push_back(points[i]);
    for (const std::size_t i : front_of(rivals)) front.push_back(first[i]);
  }
  PageTable table{"", {{"name"}, {"group"}, {titles.x, true}, {titles.y, true}}, {}};
  if (!titles.note.empty()) table.columns.push_back({titles.note});
  if (titles.front) table.columns.push_back({"on the front"});
  Json values = Json::array(), joined = Json::array();
  double least = 0, most = 0, left = 0, right = 0;
  for (const PagePoint& p : points) {
    left = &p == points.data() ? p.x : std::min(left, p.x);
    right = &p == points.data() ? p.x : std::max(right, p.x);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PagePoint& p = points[i];
    if (i == 0) least = most = p.x;
    least = std::min({least, p.x, p.y});
    most = std::max({most, p.x, p.y});
    const std::string x = fmt::format("{:.4g}", p.x), y = fmt::format("{:.4g}", p.y);
    const bool on = std::find(front.begin(), front.end(), i) != front.end();
    values.push_back({{"n", p.name},
                      {"g", p.group},
                      {"x", p.x},
                      {"y", p.y},
                      {"tx", x},
                      {"ty", y},
                      {"note", p.note},
                      {"far", p.x - left > 0.75 * (right - left)}});
    std::vector<std::string> row{p.name, p.group, x, y};
    if (!titles.note.empty()) row.push_back(p.note);
    if (titles.front) row.emplace_back(on ? "yes" : "");
    table.rows.push_back(std::move(row));
  }
  for (const std::size_t i : front) joined.push_back({{"x", points[i].x}, {"y", points[i].y}});
  Json spec = pages::picture(out.spoken, 110);
  spec["width"] = "container";
  spec["height"] = 360;
  const Json x = axis_of("x", titles.x, titles.logarithmic),
             y = axis_of("y", titles.y, titles.logarithmic);
  Json layers = Json::array();
  if (titles.diagonal)
    layers.push_back(
        {{"data",
          {{"values", Json::array({{{"x", least}, {"y", least}}, {{"x", most}, {"y", most}}})}}},
         {"mark",
          {{"type", "line"}, {"color", "@faint"}, {"strokeDash", {5, 4}}, {"strokeWidth", 1.2}}},
         {"encoding", {{"x", x}, {"y", y}}}});
  if (!front.empty())
    layers.push_back({{"data", {{"values", std::move(joined)}}},
                      {"mark",
                       {{"type", "line"},
                        {"interpolate", "step-after"},
                        {"color", "@faint"},
                        {"strokeWidth", 1.5}}},
                      {"encoding", {{"x", x}, {"y", y}}}});
  Json colour = pages::channel("g", "nominal"), shape = colour;
  Json groups = Json::array();
  for (const PagePoint& p : points)
    if (std::find(groups.begin(), groups.end(), p.group) == groups.end()) groups.push_back(p.group);
  colour["sort"] = groups;
  Json tooltip = Json::array({{{"field", "n"}, {"type", "nominal"}, {"title", "name"}},
                              {{"field", "g"}, {"type", "nominal"}, {"title", "group"}},
                              {{"field", "tx"}, {"type", "nominal"}, {"title", titles.x}},
                              {{"field", "ty"}, {"type", "nominal"}, {"title", titles.y}}});
  if (!titles.note.empty())
    tooltip.push_back({{"field", "note"}, {"type", "nominal"}, {"title", titles.note}});
  const std::size_t at_points = layers.size();
  layers.push_back(
      {{"data", {{"values", std::move(values)}}},
       {"params", Json::array({{{"name", "pan"}, {"select", "interval"}, {"bind", "scales"}}})},
       {"mark", {{"type", "point"}, {"clip", true}}},
       {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", std::move(tooltip)}}}});
  // A handful of points have room for their names: to the right, or to the left near that edge.
  if (points.size() <= 12)
    for (const bool far : {false, true}) {
      Json names = layers[at_points];
      names.erase("params");
      names["transform"] = Json::array({{{"filter", far ? "datum.far" : "!datum.far"}}});
      names["mark"] = {{"type", "text"},
                       {"align", far ? "right" : "left"},
                       {"dx", far ? -8 : 8},
                       {"dy", -7},
                       {"clip", true}};
      names["encoding"] = {{"x", x}, {"y", y}, {"text", pages::channel("n", "nominal")}};
      layers.push_back(std::move(names));
    }
  if (points.size() > 1500) spec["usermeta"]["renderer"] = "canvas";
  spec["layer"] = std::move(layers);
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection table_section(std::string heading, std::string lead, PageTable table) {
  PageSection out{std::move(heading), std::move(lead)};
  out.tables.push_back(std::move(table));
  out.open = true;
  return out;
}

std::string objective_title(Objective objective) {
  switch (objective) {
    case Objective::latency:
      return "latency";
    case Objective::energy:
      return "energy";
    case Objective::edp:
      return "energy x delay";
    case Objective::throughput:
      return "time a request";
  }
  return "";
}

Scaled objective_scale(Objective objective, double typical) {
  if (objective == Objective::energy) return typical >= 10 ? Scaled{1, "J"} : Scaled{1e3, "mJ"};
  if (objective == Objective::edp) return {1e6, "mJ ms"};
  const pages::TimeUnit unit = pages::time_unit(typical);
  return {unit.per_second, unit.name};
}

double value_interval_90(const Job& job, const Outcome& outcome) {
  if (outcome.latency_s <= 0) return 0;
  const double powers = job.objective == Objective::edp ? 2 : 1;
  return powers * outcome.value * interval_90_s(outcome) / outcome.latency_s;
}

void add_job_facts(Page& page, const Job& job, const Outcome& outcome) {
  page.fact("SoC", fmt::format("{} ({})", job.soc.name, job.soc.title));
  page.fact("network", fmt::format("{}, {} operators", job.graph.name(), job.graph.size()));
  page.fact("runtime", job.kernel_models ? job.runtime + ", kernel models" : job.runtime);
  page.fact("costs", cost_sources_text(outcome.uncertainty.seconds_by_source));
  page.fact("objective", objective_title(job.objective));
  page.fact("memory contention", job.contention ? "on" : "off");
  if (job.joined != nullptr)
    page.fact("second device",
              fmt::format("{} over {}", job.joined->remote_name, job.joined->link.name));
  for (const CompressionEffect& effect : job.compression) page.fact("compressed", effect.step);
}

}  // namespace partita
