// Plans that are given, or of one unit alone.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/base/error.h"
#include "sim/plan/plan_file.h"
#include "tools/partita/prepare.h"

namespace partita {

Plan plan_from_letters(const Prepared& prepared, std::string_view letters) {
  std::vector<OpId> placed;
  for (const OpId id : prepared.graph.order())
    if (is_placed(prepared.graph.op(id))) placed.push_back(id);
  if (letters.size() != placed.size())
    throw InputError(fmt::format("--mapping: {} letters for the {} operators of {}", letters.size(),
                                 placed.size(), prepared.graph.name()));
  std::vector<std::string> known;
  for (const Unit& unit : prepared.soc.units)
    if (unit.letter != 0) known.push_back(fmt::format("{} ({})", unit.letter, unit.name));
  std::vector<Mode> modes(prepared.graph.size());
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto found =
        std::find_if(prepared.modes.rbegin(), prepared.modes.rend(), [&](const Mode& mode) {
          const char letter = prepared.soc.unit(mode.unit).letter;
          return letter != 0 && letter == letters[i];
        });
    if (found == prepared.modes.rend())
      throw_unknown(fmt::format("--mapping: letter {}", i + 1), "unit letter", letters.substr(i, 1),
                    known);
    modes[index(placed[i])] = *found;
  }
  Plan plan = plan_from_modes(prepared.soc, prepared.graph, modes);
  if (const auto problems = check_plan(*prepared.model, prepared.graph, plan); !problems.empty())
    throw UnsupportedError(fmt::format("--mapping: {}", problems.front()));
  return plan;
}

Plan plan_from_file(const Prepared& prepared, const std::string& file) {
  Plan plan = load_plan(file, prepared.soc, prepared.graph);
  if (const auto problems = check_plan(*prepared.model, prepared.graph, plan); !problems.empty())
    throw UnsupportedError(fmt::format("{}: {}", file, problems.front()));
  return plan;
}

namespace {

/// Input and result stay with the phone's first CPU unit.
void keep_anchors(const Prepared& prepared, std::vector<Mode>& modes) {
  const auto cpu = std::find_if(
      prepared.modes.begin(), prepared.modes.end(),
      [&](const Mode& mode) { return prepared.soc.unit(mode.unit).kind == UnitKind::cpu; });
  if (cpu == prepared.modes.end()) return;  // Then the plan is refused as not executable.
  for (std::size_t op = 0; op < modes.size(); ++op)
    if (prepared.remote->anchored.is_anchor[op]) modes[op] = *cpu;
}

}  // namespace

std::vector<std::pair<Mode, Plan>> single_unit_plans(const Prepared& prepared, UnitId unit) {
  std::vector<std::pair<Mode, Plan>> plans;
  for (const Mode& mode : prepared.modes) {
    if (mode.unit != unit) continue;
    std::vector<Mode> modes(prepared.graph.size(), mode);
    if (prepared.remote && prepared.remote->joined.is_remote(unit)) keep_anchors(prepared, modes);
    plans.emplace_back(mode, plan_from_modes(prepared.soc, prepared.graph, modes));
  }
  return plans;
}

std::optional<NamedPlan> on_one_unit(const Prepared& prepared, UnitId unit) {
  std::optional<NamedPlan> best;
  double least = std::numeric_limits<double>::infinity();
  for (auto& [mode, plan] : single_unit_plans(prepared, unit)) {
    if (!check_plan(*prepared.model, prepared.graph, plan).empty()) continue;
    const double value = plan_value(*prepared.model, prepared.graph, plan, prepared.objective);
    if (value >= least) continue;
    least = value;
    best = NamedPlan{"all on " + prepared.soc.unit(unit).name, std::move(plan)};
  }
  return best;
}

std::optional<NamedPlan> best_single_unit(const Prepared& prepared) {
  std::optional<NamedPlan> best;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t u = 0; u < prepared.soc.units.size(); ++u) {
    auto plan = on_one_unit(prepared, make_id<UnitId>(u));
    if (!plan) continue;
    const double value =
        plan_value(*prepared.model, prepared.graph, plan->plan, prepared.objective);
    if (value >= least) continue;
    least = value;
    best = std::move(plan);
  }
  return best;
}

}  // namespace partita
