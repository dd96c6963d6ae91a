// Several networks on several SoCs: who wins where, and how every algorithm fares over all.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/units.h"
#include "sim/report/comparison.h"

namespace partita {
namespace {

using Align = TextTable::Align;

const Ranked* best_single(const Comparison& comparison) {
  for (const Ranked& row : comparison.rows)
    if (row.outcome.single_unit) return &row;
  return nullptr;
}

bool leads(const Ranked& row) {
  return row.verdict == Verdict::best || row.verdict == Verdict::same_plan;
}

}  // namespace

std::vector<PlannerScore> planner_scores(const std::vector<SocResult>& results) {
  std::vector<const Comparison*> cells;
  for (const SocResult& result : results) cells.push_back(result.comparison);
  return planner_scores(cells);
}

std::vector<PlannerScore> planner_scores(const std::vector<const Comparison*>& cells) {
  std::vector<PlannerScore> scores;
  const auto score_of = [&](const std::string& name) -> PlannerScore& {
    for (PlannerScore& score : scores)
      if (score.name == name) return score;
    scores.push_back({name});
    return scores.back();
  };
  for (const Comparison* cell : cells) {
    for (const Ranked& row : cell->rows) {
      // Single units by their place, not their name: units differ from SoC to SoC.
      if (row.outcome.single_unit && &row != best_single(*cell)) continue;
      PlannerScore& score =
          score_of(row.outcome.single_unit ? "best single unit" : row.outcome.name);
      ++score.cells;
      score.best += leads(row);
      score.best_or_close += leads(row) || row.verdict == Verdict::too_close;
      score.slower_than_single += row.gain > 0 && row.gain < 1;
      score.worst_regret = std::max(score.worst_regret, row.regret);
      score.mean_regret += row.regret;
      score.mean_gap += row.outcome.gap;
    }
    for (const NotApplicable& left : cell->left_out)
      if (left.name.rfind("all on ", 0) != 0) ++score_of(left.name).not_applicable;
  }
  for (PlannerScore& score : scores)
    if (score.cells > 0) {
      score.mean_regret /= score.cells;
      score.mean_gap /= score.cells;
    }
  std::stable_sort(scores.begin(), scores.end(), [](const PlannerScore& a, const PlannerScore& b) {
    if ((a.cells == 0) != (b.cells == 0)) return a.cells > 0;
    return a.mean_regret < b.mean_regret;
  });
  return scores;
}

std::string planner_table(const std::vector<PlannerScore>& scores, const Style& style) {
  TextTable table({{"plan", Align::left, 20},
                   {"cells", Align::right},
                   {"best", Align::right},
                   {"or close", Align::right},
                   {"below single", Align::right},
                   {"mean regret", Align::right},
                   {"worst", Align::right},
                   {"mean gap", Align::right}});
  for (const PlannerScore& s : scores) {
    if (s.cells == 0) {
      table.add({s.name, "-", "-", "-", "-", "-", "-", "-"}, Emphasis::faint);
      continue;
    }
    table.add({s.name, std::to_string(s.cells), std::to_string(s.best),
               std::to_string(s.best_or_close), std::to_string(s.slower_than_single),
               percent(s.mean_regret), percent(s.worst_regret), percent(s.mean_gap)});
  }
  return table.render(style) +
         style.apply(Emphasis::faint,
                     "  best: the best plan of the cell   or close: too close to call with it   "
                     "below single: slower\n  than the best single unit   regret: over the best of "
                     "the cell   gap: over the lower bound") +
         "\n";
}

std::string matrix_text(const std::vector<SocResult>& results, const Style& style) {
  std::vector<std::string> socs, models;
  std::map<std::pair<std::string, std::string>, const SocResult*> cells;
  for (const SocResult& result : results) {
    const std::string &soc = result.soc, &model = result.network;
    if (std::find(socs.begin(), socs.end(), soc) == socs.end()) socs.push_back(soc);
    if (std::find(models.begin(), models.end(), model) == models.end()) models.push_back(model);
    cells[{soc, model}] = &result;
  }
  TextTable table({{"model", Align::left, 22},
                   {"soc", Align::left, 22},
                   {"best plan", Align::left, 18},
                   {"value", Align::right},
                   {"±90 %", Align::right},
                   {"single unit", Align::left, 16},
                   {"gain", Align::right}});
  for (const std::string& model : models)
    for (const std::string& soc : socs) {
      const auto found = cells.find({soc, model});
      if (found == cells.end()) continue;
      const Comparison& comparison = *found->second->comparison;
      const Ranked& best = comparison.rows.front();
      const Ranked* single = best_single(comparison);
      const bool close =
          single != nullptr && !leads(*single) && single->verdict == Verdict::too_close;
      table.add({model, soc, best.outcome.name,
                 objective_text(found->second->objective, best.outcome.value),
                 format_quantity(interval_90_s(best.outcome), Dimension::time),
                 single == nullptr ? "-" : single->outcome.name.substr(7),
                 single == nullptr ? "-" : fmt::format("{}{:.2f}x", close ? "~" : "", best.gain)},
                single != nullptr && !leads(*single) && !close ? Emphasis::good : Emphasis::none);
    }
  return fmt::format("{} networks on {} SoCs, objective {}\n{}\n{}", models.size(), socs.size(),
                     to_string(results.front().objective), table.render(style),
                     planner_table(planner_scores(results), style));
}

}  // namespace partita
