#include "sim/report/page_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/units.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

/// What a row's bar is coloured by.
const char* standing(const Ranked& row) {
  switch (row.verdict) {
    case Verdict::best:
    case Verdict::same_plan:
      return "best, or the same plan";
    case Verdict::too_close:
      return "too close to call";
    default:
      return row.outcome.single_unit ? "all on one unit" : "worse";
  }
}

const std::vector<std::pair<std::string, std::string>> kStandings{
    {"best, or the same plan", pages::kBlue},
    {"too close to call", pages::kSky},
    {"worse", pages::kGrey},
    {"all on one unit", pages::kOrange}};

std::string gain_text(const Ranked& row) {
  return row.gain > 0 ? fmt::format("{:.2f}x", row.gain) : "-";
}

/// Bars of as many rows as a page can show; ranked, so the first matter.
constexpr std::size_t kMostPlans = 80;

PageTable ranking_table(const Job& job, const Comparison& comparison, const Scaled& shown) {
  PageTable table{"",
                  {{"plan"},
                   {"verdict"},
                   {objective_title(job.objective) + ", " + shown.unit, true},
                   {"±90 %, " + shown.unit, true},
                   {"gain", true},
                   {"lower bound, " + shown.unit, true},
                   {"gap", true},
                   {"regret", true},
                   {"latency, ms", true},
                   {"energy, mJ", true},
                   {"requests/s", true},
                   {"mapping"}},
                  {}};
  for (const Ranked& row : comparison.rows) {
    const Outcome& o = row.outcome;
    const auto number = [](double value) { return fmt::format("{:.4g}", value); };
    table.rows.push_back({o.name, standing(row), number(o.value * shown.factor),
                          number(value_interval_90(job, o) * shown.factor), gain_text(row),
                          number(o.lower_bound * shown.factor), percent(o.gap), percent(row.regret),
                          number(1e3 * o.latency_s), number(1e3 * o.energy_j),
                          o.period_s > 0 ? number(1 / o.period_s) : "-",
                          short_mapping(o.mapping, 40)});
  }
  return table;
}

}  // namespace

std::vector<std::string> told_apart(std::vector<std::string> names) {
  std::map<std::string, int> seen;
  for (std::string& name : names)
    if (const int count = ++seen[name]; count > 1) name += fmt::format(" ({})", count);
  return names;
}

