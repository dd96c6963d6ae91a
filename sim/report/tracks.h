// Where the tasks of a run are drawn: a track per unit and per transfer channel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/report/outcome.h"

namespace partita {

/// A step of handing a tensor over, or the waking that goes with it.
bool is_transfer(TaskKind kind);

/// Which track every task is on, and the tracks' names in the order they are shown: the SoC's
/// units, then channels. Hand-overs of one channel that run at once get a second track.
struct Tracks {
  std::vector<int> of_task;
  std::vector<std::string> names;
};
Tracks lay_out_tracks(const Soc& soc, const Schedule& schedule, const Timeline& timeline);

/// By task: of a hand-over, the first operator that reads what it moves (its own where nothing
/// does); of others, their own.
std::vector<OpId> readers(const Schedule& schedule);

/// What the model says of the operator (its share) that a task computes; nothing: none such.
std::optional<Cost> cost_of_task(const Job& job, const Plan& plan, const Task& task);

}  // namespace partita
