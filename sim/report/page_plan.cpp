// One plan beside its bound, its time taken apart, its units, and its rivals.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "sim/base/units.h"
#include "sim/report/page_run.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

std::string time_text(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

}  // namespace

PageSection value_section(const PlanStory& story) {
  const Job& job = story.job;
  const Outcome& o = story.outcome;
  const double half = value_interval_90(job, o);
  struct Line {
    std::string what, note;
    double value, low, high;
  };
  std::vector<Line> lines{{"simulated", "with the error of the costs, 90 %", o.value,
                           std::max(0.0, o.value - half), o.value + half},
                          {"analytical estimate", "without sharing of the bus", o.estimate_value,
                           o.estimate_value, o.estimate_value}};
  if (!o.belief.empty())
    lines.push_back({"the planner's belief", "it planned by: " + o.belief, o.believed_value,
                     o.believed_value, o.believed_value});
  lines.push_back({"lower bound", "no plan of its kind is better, by the analytical model",
                   o.lower_bound, o.lower_bound, o.lower_bound});
  const auto shown = objective_scale(job.objective, o.value);
  PageSection out;
  out.heading = "How good, and how sure";
  out.lead = fmt::format(
      "Simulated {}: {}, between {} and {} with a probability of 90 %; its analytical value is {} "
      "above the lower bound.",
      objective_title(job.objective), objective_text(job.objective, o.value),
      objective_text(job.objective, lines[0].low), objective_text(job.objective, lines[0].high),
      percent(o.gap));
  Json values = Json::array();
  PageTable table{"",
                  {{"value"},
                   {objective_title(job.objective) + ", " + shown.unit, true},
                   {"90 % from", true},
                   {"to", true},
                   {"what it is"}},
                  {}};
  for (const Line& line : lines) {
    values.push_back({{"what", line.what},
                      {"v", line.value * shown.factor},
                      {"lo", line.low * shown.factor},
                      {"hi", line.high * shown.factor},
                      {"note", line.note},
                      {"text", objective_text(job.objective, line.value)}});
    const auto number = [&](double value) { return fmt::format("{:.4f}", value * shown.factor); };
    table.rows.push_back(
        {line.what, number(line.value), number(line.low), number(line.high), line.note});
  }
  Json spec = pages::rows(out.lead, 230, 30, std::move(values));
  Json y = pages::row_names("what", 150);
  Json x = pages::channel("v", "quantitative", objective_title(job.objective) + ", " + shown.unit);
  x["scale"] = {{"zero", true}};
  const Json tips = pages::tips({{"what", "value"}, {"text", "is"}, {"note", ""}});
  Json low = x;
  low["field"] = "lo";
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "rule"}, {"strokeWidth", 3}, {"color", pages::kSky}}},
        {"encoding", {{"y", y}, {"x", low}, {"x2", {{"field", "hi"}}}}}},
       {{"mark", {{"type", "point"}, {"size", 110}, {"color", pages::kBlue}}},
        {"encoding",
         {{"y", y},
          {"x", x},
          {"shape",
           {{"condition", {{"test", "datum.what === 'lower bound'"}, {"value", "triangle-right"}}},
            {"value", "circle"}}},
          {"tooltip", tips}}}},
       {{"mark", {{"type", "text"}, {"dy", -12}}},
        {"encoding", {{"y", y}, {"x", x}, {"text", pages::channel("text", "nominal")}}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

std::vector<std::pair<std::string, double>> waterfall_steps(const Breakdown& b) {
  std::vector<std::pair<std::string, double>> steps;
  for (const auto& [name, seconds] : std::initializer_list<std::pair<const char*, double>>{
           {"computing", b.compute_s},
           {"loading the input", b.input_s},
           {"moving tensors", b.transfer_s},
           {"synchronising", b.sync_s},
           {"starting up", b.startup_s},
           {"clocks on their way", b.dvfs_s},
           {"sharing the bus", b.contention_s},
           {"waiting for a busy unit", b.waiting_s}})
    if (seconds != 0) steps.emplace_back(name, seconds);
  return steps;
}

namespace {

struct Step {
  std::string name, kind, text, note;
  double from = 0, to = 0;  ///< As drawn.
};

/// Bars that begin where the one above ends.
std::string waterfall(const std::string& description, const std::vector<Step>& steps,
                      const std::string& title, const char* note) {
  Json values = Json::array();
  for (const Step& s : steps)
    values.push_back({{"part", s.name},
                      {"s", s.from},
                      {"e", s.to},
                      {"m", std::max(s.from, s.to)},
                      {"kind", s.kind},
                      {"text", s.text},
                      {"note", s.note}});
  Json spec = pages::rows(description, 230, 28, std::move(values));
  Json y = pages::row_names("part", 150);
  Json x = pages::channel("s", "quantitative", title), end = x;
  end["field"] = "m";
  Json colour = pages::channel("kind", "nominal");
  colour["scale"] = pages::colours(
      {{"computing", pages::kBlue}, {"overhead", pages::kOrange}, {"sum", pages::kGrey}});
  colour["legend"] = nullptr;
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}}},
        {"encoding",
         {{"y", y},
          {"x", x},
          {"x2", {{"field", "e"}}},
          {"color", colour},
          {"tooltip", pages::tips({{"part", "part"}, {"text", "adds"}, {"note", note}})}}}},
       {{"mark", {{"type", "text"}, {"align", "left"}, {"dx", 5}}},
        {"encoding", {{"y", y}, {"x", end}, {"text", pages::channel("text", "nominal")}}}}});
  return pages::spec_text(spec);
}

}  // namespace