PageSection ranking_section(const Job& job, const Comparison& comparison) {
  const auto shown = objective_scale(job.objective, comparison.rows.front().outcome.value);
  const std::string title = objective_title(job.objective);
  PageSection out;
  out.heading = "Every plan";
  out.lead = fmt::format(
      "The shorter the better: simulated {} with its 90 % interval. The red mark is the "
      "lower bound on any plan of its kind.",
      title);
  Json values = Json::array(), names = Json::array();
  std::vector<std::string> distinct;
  for (const Ranked& row : comparison.rows) distinct.push_back(row.outcome.name);
  distinct = told_apart(std::move(distinct));
  for (std::size_t i = 0; i < std::min(comparison.rows.size(), kMostPlans); ++i) {
    const Ranked& row = comparison.rows[i];
    const Outcome& o = row.outcome;
    const double half = value_interval_90(job, o);
    names.push_back(distinct[i]);
    values.push_back({{"n", distinct[i]},
                      {"v", o.value * shown.factor},
                      {"lo", std::max(0.0, o.value - half) * shown.factor},
                      {"hi", (o.value + half) * shown.factor},
                      {"b", o.lower_bound * shown.factor},
                      {"s", standing(row)},
                      {"tv", objective_text(job.objective, o.value)},
                      {"ti", "±" + objective_text(job.objective, half)},
                      {"tb", objective_text(job.objective, o.lower_bound)},
                      {"tg", gain_text(row)},
                      {"tm", short_mapping(o.mapping, 40)},
                      {"st", o.status}});
  }
  Json spec = pages::rows(out.lead, 225, 21, std::move(values));
  Json y = pages::channel("n", "nominal");
  y["sort"] = names;
  y["axis"] = pages::names_axis(190);
  Json x = pages::channel("v", "quantitative", title + ", " + shown.unit);
  Json colour = pages::channel("s", "nominal");
  colour["scale"] = pages::colours(kStandings);
  Json low = x, bound = x;
  low["field"] = "lo";
  bound["field"] = "b";
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}, {"height", {{"band", 0.72}}}}},
        {"encoding",
         {{"y", y},
          {"x", x},
          {"color", colour},
          {"tooltip", pages::tips({{"n", "plan"},
                                   {"tv", "value"},
                                   {"ti", "90 % interval"},
                                   {"tg", "gain over the best single unit"},
                                   {"tb", "lower bound"},
                                   {"s", "verdict"},
                                   {"st", "planner says"},
                                   {"tm", "mapping"}})}}}},
       {{"mark", {{"type", "rule"}, {"strokeWidth", 1.4}, {"color", "@text"}}},
        {"encoding", {{"y", y}, {"x", low}, {"x2", {{"field", "hi"}}}}}},
       {{"mark", {{"type", "tick"}, {"thickness", 3}, {"color", pages::kRed}, {"height", 15}}},
        {"encoding", {{"y", y}, {"x", bound}}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(ranking_table(job, comparison, shown));
  if (comparison.rows.size() > kMostPlans)
    out.lead +=
        fmt::format(" Drawn are the first {} of {} plans.", kMostPlans, comparison.rows.size());
  return out;
}

PageSection trade_off_section(const Comparison& comparison) {
  std::vector<PagePoint> points;
  for (const bool single : {false, true})
    for (const Ranked& row : comparison.rows)
      if (!row.repeats && row.outcome.single_unit == single)
        points.push_back({row.outcome.name, single ? "all on one unit" : "planned",
                          1e3 * row.outcome.latency_s, 1e3 * row.outcome.energy_j,
                          short_mapping(row.outcome.mapping, 40)});
  ScatterTitles titles{"latency of one request, ms", "energy of one request, mJ", "mapping"};
  titles.front_of_all = true;
  return scatter_section("Latency and energy",
                         "Every distinct plan; the line joins those that no other plan beats in "
                         "both. Down and left is better.",
                         titles, points);
}

PageSection belief_section(const Job& job, const Comparison& comparison) {
  const auto shown = objective_scale(job.objective, comparison.rows.front().outcome.value);
  std::vector<PagePoint> points;
  for (const Ranked& row : comparison.rows)
    if (!row.outcome.belief.empty())
      points.push_back({row.outcome.name, row.outcome.belief,
                        row.outcome.believed_value * shown.factor, row.outcome.value * shown.factor,
                        short_mapping(row.outcome.mapping, 40)});
  const std::string title = objective_title(job.objective);
  ScatterTitles titles{fmt::format("believed {}, {}", title, shown.unit),
                       fmt::format("simulated {}, {}", title, shown.unit), "mapping"};
  titles.front = false;
  titles.diagonal = true;
  return scatter_section(
      "Believed and true",
      "What each planner expected of its plan against what the simulation says: above the diagonal "
      "it hoped for too much. Coloured by what it planned by.",
      titles, points);
}

PageSection parts_section(const Comparison& comparison) {
  const double longest_s = std::max_element(comparison.rows.begin(), comparison.rows.end(),
                                            [](const auto& a, const auto& b) {
                                              return a.outcome.latency_s < b.outcome.latency_s;
                                            })
                               ->outcome.latency_s;
  const pages::TimeUnit unit = pages::time_unit(longest_s);
  PageSection out;
  out.heading = "Where each plan's time goes";
  out.lead =
      "The latency of one request of every distinct plan, along the chain of tasks that ends last, "
      "by what it was spent on.";
  const std::vector<std::pair<std::string, std::string>> parts{
      {"computing", pages::kBlue},       {"loading the input", pages::kSky},
      {"moving tensors", pages::kRed},   {"synchronising", pages::kOrange},
      {"starting up", "#332288"},        {"clocks on their way", "#f0e442"},
      {"sharing the bus", pages::kPink}, {"waiting for a busy unit", pages::kGrey}};
  Json values = Json::array(), names = Json::array();
  PageTable table{"", {{"plan"}}, {}};
  for (const auto& [name, colour] : parts) table.columns.push_back({name + ", " + unit.name, true});
  std::vector<std::string> distinct;
  for (const Ranked& row : comparison.rows) distinct.push_back(row.outcome.name);
  distinct = told_apart(std::move(distinct));
  std::vector<bool> seen(parts.size());
  for (std::size_t i = 0, drawn = 0; i < comparison.rows.size(); ++i) {
    const Ranked& row = comparison.rows[i];
    if (row.repeats || drawn++ >= kMostPlans) continue;
    names.push_back(distinct[i]);
    std::vector<std::string> cells{distinct[i]};
    const auto steps = waterfall_steps(row.outcome.breakdown);
    for (std::size_t p = 0; p < parts.size(); ++p) {
      double seconds = 0;
      for (const auto& [name, of] : steps)
        if (name == parts[p].first) seconds = of;
      cells.push_back(fmt::format("{:.4f}", unit.of(seconds)));
      if (seconds == 0) continue;
      seen[p] = true;
      values.push_back({{"n", distinct[i]},
                        {"p", parts[p].first},
                        {"i", p},
                        {"v", unit.of(seconds)},
                        {"t", format_quantity(seconds, Dimension::time)}});
    }
    table.rows.push_back(std::move(cells));
  }
  std::vector<std::pair<std::string, std::string>> used;
  for (std::size_t p = 0; p < parts.size(); ++p)
    if (seen[p]) used.push_back(parts[p]);
  Json spec = pages::rows(out.lead, 225, 21, std::move(values));
  spec["mark"] = {{"type", "bar"}, {"height", {{"band", 0.72}}}};
  Json y = pages::channel("n", "nominal");
  y["sort"] = names;
  y["axis"] = pages::names_axis(190);
  Json x = pages::channel("v", "quantitative", "time, " + unit.name);
  x["stack"] = "zero";
  Json colour = pages::channel("p", "nominal");
  colour["scale"] = pages::colours(used);
  colour["legend"] = {{"columns", 4}};
  spec["encoding"] = {{"y", y},
                      {"x", x},
                      {"color", colour},
                      {"order", {{"field", "i"}, {"type", "quantitative"}}},
                      {"tooltip", pages::tips({{"n", "plan"}, {"p", "part"}, {"t", "time"}})}};
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

Page comparison_page(const Job& job, const Comparison& comparison, const PlanStory& best) {
  const Outcome& first = comparison.rows.front().outcome;
  Page page(fmt::format("{} on {}: every plan", job.graph.name(),
                        job.soc.title.empty() ? job.soc.name : job.soc.title),
            conclusion(job, comparison));
  add_job_facts(page, job, first);
  page.add(ranking_section(job, comparison));
  page.add(parts_section(comparison));
  page.add(trade_off_section(comparison));
  if (PageSection belief = belief_section(job, comparison); !belief.tables.front().rows.empty())
    page.add(std::move(belief));
  std::vector<PageSection> of_best{timeline_section(best), waterfall_section(best)};
  if (best.overheads != nullptr) of_best.push_back(overheads_section(job, *best.overheads));
  of_best.push_back(network_section(best));
  for (PageSection& section : of_best) {
    section.heading = fmt::format("The best plan ({}): {}", first.name, section.heading);
    page.add(std::move(section));
  }
  if (!comparison.left_out.empty()) {
    PageTable table{"", {{"plan"}, {"why not"}}, {}};
    for (const NotApplicable& left : comparison.left_out)
      table.rows.push_back({left.name, left.why});
    page.add(
        table_section("Not applicable", "What was asked for and cannot answer.", std::move(table)));
  }
  return page;
}

}  // namespace partita
