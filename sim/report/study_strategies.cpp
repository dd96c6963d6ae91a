// F1: does one strategy win everywhere? F5: when is one processor best?
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "sim/report/study.h"

namespace partita {
namespace {

bool leads(const StudyRow& row) {
  return row.verdict == Verdict::best || row.verdict == Verdict::same_plan;
}

double share(int part, int all) {
  return all > 0 ? static_cast<double>(part) / all : 0;
}

/// How one processor stands in a cell.
enum class Standing { best, undecided, beaten, unable };

Standing standing_of(const StudyCell& cell) {
  Standing standing = Standing::unable;
  for (const StudyRow& row : cell.rows) {
    if (row.made != Made::given) continue;
    if (leads(row)) return Standing::best;
    if (row.verdict == Verdict::too_close)
      standing = Standing::undecided;
    else if (standing == Standing::unable)
      standing = Standing::beaten;
  }
  return standing;
}

struct Standings {
  int best = 0, undecided = 0, beaten = 0, unable = 0;
  double most_gain = 0;
  void add(const StudyCell& cell) {
    const Standing standing = standing_of(cell);
    best += standing == Standing::best;
    undecided += standing == Standing::undecided;
    beaten += standing == Standing::beaten;
    unable += standing == Standing::unable;
    most_gain = std::max(most_gain, cell.rows.front().gain);
  }
  int cells() const { return best + undecided + beaten + unable; }
};

StudyTable standings_table(const Study& study, const std::string& by,
                           const std::function<std::string(const StudyCell&)>& key) {
  StudyTable table{"One processor, by " + by,
                   {by, "cells", "best alone", "too close", "beaten", "unable", "most gain"},
                   {}};
  std::vector<std::string> names;
  std::map<std::string, Standings> groups;
  for (const StudyExperiment* e : experiments_on(study, "F5"))
    for (const StudyCell& cell : e->cells) {
      if (cell.rows.empty()) continue;
      const std::string name = key(cell);
      if (!groups.contains(name)) names.push_back(name);
      groups[name].add(cell);
    }
  for (const std::string& name : names) {
    const Standings& s = groups[name];
    table.rows.push_back({name, std::to_string(s.cells()), std::to_string(s.best),
                          std::to_string(s.undecided), std::to_string(s.beaten),
                          std::to_string(s.unable),
                          s.most_gain > 0 ? fmt::format("{:.2f}x", s.most_gain) : "-"});
  }
  return table;
}

/// Cells in which no row but the winner's, or the same plan, is best or too close to call.
int clear_cells(const std::vector<const Comparison*>& cells) {
  return static_cast<int>(std::count_if(cells.begin(), cells.end(), [](const Comparison* cell) {
    return std::none_of(cell->rows.begin(), cell->rows.end(),
                        [](const Ranked& row) { return row.verdict == Verdict::too_close; });
  }));
}

}  // namespace

StudyAnswer answer_one_strategy(const Study& study) {
  StudyAnswer out{"F1", "Does any single strategy win everywhere?", "", {}, {}};
  std::vector<const Comparison*> cells;
  for (const StudyExperiment* e : experiments_on(study, "F1"))
    for (const StudyCell& cell : e->cells)
      if (!cell.rows.empty()) cells.push_back(&cell.comparison);
  if (cells.empty()) return out;
  const int all = static_cast<int>(cells.size()), clear = clear_cells(cells);
  const std::vector<PlannerScore> scores = planner_scores(cells);
  StudyTable table{
      "Strategies over these cells, least mean regret first",
      {"strategy", "cells", "best", "or close", "below single", "mean regret", "worst"},
      {}};
  const PlannerScore* most = nullptr;
  int winners = 0;
  std::vector<std::string> everywhere;
  for (const PlannerScore& s : scores) {
    if (s.cells == 0) continue;
    winners += s.best > 0;
    if (s.best_or_close == all) everywhere.push_back(s.name);
    if (most == nullptr || s.best > most->best) most = &s;
    table.rows.push_back({s.name, std::to_string(s.cells), std::to_string(s.best),
                          std::to_string(s.best_or_close), std::to_string(s.slower_than_single),
                          percent(s.mean_regret), percent(s.worst_regret)});
  }
  out.figures = {{"cells", all},
                 {"undecided_cells", all - clear},
                 {"strategies", static_cast<double>(table.rows.size())},
                 {"strategies_best_somewhere", winners},
                 {"strategies_best_or_close_everywhere", static_cast<double>(everywhere.size())},
                 {"most_cells_best", most->best},
                 {"its_worst_regret", most->worst_regret}};
  out.answer = fmt::format(
      "{} Of {} cells, {} is best (or finds the same plan) in most, {} ({}); at worst it is {} "
      "over "
      "the best of its cell. {} of {} strategies are best somewhere. In {} cells another plan is "
      "too close to the best to call.",
      everywhere.empty() ? "No."
                         : fmt::format("Best or too close to call in every cell: {}.",
                                       fmt::join(everywhere, ", ")),
      all, most->name, most->best, percent(share(most->best, all)), percent(most->worst_regret),
      winners, table.rows.size(), all - clear);
  out.tables = {std::move(table)};
  return out;
}

StudyAnswer answer_one_processor(const Study& study) {
  StudyAnswer out{"F5", "When is one processor best?", "", {}, {}};
  Standings total;
  for (const StudyExperiment* e : experiments_on(study, "F5"))
    for (const StudyCell& cell : e->cells)
      if (!cell.rows.empty()) total.add(cell);
  const int cells = total.cells();
  if (cells == 0) return out;
  out.figures = {{"cells", cells},
                 {"single_best", total.best},
                 {"single_too_close", total.undecided},
                 {"single_beaten", total.beaten},
                 {"single_unable", total.unable},
                 {"single_best_share", share(total.best, cells)}};
  out.answer = fmt::format(
      "In {} of {} cells ({}) no plan beats one processor alone; in {} more ({}) the difference is "
      "too close to call; in {} ({}) a plan over several is clearly better, by {:.2f}x at most; in "
      "{} no processor runs the network alone.",
      total.best, cells, percent(share(total.best, cells)), total.undecided,
      percent(share(total.undecided, cells)), total.beaten, percent(share(total.beaten, cells)),
      total.most_gain, total.unable);
  out.tables = {
      standings_table(study, "condition", [](const StudyCell& c) { return c.condition; }),
      standings_table(study, "network", [](const StudyCell& c) { return c.model; }),
      standings_table(study, "SoC", [](const StudyCell& c) { return c.soc; }),
      standings_table(study, "objective", [](const StudyCell& c) { return c.objective; })};
  return out;
}

}  // namespace partita
