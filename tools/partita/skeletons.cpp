// Not for clang-format: it would reformat the files that are written.
// clang-format off
#include "tools/partita/skeletons.h"

namespace partita {

const std::string_view kPartitionerSkeleton = R"cpp(// @NAME@: say in a line what it decides, and by what.
#include "partitioners/search.h"
#ifdef PARTITA_PLUGIN_BUILD
#include "partitioners/plugin.h"
#endif

namespace partita {
namespace {

/// Goes along the network and puts every operator where it and the hand-overs of its inputs cost
/// least; replace it by your idea.
PartitionResult run(const PartitionProblem& problem, const CostTable& costs) {
  SearchSpace space(costs);
  const double weight = problem.options.find("hand_over_weight")->second;
  std::vector<std::size_t> mode_of(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) {
    double best = kInfinity;
    for (std::size_t m = 0; m < space.modes(); ++m) {
      if (!space.supported(p, m)) continue;
      double latency_s = space.latency_s(p, m), energy_j = space.energy_j(p, m);
      for (std::size_t e = space.first_input(p); e < space.first_input(p + 1); ++e) {
        const HandOver& over = space.hand_over(e, mode_of[space.edges()[e].from], m);
        latency_s += weight * over.latency_s;
        energy_j += weight * over.energy_j;
      }
      const double value = combine(problem.objective, latency_s, energy_j);
      if (value < best) best = value, mode_of[p] = m;
    }
    if (best == kInfinity)
      throw UnsupportedError("@NAME@: no unit that can run \"" +
                             costs.graph().op(space.op(p)).name + "\" is linked to its inputs");
  }
  PartitionResult result;
  result.plan = space.plan(mode_of);
  return result;
}

}  // namespace

PartitionerInfo make_@ID@() {
  PartitionerInfo info;
  info.name = "@NAME@";
  info.summary = "each operator where it and the hand-overs of its inputs cost least";
  info.objectives = {Objective::latency, Objective::energy, Objective::edp};
  info.options = {{"hand_over_weight", "1", "what a hand-over counts", 0, 10, 1}};
  info.run = run;
  return info;
}

}  // namespace partita

#ifdef PARTITA_PLUGIN_BUILD
PARTITA_PLUGIN(partita::make_@ID@)
#endif
)cpp";

const std::string_view kPartitionerTestSkeleton = R"cpp(// Is what @NAME@ decides legal, and not better than possible?
#include "partitioners/partitioner.h"
#include "sim/cost/profile.h"

#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

namespace partita {
PartitionerInfo make_@ID@();
}

using namespace partita;

TEST_CASE("@NAME@ gives legal plans above the bound") {
  const Soc soc = load_soc(PARTITA_DATA "/socs/rk3588.yaml");
  const Graph graph = load_graph(PARTITA_DATA "/models/squeezenet.yaml");
  const auto model = make_roofline_model(soc);
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    modes.push_back(top_mode(soc, make_id<UnitId>(u)));
  for (const Objective objective : make_@ID@().objectives) {
    const PartitionProblem problem{*model, graph, objective, modes, 0, {}, {}};
    const PartitionResult result = partition(make_@ID@(), problem);
    CHECK(check_plan(*model, graph, result.plan).empty());
    CHECK(result.value >= result.lower_bound * (1 - 1e-12));
  }
}
)cpp";

const std::string_view kPluginCmakeSkeleton = R"cmake(# @NAME@ as a plug-in of Partita, and its test.
cmake_minimum_required(VERSION 3.25)
project(@ID@ LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(PARTITA "@HOME@" CACHE PATH "Where the command that loads the plug-in is installed or built")
find_package(partita REQUIRED COMPONENTS partitioners HINTS ${PARTITA})

# Undefined functions are the command's.
add_library(@ID@ MODULE @ID@.cpp)
target_link_libraries(@ID@ PRIVATE partita::headers)
target_compile_definitions(@ID@ PRIVATE PARTITA_PLUGIN_BUILD)

enable_testing()
find_package(Catch2 2 REQUIRED)
add_executable(@ID@_test @ID@_test.cpp @ID@.cpp)
target_compile_definitions(@ID@_test PRIVATE PARTITA_DATA="${partita_DATA}")
target_link_libraries(@ID@_test PRIVATE Catch2::Catch2 partita::partitioners)
add_test(NAME @ID@ COMMAND @ID@_test)
)cmake";

}  // namespace partita
