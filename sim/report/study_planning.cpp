// F4: what is a better latency profile worth, and reusing data? F6: where do plans break when the
// device changes?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/report/study.h"

namespace partita {
namespace {

template <class Key>
std::vector<std::string> names_of(const StudyExperiment& e, Made made, const Key& key) {
  std::vector<std::string> names;
  for (const StudyCell& cell : e.cells)
    for (const StudyRow& row : cell.rows)
      if (row.made == made && std::find(names.begin(), names.end(), key(row)) == names.end())
        names.push_back(key(row));
  std::sort(names.begin(), names.end());
  return names;
}

struct BeliefScore {
  std::string name;
  Mean error, regret, over_truth;
};

/// How plans made by a belief fare under the first condition.
BeliefScore score_of(const StudyExperiment& e, const std::string& belief) {
  BeliefScore score{belief, {}, {}, {}};
  for (const StudyCell& cell : e.cells) {
    if (cell.condition != e.conditions.front()) continue;
    for (const StudyRow& row : cell.rows) {
      if (row.made != Made::planned || row.asked != belief) continue;
      score.error.add(std::abs(row.believed_value / row.value - 1));
      score.regret.add(row.regret);
      if (const StudyRow* truth = find_row(cell, row.plan, "truth", Made::planned))
        score.over_truth.add(row.value / truth->value - 1);
    }
  }
  return score;
}

/// A condition against the first, for every planner that plans by the truth or by its own belief.
void add_reuse(const StudyExperiment& e, StudyAnswer& out) {
  StudyTable table{e.name + ": value under a condition over that under " + e.conditions.front(),
                   {"condition", "strategy", "cells", "mean", "worst"},
                   {}};
  const auto planner = [](const StudyRow& row) { return row.plan; };
  for (std::size_t c = 1; c < e.conditions.size(); ++c)
    for (const std::string& name : names_of(e, Made::planned, planner)) {
      Mean ratio;
      for (const StudyCell& cell : e.cells) {
        if (cell.condition != e.conditions[c]) continue;
        const StudyCell* first = sibling(e, cell, e.conditions.front());
        const StudyRow* row = find_row(cell, name, "truth", Made::planned);
        const StudyRow* before =
            first != nullptr ? find_row(*first, name, "truth", Made::planned) : nullptr;
        if (row != nullptr && before != nullptr) ratio.add(row->value / before->value);
      }
      if (ratio.count() == 0) continue;
      table.rows.push_back({e.conditions[c], name, std::to_string(ratio.count()),
                            fmt::format("{:.2f}x", ratio.mean()),
                            fmt::format("{:.2f}x", ratio.worst())});
      out.figures.emplace_back(e.conditions[c] + ": " + name, ratio.mean());
      if (std::abs(ratio.mean() - 1) < 0.005) continue;  // The table says so.
      out.answer += fmt::format(" {}: {} takes {:.2f}x.", e.conditions[c], name, ratio.mean());
    }
  if (!table.rows.empty()) out.tables.push_back(std::move(table));
}

}  // namespace

StudyAnswer answer_profiles(const Study& study) {
  StudyAnswer out{"F4", "What is a better latency profile worth, and reusing data?", "", {}, {}};
  for (const StudyExperiment* e : experiments_on(study, "F4")) {
    StudyTable table{
        e->name + ": plans by what the planner believes, under " + e->conditions.front(),
        {"belief", "plans", "prediction error", "mean regret", "worst", "over truth's"},
        {}};
    std::vector<BeliefScore> scores;
    for (const std::string& belief :
         names_of(*e, Made::planned, [](const StudyRow& row) { return row.asked; }))
      scores.push_back(score_of(*e, belief));
    std::erase_if(scores, [](const BeliefScore& s) { return s.regret.count() == 0; });
    std::stable_sort(scores.begin(), scores.end(), [](const BeliefScore& a, const BeliefScore& b) {
      return std::pair(a.regret.mean(), a.error.mean()) <
             std::pair(b.regret.mean(), b.error.mean());
    });
    if (scores.empty()) continue;
    for (const BeliefScore& s : scores) {
      table.rows.push_back({s.name, std::to_string(s.regret.count()), percent(s.error.mean()),
                            percent(s.regret.mean()), percent(s.regret.worst()),
                            s.over_truth.count() > 0 ? percent(s.over_truth.mean()) : "-"});
      out.figures.emplace_back(s.name + ": error", s.error.mean());
      out.figures.emplace_back(s.name + ": regret", s.regret.mean());
    }
    const BeliefScore &least = scores.front(), &most = scores.back();
    out.answer += fmt::format(
        "Plans made by {} err by {} in their own value and cost {} more than the best of their "
        "cell; by {}, {} and {}. (The same strategies everywhere, only what they believe differs.)",
        least.name, percent(least.error.mean()), percent(least.regret.mean()), most.name,
        percent(most.error.mean()), percent(most.regret.mean()));
    out.tables.push_back(std::move(table));
    add_reuse(*e, out);
  }
  return out;
}

namespace {

/// Plans kept from the first condition against plans made anew.
struct Kept {
  int cells = 0, dead = 0, below_single = 0;
  Mean stale, regret, fresh_regret;