PageSection waterfall_section(const PlanStory& story) {
  const Outcome& o = story.outcome;
  const pages::TimeUnit unit = pages::time_unit(o.latency_s);
  PageSection out;
  out.heading = "Where the time went";
  out.lead = fmt::format(
      "The latency of one request, {}, along the chain of tasks that ends last: each step begins "
      "where the one above ends.",
      time_text(o.latency_s));
  std::vector<Step> steps;
  PageTable table{"", {{"part"}, {"time, " + unit.name, true}, {"of the latency", true}}, {}};
  const auto add = [&](const std::string& name, const char* kind, double from, double to) {
    const std::string share = o.latency_s > 0 ? percent((to - from) / o.latency_s) : "-";
    steps.push_back({name, kind, time_text(to - from), share, unit.of(from), unit.of(to)});
    table.rows.push_back({name, fmt::format("{:.4f}", unit.of(to - from)), share});
  };
  double at = 0;
  for (const auto& [name, seconds] : waterfall_steps(o.breakdown)) {
    add(name, name == "computing" ? "computing" : "overhead", at, at + seconds);
    at += seconds;
  }
  add("latency", "sum", 0, o.latency_s);
  out.spec = waterfall(out.lead, steps, "time, " + unit.name, "share");
  out.tables.push_back(std::move(table));
  return out;
}

PageSection overheads_section(const Job& job, const ExplainedPlan& plan) {
  const Scaled shown = objective_scale(job.objective, plan.value);
  const std::string title = objective_title(job.objective);
  PageSection out;
  out.heading = "Overhead by overhead";
  out.lead = fmt::format(
      "{} were there no overhead, and what each adds when it is switched on after those above it: "
      "from {} to {}. What does not change it is left out.",
      title, objective_text(job.objective, plan.ideal), objective_text(job.objective, plan.value));
  out.lead.front() = static_cast<char>(std::toupper(out.lead.front()));
  std::vector<Step> steps;
  PageTable table{"",
                  {{"overhead"},
                   {"adds, " + shown.unit, true},
                   {"gained without it alone, " + shown.unit, true},
                   {"what it is"}},
                  {}};
  const auto text = [&](double value) {
    return (value < 0 ? "−" : "") + objective_text(job.objective, std::abs(value));
  };
  const auto add = [&](const std::string& name, const char* kind, double from, double to,
                       const std::string& note) {
    steps.push_back({name, kind, text(to - from), note, from * shown.factor, to * shown.factor});
  };
  const auto number = [&](double value) { return fmt::format("{:.4f}", value * shown.factor); };
  add("no overhead", "computing", 0, plan.ideal, "");
  table.rows.push_back({"no overhead", number(plan.ideal), "-", "computing alone"});
  double at = plan.ideal;
  for (const OverheadCost& cost : plan.overheads) {
    const std::string name(to_string(cost.overhead)), what(describe(cost.overhead));
    table.rows.push_back({name, number(cost.waterfall), number(cost.alone), what});
    if (cost.waterfall != 0) add(name, "overhead", at, at + cost.waterfall, what);
    at += cost.waterfall;
  }
  add(title, "sum", 0, plan.value, "");
  table.rows.push_back({title, number(plan.value), "-", "everything on"});
  out.spec = waterfall(out.lead, steps, title + ", " + shown.unit, "what it is");
  out.tables.push_back(std::move(table));
  return out;
}

