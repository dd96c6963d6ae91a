// A plan that has run.
#pragma once

#include <memory>
#include <vector>

#include "sim/engine/engine.h"
#include "tools/python/planner.h"

namespace partita::python {

struct PyResult {
  std::shared_ptr<Planner> planner;
  Schedule schedule;
  Simulation run;  ///< Of an estimate: its timeline alone.
};

}  // namespace partita::python
