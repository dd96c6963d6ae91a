// Are wrong requests refused by name, and do two runs agree?
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

struct Bench {
  Soc soc = make_soc({3, 2});
  RandomCosts costs{soc, 3, {}};
  Graph graph = make_graph({{-1}, {0}, {0}, {1, 2}, {3}, {3, 4}}, {0, 1, 2, 3, 4, 5});
  PartitionProblem problem(Objective objective) const {
    return {costs, graph, objective, every_mode(soc), 0, {}, {}};
  }
};

bool equal(const Plan& a, const Plan& b) {
  if (a.order != b.order || a.shares.size() != b.shares.size()) return false;
  for (std::size_t op = 0; op < a.shares.size(); ++op) {
    if (a.shares[op].size() != b.shares[op].size()) return false;
    for (std::size_t s = 0; s < a.shares[op].size(); ++s)
      if (a.shares[op][s].mode != b.shares[op][s].mode) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("two runs give the same plan") {
  const Bench bench;
  for (const PartitionerInfo& info : partitioners())
    for (Objective objective : info.objectives) {
      CAPTURE(info.name, to_string(objective));
      PartitionProblem problem = bench.problem(objective);
      for (const OptionInfo& option : info.options) {
        if (option.name == "max_plans" || option.name == "max_nodes")
          problem.options[option.name] = 500;
        if (option.name == "max_evaluations") problem.options[option.name] = 50;
        if (option.name == "generations") problem.options[option.name] = 3;
      }
      if (info.name == "hax-conn") continue;  // two networks: below
      PartitionResult one;
      try {
        one = partition(info.name, problem);
      } catch (const UnsupportedError& error) {
        // A build without a solver of integer programs; no network of its kind.
        const std::string why = error.what();
        const bool may = why.find("built without CBC") != std::string::npos ||
                         info.name == "hetero-llm" || info.name == "llm-batch";
        CHECK(may);
        continue;
      }
      const PartitionResult two = partition(info.name, problem);
      CHECK(equal(one.plan, two.plan));
      CHECK(one.value == two.value);
      CHECK(one.lower_bound == two.lower_bound);
    }
}

TEST_CASE("unknown names and options are refused with the choices") {
  const Bench bench;
  PartitionProblem problem = bench.problem(Objective::latency);
  CHECK_THROWS_AS(partition("chaindp", problem), InputError);
  CHECK_THROWS_WITH(partition("chaindp", problem),
                    Contains("chaindp") && Contains("chain-dp") && Contains("exhaustive"));
  problem.options = {{"max_plan", 10}};
  CHECK_THROWS_AS(partition("exhaustive", problem), InputError);
  CHECK_THROWS_WITH(partition("exhaustive", problem),
                    Contains("max_plan") && Contains("max_plans"));
  CHECK_THROWS_WITH(partition("greedy", problem), Contains("it has no options"));
  for (double wrong : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    problem.options = {{"max_plans", wrong}};
    CHECK_THROWS_AS(partition("exhaustive", problem), InputError);
  }
}

TEST_CASE("objectives an algorithm does not optimise are refused with those it does") {
  const Bench bench;
  for (const PartitionerInfo& info : partitioners())
    for (int o = 0; o < 4; ++o) {
      const auto objective = static_cast<Objective>(o);
      if (std::find(info.objectives.begin(), info.objectives.end(), objective) !=
          info.objectives.end())
        continue;
      CHECK_THROWS_AS(partition(info.name, bench.problem(objective)), UnsupportedError);
      CHECK_THROWS_WITH(partition(info.name, bench.problem(objective)),
                        Contains(std::string(to_string(info.objectives[0]))));
    }
}

TEST_CASE("modes that do not exist are refused") {
  const Bench bench;
  PartitionProblem problem = bench.problem(Objective::latency);
  for (const std::vector<Mode>& modes :
       {std::vector<Mode>{}, std::vector<Mode>{{UnitId{9}, 0, -1}},
        std::vector<Mode>{{UnitId{0}, 2, -1}}, std::vector<Mode>{{UnitId{2}, 0, -1}},
        std::vector<Mode>{{UnitId{0}, 0, 0}}}) {
    problem.modes = modes;
    CHECK_THROWS_AS(partition("single", problem), InputError);
  }
}

TEST_CASE("an exhaustive search that is stopped says so and keeps its best plan") {
  const Bench bench;
  PartitionProblem problem = bench.problem(Objective::latency);
  const double best = partition("exhaustive", problem).value;
  problem.options = {{"max_plans", 5}};
  const PartitionResult cut = partition("exhaustive", problem);
  CHECK(cut.status == PartitionStatus::stopped);
  CHECK(cut.value >= best);
  CHECK(check_plan(bench.costs, bench.graph, cut.plan).empty());

  const Graph long_graph = make_chain(14);
  PartitionProblem asked{bench.costs, long_graph, Objective::energy, every_mode(bench.soc), 0,
                         {},          {}};
  double last = 0;
  asked.progress = [&](double done) {
    CHECK(done >= last);
    CHECK(done <= 1);
    last = done;
    return false;
  };
  CHECK(partition("exhaustive", asked).status == PartitionStatus::stopped);
}

TEST_CASE("single falls back where no unit runs everything") {
  // Unit 0 runs everything in RandomCosts; without it, some operator is missing on each other unit.
  const Soc soc = make_soc({4, 1});
  CostOptions options;
  options.unsupported = 0.4;
  int fallbacks = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const RandomCosts costs(soc, seed, options);
    const Graph graph = make_chain(6);
    const std::vector<Mode> modes{top_mode(soc, UnitId{1}), top_mode(soc, UnitId{2}),
                                  top_mode(soc, UnitId{3})};
    const PartitionProblem problem{costs, graph, Objective::latency, modes, 0, {}, {}};
    try {
      const PartitionResult result = partition("single", problem);
      const std::string mapping = mapping_string(soc, graph, result.plan);
      const bool pure = mapping.find_first_not_of(mapping[0]) == std::string::npos;
      CHECK((result.status == PartitionStatus::optimal) == pure);
      fallbacks += !pure;
    } catch (const UnsupportedError& error) {
      CHECK_THAT(error.what(), Contains("op"));  // names the operator that nothing runs
    }
  }
  CHECK(fallbacks > 5);
}
