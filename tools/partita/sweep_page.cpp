#include "tools/partita/sweep_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/report/page_pictures.h"
#include "sim/report/page_spec.h"
#include "tools/partita/sweep_write.h"

namespace partita {
namespace {

using pages::Json;

constexpr std::uint64_t kMostDrawn = 1500;

/// The first axis of names with several levels tells the points apart by colour.
std::optional<std::size_t> colour_axis(const Sweep& sweep) {
  const auto& axes = sweep.plan().axes;
  for (const SweepUse use : {SweepUse::partitioner, SweepUse::scheduler, SweepUse::soc})
    for (std::size_t a = 0; a < axes.size(); ++a)
      if (axes[a].use == use && axes[a].axis.names.size() > 1 && axes[a].axis.names.size() <= 8)
        return a;
  return std::nullopt;
}

/// Milliseconds and millijoules are easier to read along an axis than seconds and joules.
Scaled scale_of(const std::string& figure) {
  if (figure.ends_with("_s") && !figure.ends_with("_per_s")) return {1e3, "ms"};
  if (figure.ends_with("_j")) return {1e3, "mJ"};
  if (figure.ends_with("_w")) return {1, "W"};
  if (figure.ends_with("_bytes")) return {1e-6, "MB"};
  return {1, ""};
}

/// `mean latency` of `mean_latency_s`.
std::string figure_title(std::string figure) {
  if (!scale_of(figure).unit.empty()) figure.resize(figure.rfind('_'));
  std::replace(figure.begin(), figure.end(), '_', ' ');
  return figure;
}

std::string axis_title(const std::string& figure) {
  const std::string unit = scale_of(figure).unit, title = figure_title(figure);
  return unit.empty() ? title : fmt::format("{}, {}", title, unit);
}

std::string values_text(const Sweep& sweep, const sweep::Kept& point) {
  std::string text;
  for (std::size_t a = 0; a < point.values.size(); ++a)
    if (varies(sweep.plan().axes[a]))
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", sweep.plan().axes[a].axis.name,
                          sweep.text(a, point.values[a]));
  return text;
}

PageSection scatter(const Sweep& sweep, const sweep::Summary& summary, std::size_t x, std::size_t y,
                    const SweepSample& sample) {
  const std::string &x_name = sweep.figures()[x].name, &y_name = sweep.figures()[y].name;
  const auto colour = colour_axis(sweep);
  std::vector<PagePoint> points;
  std::set<std::uint64_t> seen;
  const auto add = [&](const sweep::Kept& kept) {
    const double px = kept.row.figures[x], py = kept.row.figures[y];
    if (std::isnan(px) || std::isnan(py) || !seen.insert(kept.row.point).second) return;
    points.push_back({fmt::format("point {}", kept.row.point),
                      colour ? sweep.text(*colour, kept.values[*colour]) : "points",
                      px * scale_of(x_name).factor, py * scale_of(y_name).factor,
                      values_text(sweep, kept)});
  };
  for (const sweep::Kept& kept : summary.front) add(kept);
  for (const sweep::Kept& kept : sample.points()) add(kept);
  std::string lead = fmt::format(
      "Each point by {} and {}; the line joins those that none beats in "
      "both.",
      figure_title(x_name), figure_title(y_name));
  if (points.size() < summary.ran)
    lead += fmt::format(" Drawn are {} of {} points.", points.size(), summary.ran);
  ScatterTitles titles{axis_title(x_name), axis_title(y_name), "where"};
  titles.front_of_all = true;
  return scatter_section("Points", std::move(lead), titles, points);
}

PageSection effects(const Sweep& sweep, const sweep::Summary& summary, std::size_t by) {
  const std::string& figure = sweep.figures()[by].name;
  const double factor = scale_of(figure).factor;
  PageSection out{"What each axis does",
                  fmt::format("Mean of {} over all points with a value, and the range from the "
                              "least to the most.",
                              figure_title(figure))};
  PageTable table{
      "",
      {{"axis"}, {"value"}, {"points", true}, {"mean", true}, {"least", true}, {"most", true}},
      {}};
  Json values = Json::array(), order = Json::array();
  for (std::size_t a = 0; a < summary.effects.size(); ++a)
    for (const sweep::Effect& effect : summary.effects[a]) {
      if (effect.points == 0) continue;
      const std::string& axis = sweep.plan().axes[a].axis.name;
      std::string value = sweep.text(a, effect.from);
      if (effect.to != effect.from) value += " to " + sweep.text(a, effect.to);
      const std::string name = fmt::format("{} {}", axis, value);
      table.rows.push_back({axis, value, fmt::format("{}", effect.points),
                            figure_text(figure, effect.mean), figure_text(figure, effect.least),
                            figure_text(figure, effect.most)});
      order.push_back(name);
      values.push_back({{"n", name},
                        {"a", axis},
                        {"m", effect.mean * factor},
                        {"lo", effect.least * factor},
                        {"hi", effect.most * factor},
                        {"tm", figure_text(figure, effect.mean)},
                        {"tl", figure_text(figure, effect.least)},
                        {"th", figure_text(figure, effect.most)}});
    }
  out.tables.push_back(std::move(table));
  if (values.empty()) return out;
  Json spec = pages::rows(out.lead, 260, 21, std::move(values));
  Json y = pages::channel("n", "nominal");
  y["sort"] = order;
  y["axis"] = pages::names_axis(225);
  Json low = pages::channel("lo", "quantitative", axis_title(figure)), mean = low;
  low["scale"] = {{"zero", false}};
  mean["field"] = "m";
  Json colour = pages::channel("a", "nominal");
  colour["legend"] = nullptr;
  const Json tips = pages::tips({{"n", "value"}, {"tm", "mean"}, {"tl", "least"}, {"th", "most"}});
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "rule"}, {"strokeWidth", 3}, {"opacity", 0.45}}},
        {"encoding",
         {{"y", y}, {"x", low}, {"x2", {{"field", "hi"}}}, {"color", colour}, {"tooltip", tips}}}},
       {{"mark", {{"type", "point"}, {"filled", true}, {"size", 90}, {"opacity", 1}}},
        {"encoding", {{"y", y}, {"x", mean}, {"color", colour}, {"tooltip", tips}}}}});
  out.spec = pages::spec_text(spec);
  return out;
}

