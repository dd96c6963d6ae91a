// F6 while the phone lives: what plans lose from a calm phone to a changing one, how often they
// change places, and what planning again wins back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/study.h"

namespace partita {
namespace {

/// Plans nearer to each other than this are as good as each other.
constexpr double kAlike = 0.01;

double takes(const LiveRow& row, const LiveRow& than) {
  return ratio_over(row, than, &LiveStreamRow::mean_s);
}

/// Geometric means of mean latencies over those of the kept plan on the calm phone.
struct Losses {
  int plans = 0, lost = 0;              ///< lost: kept plans that leave requests unanswered.
  Mean kept, replanned, foreseen;       ///< Logarithms; of runs that answer everything.
  Mean both_kept, both_re, both_known;  ///< The same where all three are there.

  void add(const LiveCell& cell, const LiveCell& calm, const LiveRow& row) {
    const LiveRow* before = find_row(calm, row.decider, LiveMade::kept);
    if (before == nullptr || before->lost() > 0) return;
    ++plans;
    if (row.lost() > 0) ++lost;
    const double k = log_over(&row, *before),
                 r = log_over(find_row(cell, row.decider, LiveMade::replanned), *before),
                 f = log_over(find_row(cell, row.decider, LiveMade::foreseen), *before);
    for (auto [mean, value] : {std::pair(&kept, k), {&replanned, r}, {&foreseen, f}})
      if (!std::isnan(value)) mean->add(value);
    if (std::isnan(k + r + f)) return;
    both_kept.add(k), both_re.add(r), both_known.add(f);
  }
  /// Of what foreseeing saves (in logarithms), what planning again saves.
  double won_back() const {
    const double saved = both_kept.mean() - both_known.mean();
    return saved > std::log(1 + kAlike) ? (both_kept.mean() - both_re.mean()) / saved
                                        : std::nan("");
  }

 private:
  static double log_over(const LiveRow* row, const LiveRow& than) {
    if (row == nullptr || row->lost() > 0) return std::nan("");
    const double ratio = takes(*row, than);
    return ratio > 0 ? std::log(ratio) : std::nan("");
  }
};

double times(const Mean& logs) {
  return std::exp(logs.mean());
}
std::string times_text(const Mean& logs) {
  return logs.count() > 0 ? fmt::format("{:.2f}x", times(logs)) : "-";
}

/// How kept plans stand to each other on the calm phone and on the changed one.
struct Order {
  int cells = 0, new_best = 0;
  int pairs = 0, swapped = 0;
  Mean old_best;  ///< Logarithms of the calm phone's best over the changed one's.

  void add(const LiveCell& cell, const LiveCell& calm) {
    std::vector<std::pair<const LiveRow*, const LiveRow*>> plans;  // Before, after.
    for (const LiveRow& row : cell.rows)
      if (const LiveRow* before = find_row(calm, row.decider, LiveMade::kept);
          row.made == LiveMade::kept && before != nullptr && row.lost() + before->lost() == 0)
        plans.emplace_back(before, &row);
    if (plans.size() < 2) return;
    ++cells;
    for (std::size_t a = 0; a < plans.size(); ++a)
      for (std::size_t b = a + 1; b < plans.size(); ++b) add_pair(plans[a], plans[b]);
    const auto first = std::min_element(
        plans.begin(), plans.end(),
        [](const auto& a, const auto& b) { return takes(*a.first, *b.first) < 1; });
    const auto now = std::min_element(plans.begin(), plans.end(), [](const auto& a, const auto& b) {
      return takes(*a.second, *b.second) < 1;
    });
    const double over = takes(*first->second, *now->second);
    old_best.add(std::log(over));
    new_best += over > 1 + kAlike;
  }

