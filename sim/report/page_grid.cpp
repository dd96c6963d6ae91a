// Many jobs on one page: who wins where, and how the algorithms fare over all.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/base/units.h"
#include "sim/report/page_comparison.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

const Ranked* best_single(const Comparison& comparison) {
  for (const Ranked& row : comparison.rows)
    if (row.outcome.single_unit) return &row;
  return nullptr;
}

PageSection heat_map(const std::vector<SocResult>& results) {
  PageSection out;
  out.heading = "Who wins where";
  out.lead =
      "Each cell names the best plan and how much better it is than the best single unit: 1.00x "
      "means that splitting does not pay.";
  Json values = Json::array();
  PageTable table{"",
                  {{"SoC"},
                   {"network"},
                   {"runtime"},
                   {"best plan"},
                   {"value", true},
                   {"±90 % of latency", true},
                   {"best single unit"},
                   {"its value", true},
                   {"gain", true},
                   {"gap to the bound", true}},
                  {}};
  std::set<std::string> socs;
  std::size_t longest = 0;
  for (const SocResult& result : results) {
    const Ranked& best = result.comparison->rows.front();
    const Ranked* single = best_single(*result.comparison);
    const std::string gain = best.gain > 0 ? fmt::format("{:.2f}x", best.gain) : "-";
    const std::string value = objective_text(result.objective, best.outcome.value);
    socs.insert(result.soc);
    longest = std::max(longest, best.outcome.name.size());
    values.push_back({{"soc", result.soc},
                      {"net", result.network},
                      {"g", best.gain > 0 ? Json(best.gain) : Json(nullptr)},
                      {"tg", gain},
                      {"w", best.outcome.name},
                      {"v", value},
                      {"run", result.runtime},
                      {"one", single != nullptr ? single->outcome.name : "no unit runs it alone"}});
    table.rows.push_back(
        {result.soc, result.network, result.runtime, best.outcome.name, value,
         format_quantity(interval_90_s(best.outcome), Dimension::time),
         single != nullptr ? single->outcome.name : "-",
         single != nullptr ? objective_text(result.objective, single->outcome.value) : "-", gain,
         percent(best.outcome.gap)});
  }
  Json spec = pages::picture(out.lead, 180);
  spec["width"] = "container";
  spec["usermeta"]["least"] = 110 * static_cast<int>(socs.size());
  spec["height"] = {{"step", 46}};
  spec["data"] = {{"values", std::move(values)}};
  Json x = pages::channel("soc", "nominal"), y = pages::channel("net", "nominal");
  x["sort"] = y["sort"] = nullptr;
  x["axis"] = {{"orient", "top"},
               {"labelAngle", 0},
               {"labelLimit", 160},
               {"domain", false},
               {"ticks", false}};
  y["axis"] = {{"domain", false}, {"ticks", false}};
  Json colour = pages::channel("g", "quantitative", "gain over the best single unit");
  // One hue from pale to dark: read alike by everybody, and on both grounds.
  colour["scale"] = {{"range", {"#deebf7", "#08519c"}}, {"zero", false}};
  colour["legend"] = {{"gradientLength", 180}};
  const Json tips = pages::tips({{"soc", "SoC"},
                                 {"net", "network"},
                                 {"w", "best plan"},
                                 {"v", "value"},
                                 {"tg", "gain"},
                                 {"one", "best single unit"},
                                 {"run", "runtime"}});
  double low = 0, high = 0;
  for (const SocResult& result : results) {
    const double gain = result.comparison->rows.front().gain;
    if (gain <= 0) continue;
    low = low == 0 ? gain : std::min(low, gain);
    high = std::max(high, gain);
  }
  const std::string dark =
      fmt::format("datum.g !== null && datum.g > {}", low + (high - low) * 0.55);
  const Json ink{{"condition", {{"test", dark}, {"value", "#ffffff"}}}, {"value", "#000000"}};
  const auto text = [&](const char* field, int dy, bool strong) {
    return Json{{"mark",
                 {{"type", "text"},
                  {"dy", dy},
                  {"limit", 105},
                  {"fontWeight", strong ? "bold" : "normal"}}},
                {"encoding",
                 {{"x", x}, {"y", y}, {"text", pages::channel(field, "nominal")}, {"color", ink}}}};
  };
  spec["layer"] = Json::array(
      {{{"mark",
         {{"type", "rect"}, {"stroke", "@ground"}, {"strokeWidth", 2}, {"invalid", nullptr}}},
        {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", tips}}}},
       text("tg", -8, true),
       text("w", 9, false)});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection planners(const std::vector<SocResult>& results) {
  const auto scores = planner_scores(results);
  PageSection out;
  out.heading = "How the planners fare";
  out.lead = fmt::format(
      "Mean regret over the cells each planner answers: how much worse its plan is than the best "
      "plan found by anybody. The tick is its worst cell ({} cells in all).",
      results.size());
  Json values = Json::array(), names = Json::array();
  PageTable table{"",
                  {{"planner"},
                   {"cells", true},
                   {"not applicable", true},
                   {"best", true},
                   {"best or too close", true},
                   {"slower than a single unit", true},
                   {"mean regret", true},
                   {"worst regret", true},
                   {"mean gap", true}},
                  {}};
  for (const PlannerScore& s : scores) {
    table.rows.push_back(
        {s.name, std::to_string(s.cells), std::to_string(s.not_applicable), std::to_string(s.best),
         std::to_string(s.best_or_close), std::to_string(s.slower_than_single),
         s.cells > 0 ? percent(s.mean_regret) : "-", s.cells > 0 ? percent(s.worst_regret) : "-",
         s.cells > 0 ? percent(s.mean_gap) : "-"});
    if (s.cells == 0) continue;
    names.push_back(s.name);
    values.push_back({{"n", s.name},
                      {"m", 100 * s.mean_regret},
                      {"w", 100 * s.worst_regret},
                      {"tm", percent(s.mean_regret)},
                      {"tw", percent(s.worst_regret)},
                      {"tb", fmt::format("{} of {}", s.best, s.cells)},
                      {"kind", s.name == "best single unit" ? "best single unit" : "planner"}});
  }
  Json spec = pages::rows(out.lead, 225, 20, std::move(values));
  Json y = pages::channel("n", "nominal");
  y["sort"] = names;
  y["axis"] = pages::names_axis(190);
  Json x = pages::channel("m", "quantitative", "regret, %"), worst = x;
  pages::spread_percents(x);
  pages::spread_percents(worst);
  worst["field"] = "w";
  Json colour = pages::channel("kind", "nominal");
  colour["scale"] =
      pages::colours({{"planner", pages::kBlue}, {"best single unit", pages::kOrange}});
  colour["legend"] = nullptr;
  const Json tips = pages::tips(
      {{"n", "planner"}, {"tm", "mean regret"}, {"tw", "worst regret"}, {"tb", "best plan in"}});
  spec["layer"] = Json::array(
      {{{"mark", {{"type", "bar"}, {"height", {{"band", 0.72}}}}},
        {"encoding", {{"y", y}, {"x", x}, {"color", colour}, {"tooltip", tips}}}},
       {{"mark", {{"type", "tick"}, {"thickness", 2}, {"color", pages::kRed}, {"height", 14}}},
        {"encoding", {{"y", y}, {"x", worst}, {"tooltip", tips}}}}});
  out.spec = pages::spec_text(spec);
  out.tables.push_back(std::move(table));
  return out;
}

}  // namespace

Page grid_page(const std::vector<SocResult>& results) {
  std::set<std::string> socs, networks;
  int pays = 0;
  for (const SocResult& result : results) {
    socs.insert(result.soc);
    networks.insert(result.network);
    const Ranked& best = result.comparison->rows.front();
    const Ranked* single = best_single(*result.comparison);
    pays += single != nullptr && single->verdict == Verdict::worse && best.gain > 1;
  }
  Page page(fmt::format("{} SoCs, {} networks", socs.size(), networks.size()),
            fmt::format("In {} of {} cells a plan beats every single unit by more than the error "
                        "of the costs.",
                        pays, results.size()));
  if (!results.empty()) page.fact("objective", objective_title(results.front().objective));
  page.add(heat_map(results));
  page.add(planners(results));
  return page;
}

}  // namespace partita
