// A plan with operators moved by hand, evaluated and told as JSON. Internal to lab*.cpp.
#pragma once

#include <string>
#include <vector>

#include "sim/base/yaml.h"
#include "tools/partita/decide.h"

namespace partita {

/// An operator taken from where the partitioner put it.
struct LabMove {
  std::string op;
  std::vector<std::string> units;  ///< One, or two that share it.
  std::string cut;                 ///< Axis; empty: whole.
  double part = 1;                 ///< Of the output along the axis, on the first unit.
  Yaml where;                      ///< For errors.
};

/// Throws InputError and UnsupportedError.
std::string lab_answer(const Prepared& prepared, Beliefs& beliefs, const std::string& partitioner,
                       const PartitionResult& result, const std::vector<LabMove>& moves);

}  // namespace partita
