// What the JSON of run, compare, the trace and the lab page have in common.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/report/outcome.h"

namespace partita {

nlohmann::ordered_json job_json(const Job& job);
/// Appends its members to `object`.
void add_outcome(nlohmann::ordered_json& object, const Job& job, const Outcome& outcome);
/// Null for an algorithm with one answer.
nlohmann::ordered_json front_json(const Outcome& outcome);
/// Where each placed operator runs: an array.
nlohmann::ordered_json assignment_json(const Job& job, const Plan& plan);

}  // namespace partita
