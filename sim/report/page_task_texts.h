// What is said of a task of a run. Internal to the pages of sim/report.
#pragma once

#include <string>
#include <vector>

#include "sim/report/page_run.h"

namespace partita {

/// "computing", "handing over", ...
const char* class_of(TaskKind kind);

class TaskTexts {
 public:
  explicit TaskTexts(const PlanStory& story);
  /// What the task waited for and what made it longer.
  std::string why(std::size_t i) const;
  /// How its time is known, and the 90 % interval of that; empty where it computes nothing.
  std::string cost(std::size_t i) const;
  std::string shape(std::size_t i) const;
  std::string name(std::size_t i) const;
  std::string runs_on(std::size_t i) const;

 private:
  const PlanStory& story_;
  std::vector<OpId> readers_;
};

}  // namespace partita
