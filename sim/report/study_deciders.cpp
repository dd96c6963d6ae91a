// LIVE: does any way of deciding win everywhere on a living phone, and what do networks cost each
// other?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/study.h"

namespace partita {
namespace {

/// As close to a cell's best that nobody would care: a request in a hundred, 5 % of the tail.
constexpr double kCloseLate = 0.01, kCloseTail = 1.05;

double tail_over(const LiveRow& row, const LiveRow& than) {
  return ratio_over(row, than, &LiveStreamRow::p95_s);
}

/// Fewest requests late or lost; of those, the shortest tail (p95).
const LiveRow& best_of(const LiveCell& cell) {
  const LiveRow* best = cell.rows.data();
  for (const LiveRow& row : cell.rows)
    if (row.late_share() < best->late_share() ||
        (row.late_share() == best->late_share() && tail_over(row, *best) < 1))
      best = &row;
  return *best;
}

/// Geometric mean of ratios: a cell of a phone that cannot keep up would hide all others.
class Ratios {
 public:
  void add(double ratio) { logs_.add(std::log(ratio)); }
  int count() const { return logs_.count(); }
  double mean() const { return std::exp(logs_.mean()); }
  double worst() const { return std::exp(logs_.worst()); }

 private:
  Mean logs_;
};

struct Score {
  std::string name;
  int cells = 0, best = 0, close = 0;
  Mean late, over_least_late, fairness;
  Ratios tail, slowdown, energy;

  void add(const LiveRow& row, const LiveRow& winner) {
    ++cells;
    best += &row == &winner;
    const double late_over = row.late_share() - winner.late_share(),
                 tail_ratio = tail_over(row, winner);
    close += &row == &winner || (late_over <= kCloseLate && tail_ratio <= kCloseTail);
    late.add(row.late_share());
    over_least_late.add(late_over);
    if (tail_ratio > 0) tail.add(tail_ratio);
    slowdown.add(row.slowdown());
    fairness.add(row.fairness);
    energy.add(row.energy_per_inference_j / winner.energy_per_inference_j);
  }
};

std::vector<Score> scores_of(const std::vector<const LiveCell*>& cells) {
  std::vector<Score> scores;
  for (const LiveCell* cell : cells) {
    const LiveRow& winner = best_of(*cell);
    for (const LiveRow& row : cell->rows) {
      auto found = std::find_if(scores.begin(), scores.end(),
                                [&](const Score& s) { return s.name == row.name(); });
      if (found == scores.end()) {
        scores.push_back({});
        scores.back().name = row.name();
        found = scores.end() - 1;
      }
      found->add(row, winner);
    }
  }
  std::stable_sort(scores.begin(), scores.end(),
                   [](const Score& a, const Score& b) { return a.late.mean() < b.late.mean(); });
  return scores;
}

StudyTable scores_table(const std::vector<Score>& scores) {
  StudyTable table{
      "Who decides, over these cells (ratios: geometric means); best: fewest late or lost, then "
      "the shortest p95",
      {"decides", "cells", "best", "or close", "late", "most over best", "p95 over best", "worst",
       "slower", "fairness", "energy"},
      {}};
  for (const Score& s : scores)
    table.rows.push_back(
        {s.name, std::to_string(s.cells), std::to_string(s.best), std::to_string(s.close),
         percent(s.late.mean()), percent(s.over_least_late.worst()),
         fmt::format("{:.2f}x", s.tail.mean()), fmt::format("{:.1f}x", s.tail.worst()),
         fmt::format("{:.2f}x", s.slowdown.mean()), fmt::format("{:.3f}", s.fairness.mean()),
         fmt::format("{:.2f}x", s.energy.mean())});
  return table;
}

StudyTable winners_table(const std::vector<const LiveCell*>& cells) {
  StudyTable table{
      "Cell by cell: the best, what it leaves late, its slowest stream over alone, and the worst",
      {"SoC, workload", "conditions", "best", "late", "slowest", "worst", "late"},
      {}};
  for (const LiveCell* cell : cells) {
    const LiveRow& best = best_of(*cell);
    const LiveRow& worst = *std::max_element(
        cell->rows.begin(), cell->rows.end(),
        [](const LiveRow& a, const LiveRow& b) { return a.late_share() < b.late_share(); });
    double slowest = 0;
    for (const LiveStreamRow& s : best.streams) slowest = std::max(slowest, s.slowdown);
    table.rows.push_back({cell->soc + ", " + cell->workload, cell->conditions, best.name(),
                          percent(best.late_share()), fmt::format("{:.2f}x", slowest), worst.name(),
                          percent(worst.late_share())});
  }
  return table;
}

/// What requests of several networks take over each alone, by who decides.
struct Contention {
  Ratios best;  ///< Each cell's best decider.
  double slowest = 0;
  std::string where;
  std::vector<std::pair<std::string, Ratios>> deciders;

