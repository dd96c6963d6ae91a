// Does every network x SoC x partitioner run, and is what it gives legal and not better than
// possible?
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "sim/base/catalog.h"
#include "sim/cost/profile.h"
#include "sim/engine/engine.h"

using namespace partita;

TEST_CASE("every network on every SoC with every partitioner and objective") {
  const Catalog catalog(PARTITA_ROOT);
  for (const std::string& soc_name : catalog.socs()) {
    const Soc soc = load_soc(catalog.soc(soc_name));
    const auto model = make_roofline_model(soc);
    std::vector<Mode> modes;
    for (std::size_t u = 0; u < soc.units.size(); ++u)
      modes.push_back(top_mode(soc, make_id<UnitId>(u)));
    for (const std::string& network : catalog.models()) {
      const Graph graph = load_graph(catalog.model(network));
      const CostTable table(*model, graph, modes);
      const Bounds bounds = lower_bounds(table);
      for (const PartitionerInfo& info : partitioners()) {
        for (Objective objective : info.objectives) {
          // Many requests of a large network, or a search over one, would take minutes.
          if (objective != Objective::latency && graph.size() > 60) continue;
          INFO(soc_name << " " << network << " " << info.name << " " << to_string(objective));
          PartitionProblem problem{*model, graph, objective, modes, 0, {}, {}};
          if (info.name == "exhaustive") problem.options["max_plans"] = 500;
          const PartitionResult result = partition(info.name, problem);
          REQUIRE(check_plan(*model, graph, result.plan).empty());
          CHECK(result.value >= bounds.value(objective) * (1 - 1e-12));
          if (objective != Objective::latency) continue;
          const Schedule schedule = lower(*model, graph, result.plan);
          const Simulation simulation = simulate(schedule);
          CHECK(check_timeline(soc, schedule, simulation.timeline).empty());
          CHECK(to_seconds(simulation.timeline.makespan_ps) >=
                bounds.latency_s(true) * (1 - 1e-12));
        }
      }
    }
  }
}
