#include "sim/report/page_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/base/units.h"
#include "sim/report/page_pictures.h"
#include "sim/report/page_spec.h"

namespace partita {
namespace {

using pages::Json;

constexpr std::size_t kMostDots = 3000;

std::string planner_of(const StudyRow& row) {
  if (row.made == Made::given) return "single unit";
  std::string name = row.plan;
  if (!row.asked.empty() && row.asked != "own") name += fmt::format(" ({})", row.asked);
  return name;
}

/// What tells the cells of an experiment apart: whatever takes most values beside SoC and network.
std::string shade_of(const StudyExperiment& e, const StudyCell& cell, const StudyRow& row) {
  std::set<std::string> conditions, objectives;
  std::set<std::int64_t> batches;
  for (const StudyCell& c : e.cells) {
    conditions.insert(c.condition);
    objectives.insert(c.objective);
    batches.insert(c.batch);
  }
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : ", ") + text; };
  if (conditions.size() > 1) add(cell.condition);
  if (objectives.size() > 1) add(cell.objective);
  if (batches.size() > 1) add(fmt::format("batch {}", cell.batch));
  if (row.made == Made::kept) add("plan kept");
  return out.empty() ? "every cell" : out;
}

struct Tally {
  Mean regret;
  int best = 0;
};

/// Names by ascending mean.
template <class Map>
Json by_mean(const Map& tallies) {
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [name, tally] : tallies) order.emplace_back(tally.regret.mean(), name);
  std::sort(order.begin(), order.end());
  Json names = Json::array();
  for (const auto& [mean, name] : order) names.push_back(name);
  return names;
}

/// Dots of all rows and a tick at each name's mean.
std::string strip_plot(const std::string& description, Json dots, Json means, const Json& names,
                       const std::string& title, const Json& tips, bool shaded) {
  Json spec = pages::picture(description, 225);
  spec["width"] = "container";
  spec["height"] = {{"step", 20}};
  Json y = pages::channel("n", "nominal");
  y["sort"] = names;
  y["axis"] = pages::names_axis(190);
  y["axis"]["grid"] = true;
  Json x = pages::channel("x", "quantitative", title);
  pages::spread_percents(x);
  Json colour = pages::channel("s", "nominal");
  if (!shaded) colour["legend"] = nullptr;
  colour["sort"] = nullptr;
  if (shaded) colour["legend"] = {{"columns", 4}};
  if (dots.size() > 800) spec["usermeta"]["renderer"] = "canvas";
  spec["layer"] = Json::array(
      {{{"data", {{"values", std::move(dots)}}},
        {"mark", {{"type", "point"}, {"size", 28}, {"opacity", 0.6}}},
        {"encoding", {{"y", y}, {"x", x}, {"color", colour}, {"tooltip", tips}}}},
       {{"data", {{"values", std::move(means)}}},
        {"mark", {{"type", "tick"}, {"thickness", 2.5}, {"height", 15}, {"color", "@text"}}},
        {"encoding",
         {{"y", y}, {"x", x}, {"tooltip", pages::tips({{"n", "planner"}, {"t", "mean"}})}}}}});
  return pages::spec_text(spec);
}

PageTable answer_table(const StudyTable& from) {
  PageTable table{from.title, {}, from.rows};
  for (const std::string& column : from.columns)
    table.columns.push_back({column, !table.columns.empty()});
  return table;
}

}  // namespace

