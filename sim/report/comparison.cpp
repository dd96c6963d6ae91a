#include "sim/report/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "sim/base/units.h"

namespace partita {
namespace {

bool same_plan(const Plan& a, const Plan& b) {
  const auto unused = [](const auto& list) {
    return std::none_of(list.begin(), list.end(), [](const auto& entry) { return bool(entry); });
  };
  if (a.home != b.home && !(unused(a.home) && unused(b.home))) return false;
  if (a.stage != b.stage && !(unused(a.stage) && unused(b.stage))) return false;
  if (a.shares.size() != b.shares.size()) return false;
  for (std::size_t i = 0; i < a.shares.size(); ++i)
    if (!std::equal(a.shares[i].begin(), a.shares[i].end(), b.shares[i].begin(), b.shares[i].end(),
                    [](const Share& x, const Share& y) {
                      return x.mode == y.mode && x.slice == y.slice && x.precision == y.precision &&
                             x.halo == y.halo;
                    }))
      return false;
  return true;
}

const Ranked* best_single(const Comparison& comparison) {
  for (const Ranked& row : comparison.rows)
    if (row.outcome.single_unit) return &row;
  return nullptr;
}

std::string time_of(double seconds) {
  return format_quantity(seconds, Dimension::time);
}

/// The largest part of a run's time that is not computing.
std::pair<std::string_view, double> largest_overhead(const Breakdown& time) {
  std::pair<std::string_view, double> most{"", 0};
  const auto consider = [&](std::string_view what, double seconds) {
    if (seconds > most.second) most = {what, seconds};
  };
  consider("loading the input", time.input_s);
  consider("moving tensors between units", time.transfer_s);
  consider("synchronising units", time.sync_s);
  consider("starting up", time.startup_s);
  consider("changing clocks", time.dvfs_s);
  consider("sharing the memory bus", time.contention_s);
  consider("waiting for a busy unit", time.waiting_s);
  return most;
}

double relative_sd(const Outcome& outcome) {
  return outcome.estimate_latency_s > 0 ? outcome.uncertainty.sd_s / outcome.estimate_latency_s : 0;
}

/// Both latencies' errors and their correlation, which the error of the difference gives away,
/// carried over to the objective's values.
double value_difference_sd(const Job& job, const Outcome& a, const Outcome& b) {
  const double sa = a.uncertainty.sd_s, sb = b.uncertainty.sd_s;
  const double d = difference_sd_s(job.model, job.graph, a.plan, b.plan);
  const double correlation =
      sa > 0 && sb > 0 ? std::clamp((sa * sa + sb * sb - d * d) / (2 * sa * sb), -1.0, 1.0) : 0;
  const double powers = job.objective == Objective::edp ? 2 : 1;
  const double va = powers * a.value * relative_sd(a), vb = powers * b.value * relative_sd(b);
  return std::sqrt(std::max(0.0, va * va + vb * vb - 2 * correlation * va * vb));
}

std::string winner_sentence(const Job& job, const Comparison& comparison) {
  const Ranked& best = comparison.rows.front();
  const Ranked* single = best_single(comparison);
  const std::string value = objective_text(job.objective, best.outcome.value);
  const bool wins_alone =
      std::any_of(comparison.rows.begin(), comparison.rows.end(), [](const Ranked& row) {
        return row.outcome.single_unit &&
               (row.verdict == Verdict::best || row.verdict == Verdict::same_plan);
      });
  if (single && wins_alone)
    return fmt::format("Splitting does not pay here: {} is the best plan found, with {}.",
                       single->outcome.name, value);
  if (!single)
    return fmt::format(
        "{} is the best plan found, with {}; no single unit can run the whole network.",
        best.outcome.name, value);
  if (single->verdict == Verdict::too_close)
    return fmt::format(
        "{} comes first with {}, {:.2f}x the best single unit ({}), but that lead is within "
        "the error of the costs: too close to call.",
        best.outcome.name, value, best.gain, single->outcome.name);
  return fmt::format("{} wins with {}, {:.2f}x better than the best single unit ({}, {}).",
                     best.outcome.name, value, best.gain, single->outcome.name,
                     objective_text(job.objective, single->outcome.value));
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::best:
      return "best";
    case Verdict::same_plan:
      return "same_plan";
    case Verdict::too_close:
      return "too_close";
    case Verdict::worse:
      return "worse";
  }
  return "";
}

Comparison rank(const Job& job, std::vector<Outcome> outcomes,
                std::vector<NotApplicable> left_out) {
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.value < b.value; });
  Comparison comparison;
  comparison.left_out = std::move(left_out);
  std::optional<double> single;
  for (Outcome& outcome : outcomes) {
    if (outcome.single_unit && !single) single = outcome.value;
    comparison.rows.push_back({.outcome = std::move(outcome)});
  }
  if (comparison.rows.empty()) return comparison;
  const Outcome& best = comparison.rows.front().outcome;
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    Ranked& row = comparison.rows[i];
    if (single) row.gain = *single / row.outcome.value;
    row.regret = best.value > 0 ? row.outcome.value / best.value - 1 : 0;
    if (i == 0) {
      row.verdict = Verdict::best;
      continue;
    }
    row.difference_sd = value_difference_sd(job, best, row.outcome);
    for (std::size_t k = 0; k < i && !row.repeats; ++k)
      row.repeats = same_plan(comparison.rows[k].outcome.plan, row.outcome.plan);
    if (same_plan(best.plan, row.outcome.plan))
      row.verdict = Verdict::same_plan;
    else if (too_close_to_call(row.outcome.value - best.value, row.difference_sd))
      row.verdict = Verdict::too_close;
  }
  return comparison;
}

std::string conclusion(const Job& job, const Comparison& comparison) {
  if (comparison.rows.empty()) return "No plan can run this network on this SoC.";
  std::string text = winner_sentence(job, comparison), close, same;
  for (const Ranked& row : comparison.rows) {
    std::string* list = row.verdict == Verdict::too_close   ? &close
                        : row.verdict == Verdict::same_plan ? &same
                                                            : nullptr;
    if (list) *list += (list->empty() ? "" : ", ") + row.outcome.name;
  }
  if (!same.empty()) text += fmt::format(" The same plan came from: {}.", same);
  if (!close.empty()) text += fmt::format(" Too close to call with it: {}.", close);
  const Outcome& best = comparison.rows.front().outcome;
  const auto [what, seconds] = largest_overhead(best.breakdown);
  text += fmt::format(" Computing takes {} of it", time_of(best.breakdown.compute_s));
  text +=
      seconds > 0 ? fmt::format("; the largest overhead is {}, {}.", what, time_of(seconds)) : ".";
  return text;
}

}  // namespace partita
