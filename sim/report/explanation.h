// Which overhead turned a gain into a loss: a plan taken apart term by term, beside a baseline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/plan/overheads.h"
#include "sim/report/outcome.h"

namespace partita {

/// One overhead of a plan, in the unit of the objective.
struct OverheadCost {
  Overhead overhead{};
  double alone = 0;      ///< What the plan gains if only this one is switched off.
  double waterfall = 0;  ///< What it adds when switched on after all before it in the list.
};

struct ExplainedPlan {
  std::string name, mapping;
  double ideal = 0;  ///< Every overhead off.
  double value = 0;  ///< Every overhead on: ideal plus all waterfall steps.
  std::vector<OverheadCost>
      overheads;  ///< In Overhead's order; those that cannot apply are absent.
};

/// What the plan would gain on a device of which one thing is 10 % better: speeds and bandwidths
/// times 1.1, powers and prices by 1.1.
struct ResourceGain {
  std::string key;  ///< As `--change` names it.
  double gain = 0;  ///< Part of the value.
};

/// A cost that the partitioner got wrong.
struct Misjudged {
  std::string op, unit;
  double believed_s = 0, true_s = 0;
};

struct Explanation {
  ExplainedPlan plan;
  std::optional<ExplainedPlan> baseline;
  std::vector<ResourceGain> resources;  ///< Of the plan, largest gain first.
  std::string belief;                   ///< Empty: a given plan, nobody believed anything.
  double believed_value = 0;            ///< Of the plan, under the belief.
  std::vector<Misjudged> misjudged;     ///< Largest |difference| first.
};

/// The fewest overheads, largest first, without which the plan would have beaten the baseline;
/// nothing: it beats it anyway, or does not even without all of them.
std::vector<OverheadCost> decisive(const Explanation& explanation);

std::string explanation_text(const Job& job, const Explanation& explanation, const Style& style);
std::string explanation_json(const Job& job, const Explanation& explanation);

}  // namespace partita
