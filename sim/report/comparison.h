// Many plans for one job, ranked; what a reader should conclude.
#pragma once

#include <string>
#include <vector>

#include "sim/report/outcome.h"

namespace partita {

enum class Verdict : std::uint8_t {
  best,
  same_plan,  ///< The same decisions as the best one.
  too_close,  ///< The difference is within the error of the costs.
  worse,
};
std::string_view to_string(Verdict verdict);

struct Ranked {
  Outcome outcome;
  double gain = 0;    ///< Best single unit's value over this one's.
  double regret = 0;  ///< Value over the best of all rows, minus one.
  double difference_sd =
      0;  ///< Standard deviation of the difference to the best, in the value's unit.
  Verdict verdict = Verdict::worse;
  bool repeats = false;  ///< A row before it is the same plan.
};

/// A choice that was asked for and cannot answer.
struct NotApplicable {
  std::string name, why;
};

struct Comparison {
  std::vector<Ranked> rows;  ///< Best first; equal values keep the order given.
  std::vector<NotApplicable> left_out;
};

/// Sorts and judges. The error of a latency difference is carried to the other objectives in
/// proportion: as it is for energy and throughput, twice for energy x delay.
Comparison rank(const Job& job, std::vector<Outcome> outcomes, std::vector<NotApplicable> left_out);

/// A sentence or two: winner, by how much, what is undecided, what ate the time.
std::string conclusion(const Job& job, const Comparison& comparison);

/// A comparison among several: of the same question put to other SoCs and networks.
struct SocResult {
  std::string soc, network, runtime;
  Objective objective = Objective::latency;
  std::vector<CompressionEffect> compression;
  const Comparison* comparison = nullptr;
};
SocResult soc_result(const Job& job, const Comparison* comparison);
/// How one algorithm fared over the cells of several comparisons.
struct PlannerScore {
  std::string name;  ///< Partitioner, or "best single unit".
  int cells = 0, not_applicable = 0;
  int best = 0;           ///< Its plan was the best of the cell, or the same as it.
  int best_or_close = 0;  ///< Or too close to call with it.
  int slower_than_single = 0;
  double mean_regret = 0, worst_regret = 0, mean_gap = 0;
};
/// By mean regret, the least first; those with no cell last.
std::vector<PlannerScore> planner_scores(const std::vector<const Comparison*>& cells);
std::vector<PlannerScore> planner_scores(const std::vector<SocResult>& results);
std::string planner_table(const std::vector<PlannerScore>& scores, const Style& style);
/// A line a cell, then a line an algorithm.
std::string matrix_text(const std::vector<SocResult>& results, const Style& style);
/// A line a SoC, fastest (by the objective) first: its best plan and its best single unit.
std::string socs_text(const std::vector<SocResult>& results, const Style& style);

std::string comparison_text(const Job& job, const Comparison& comparison, const Style& style);
std::string comparison_json(const Job& job, const Comparison& comparison);
std::string comparison_csv(const Job& job, const Comparison& comparison);

}  // namespace partita