 private:
  using Pair = std::pair<const LiveRow*, const LiveRow*>;
  void add_pair(const Pair& a, const Pair& b) {
    const double before = takes(*a.first, *b.first), after = takes(*a.second, *b.second);
    if (std::abs(std::log(before)) < std::log(1 + kAlike)) return;  // Nothing to swap.
    ++pairs;
    swapped += (before < 1) != (after < 1) && std::abs(std::log(after)) >= std::log(1 + kAlike);
  }
};

struct Changes {
  Losses losses;
  Order order;
};

template <class Chosen>
Changes changes_over(const StudyExperiment& e, const Chosen& chosen) {
  Changes out;
  for (const LiveCell& cell : e.alive) {
    if (cell.conditions == e.conditions.front()) continue;
    const LiveCell& calm = calm_sibling(e, cell);
    bool any = false;
    for (const LiveRow& row : cell.rows)
      if (row.made == LiveMade::kept && chosen(cell, row))
        out.losses.add(cell, calm, row), any = true;
    if (any) out.order.add(cell, calm);
  }
  return out;
}

std::vector<std::string> losses_row(const std::string& name, const Losses& l) {
  const double won = l.won_back();
  return {name,
          std::to_string(l.plans),
          std::to_string(l.lost),
          times_text(l.kept),
          l.kept.count() > 0 ? fmt::format("{:.1f}x", std::exp(l.kept.worst())) : "-",
          times_text(l.replanned),
          times_text(l.foreseen),
          std::isnan(won) ? "-" : percent(won, 0)};
}

const std::vector<std::string> kLossColumns{"plans of", "plans",      "unanswered", "kept",
                                            "worst",    "re-planned", "foreseen",   "won back"};

StudyTable conditions_table(const StudyExperiment& e) {
  StudyTable table{
      e.name + ": mean latency over the calm phone's, by conditions", kLossColumns, {}};
  table.columns.insert(table.columns.end(), {"new best", "swapped"});
  for (std::size_t c = 1; c < e.conditions.size(); ++c) {
    const Changes changes = changes_over(e, [&](const LiveCell& cell, const LiveRow&) {
      return cell.conditions == e.conditions[c];
    });
    auto row = losses_row(e.conditions[c], changes.losses);
    row.push_back(fmt::format("{} of {}", changes.order.new_best, changes.order.cells));
    row.push_back(changes.order.pairs > 0
                      ? percent(changes.order.swapped / static_cast<double>(changes.order.pairs))
                      : "-");
    table.rows.push_back(std::move(row));
  }
  return table;
}

StudyTable strategies_table(const StudyExperiment& e) {
  StudyTable table{e.name + ": the same by strategy", kLossColumns, {}};
  for (const std::string& name : deciders_of(e, LiveMade::kept))
    table.rows.push_back(losses_row(name, changes_over(e, [&](const LiveCell&, const LiveRow& row) {
                                            return row.decider == name;
                                          }).losses));
  return table;
}

/// Schedulers beside the plans: over themselves on the calm phone, and over the cell's best plan.
StudyTable schedulers_table(const StudyExperiment& e) {
  StudyTable table{e.name + ": schedulers beside the plans",
                   {"scheduler", "runs", "over its calm", "over the best kept plan"},
                   {}};
  for (const std::string& name : deciders_of(e, LiveMade::scheduled)) {
    Mean calm_logs, plan_logs;
    for (const LiveCell& cell : e.alive) {
      const LiveRow* row = find_row(cell, name, LiveMade::scheduled);
      if (row == nullptr || row->lost() > 0 || cell.conditions == e.conditions.front()) continue;
      if (const LiveRow* before = find_row(calm_sibling(e, cell), name, LiveMade::scheduled))
        calm_logs.add(std::log(takes(*row, *before)));
      double over = 0;
      for (const LiveRow& plan : cell.rows)
        if (plan.made == LiveMade::kept && plan.lost() == 0)
          over = std::max(over, takes(*row, plan));
      if (over > 0) plan_logs.add(std::log(over));
    }
    table.rows.push_back(
        {name, std::to_string(calm_logs.count()), times_text(calm_logs), times_text(plan_logs)});
  }
  return table;
}

void add_experiment(const StudyExperiment& e, StudyAnswer& out) {
  const Changes all = changes_over(e, [](const LiveCell&, const LiveRow&) { return true; });
  if (all.losses.plans == 0) return;
  const auto& [losses, order] = all;
  const double won = losses.won_back();
  const double swapped = order.pairs > 0 ? order.swapped / static_cast<double>(order.pairs) : 0;
  out.figures.insert(out.figures.end(), {{"plans", losses.plans},
                                         {"unanswered", losses.lost},
                                         {"kept", times(losses.kept)},
                                         {"kept_worst", std::exp(losses.kept.worst())},
                                         {"replanned", times(losses.replanned)},
                                         {"foreseen", times(losses.foreseen)},
                                         {"won_back", std::isnan(won) ? 0 : won},
                                         {"cells", order.cells},
                                         {"new_best", order.new_best},
                                         {"old_best_over_new", times(order.old_best)},
                                         {"swapped", swapped}});
  out.answer += fmt::format(
      "{}Of {} plans made for the calm phone, {} leave requests unanswered once it changes. The "
      "others "
      "take {} of their calm latency (geometric mean), at worst {:.1f}x; planned again when units "
      "drift "
      "{}; by partitioners that know what comes {}.",
      out.answer.empty() ? "" : " ", losses.plans, losses.lost, times_text(losses.kept),
      std::exp(losses.kept.worst()), times_text(losses.replanned), times_text(losses.foreseen));
  if (!std::isnan(won))
    out.answer +=
        fmt::format(" Planning again wins back {} of what knowing saves.", percent(won, 0));
  out.answer += fmt::format(
      " In {} of {} cells the calm phone's best plan is no longer best (it takes {} of the new "
      "best's time, over all cells); {} of the pairs of strategies change places.",
      order.new_best, order.cells, times_text(order.old_best), percent(swapped));
  out.tables.push_back(conditions_table(e));
  out.tables.push_back(strategies_table(e));
  if (StudyTable table = schedulers_table(e); !table.rows.empty())
    out.tables.push_back(std::move(table));
}

}  // namespace

StudyAnswer answer_changes_alive(const Study& study) {
  StudyAnswer out{
      "F6", "And while the phone lives: what do plans lose from calm to changing?", "", {}, {}};
  for (const StudyExperiment* e : experiments_on(study, "F6"))
    if (!e->alive.empty()) add_experiment(*e, out);
  return out;
}

}  // namespace partita
