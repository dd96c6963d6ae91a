#include "sim/report/study_live.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "sim/report/study.h"

namespace partita {
namespace {

constexpr std::array<std::string_view, 4> kMade{"kept", "replanned", "foreseen", "scheduled"};

}  // namespace

std::string_view to_string(LiveMade made) {
  return kMade[static_cast<std::size_t>(made)];
}

std::vector<std::string> ways_to_hold() {
  return {kMade.begin(), kMade.begin() + 3};
}

std::string LiveRow::name() const {
  switch (made) {
    case LiveMade::kept:
      return "plans of " + decider;
    case LiveMade::replanned:
      return decider + ", re-planned";
    case LiveMade::foreseen:
      return decider + ", foreseen";
    case LiveMade::scheduled:
      break;
  }
  return decider;
}

double LiveRow::late_share() const {
  std::size_t arrived = 0, late = 0;
  for (const LiveStreamRow& s : streams) arrived += s.arrived, late += s.late;
  return arrived > 0 ? static_cast<double>(late) / static_cast<double>(arrived) : 0;
}

std::size_t LiveRow::lost() const {
  std::size_t lost = 0;
  for (const LiveStreamRow& s : streams) lost += s.arrived - s.done;
  return lost;
}

double LiveRow::slowdown() const {
  Mean logs;
  for (const LiveStreamRow& s : streams)
    if (s.done > 0) logs.add(std::log(s.slowdown));
  return std::exp(logs.mean());
}

double ratio_over(const LiveRow& row, const LiveRow& than, double LiveStreamRow::*figure) {
  Mean logs;
  for (std::size_t s = 0; s < row.streams.size(); ++s)
    if (row.streams[s].done > 0 && than.streams[s].done > 0)
      logs.add(std::log(row.streams[s].*figure / than.streams[s].*figure));
  return logs.count() > 0 ? std::exp(logs.mean()) : 0;
}

const LiveRow* find_row(const LiveCell& cell, std::string_view decider, LiveMade made) {
  for (const LiveRow& row : cell.rows)
    if (row.made == made && row.decider == decider) return &row;
  return nullptr;
}

const LiveCell& calm_sibling(const StudyExperiment& experiment, const LiveCell& cell) {
  for (const LiveCell& other : experiment.alive)
    if (other.conditions == experiment.conditions.front() && other.soc == cell.soc &&
        other.workload == cell.workload && other.runtime == cell.runtime)
      return other;
  throw std::logic_error("study: a cell without its sibling under the first conditions");
}

std::vector<std::string> deciders_of(const StudyExperiment& experiment, LiveMade made) {
  std::vector<std::string> names;
  for (const LiveCell& cell : experiment.alive)
    for (const LiveRow& row : cell.rows)
      if (row.made == made && std::find(names.begin(), names.end(), row.decider) == names.end())
        names.push_back(row.decider);
  return names;
}

}  // namespace partita
