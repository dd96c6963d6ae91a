// Does a plan survive its file?
#include <catch2/catch.hpp>
#include <random>

#include "sim/plan/plan_file.h"
#include "tests/schedules/plain_costs.h"

using namespace partita;
using namespace partita::test;
using Catch::Matchers::Contains;

namespace {

struct Net {
  Soc soc = synthetic::make_soc({.units = 4, .opps = 3});
  Graph graph = SmallNet(4)
                    .conv("a", "in", 3, 6)
                    .conv("b: x", "a", 3, 8)  // A name that YAML would take apart.
                    .relu("c", "a")
                    .conv("d", "b: x", 1, 8)
                    .build();
  PlainCosts model{soc};
  Net() { model.us = {{"a", 40}, {"b: x", 50}, {"c", 4}, {"d", 20}}; }
  Plan read(const std::string& yaml) const { return parse_plan(yaml, "p.yaml", soc, graph); }
};

/// Any legal plan: cuts with halos, clocks, precisions, an order, homes, stages.
Plan random_plan(const Net& net, std::mt19937_64& random) {
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const auto mode = [&](int unit) {
    const Unit& u = net.soc.units[static_cast<std::size_t>(unit)];
    return Mode{make_id<UnitId>(unit), static_cast<std::int16_t>(below(3)),
                static_cast<std::int16_t>(u.host_domain ? below(3) : -1)};
  };
  Plan plan = on_big(net.soc, net.graph);
  for (const OpId op : net.graph.order()) {
    auto& shares = plan.shares[index(op)];
    if (shares.empty()) continue;
    shares[0].mode = mode(below(4));
    shares[0].precision = static_cast<Precision>(below(3));
    const auto axes = cut_axes(net.graph, op);
    if (axes.empty() || below(2) == 0) continue;
    const Axis axis = axes[static_cast<std::size_t>(below(static_cast<int>(axes.size())))];
    const std::int64_t extent = cut_extent(net.graph, op, axis);
    if (extent < 2) continue;
    const std::int64_t at = 1 + below(static_cast<int>(extent) - 1);
    const int unit = below(3);
    shares = {{mode(unit), {axis, 0, at}, Precision::fp32},
              {mode(unit + 1), {axis, at, extent}, Precision::fp16}};
    if (axis == Axis::height && below(2)) shares[1].halo = {below(static_cast<int>(at) + 1), 0};
  }
  if (below(2)) {
    plan.home.resize(net.graph.size());
    plan.home[index(op_named(net.graph, "a"))] = make_id<UnitId>(below(4));
  }
  if (below(2)) {  // c may come before or after b and d.
    for (const char* name : {"a", "c", "b: x", "d"})
      plan.order.push_back(op_named(net.graph, name));
    if (below(2)) std::swap(plan.order[1], plan.order[2]);
  } else if (below(2)) {
    plan.stage.assign(net.graph.size(), 0);
    int stage = 0;
    for (const OpId op : net.graph.order())
      if (is_placed(net.graph.op(op))) plan.stage[index(op)] = stage += below(2);
  }
  return plan;
}

bool same_tasks(const Schedule& a, const Schedule& b) {
  const auto same = [](const Task& x, const Task& y) {
    return x.duration_ps == y.duration_ps && x.bytes == y.bytes && x.power_w == y.power_w &&
           x.kind == y.kind && x.unit == y.unit && x.op == y.op && x.opp == y.opp &&
           x.host_opp == y.host_opp && x.tensor == y.tensor && x.dependencies == y.dependencies;
  };
  return a.dependencies == b.dependencies &&
         std::equal(a.tasks.begin(), a.tasks.end(), b.tasks.begin(), b.tasks.end(), same);
}

}  // namespace

TEST_CASE("a plan written and read back lowers to the same schedule, on random plans") {
  const Net net;
  std::mt19937_64 random(7);
  int cut = 0, staged = 0, ordered = 0;
  for (int i = 0; i < 500; ++i) {
    const Plan plan = random_plan(net, random);
    REQUIRE(check_plan(net.model, net.graph, plan).empty());
    const std::string text = write_plan(net.soc, net.graph, plan);
    CAPTURE(text);
    const Plan back = net.read(text);
    REQUIRE(check_plan(net.model, net.graph, back).empty());
    CHECK(same_tasks(lower(net.model, net.graph, plan), lower(net.model, net.graph, back)));
    CHECK(write_plan(net.soc, net.graph, back) == text);
    cut += text.find("cut:") != std::string::npos;
    staged += !back.stage.empty();
    ordered += !back.order.empty();
  }
  CHECK(cut > 100);
  CHECK(staged > 50);
  CHECK(ordered > 50);
}

TEST_CASE("by hand, an absent clock is the highest and an absent precision the default") {
  const Net net;
  const Plan plan = net.read(
      "{soc: synthetic, network: small, operators: [{op: a, unit: gpu}, {op: \"b: x\", unit: big},"
      "{op: c, unit: big, clock: 1 GHz}, {op: d, unit: little}]}");
  const auto& on_gpu = plan.shares[index(op_named(net.graph, "a"))];
  REQUIRE(on_gpu.size() == 1);
  CHECK(on_gpu[0].mode == top_mode(net.soc, UnitId{2}));
  CHECK(on_gpu[0].precision == Precision::fp16);
  CHECK(check_plan(net.model, net.graph, plan).empty());
}

TEST_CASE("wrong plans are refused where they are wrong") {
  const Net net;
  const std::string good =
      "soc: synthetic\nnetwork: small\noperators:\n"
      "  - {op: a, cut: channel, shares: [{unit: big, to: 2}, {unit: gpu, to: 6}]}\n"
      "  - {op: \"b: x\", unit: big, clock: 1 GHz, precision: fp32}\n"
      "  - {op: c, unit: big}\n"
      "  - {op: d, unit: little}\n";
  REQUIRE_NOTHROW(net.read(good));
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  struct Case {
    std::string text, place, problem;
  };
  for (const Case& c : {
           Case{with("soc: synthetic", "soc: other"), "p.yaml:1:6: soc", "not for \"synthetic\""},
           {with("network: small", "network: large"), "p.yaml:2:10: network", "not for \"small\""},
           {with("op: a,", "op: z,"), "p.yaml:4:10", "no operator \"z\""},
           {with("op: c,", "op: a,"), "p.yaml:6:10", "placed twice"},
           {with("  - {op: c, unit: big}\n", ""), "p.yaml:4:3: operators", "\"c\" of small"},
           {with("unit: little", "unit: huge"), "p.yaml:7:19", "known: big, little, gpu, npu"},
           {with("1 GHz", "1.1 GHz"), "p.yaml:5:36", "1000 MHz"},
           {with("fp32", "fp33"), "p.yaml:5:54", "known: fp32, fp16, int8"},
           {with("channel", "width"), "p.yaml:4:18", "known: "},
           {with("to: 6", "to: 5"), "p.yaml:4:35", "end at 5 of 6"},
           {with("to: 6", "to: 7"), "p.yaml:4:72", "7"},
           {with("to: 2", "to: 0"), "p.yaml:4:52", "0"},
           {with("unit: little", "unit: little, stage: 1"), "operators", "others have none"},
           {with("unit: little", "unit: little, colour: red"), "p.yaml:7", "colour"},
       }) {
    CAPTURE(c.text);
    CHECK_THROWS_AS(net.read(c.text), InputError);
    CHECK_THROWS_WITH(net.read(c.text), Contains(c.place) && Contains(c.problem));
  }
}
