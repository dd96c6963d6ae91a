// F2: what do fallbacks cost? F3: how much comes only from crossing levels?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/study.h"

namespace partita {
namespace {

std::vector<std::string> planners_of(const StudyExperiment& e) {
  std::vector<std::string> names;
  for (const StudyCell& cell : e.cells)
    for (const StudyRow& row : cell.rows)
      if (row.made == Made::planned &&
          std::find(names.begin(), names.end(), row.plan) == names.end())
        names.push_back(row.plan);
  std::sort(names.begin(), names.end());
  return names;
}

struct Shrunk {
  Mean slowdown, fallbacks, crossings;
  int slower_than_single = 0;
};

/// This planner's plans under a condition against its own under the first.
Shrunk shrunk(const StudyExperiment& e, std::string_view planner, const std::string& condition) {
  Shrunk out;
  for (const StudyCell& cell : e.cells) {
    if (cell.condition != condition) continue;
    const StudyCell* full = sibling(e, cell, e.conditions.front());
    if (full == nullptr) continue;
    for (const StudyRow& row : cell.rows) {
      if (row.made != Made::planned || row.plan != planner) continue;
      const StudyRow* before = find_row(*full, row.plan, row.asked, Made::planned);
      if (before == nullptr) continue;
      out.slowdown.add(row.value / before->value);
      out.fallbacks.add(row.fallbacks);
      out.crossings.add(row.crossings);
      out.slower_than_single += row.gain > 0 && row.gain < 1;
    }
  }
  return out;
}

/// The best plan of a cell against the best of its sibling under the first condition.
Mean best_slowdown(const StudyExperiment& e, const std::string& condition) {
  Mean out;
  for (const StudyCell& cell : e.cells)
    if (const StudyCell* full = sibling(e, cell, e.conditions.front());
        cell.condition == condition && full != nullptr && !cell.rows.empty() && !full->rows.empty())
      out.add(cell.rows.front().value / full->rows.front().value);
  return out;
}

/// A network on a SoC: what each level brings alone, and what both bring.
struct Levels {
  const StudyCell* plain = nullptr;
  double method = 0, compression = 0, both = 0;  ///< Gains over one processor, uncompressed.
  double crossing() const { return both / std::max(method, compression); }
};

std::vector<Levels> levels_of(const StudyExperiment& e) {
  std::vector<Levels> out;
  for (const StudyCell& plain : e.cells) {
    if (plain.condition != e.conditions.front()) continue;
    const StudyRow* single = best_single_row(plain);
    if (single == nullptr) continue;
    Levels levels{&plain, single->value / plain.rows.front().value, 1, 1};
    for (const std::string& condition : e.conditions) {
      const StudyCell* cell = sibling(e, plain, condition);
      if (cell == nullptr || cell->rows.empty()) continue;
      levels.both = std::max(levels.both, single->value / cell->rows.front().value);
      if (const StudyRow* alone = best_single_row(*cell))
        levels.compression = std::max(levels.compression, single->value / alone->value);
    }
    out.push_back(levels);
  }
  return out;
}

}  // namespace

StudyAnswer answer_fallbacks(const Study& study) {
  StudyAnswer out{"F2", "What do fallbacks cost?", "", {}, {}};
  for (const StudyExperiment* e : experiments_on(study, "F2"))
    for (std::size_t c = 1; c < e->conditions.size(); ++c) {
      const std::string& condition = e->conditions[c];
      StudyTable table{
          fmt::format("{}: {} against {}, means over the cells", e->name, condition,
                      e->conditions.front()),
          {"strategy", "cells", "time", "worst", "fallbacks", "crossings", "below single"},
          {}};
      const Mean best = best_slowdown(*e, condition);
      if (best.count() == 0) continue;
      Mean all, fallbacks;
      std::string hardest;
      double most = 0;
      for (const std::string& planner : planners_of(*e)) {
        const Shrunk s = shrunk(*e, planner, condition);
        if (s.slowdown.count() == 0) continue;
        all.add(s.slowdown.mean());
        fallbacks.add(s.fallbacks.mean());
        if (s.slowdown.mean() > most) most = s.slowdown.mean(), hardest = planner;
        table.rows.push_back(
            {planner, std::to_string(s.slowdown.count()), fmt::format("{:.2f}x", s.slowdown.mean()),
             fmt::format("{:.2f}x", s.slowdown.worst()), fmt::format("{:.1f}", s.fallbacks.mean()),
             fmt::format("{:.1f}", s.crossings.mean()), std::to_string(s.slower_than_single)});
      }
      out.figures.emplace_back(condition + ": best plan", best.mean());
      out.figures.emplace_back(condition + ": strategies", all.mean());
      out.figures.emplace_back(condition + ": most", most);
      out.answer += fmt::format(
          "{}{}: the best plan takes {:.2f}x the time it takes with every operator supported, the "
          "strategies {:.2f}x on average, with {:.1f} operators that fall back to the CPU; hardest "
          "hit is {}, {:.2f}x.",
          out.answer.empty() ? "" : " ", condition, best.mean(), all.mean(), fallbacks.mean(),
          hardest, most);
      out.tables.push_back(std::move(table));
    }
  return out;
}

StudyAnswer answer_cross_level(const Study& study) {
  StudyAnswer out{"F3", "How much comes only from crossing levels?", "", {}, {}};
  StudyTable table{"Gain over the best single processor, uncompressed",
                   {"SoC, network", "method alone", "compression alone", "both", "only both"},
                   {}};
  Mean method, compression, both, crossing;
  int more = 0;
  for (const StudyExperiment* e : experiments_on(study, "F3"))
    for (const Levels& l : levels_of(*e)) {
      method.add(std::log(l.method));
      compression.add(std::log(l.compression));
      both.add(std::log(l.both));
      crossing.add(std::log(l.crossing()));
      more += l.crossing() > 1.01;
      table.rows.push_back({l.plain->soc + ", " + l.plain->model, fmt::format("{:.2f}x", l.method),
                            fmt::format("{:.2f}x", l.compression), fmt::format("{:.2f}x", l.both),
                            fmt::format("{:.2f}x", l.crossing())});
    }
  if (table.rows.empty()) return out;
  out.figures = {{"cells", static_cast<double>(table.rows.size())},
                 {"method_alone", std::exp(method.mean())},
                 {"compression_alone", std::exp(compression.mean())},
                 {"both", std::exp(both.mean())},
                 {"only_both", std::exp(crossing.mean())},
                 {"cells_over_one_percent", more}};
  out.answer = fmt::format(
      "Over the best single processor, the best method alone gains {:.2f}x, the best compression "
      "alone {:.2f}x, both together {:.2f}x (geometric means of {} networks on SoCs). What only "
      "both give, over the better of either alone, is {:.2f}x, at most {:.2f}x; it is more than "
      "1 % in {} of them. What compression does to accuracy is not modelled.",
      std::exp(method.mean()), std::exp(compression.mean()), std::exp(both.mean()),
      table.rows.size(), std::exp(crossing.mean()), std::exp(crossing.worst()), more);
  out.tables = {std::move(table)};
  return out;
}

}  // namespace partita
