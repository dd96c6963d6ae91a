// Does every network, SoC, runtime and partitioner run, and is what it gives legal and not better
// than possible?
#include <algorithm>
#include <catch2/catch.hpp>

#include "models/zoo.h"
#include "partitioners/belief.h"
#include "partitioners/partitioner.h"
#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/cost/profile.h"
#include "sim/cost/remote.h"
#include "sim/engine/engine.h"

using namespace partita;

namespace {

std::vector<Mode> top_modes(const Soc& soc) {
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (soc.units[u].kind != UnitKind::network) modes.push_back(top_mode(soc, make_id<UnitId>(u)));
  return modes;
}

/// What a network or SoC must have for these: two networks, a GPU, an NPU, a batch, ...
bool may_refuse(std::string_view name) {
  constexpr std::string_view kMay[] = {"hax-conn",   "codl",      "codl-literal", "mulayer",
                                       "hetero-llm", "llm-batch", "pipe-it",      "pipe-all",
                                       "milp",       "hope",      "mosaic",       "nn-stretch"};
  return std::find(std::begin(kMay), std::end(kMay), name) != std::end(kMay);
}

void check_partitioner(const CostTable& table, const Bounds& bounds, const PartitionerInfo& info,
                       Objective objective) {
  const CostModel& model = table.model();
  const Graph& graph = table.graph();
  INFO(model.soc().name << " " << graph.name() << " " << info.name << " " << to_string(objective));
  PartitionProblem problem{model, graph, objective, {table.modes().begin(), table.modes().end()},
                           0,     {},    {}};
  // Searches over large networks would take minutes.
  for (const OptionInfo& option : info.options) {
    if (option.name == "max_plans") problem.options[option.name] = 500;
    if (option.name == "max_evaluations") problem.options[option.name] = 20;
    if (option.name == "population") problem.options[option.name] = 10;
    if (option.name == "generations") problem.options[option.name] = 1;
    if (option.name == "max_nodes") problem.options[option.name] = 20;
    if (option.name == "max_rounds") problem.options[option.name] = 1;
  }
  PartitionResult result;
  try {
    result = partition(info.name, problem);
  } catch (const UnsupportedError&) {
    REQUIRE(may_refuse(info.name));
    return;
  }
  REQUIRE(check_plan(model, graph, result.plan).empty());
  CHECK(result.value >= bounds.value(objective) * (1 - 1e-12));
  if (objective != Objective::latency) return;
  const Schedule schedule = lower(model, graph, result.plan);
  const Simulation simulation = simulate(schedule);
  CHECK(check_timeline(model.soc(), schedule, simulation.timeline).empty());
  CHECK(to_seconds(simulation.timeline.makespan_ps) >= bounds.latency_s(true) * (1 - 1e-12));
}

}  // namespace

TEST_CASE("every network and every SoC with every partitioner and objective") {
  const Catalog catalog(PARTITA_ROOT);
  // All pairs would take minutes: every SoC meets a thirteenth of the networks, in turns.
  constexpr std::size_t kTurns = 13;
  std::size_t turn = 0;
  for (const std::string& soc_name : catalog.socs()) {
    const Soc soc = load_soc(catalog.soc(soc_name));
    const auto model = make_roofline_model(soc);
    const std::vector<Mode> modes = top_modes(soc);
    std::size_t at = ++turn;
    for (const std::string& network : catalog.models()) {
      if (++at % kTurns != 0) continue;
      const Graph graph = load_graph(catalog.model(network));
      const CostTable table(*model, graph, modes);
      const Bounds bounds = lower_bounds(table);
      for (const PartitionerInfo& info : partitioners())
        for (const Objective objective : info.objectives)
          // Many requests of a large network, or a search over one, would take minutes.
          if (graph.size() <= 60 ||
              (objective == Objective::latency && info.effort == Effort::heuristic))
            check_partitioner(table, bounds, info, objective);
    }
  }
}

TEST_CASE("a phone with a remote device over every link, with every partitioner and objective") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc phone = load_soc(catalog.soc("snapdragon-660"));
  const Graph network = load_graph(catalog.model("mobilenet"));
  const AnchoredGraph anchored = anchor(network);
  REQUIRE(catalog.links().size() >= 5);
  std::size_t turn = 0;
  for (const std::string& name : catalog.links()) {
    const Soc remote = load_soc(catalog.soc(turn % 3 == 0   ? "edge-desktop"
                                            : turn % 3 == 1 ? "edge-server"
                                                            : "rk3588"));
    ++turn;
    const Joined joined = join(phone, remote, load_link(catalog.link(name)));
    const auto model = make_remote_model(joined, anchored, network, make_roofline_model(phone),
                                         make_roofline_model(remote));
    const CostTable table(*model, anchored.graph, top_modes(joined.soc));
    const Bounds bounds = lower_bounds(table);
    for (const PartitionerInfo& info : partitioners())
      for (const Objective objective : info.objectives)
        // Searches take their time with so many units; one link shows that they run.
        if (turn == 1 || info.effort == Effort::heuristic)
          if (objective == Objective::latency || turn <= 3)
            check_partitioner(table, bounds, info, objective);
    // By their own beliefs, which profile operators in networks of their own.
    for (const PartitionerInfo& info : partitioners()) {
      if (turn > 1 || info.effort != Effort::heuristic || may_refuse(info.name)) continue;
      const Objective objective = info.objectives.front();
      INFO(info.name << " by " << info.belief);
      const auto belief = make_belief(info.belief, *model, anchored.graph);
      const Plan plan =
          partition(info.name, {*belief, anchored.graph, objective, top_modes(joined.soc)}).plan;
      CHECK(check_plan(*model, anchored.graph, plan).empty());
      CHECK(plan_value(*model, anchored.graph, plan, objective) >=
            bounds.value(objective) * (1 - 1e-12));
    }
  }
}

TEST_CASE("every network of the zoo runs") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc soc = load_soc(catalog.soc("snapdragon-855"));
  const auto model = make_roofline_model(soc);
  const std::vector<Mode> modes = top_modes(soc);
  for (const ZooNetwork& network : zoo()) {
    const Graph graph = network.make();
    const CostTable table(*model, graph, modes);
    check_partitioner(table, lower_bounds(table), partitioner("single"), Objective::latency);
  }
}