PageSection regret_section(const StudyExperiment& e) {
  PageSection out;
  out.heading = fmt::format("{}: {}", e.name, e.title);
  std::map<std::string, Tally> tallies;
  std::set<std::string> shades;
  std::size_t rows = 0;
  for (const StudyCell& cell : e.cells) rows += cell.rows.size();
  const std::size_t step = rows / kMostDots + 1;
  Json dots = Json::array(), means = Json::array();
  std::size_t n = 0;
  for (const StudyCell& cell : e.cells) {
    std::set<std::string> singles;
    for (const StudyRow& row : cell.rows) {
      const std::string name = planner_of(row);
      // Of the single units the best speaks: rows are sorted.
      if (row.made == Made::given && !singles.insert(name).second) continue;
      Tally& tally = tallies[name];
      tally.regret.add(row.regret);
      tally.best += row.verdict == Verdict::best || row.verdict == Verdict::same_plan;
      const std::string shade = shade_of(e, cell, row);
      shades.insert(shade);
      if (n++ % step != 0) continue;
      dots.push_back({{"n", name},
                      {"x", 100 * row.regret},
                      {"s", shade},
                      {"c", fmt::format("{} on {}", cell.model, cell.soc)},
                      {"r", percent(row.regret)},
                      {"g", row.gain > 0 ? fmt::format("{:.2f}x", row.gain) : "-"},
                      {"v", row.plan}});
    }
  }
  PageTable table{"",
                  {{"planner"},
                   {"cells", true},
                   {"best in", true},
                   {"mean regret", true},
                   {"worst regret", true}},
                  {}};
  const Json names = by_mean(tallies);
  for (const auto& name : names) {
    const Tally& t = tallies.at(name.get<std::string>());
    means.push_back({{"n", name}, {"x", 100 * t.regret.mean()}, {"t", percent(t.regret.mean())}});
    table.rows.push_back({name.get<std::string>(), std::to_string(t.regret.count()),
                          std::to_string(t.best), percent(t.regret.mean()),
                          percent(t.regret.worst())});
  }
  out.lead = fmt::format(
      "Each dot is a plan in one of {} cells: how much worse it is than the best plan of its cell. "
      "The tick is the planner's mean, by which they are sorted.",
      e.cells.size());
  if (step > 1) out.lead += fmt::format(" Drawn is every {}th of {} plans.", step, rows);
  out.spec = strip_plot(out.lead, std::move(dots), std::move(means), names, "regret, %",
                        pages::tips({{"v", "plan"},
                                     {"c", "cell"},
                                     {"s", "under"},
                                     {"r", "regret"},
                                     {"g", "gain over the best single unit"}}),
                        shades.size() > 1);
  out.tables.push_back(std::move(table));
  return out;
}

PageSection alive_section(const StudyExperiment& e) {
  PageSection out;
  out.heading = fmt::format("{}: {}", e.name, e.title);
  std::map<std::string, Tally> tallies;
  Json dots = Json::array(), means = Json::array();
  std::set<std::string> shades;
  for (const LiveCell& cell : e.alive)
    for (const LiveRow& row : cell.rows) {
      const double slowdown = row.slowdown();
      if (!(slowdown > 0)) continue;
      tallies[row.name()].regret.add(slowdown - 1);
      shades.insert(cell.conditions);
      dots.push_back({{"n", row.name()},
                      {"x", 100 * (slowdown - 1)},
                      {"s", cell.conditions},
                      {"c", fmt::format("{} on {}", cell.workload, cell.soc)},
                      {"r", fmt::format("{:.2f}x", slowdown)},
                      {"l", percent(row.late_share())},
                      {"j", format_quantity(row.energy_per_inference_j, Dimension::energy)}});
    }
  PageTable table{
      "", {{"who decides"}, {"runs", true}, {"mean slowdown", true}, {"worst slowdown", true}}, {}};
  const Json names = by_mean(tallies);
  for (const auto& name : names) {
    const Tally& t = tallies.at(name.get<std::string>());
    const std::string mean = fmt::format("{:.2f}x", 1 + t.regret.mean());
    means.push_back({{"n", name}, {"x", 100 * t.regret.mean()}, {"t", mean}});
    table.rows.push_back({name.get<std::string>(), std::to_string(t.regret.count()), mean,
                          fmt::format("{:.2f}x", 1 + t.regret.worst())});
  }
  out.lead = fmt::format(
      "Each dot is a run in one of {} cells: how much longer its requests took than alone on the "
      "phone at its best. The tick is the mean, by which they are sorted.",
      e.alive.size());
  out.spec = strip_plot(out.lead, std::move(dots), std::move(means), names, "slower than alone, %",
                        pages::tips({{"n", "who decides"},
                                     {"c", "cell"},
                                     {"s", "under"},
                                     {"r", "slowdown"},
                                     {"l", "late or lost"},
                                     {"j", "energy an inference"}}),
                        shades.size() > 1);
  out.tables.push_back(std::move(table));
  return out;
}

Page study_page(const Study& study) {
  std::size_t cells = 0;
  for (const StudyExperiment& e : study.experiments) cells += e.cells.size() + e.alive.size();
  Page page(
      study.quick ? "The study re-enacted (quick)" : "The study re-enacted",
      fmt::format("{} experiments, {} cells. {}", study.experiments.size(), cells, study_note()));
  for (const StudyAnswer& answer : study_answers(study)) {
    PageSection section{fmt::format("{}: {}", answer.finding, answer.question), answer.answer};
    for (const StudyTable& table : answer.tables) section.tables.push_back(answer_table(table));
    section.open = true;
    page.add(std::move(section));
  }
  for (const StudyExperiment& e : study.experiments)
    page.add(e.alive.empty() ? regret_section(e) : alive_section(e));
  return page;
}

}  // namespace partita