PageSection utilisation_section(const PlanStory& story) {
  const Soc& soc = story.job.soc;
  const auto colours = pages::unit_colours(soc);
  PageSection out;
  out.heading = "How busy the units were";
  out.lead = "Part of the time in which each unit was held, by tasks of any kind.";
  Json values = Json::array();
  PageTable table{"", {{"unit"}, {"runs"}, {"busy", true}}, {}};
  std::vector<std::pair<std::string, std::string>> named;
  std::string idle;
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const double busy = story.outcome.utilisation.at(u);
    const std::string runs = fmt::format("{} {}", to_string(soc.units[u].kind),
                                         to_string(soc.units[u].default_precision));
    table.rows.push_back({soc.units[u].name, runs, percent(busy)});
    if (busy <= 0) {
      idle += (idle.empty() ? "" : ", ") + soc.units[u].name;
      continue;
    }
    values.push_back({{"u", soc.units[u].name}, {"b", 100 * busy}, {"text", percent(busy)}});
    named.emplace_back(soc.units[u].name, colours[u]);
  }
  if (!idle.empty()) out.lead += " Idle: " + idle + ".";
  Json spec = pages::rows(out.lead, 230, 26, std::move(values));
  Json y = pages::row_names("u", 150), x = pages::channel("b", "quantitative", "busy, %");
  x["scale"] = {{"domain", {0, 100}}};
  Json colour = pages::channel("u", "nominal");
  colour["scale"] = pages::colours(named);
  colour["legend"] = nullptr;
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}}},
        {"encoding",
         {{"y", y},
          {"x", x},
          {"color", colour},
          {"tooltip", pages::tips({{"u", "unit"}, {"text", "busy"}})}}}},
       {{"mark", {{"type", "text"}, {"align", "left"}, {"dx", 5}}},
        {"encoding", {{"y", y}, {"x", x}, {"text", pages::channel("text", "nominal")}}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection front_section(const PlanStory& story) {
  std::vector<PagePoint> points;
  for (const FrontPoint& p : story.outcome.front)
    points.push_back({short_mapping(p.mapping, 40), "simulated", 1e3 * p.latency_s,
                      1e3 * p.energy_j, format_quantity(p.memory_bytes, Dimension::size)});
  for (const FrontPoint& p : story.outcome.front)
    points.push_back({short_mapping(p.mapping, 40), "believed by the planner",
                      1e3 * p.believed_latency_s, 1e3 * p.believed_energy_j,
                      format_quantity(p.memory_bytes, Dimension::size)});
  return scatter_section(
      "Plans of which none is better in everything",
      "Each point is a plan of the front that the planner returned, as simulated and as it was "
      "believed; the line joins those that the simulation leaves undominated.",
      {"latency, ms", "energy, mJ", "memory"}, points);
}

Page run_page(const PlanStory& story) {
  const Job& job = story.job;
  const Outcome& o = story.outcome;
  Page page(fmt::format("{} on {}", job.graph.name(),
                        job.soc.title.empty() ? job.soc.name : job.soc.title),
            fmt::format("The plan of {}: {} {}, {} an inference.", o.name,
                        objective_title(job.objective), objective_text(job.objective, o.value),
                        format_quantity(o.energy_j, Dimension::energy)));
  add_job_facts(page, job, o);
  page.fact("mapping", short_mapping(o.mapping, 60));
  page.add(timeline_section(story));
  page.add(value_section(story));
  page.add(waterfall_section(story));
  if (story.overheads != nullptr) page.add(overheads_section(job, *story.overheads));
  page.add(utilisation_section(story));
  page.add(network_section(story));
  if (!o.front.empty()) page.add(front_section(story));
  return page;
}

}  // namespace partita
