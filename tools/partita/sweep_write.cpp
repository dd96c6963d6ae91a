// What a sweep says, as text and as JSON.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "tools/partita/sweep_write.h"

namespace partita {
namespace {

using nlohmann::ordered_json;
using Align = TextTable::Align;

/// Points with the axes that vary, and these figures.
std::string points_table(const Sweep& sweep, const std::vector<sweep::Kept>& kept,
                         const std::vector<std::size_t>& figures, const Style& style) {
  std::vector<TextTable::Column> columns{{"point", Align::right}};
  for (const SweepAxis& axis : sweep.plan().axes)
    if (varies(axis))
      columns.push_back({axis.axis.name, axis.axis.is_text() ? Align::left : Align::right, 24});
  for (const std::size_t figure : figures)
    columns.push_back({sweep.figures()[figure].name, Align::right});
  if (!sweep.plan().live) columns.push_back({"plan", Align::left, 16});
  TextTable table(columns);
  for (const sweep::Kept& k : kept) {
    std::vector<std::string> cells{fmt::format("{}", k.row.point)};
    for (std::size_t a = 0; a < k.values.size(); ++a)
      if (varies(sweep.plan().axes[a])) cells.push_back(sweep.text(a, k.values[a]));
    for (const std::size_t figure : figures)
      cells.push_back(figure_text(sweep.figures()[figure].name, k.row.figures[figure]));
    if (!sweep.plan().live) cells.push_back(short_mapping(k.row.plan, 16));
    table.add(std::move(cells));
  }
  return table.render(style);
}

std::string effects_table(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                          const Style& style) {
  TextTable table({{"axis", Align::left},
                   {"value", Align::left},
                   {"points", Align::right},
                   {"mean", Align::right},
                   {"least", Align::right},
                   {"most", Align::right}});
  const std::string& name = sweep.figures()[by].name;
  for (std::size_t a = 0; a < summary.effects.size(); ++a) {
    bool first = true;
    for (const sweep::Effect& effect : summary.effects[a]) {
      std::string value = sweep.text(a, effect.from);
      if (effect.to != effect.from) value += " to " + sweep.text(a, effect.to);
      const auto figure = [&](double x) {
        return effect.points > 0 ? figure_text(name, x) : std::string("-");
      };
      table.add({first ? sweep.plan().axes[a].axis.name : "", value,
                 fmt::format("{}", effect.points), figure(effect.mean), figure(effect.least),
                 figure(effect.most)});
      first = false;
    }
  }
  return table.empty() ? "" : table.render(style);
}

ordered_json number(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json();
}

ordered_json point_json(const Sweep& sweep, const sweep::Kept& kept) {
  ordered_json point{{"number", kept.row.point}};
  for (std::size_t a = 0; a < kept.values.size(); ++a) {
    const SweepAxis& axis = sweep.plan().axes[a];
    point[axis.axis.name] =
        axis.axis.is_text() ? ordered_json(sweep.text(a, kept.values[a])) : number(kept.values[a]);
  }
  for (std::size_t f = 0; f < kept.row.figures.size(); ++f)
    point[sweep.figures()[f].name] = number(kept.row.figures[f]);
  point["plan"] = kept.row.plan.empty() ? ordered_json() : ordered_json(kept.row.plan);
  return point;
}

ordered_json effects_json(const Sweep& sweep, const sweep::Summary& summary) {
  ordered_json axes = ordered_json::array();
  for (std::size_t a = 0; a < summary.effects.size(); ++a) {
    if (summary.effects[a].empty()) continue;
    const sweep::Axis& axis = sweep.plan().axes[a].axis;
    ordered_json levels = ordered_json::array();
    for (const sweep::Effect& effect : summary.effects[a]) {
      ordered_json level;
      if (axis.is_text()) {
        level["value"] = sweep.text(a, effect.from);
      } else {
        level["from"] = effect.from;
        level["to"] = effect.to;
      }
      level["points"] = effect.points;
      const bool any = effect.points > 0;
      level["mean"] = any ? number(effect.mean) : ordered_json();
      level["least"] = any ? number(effect.least) : ordered_json();
      level["most"] = any ? number(effect.most) : ordered_json();
      levels.push_back(std::move(level));
    }
    axes.push_back({{"axis", axis.name}, {"levels", std::move(levels)}});
  }
  return axes;
}

}  // namespace

std::string figure_text(const std::string& name, double value) {
  if (std::isnan(value)) return "-";
  if (name.ends_with("_s") && !name.ends_with("_per_s"))
    return name == "edp_js" ? fmt::format("{:.4g}", value)
                            : format_quantity(value, Dimension::time);
  if (name.ends_with("_j")) return format_quantity(value, Dimension::energy);
  if (name.ends_with("_w")) return format_quantity(value, Dimension::power);
  if (name.ends_with("_bytes")) return format_quantity(value, Dimension::size);
  return fmt::format("{:.4g}", value);
}

bool varies(const SweepAxis& axis) {
  return axis.axis.range || axis.axis.levels() > 1;
}

std::string sweep_text(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                       const std::vector<std::size_t>& front, const Style& style) {
  const SweepPlan& plan = sweep.plan();
  const std::string& figure = sweep.figures()[by].name;
  std::string text = style.apply(Emphasis::strong, plan.title.empty() ? "sweep" : plan.title);
  text += fmt::format("\n{} points ({}), {} ran\n", summary.points,
                      sweep::to_string(plan.design.kind), summary.ran);
  for (const auto& [reason, count] : summary.reasons)
    text += wrap(fmt::format("{} did not: {}", count, reason), kReportWidth, 2);
  std::vector<std::size_t> shown{by};
  for (const std::size_t f : {std::size_t{0}, plan.live ? std::size_t{7} : std::size_t{1}})
    if (f != by) shown.push_back(f);
  if (!summary.best.empty())
    text +=
        fmt::format("\nbest by {}\n\n", figure) + points_table(sweep, summary.best, shown, style);
  if (const std::string effects = effects_table(sweep, summary, by, style); !effects.empty())
    text += fmt::format("\n{} by axis\n\n", figure) + effects;
  if (!front.empty()) {
    std::string names;
    for (const std::size_t f : front)
      names += fmt::format("{}{}", names.empty() ? "" : ", ", sweep.figures()[f].name);
    constexpr std::size_t kMostShown = 40;
    std::vector<sweep::Kept> some(
        summary.front.begin(), summary.front.begin() + std::min(kMostShown, summary.front.size()));
    text += fmt::format("\nnone beats these {} in {}\n\n", summary.front.size(), names) +
            points_table(sweep, some, front, style);
    if (some.size() < summary.front.size())
      text += fmt::format("  ... and {} more: --json\n", summary.front.size() - some.size());
  }
  return text;
}

std::string sweep_json(const Sweep& sweep, const sweep::Summary& summary, std::size_t by,
                       const std::vector<std::size_t>& front) {
  const SweepPlan& plan = sweep.plan();
  ordered_json root{{"title", plan.title},
                    {"plan", sweep::hash_of(plan.identity.plan)},
                    {"design", sweep::to_string(plan.design.kind)},
                    {"points", summary.points},
                    {"ran", summary.ran},
                    {"reasons", summary.reasons},
                    {"by", sweep.figures()[by].name}};
  ordered_json& best = root["best"] = ordered_json::array();
  for (const sweep::Kept& kept : summary.best) best.push_back(point_json(sweep, kept));
  root["effects"] = effects_json(sweep, summary);
  ordered_json names = ordered_json::array(), points = ordered_json::array();
  for (const std::size_t f : front) names.push_back(sweep.figures()[f].name);
  for (const sweep::Kept& kept : summary.front) points.push_back(point_json(sweep, kept));
  root["front"] = front.empty()
                      ? ordered_json()
                      : ordered_json{{"figures", std::move(names)}, {"points", std::move(points)}};
  return root.dump(2) + "\n";
}

}  // namespace partita