  void add(const LiveCell& cell) {
    best.add(best_of(cell).slowdown());
    for (const LiveRow& row : cell.rows) {
      auto found = std::find_if(deciders.begin(), deciders.end(),
                                [&](const auto& d) { return d.first == row.name(); });
      if (found == deciders.end()) found = deciders.insert(found, {row.name(), {}});
      found->second.add(row.slowdown());
    }
    for (const LiveStreamRow& s : best_of(cell).streams)
      if (s.slowdown > slowest) {
        slowest = s.slowdown;
        where = fmt::format("{} of {} on {}", s.stream, cell.workload, cell.soc);
      }
  }
};

Contention contention_of(const Study& study, bool calm) {
  Contention out;
  for (const StudyExperiment* e : experiments_on(study, "LIVE"))
    for (const LiveCell& cell : e->alive)
      if (!cell.rows.empty() && cell.rows.front().streams.size() > 1 &&
          (cell.conditions == e->conditions.front()) == calm)
        out.add(cell);
  std::stable_sort(out.deciders.begin(), out.deciders.end(),
                   [](const auto& a, const auto& b) { return a.second.mean() < b.second.mean(); });
  return out;
}

std::string contention_text(const Contention& calm, const Contention& changed) {
  if (calm.best.count() == 0) return "";
  const auto &least = calm.deciders.front(), &most = calm.deciders.back();
  std::string text = fmt::format(
      " With nothing else on the phone, requests of several networks at once take {:.2f}x what "
      "they "
      "take alone by the best decider of each cell (the slowest of its streams {:.2f}x: {}); "
      "{:.2f}x by {}, {:.2f}x by {}.",
      calm.best.mean(), calm.slowest, calm.where, least.second.mean(), least.first,
      most.second.mean(), most.first);
  if (changed.best.count() > 0)
    text += fmt::format(" Under the other conditions the best take {:.2f}x.", changed.best.mean());
  return text;
}

StudyTable contention_table(const Contention& calm) {
  StudyTable table{"Several networks with nothing else on the phone: mean latency over alone",
                   {"decides", "cells", "mean", "worst"},
                   {}};
  for (const auto& [name, slowdown] : calm.deciders)
    table.rows.push_back({name, std::to_string(slowdown.count()),
                          fmt::format("{:.2f}x", slowdown.mean()),
                          fmt::format("{:.2f}x", slowdown.worst())});
  return table;
}

}  // namespace

StudyAnswer answer_deciders(const Study& study) {
  StudyAnswer out{
      "LIVE",
      "Several networks on a living phone: does any scheduler win everywhere, and what do "
      "they cost each other?",
      "",
      {},
      {}};
  std::vector<const LiveCell*> cells;
  for (const StudyExperiment* e : experiments_on(study, "LIVE"))
    for (const LiveCell& cell : e->alive)
      if (!cell.rows.empty()) cells.push_back(&cell);
  if (cells.empty()) return out;
  const int all = static_cast<int>(cells.size());
  const std::vector<Score> scores = scores_of(cells);
  std::vector<std::string> everywhere;
  int winners = 0;
  for (const Score& s : scores) {
    winners += s.best > 0;
    if (s.close == all) everywhere.push_back(s.name);
  }
  const Score &least_late = scores.front(),
              &most =
                  *std::max_element(scores.begin(), scores.end(),
                                    [](const Score&a, const Score&b) { return a.best < b.best; });
  const Contention calm = contention_of(study, true), changed = contention_of(study, false);
  out.figures = {{"cells", all},
                 {"deciders", static_cast<double>(scores.size())},
                 {"deciders_best_somewhere", winners},
                 {"deciders_best_or_close_everywhere", static_cast<double>(everywhere.size())},
                 {"most_cells_best", most.best},
                 {"its_most_late_over_best", most.over_least_late.worst()},
                 {"its_worst_p95_over_best", most.tail.worst()},
                 {"least_late", least_late.late.mean()},
                 {"contention_best", calm.best.mean()},
                 {"contention_slowest", calm.slowest},
                 {"changed_best", changed.best.mean()}};
  out.answer = fmt::format(
      "{} Of {} cells (SoC, workload, conditions), {} is best in most, {}; where it is not, it "
      "leaves up to {} more of the requests late or lost than the best, and its p95 is up to "
      "{:.1f}x. {} of {} are best somewhere. Fewest late on average: {}, {}.",
      everywhere.empty()
          ? "No."
          : fmt::format("Best or close in every cell: {}.", fmt::join(everywhere, ", ")),
      all, most.name, most.best, percent(most.over_least_late.worst()), most.tail.worst(), winners,
      scores.size(), least_late.name, percent(least_late.late.mean()));
  out.answer += contention_text(calm, changed);
  out.tables = {scores_table(scores), winners_table(cells)};
  if (!calm.deciders.empty()) out.tables.push_back(contention_table(calm));
  return out;
}

}  // namespace partita
