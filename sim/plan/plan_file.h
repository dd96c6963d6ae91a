// Plans as YAML files: what a partitioner decided, to keep, to edit by hand and to run again.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "sim/plan/plan.h"

namespace partita {

/// One operator a line, in the order they enter the units' queues. Reading it back for the same SoC
/// and network gives a plan that lowers to the same schedule.
std::string write_plan(const Soc& soc, const Graph& graph, const Plan& plan);

/// Throws InputError with the position: another SoC's or network's plan, an operator unknown, named
/// twice or left out, a unit, clock or precision that is not there, shares that do not tile the
/// operator. An absent clock is the highest, an absent precision the unit's default. What else
/// makes a plan illegal (an unsupported operator, an order against the edges) check_plan() says.
Plan load_plan(const std::filesystem::path& path, const Soc& soc, const Graph& graph);
Plan parse_plan(std::string_view yaml, std::string name, const Soc& soc, const Graph& graph);

}  // namespace partita
