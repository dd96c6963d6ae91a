// Finding one's way among the rows of a study.
#include "sim/report/study.h"

#include <algorithm>

namespace partita {

std::string_view to_string(Made made) {
  switch (made) {
    case Made::given:
      return "given";
    case Made::planned:
      return "planned";
    case Made::kept:
      return "kept";
  }
  return "";
}

std::vector<std::string> study_findings() {
  return {"F1", "F2", "F3", "F4", "F5", "F6", "LLM", "LIVE"};
}

std::string study_note() {
  return "These experiments re-enact findings of \"Deep Learning Inference on Heterogeneous Mobile "
         "Processors: Potentials and Pitfalls\" (arXiv 2405.01851) on simulated devices. The "
         "paper's tables were not available: its findings F1 to F6 are known from its abstract and "
         "from public summaries only. The networks, devices and conditions are our own choice, and "
         "nothing below is one of the paper's tables or figures.";
}

std::vector<const StudyExperiment*> experiments_on(const Study& study, std::string_view finding) {
  std::vector<const StudyExperiment*> on;
  for (const StudyExperiment& e : study.experiments)
    if (std::find(e.findings.begin(), e.findings.end(), finding) != e.findings.end())
      on.push_back(&e);
  return on;
}

const StudyRow* find_row(const StudyCell& cell, std::string_view plan, std::string_view asked,
                         Made made) {
  for (const StudyRow& row : cell.rows)
    if (row.plan == plan && row.asked == asked && row.made == made) return &row;
  return nullptr;
}

const StudyRow* best_single_row(const StudyCell& cell) {
  for (const StudyRow& row : cell.rows)
    if (row.made == Made::given) return &row;
  return nullptr;
}

const StudyCell* sibling(const StudyExperiment& experiment, const StudyCell& cell,
                         std::string_view condition) {
  for (const StudyCell& other : experiment.cells)
    if (other.condition == condition && other.soc == cell.soc && other.model == cell.model &&
        other.runtime == cell.runtime && other.objective == cell.objective)
      return &other;
  return nullptr;
}

std::vector<StudyAnswer> study_answers(const Study& study) {
  std::vector<StudyAnswer> answers;
  for (const auto ask : {answer_one_strategy, answer_fallbacks, answer_cross_level, answer_profiles,
                         answer_one_processor, answer_changes, answer_changes_alive, answer_batches,
                         answer_deciders})
    if (StudyAnswer answer = ask(study); !answer.answer.empty())
      answers.push_back(std::move(answer));
  return answers;
}

}  // namespace partita
