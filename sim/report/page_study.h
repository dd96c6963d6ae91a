// Pictures of a study's rows, with what the answers say.
#pragma once

#include "sim/report/page.h"
#include "sim/report/study.h"

namespace partita {

/// How far every planner's plans were from the best of their cell, by condition.
PageSection regret_section(const StudyExperiment& experiment);
/// Plans kept and re-planned on a phone that changes: requests late or lost.
PageSection alive_section(const StudyExperiment& experiment);
/// A section an experiment, then one an answer with its tables.
Page study_page(const Study& study);

}  // namespace partita
