// Experiments over many cells (SoC x network x ... x condition), and what they answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/report/comparison.h"
#include "sim/report/study_live.h"

namespace partita {

/// How a row's plan came about.
enum class Made : std::uint8_t {
  given,    ///< All on one unit.
  planned,  ///< By a partitioner that knew the condition.
  kept,     ///< By a partitioner under the experiment's first condition; the clocks are now others.
};
std::string_view to_string(Made made);

struct StudyRow {
  std::string plan;         ///< Partitioner, or "all on gpu".
  std::string asked = {};   ///< Belief as the experiment asks: "own" is the partitioner's.
  std::string belief = {};  ///< What it planned by; empty: a given plan.
  Made made = Made::given;
  Verdict verdict = Verdict::worse;
  double value = 0, latency_s = 0, energy_j = 0, memory_bytes = 0;
  double believed_value = 0;
  double uncontended_s = 0;  ///< The latency were the bus wide enough for all at once.
  int units = 0;             ///< How many the plan uses.
  double regret = 0;         ///< To the best row of the cell.
  double gap = 0;            ///< To the cell's lower bound.
  double gain = 0;  ///< Best single unit's value over this one's; 0: no unit runs it alone.
  /// Operators on the CPU that none of the accelerators of the plan can run.
  int fallbacks = 0;
  /// Edges between operators that run on different units.
  int crossings = 0;
};

/// One question put to every plan.
struct StudyCell {
  std::string soc, model, runtime, objective, condition;
  std::int64_t batch = 1;      ///< Requests that the network answers at once.
  std::vector<StudyRow> rows;  ///< Best first.
  Comparison comparison;       ///< The same rows, without their plans.
};

struct StudyExperiment {
  std::string name, title;
  std::vector<std::string> findings;
  std::vector<std::string> conditions;  ///< The first is what the others are compared with.
  std::vector<StudyCell> cells;
  std::vector<LiveCell> alive;  ///< Of an experiment on living phones, instead.
};

struct Study {
  bool quick = false;
  std::vector<StudyExperiment> experiments;
};

struct StudyTable {
  std::string title;
  std::vector<std::string> columns;  ///< The first one names the row.
  std::vector<std::vector<std::string>> rows;
};

/// What the rows say about one finding; every figure is computed from them.
struct StudyAnswer {
  std::string finding, question, answer;
  std::vector<std::pair<std::string, double>> figures;
  std::vector<StudyTable> tables;
};

/// What this is and is not.
std::string study_note();
std::vector<std::string> study_findings();
/// Those for which a cell speaks, in their order.
std::vector<StudyAnswer> study_answers(const Study& study);

// One answer each; nothing to say: an empty answer.
StudyAnswer answer_one_strategy(const Study& study);
StudyAnswer answer_fallbacks(const Study& study);
StudyAnswer answer_cross_level(const Study& study);
StudyAnswer answer_profiles(const Study& study);
StudyAnswer answer_one_processor(const Study& study);
StudyAnswer answer_changes(const Study& study);
StudyAnswer answer_changes_alive(const Study& study);
StudyAnswer answer_batches(const Study& study);
StudyAnswer answer_deciders(const Study& study);

std::string study_text(const Study& study, const Style& style);
std::string study_markdown(const Study& study);
std::string study_json(const Study& study);
std::string study_csv(const Study& study);

/// Means over cells.
class Mean {
 public:
  void add(double value) {
    sum_ += value;
    worst_ = count_ == 0 || value > worst_ ? value : worst_;
    ++count_;
  }
  int count() const { return count_; }
  double mean() const { return count_ > 0 ? sum_ / count_ : 0; }
  double worst() const { return worst_; }

 private:
  double sum_ = 0, worst_ = 0;
  int count_ = 0;
};

/// Experiments that speak to a finding.
std::vector<const StudyExperiment*> experiments_on(const Study& study, std::string_view finding);
/// The row of this planner, belief and making; null: none.
const StudyRow* find_row(const StudyCell& cell, std::string_view plan, std::string_view asked,
                         Made made);
/// The first, that is the best, given plan; null: no unit runs the network alone.
const StudyRow* best_single_row(const StudyCell& cell);
/// The cell of the same SoC, network, runtime and objective under another condition; null: none.
const StudyCell* sibling(const StudyExperiment& experiment, const StudyCell& cell,
                         std::string_view condition);

}  // namespace partita