  void add(const StudyCell& cell, const StudyRow& fresh) {
    const StudyRow* kept = find_row(cell, fresh.plan, fresh.asked, Made::kept);
    ++cells;
    fresh_regret.add(fresh.regret);
    if (kept == nullptr) {
      ++dead;
      return;
    }
    stale.add(kept->value / fresh.value - 1);
    regret.add(kept->regret);
    below_single += kept->gain > 0 && kept->gain < 1;
  }
  std::vector<std::string> row(const std::string& name) const {
    return {name,
            std::to_string(cells),
            std::to_string(dead),
            percent(stale.mean()),
            percent(stale.worst()),
            percent(regret.mean()),
            percent(fresh_regret.mean()),
            std::to_string(below_single)};
  }
};

template <class Chosen>
Kept kept_over(const StudyExperiment& e, const Chosen& chosen) {
  Kept kept;
  for (const StudyCell& cell : e.cells)
    if (cell.condition != e.conditions.front())
      for (const StudyRow& row : cell.rows)
        if (row.made == Made::planned && chosen(cell, row)) kept.add(cell, row);
  return kept;
}

}  // namespace

StudyAnswer answer_changes(const Study& study) {
  StudyAnswer out{"F6", "Where do today's methods break in a changing environment?", "", {}, {}};
  for (const StudyExperiment* e : experiments_on(study, "F6")) {
    const Kept all = kept_over(*e, [](const StudyCell&, const StudyRow&) { return true; });
    if (all.cells == 0) continue;
    const std::vector<std::string> columns{"plans of", "plans",       "cannot run", "stale by",
                                           "worst",    "regret kept", "re-planned", "below single"};
    StudyTable by_condition{e->name + ": plans of " + e->conditions.front() + " kept", columns, {}};
    StudyTable by_strategy{e->name + ": the same by strategy", columns, {}};
    std::string hardest;
    double most = -1;
    for (std::size_t c = 1; c < e->conditions.size(); ++c) {
      const Kept kept = kept_over(*e, [&](const StudyCell& cell, const StudyRow&) {
        return cell.condition == e->conditions[c];
      });
      if (kept.cells == 0) continue;
      by_condition.rows.push_back(kept.row(e->conditions[c]));
      if (kept.regret.count() > 0 && kept.regret.mean() > most)
        most = kept.regret.mean(), hardest = e->conditions[c];
    }
    for (const std::string& name :
         names_of(*e, Made::planned, [](const StudyRow& row) { return row.plan; }))
      by_strategy.rows.push_back(kept_over(*e, [&](const StudyCell&, const StudyRow& row) {
                                   return row.plan == name;
                                 }).row(name));
    out.figures.insert(out.figures.end(), {{"plans", all.cells},
                                           {"cannot_run", all.dead},
                                           {"stale_mean", all.stale.mean()},
                                           {"stale_worst", all.stale.worst()},
                                           {"regret_kept", all.regret.mean()},
                                           {"regret_replanned", all.fresh_regret.mean()},
                                           {"kept_below_single", all.below_single}});
    out.answer += fmt::format(
        "Of {} plans made for the device as it was, {} cannot run at all once it has changed (a "
        "unit they use is gone). The others take {} longer than the same strategy would after "
        "planning again, at worst {}; their mean regret is {}, against {} planned again, and {} of "
        "them are slower than one processor that is left. Kept plans fare worst under \"{}\", {}.",
        all.cells, all.dead, percent(all.stale.mean()), percent(all.stale.worst()),
        percent(all.regret.mean()), percent(all.fresh_regret.mean()), all.below_single, hardest,
        percent(std::max(0.0, most)));
    out.tables.push_back(std::move(by_condition));
    out.tables.push_back(std::move(by_strategy));
  }
  return out;
}

}  // namespace partita
