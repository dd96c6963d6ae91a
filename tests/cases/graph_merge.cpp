// Are several networks at once one graph, and does it cost what they cost?
#include <catch2/catch.hpp>

#include <map>

#include "partitioners/partitioner.h"
#include "sim/base/catalog.h"
#include "sim/base/error.h"
#include "sim/cost/profile.h"
#include "sim/graph/merge.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;

namespace {

Graph named_chain(const std::string& name, int length) {
  GraphBuilder builder(name);
  add_input(builder, "input");
  for (int i = 0; i < length; ++i)
    add_operator(builder, "op" + std::to_string(i),
                 {i == 0 ? "input" : "op" + std::to_string(i - 1)});
  return builder.build();
}

double alone_s(const CostModel& model, const Graph& graph, UnitId unit) {
  const std::vector<Mode> modes(graph.size(), top_mode(model.soc(), unit));
  return plan_value(model, graph, plan_from_modes(model.soc(), graph, modes), Objective::latency);
}

}  // namespace

TEST_CASE("merged networks are components of one graph, one after another") {
  const std::vector<Graph> graphs{named_chain("a", 2), named_chain("b", 3), named_chain("a", 1)};
  const Graph merged = merge_graphs(graphs);
  CHECK(merged.name() == "a+b+a");
  CHECK(merged.network() == "a+b+a");
  CHECK(merged.size() == 3 + 4 + 2);
  std::vector<std::vector<std::string>> names;
  for (const auto& network : components(merged)) {
    auto& list = names.emplace_back();
    for (OpId op : network) list.push_back(merged.op(op).name);
  }
  CHECK(names == std::vector<std::vector<std::string>>{{"a/input", "a/op0", "a/op1"},
                                                       {"b/input", "b/op0", "b/op1", "b/op2"},
                                                       {"a#2/input", "a#2/op0"}});
  const auto parts = networks_of(merged);
  REQUIRE(parts.size() == 3);
  CHECK(parts[1].network == "b");
  CHECK(parts[2].network == "a");
  CHECK(parts[2].prefix == "a#2/");
  // Written and read again it is the same graph, and still three networks.
  const Graph again = parse_graph_yaml(to_yaml(merged), merged.name());
  CHECK(again == merged);
  CHECK(networks_of(again).size() == 3);
  // Adding to a merged graph is merging all.
  CHECK(merge_graphs(std::vector{merge_graphs(std::vector{graphs[0], graphs[1]}), graphs[2]}) ==
        merged);
}

TEST_CASE("one network stays as it is, none is an error, a plus in a name is no merge") {
  const Graph graph = named_chain("a+b", 2);
  CHECK(merge_graphs(std::vector{graph}) == graph);
  CHECK_THROWS_AS(merge_graphs({}), InputError);
  REQUIRE(networks_of(graph).size() == 1);
  CHECK(networks_of(graph)[0].network == "a+b");
  CHECK(networks_of(graph)[0].prefix.empty());
  CHECK(components(graph).size() == 1);
}

TEST_CASE("on one unit networks at once take the sum, with every cost model") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc soc = load_soc(catalog.soc("rk3399pro"));
  const auto profile =
      load_profile(soc, std::filesystem::path(PARTITA_ROOT) / "traces/rk3399pro/armcl-lwga-fp32");
  const Graph a = coarsen(load_graph(catalog.model("alexnet-armcl")));
  const Graph b = coarsen(load_graph(catalog.model("mobilenet-armcl")));
  const Graph both = merge_graphs(std::vector{a, b});
  CHECK(coarsen(merge_graphs(std::vector{load_graph(catalog.model("alexnet-armcl")),
                                         load_graph(catalog.model("mobilenet-armcl"))})) == both);
  REQUIRE(profile_covers(*profile, both));
  CHECK(measured_rows(*profile, both) == measured_rows(*profile, a) + measured_rows(*profile, b));
  const auto measured = make_cost_model(soc, profile);
  const auto roofline = make_roofline_model(soc);
  for (const CostModel* model : {measured.get(), roofline.get()})
    for (const char* name : {"cpu-big", "cpu-little", "gpu"}) {
      const UnitId unit = soc.unit_by_name(name, "test");
      const double sum_s = alone_s(*model, a, unit) + alone_s(*model, b, unit);
      CHECK(alone_s(*model, both, unit) == Approx(sum_s).epsilon(1e-9));
      const Cost cost =
          *model->operator_cost(both, both.order()[1], {}, top_mode(soc, unit), Precision::fp32);
      CHECK(cost.source == (model == measured.get() ? CostSource::measured : CostSource::roofline));
    }
}

TEST_CASE("on two units networks at once take the longer one") {
  const Soc soc = make_soc({2, 1});
  const RandomCosts costs(soc, 5, {});
  const Graph a = named_chain("a", 4), b = named_chain("b", 6);
  const Graph both = merge_graphs(std::vector{a, b});
  std::vector<Mode> modes(both.size());
  for (OpId op : both.order())
    modes[index(op)] = top_mode(soc, UnitId{both.op(op).name.starts_with("b/") ? 1 : 0});
  // RandomCosts goes by names: the parts' own, under their prefixes.
  double longest_s = 0;
  for (const auto& network : components(both)) {
    double sum_s = 0;
    for (OpId op : network)
      if (is_placed(both.op(op))) {
        const auto cost = costs.operator_cost(both, op, {}, modes[index(op)], Precision::fp32);
        if (!cost) return;  // another seed then
        sum_s += cost->latency_s;
      }
    sum_s += costs.input_cost(both, network[1], modes[index(network[1])]).latency_s;
    longest_s = std::max(longest_s, sum_s);
  }
  CHECK(plan_value(costs, both, plan_from_modes(soc, both, modes), Objective::latency) ==
        Approx(longest_s).epsilon(1e-9));
}

TEST_CASE("networks beside each other on two units do not wake them at every turn") {
  const Soc soc = make_soc({2, 1});
  CostOptions options;
  options.unsupported = 0;
  options.arrival_s = 1e-4;
  const RandomCosts costs(soc, 8, options);
  const Graph both = merge_graphs(std::vector{named_chain("a", 3), named_chain("b", 3)});
  const auto networks = components(both);
  std::vector<Mode> modes(both.size(), top_mode(soc, UnitId{0}));
  for (OpId op : networks[1]) modes[index(op)] = top_mode(soc, UnitId{1});
  Plan plan = plan_from_modes(soc, both, modes);
  for (std::size_t i = 1; i <= 3; ++i) {  // 0 is the input
    plan.order.push_back(networks[0][i]);
    plan.order.push_back(networks[1][i]);
  }
  const auto arrivals = [&](const Plan& p) {
    const Schedule schedule = lower(costs, both, p);
    return std::count_if(schedule.tasks.begin(), schedule.tasks.end(),
                         [](const Task& task) { return task.kind == TaskKind::arrival; });
  };
  CHECK(arrivals(plan) == 0);
  // b goes over after its second operator: one of its own to unit 0, where a has not just run.
  plan.shares[index(networks[1][3])][0].mode = top_mode(soc, UnitId{0});
  plan.order = {networks[0][1], networks[0][2], networks[0][3],
                networks[1][1], networks[1][2], networks[1][3]};
  CHECK(arrivals(plan) == 1);
}
