#include "sim/report/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/units.h"
#include "sim/report/json_text.h"
#include "sim/report/outcome_json.h"

namespace partita {
namespace {

using Align = TextTable::Align;
using nlohmann::ordered_json;

constexpr std::size_t kBarWidth = 36;

std::string signed_text(Objective objective, double value) {
  if (value == 0) return "-";
  return fmt::format("{}{}", value < 0 ? "-" : "+", objective_text(objective, std::abs(value)));
}

/// From `begin` to `end` of `full`, as a bar: what the step before left is blank.
std::string bar(double begin, double end, double full) {
  if (full <= 0) return "";
  const auto column = [&](double value) {
    return static_cast<std::size_t>(
        std::lround(std::clamp(value / full, 0.0, 1.0) * static_cast<double>(kBarWidth)));
  };
  const std::size_t from = column(std::min(begin, end)), to = column(std::max(begin, end));
  std::string text(from, ' ');
  for (std::size_t i = from; i < std::max(to, from + 1); ++i) text += "█";
  return text;
}

std::string waterfall_table(const Job& job, const ExplainedPlan& plan, double full,
                            const Style& style) {
  TextTable table({{plan.name, Align::left, 22},
                   {"adds", Align::right, 16},
                   {"without it", Align::right, 16},
                   {"", Align::left, kBarWidth}});
  double at = plan.ideal;
  table.add(
      {"computing alone", objective_text(job.objective, plan.ideal), "", bar(0, plan.ideal, full)});
  for (const OverheadCost& cost : plan.overheads) {
    if (cost.waterfall == 0 && cost.alone == 0) continue;
    table.add({std::string(to_string(cost.overhead)), signed_text(job.objective, cost.waterfall),
               signed_text(job.objective, -cost.alone), bar(at, at + cost.waterfall, full)});
    at += cost.waterfall;
  }
  table.add({"all", objective_text(job.objective, plan.value), "", bar(0, plan.value, full)},
            Emphasis::strong);
  return table.render(style);
}

std::string terms_text(const Job& job, const std::vector<OverheadCost>& costs) {
  std::string text;
  for (std::size_t i = 0; i < costs.size(); ++i)
    text += fmt::format("{}{} ({})",
                        i == 0                  ? ""
                        : i + 1 == costs.size() ? " and "
                                                : ", ",
                        to_string(costs[i].overhead),
                        objective_text(job.objective, costs[i].waterfall));
  return text;
}

std::string verdict(const Job& job, const Explanation& e) {
  if (!e.baseline) return "";
  const ExplainedPlan &plan = e.plan, &base = *e.baseline;
  const double with = base.value / plan.value, without = base.ideal / plan.ideal;
  if (with > 1)
    return fmt::format(
        "{} beats {} by {:.2f}x with every overhead counted; on computing alone it would be "
        "{:.2f}x.",
        plan.name, base.name, with, without);
  if (with == 1) return fmt::format("{} and {} take the same.", plan.name, base.name);
  const auto terms = decisive(e);
  if (terms.empty())
    return fmt::format(
        "{} loses to {} ({:.2f}x), and would even with no overhead at all ({:.2f}x): its computing "
        "is in the wrong place.",
        plan.name, base.name, with, without);
  double gone = 0;
  for (const OverheadCost& term : terms) gone += term.waterfall;
  return fmt::format(
      "On computing alone {} would be {:.2f}x as fast as {}. What turned the gain into a loss "
      "({:.2f}x): {}; without {} it would be {:.2f}x.",
      plan.name, without, base.name, with, terms_text(job, terms),
      terms.size() == 1 ? "it" : "them", base.value / (plan.value - gone));
}

std::string resources_text(const Explanation& e, const Style& style) {
  constexpr std::size_t kMost = 6;
  constexpr double kLeast = 5e-4;  // Of the value; less is not printed.
  TextTable table({{"made 10 % better", Align::left, 24}, {"gains", Align::right}});
  std::size_t rows = 0;
  for (const ResourceGain& resource : e.resources)
    if (rows < kMost && resource.gain >= kLeast && ++rows > 0)
      table.add({resource.key, fmt::format("{:.1f} %", 100 * resource.gain)});
  return rows == 0 ? "" : fmt::format("\n{}", table.render(style));
}

std::string belief_text(const Job& job, const Explanation& e, const Style& style) {
  if (e.belief.empty()) return "";
  std::string text = fmt::format("\nplanned by belief {}: expected {}, comes to {} ({:+.1f} %)\n",
                                 e.belief, objective_text(job.objective, e.believed_value),
                                 objective_text(job.objective, e.plan.value),
                                 100 * (e.believed_value / e.plan.value - 1));
  if (e.misjudged.empty()) return text;
  TextTable table({{"most misjudged", Align::left, 30},
                   {"on", Align::left, 20},
                   {"believed", Align::right},
                   {"true", Align::right}});
  for (const Misjudged& m : e.misjudged)
    table.add({m.op, m.unit, format_quantity(m.believed_s, Dimension::time),
               format_quantity(m.true_s, Dimension::time)});
  return text + table.render(style);
}

ordered_json plan_json(const ExplainedPlan& plan) {
  ordered_json json{
      {"name", plan.name}, {"mapping", plan.mapping}, {"ideal", plan.ideal}, {"value", plan.value}};
  double at = plan.ideal;
  ordered_json& steps = json["overheads"] = ordered_json::array();
  for (const OverheadCost& cost : plan.overheads) {
    at += cost.waterfall;
    steps.push_back({{"overhead", to_string(cost.overhead)},
                     {"alone", cost.alone},
                     {"waterfall", cost.waterfall},
                     {"value_after", at}});
  }
  return json;
}

}  // namespace

std::vector<OverheadCost> decisive(const Explanation& explanation) {
  if (!explanation.baseline) return {};
  const ExplainedPlan& plan = explanation.plan;
  const double target = explanation.baseline->value;
  if (plan.value <= target || plan.ideal >= target) return {};
  std::vector<OverheadCost> costs = plan.overheads;
  std::stable_sort(costs.begin(), costs.end(), [](const OverheadCost& a, const OverheadCost& b) {
    return a.waterfall > b.waterfall;
  });
  double left = plan.value;
  std::vector<OverheadCost> taken;
  for (const OverheadCost& cost : costs) {
    if (left < target || cost.waterfall <= 0) break;
    left -= cost.waterfall;
    taken.push_back(cost);
  }
  return taken;
}

std::string explanation_text(const Job& job, const Explanation& e, const Style& style) {
  const double full = std::max(e.plan.value, e.baseline ? e.baseline->value : 0.0);
  std::string out =
      fmt::format("{} on {}, objective {}: {} ({})\n\n", job.graph.name(), job.soc.name,
                  to_string(job.objective), e.plan.name, short_mapping(e.plan.mapping, 40));
  out += waterfall_table(job, e.plan, full, style);
  if (e.baseline) out.append("\n").append(waterfall_table(job, *e.baseline, full, style));
  out += style.apply(Emphasis::faint,
                     "  adds: switched on one after another, from the top   without it: what the "
                     "plan gains if only\n  this one is off") +
         "\n";
  out += resources_text(e, style);
  out += belief_text(job, e, style);
  const std::string said = verdict(job, e);
  if (!said.empty()) out.append("\n").append(wrap(said));
  return out;
}

std::string explanation_json(const Job& job, const Explanation& e) {
  ordered_json json = job_json(job);
  json["plan"] = plan_json(e.plan);
  json["baseline"] = e.baseline ? plan_json(*e.baseline) : ordered_json();
  ordered_json& terms = json["decisive"] = ordered_json::array();
  for (const OverheadCost& cost : decisive(e)) terms.push_back(to_string(cost.overhead));
  ordered_json& resources = json["resources"] = ordered_json::array();
  for (const ResourceGain& r : e.resources) resources.push_back({{"key", r.key}, {"gain", r.gain}});
  json["belief"] = e.belief.empty() ? ordered_json() : ordered_json(e.belief);
  json["believed_value"] = e.belief.empty() ? ordered_json() : ordered_json(e.believed_value);
  ordered_json& misjudged = json["misjudged"] = ordered_json::array();
  for (const Misjudged& m : e.misjudged)
    misjudged.push_back(
        {{"operator", m.op}, {"unit", m.unit}, {"believed_s", m.believed_s}, {"true_s", m.true_s}});
  json["conclusion"] = verdict(job, e);
  return json_text(json);
}

}  // namespace partita