PageTable points_table(const Sweep& sweep, const std::vector<sweep::Kept>& kept) {
  PageTable table{"", {{"point", true}}, {}};
  for (const SweepAxis& axis : sweep.plan().axes)
    if (varies(axis)) table.columns.push_back({axis.axis.name, !axis.axis.is_text()});
  for (const sweep::Figure& figure : sweep.figures()) table.columns.push_back({figure.name, true});
  table.columns.push_back({"plan"});
  for (const sweep::Kept& point : kept) {
    std::vector<std::string> row{fmt::format("{}", point.row.point)};
    for (std::size_t a = 0; a < point.values.size(); ++a)
      if (varies(sweep.plan().axes[a])) row.push_back(sweep.text(a, point.values[a]));
    for (std::size_t f = 0; f < point.row.figures.size(); ++f)
      row.push_back(figure_text(sweep.figures()[f].name, point.row.figures[f]));
    row.push_back(short_mapping(point.row.plan, 40));
    table.rows.push_back(std::move(row));
  }
  table.rest = "--csv writes every point";
  return table;
}

}  // namespace

SweepSample::SweepSample(const Sweep& sweep)
    : every_(std::max<std::uint64_t>(1, (sweep.design().size() + kMostDrawn - 1) / kMostDrawn)) {}

void SweepSample::take(const sweep::Row& row, std::span<const double> values) {
  if (row.reason.empty() && row.point % every_ == 0)
    points_.push_back({row, {values.begin(), values.end()}});
}

Page sweep_page(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                std::vector<std::size_t> front, const SweepSample& sample) {
  const SweepPlan& plan = sweep.plan();
  if (front.size() < 2) front = {0, plan.live ? std::size_t{7} : std::size_t{1}};
  Page page(plan.title.empty() ? "Sweep" : plan.title,
            fmt::format("{} points, {} ran.", summary.points, summary.ran));
  page.fact("design", std::string(sweep::to_string(plan.design.kind)));
  for (std::size_t a = 0; a < plan.axes.size(); ++a) {
    const sweep::Axis& axis = plan.axes[a].axis;
    std::string text;
    if (axis.range) {
      text =
          fmt::format("{} to {}", sweep.text(a, axis.range->from), sweep.text(a, axis.range->to));
    } else {
      for (std::size_t l = 0; l < std::min<std::size_t>(axis.levels(), 12); ++l)
        text += fmt::format("{}{}", l > 0 ? ", " : "", sweep.text(a, axis.at_level(l)));
      if (axis.levels() > 12) text += fmt::format(", ... ({})", axis.levels());
    }
    page.fact(axis.name, text);
  }
  for (const auto& [reason, count] : summary.reasons)
    page.fact(fmt::format("{} did not run", count), reason);
  page.add(scatter(sweep, summary, front[0], front[1], sample));
  page.add(effects(sweep, summary, by));
  page.add(table_section("The best", fmt::format("By {}.", figure_title(sweep.figures()[by].name)),
                         points_table(sweep, summary.best)));
  if (!summary.front.empty())
    page.add(table_section("The front", "None beats these in the figures asked for.",
                           points_table(sweep, summary.front)));
  return page;
}

}  // namespace partita
