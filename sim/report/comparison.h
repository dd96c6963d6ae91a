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
  double gain = 0;  ///< Best single unit's value over this one's.
  double difference_sd =
      0;  ///< Standard deviation of the difference to the best, in the value's unit.
  Verdict verdict = Verdict::worse;
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

/// The same question put to several SoCs.
struct SocResult {
  Job job;
  const Comparison* comparison;
};
/// A line a SoC, fastest (by the objective) first: its best plan and its best single unit.
std::string socs_text(const std::vector<SocResult>& results, const Style& style);

std::string comparison_text(const Job& job, const Comparison& comparison, const Style& style);
std::string comparison_json(const Job& job, const Comparison& comparison);
std::string comparison_csv(const Job& job, const Comparison& comparison);

}  // namespace partita
