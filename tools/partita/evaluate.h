// A plan through lower, estimate and simulate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/engine/engine.h"
#include "tools/partita/prepare.h"

namespace partita {

/// Every overhead but these, comma-separated; empty: all of them. Throws InputError.
LowerOptions overheads_without(const std::string& off);

/// Plans of a job put to the test, with what they have in common: the bound, and the results of
/// plans that several algorithms find.
class Evaluator {
 public:
  /// `bounds` under the job's own costs.
  Evaluator(const Prepared& prepared, const ProblemBounds& bounds,
            const LowerOptions& overheads = {});
  /// Fills everything but single_unit.
  Outcome operator()(std::string name, std::string status, Plan plan);

 private:
  Outcome evaluate(Plan plan);
  double bound_for(const Plan& plan);
  const Prepared& prepared_;
  LowerOptions overheads_;
  double bound_, unsplit_bound_;         ///< At the units' default precisions.
  std::optional<double> any_precision_;  ///< Once a plan leaves them.
  std::vector<Outcome> known_;           ///< Of different plans.
};

/// What the plans of a front are like, one request of each alone.
std::vector<FrontPoint> evaluate_front(const Prepared& prepared,
                                       const std::vector<ParetoPoint>& front,
                                       LowerOptions overheads = {});

}  // namespace partita
