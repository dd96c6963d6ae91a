// Barriers, operators that share a unit, and what happens once: worked by hand.
#include <catch2/catch.hpp>

#include "partitioners/search.h"
#include "sim/engine/engine.h"
#include "tests/schedules/plain_costs.h"

using namespace partita;
using namespace partita::test;

namespace {

/// p and q read the input, r reads p; s reads the input.
struct Branches {
  Soc soc = synthetic::make_soc({.units = 2});
  Graph graph = SmallNet().relu("p", "in").relu("q", "in").relu("r", "p").relu("s", "in").build();
  PlainCosts model{soc};
  OpId p = op_named(graph, "p"), q = op_named(graph, "q"), r = op_named(graph, "r"),
       s = op_named(graph, "s");
  Plan plan = on_big(soc, graph);
  Branches() {
    model.us = {{"p", 10}, {"q", 6}, {"r", 4}, {"s", 3}};
    plan.order = {p, q, r, s};
    plan.stage.assign(graph.size(), 0);
    plan.stage[index(s)] = 1;
    plan.shares[index(s)] = {share_on(soc, kLittle)};
  }
};

}  // namespace

TEST_CASE("operators of a stage fill a unit to its width, by hand") {
  Branches net;
  // The chain p, r takes 14 us; 10 x 0.5 + 6 x 0.5 + 4 x 0.25 = 9 us of the whole unit: 14 us.
  net.model.occupancy = {{"p", 0.5}, {"q", 0.5}, {"r", 0.25}};
  const Schedule schedule = lower(net.model, net.graph, net.plan);
  CHECK(count(schedule, TaskKind::compute) == 2);
  const Task& all = schedule.tasks[find_task(schedule, TaskKind::compute, net.p)];
  CHECK(us_of(all.duration_ps) == Approx(14));
  CHECK(all.bytes == 300);
  CHECK(all.power_w * 14 == Approx(20));  // 20 us at 1 W.
  // Wider operators: 10 x 0.9 + 6 x 1 + 4 x 0.5 = 17 us.
  net.model.occupancy = {{"p", 0.9}, {"r", 0.5}};
  CHECK(us_of(lower(net.model, net.graph, net.plan)
                  .tasks[find_task(schedule, TaskKind::compute, net.p)]
                  .duration_ps) == Approx(17));
  // At full width one after the other, a task each.
  net.model.occupancy = {};
  const Schedule full = lower(net.model, net.graph, net.plan);
  CHECK(count(full, TaskKind::compute) == 4);
  // 5 us for little's copy of the input on the way: big syncs first, then 20 us of computing.
  CHECK(us_of(estimate(full).finish_ps[find_task(full, TaskKind::compute, net.r)]) == Approx(25));
}

TEST_CASE("a stage begins when the one before has ended, by hand") {
  Branches net;
  net.model.occupancy = {{"p", 0.5}, {"q", 0.5}, {"r", 0.25}};
  const Schedule schedule = lower(net.model, net.graph, net.plan);
  const Timeline t = estimate(schedule);
  // big: the input's sync for s to 5, p q r to 19. s's copy (64 floats) starts
  // then: 19.256, 22.256.
  CHECK(us_of(t.finish_ps[find_task(schedule, TaskKind::compute, net.p)]) == Approx(19));
  CHECK(us_of(t.finish_ps[find_task(schedule, TaskKind::compute, net.s)]) == Approx(22.256));
  net.plan.stage.clear();
  const Schedule free = lower(net.model, net.graph, net.plan);
  CHECK(us_of(estimate(free).finish_ps[find_task(free, TaskKind::compute, net.s)]) ==
        Approx(8.256));
  CHECK(simulate(schedule, {.contention = false}).timeline.finish_ps == t.finish_ps);
}

TEST_CASE("illegal stages are refused with the reason") {
  Branches net;
  net.plan.stage[index(net.r)] = 2;
  CHECK(check_plan(net.model, net.graph, net.plan) ==
        std::vector<std::string>{"stage: r is in 2, s after it in 1"});
  net.plan.stage.resize(2);
  CHECK(check_plan(net.model, net.graph, net.plan) ==
        std::vector<std::string>{"stage: not one entry per operator"});
}

TEST_CASE("an operator cut off from its kernel pays for its own, in plans and in search") {
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet().conv("a", "in", 1, 1).relu("b", "a").relu("c", "b").build();
  PlainCosts model(soc);
  model.us = {{"a", 10}};
  model.fused = {{"b", "a"}, {"c", "b"}};
  const OpId b = op_named(graph, "b"), c = op_named(graph, "c");
  Plan plan = on_big(soc, graph);
  CHECK(us_of(estimate(lower(model, graph, plan)).makespan_ps) == Approx(10));
  // b and c on little are one kernel of 7 us there: sync 5 us and 0.256 us of copying before it.
  for (OpId op : {b, c}) plan.shares[index(op)] = {share_on(soc, kLittle)};
  CHECK(us_of(estimate(lower(model, graph, plan)).makespan_ps) == Approx(22.256));
  LowerOptions off;
  off.overheads.set(Overhead::unfused, false);
  CHECK(us_of(estimate(lower(model, graph, plan, off)).makespan_ps) == Approx(15.256));
  // The edge carries it: 5 + 0.256 + 7 us, 7 us x 2 W and the memory's energy.
  const CostTable table(model, graph, {top_mode(soc, kBig), top_mode(soc, kLittle)});
  const auto price = table.transfer(op_named(graph, "a"), b, 0, 1);
  CHECK(price.latency_s == Approx(12.256e-6));
  CHECK(price.energy_j == Approx(14e-6 + 256 * soc.memory.energy_per_byte_j));
  SearchSpace space(table);
  const HandOver& step = space.hand_over(0, 0, 1);
  CHECK(step.latency_s == Approx(12.256e-6));
  CHECK(step.on_to_s == Approx(7.256e-6));
  CHECK(space.hand_over(0, 0, 0).latency_s == 0);
  // Rows cut elsewhere than the kernel's are another kernel too.
  plan.shares[index(b)] = plan.shares[index(c)] = {share_on(soc, kBig)};
  plan.shares[index(op_named(graph, "a"))] = {share_on(soc, kBig, {Axis::height, 0, 4}),
                                              share_on(soc, kLittle, {Axis::height, 4, 8})};
  const Schedule cut = lower(model, graph, plan);
  CHECK(us_of(cut.tasks[find_task(cut, TaskKind::compute, b)].duration_ps) == Approx(7));
  CHECK(us_of(cut.tasks[find_task(cut, TaskKind::compute, c)].duration_ps) == 0);
}

TEST_CASE("every switch takes away its own time and nothing else") {
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet()
                          .conv("a", "in", 3, 1)
                          .conv("b", "a", 3, 1)
                          .conv("c", "b", 1, 1)
                          .relu("d", "c")
                          .build();
  PlainCosts model(soc);
  model.us = {{"a", 64}, {"b", 64}, {"c", 10}};
  model.fused = {{"d", "c"}};
  model.input_us = 2;
  model.arrival_us = 3;
  model.spread_us = 0.5;
  model.dispatch_us = 0.25;
  model.compile_ns_per_byte = 10;
  Plan plan = on_big(soc, graph);
  const OpId a = op_named(graph, "a"), b = op_named(graph, "b");
  plan.shares[index(a)] = {share_on(soc, kBig, {Axis::height, 0, 4}, {0, 1}),
                           share_on(soc, kLittle, {Axis::height, 4, 8}, {1, 0})};
  plan.shares[index(b)] = {share_on(soc, kBig, {Axis::height, 0, 4}),
                           share_on(soc, kLittle, {Axis::height, 4, 8})};
  plan.shares[index(op_named(graph, "d"))] = {share_on(soc, kLittle)};
  LowerOptions options;
  options.first = true;
  options.planning_s = 1e-3;
  const auto with = [&](std::optional<Overhead> off) {
    LowerOptions o = options;
    if (off) o.overheads.set(*off, false);
    return lower(model, graph, plan, o);
  };
  const Schedule all = with({});
  // One arrival: d on little. Weights of a and b (3x3 and a bias, 10 floats each) on little.
  CHECK(total_us(all, TaskKind::arrival) == Approx(3));
  CHECK(total_us(all, TaskKind::compile) == Approx(0.8));
  CHECK(total_us(all, TaskKind::planning) == Approx(1000));
  CHECK(total_us(all, TaskKind::input) == Approx(2));
  const auto vanishes = [&](Overhead overhead, TaskKind kind) {
    INFO(to_string(overhead));
    const Schedule less = with(overhead);
    CHECK(count(all, kind) > 0);
    CHECK(count(less, kind) == 0);
    CHECK(less.tasks.size() + static_cast<std::size_t>(count(all, kind)) == all.tasks.size());
    for (std::size_t k = 0; k < kTaskKinds; ++k)
      if (static_cast<TaskKind>(k) != kind)
        CHECK(total_us(less, static_cast<TaskKind>(k)) ==
              Approx(total_us(all, static_cast<TaskKind>(k))));
  };
  vanishes(Overhead::sync, TaskKind::sync);
  vanishes(Overhead::copy, TaskKind::copy);
  vanishes(Overhead::arrival, TaskKind::arrival);
  vanishes(Overhead::input, TaskKind::input);
  vanishes(Overhead::compile, TaskKind::compile);
  vanishes(Overhead::planning, TaskKind::planning);
  const auto shorter = [&](Overhead overhead, double us) {
    INFO(to_string(overhead));
    const Schedule less = with(overhead);
    CHECK(less.tasks.size() == all.tasks.size());
    for (std::size_t k = 0; k < kTaskKinds; ++k) {
      const auto kind = static_cast<TaskKind>(k);
      CHECK(total_us(less, kind) ==
            Approx(total_us(all, kind) - (kind == TaskKind::compute ? us : 0)));
    }
  };
  shorter(Overhead::halo, 16);            // Two rows of 8 us.
  shorter(Overhead::spread, 6 * 0.5);     // Six pieces of operators.
  shorter(Overhead::dispatch, 5 * 0.25);  // d's own kernel says nothing of it.
  shorter(Overhead::unfused, 7);
}

TEST_CASE("graphs are built and plans made once, before anything else") {
  Branches net;
  net.model.compile_ns_per_byte = 0;
  LowerOptions options;
  options.first = true;
  options.planning_s = 1e-3;
  for (bool overlap : {false, true}) {
    options.overlap = overlap;
    options.requests = 1;
    net.plan.stage.clear();
    const auto alone = estimate(lower(net.model, net.graph, net.plan)).makespan_ps;
    const Schedule schedule = lower(net.model, net.graph, net.plan, options);
    CHECK(estimate(schedule).makespan_ps == alone + 1'000'000'000);
    const Breakdown parts = breakdown(schedule, estimate(schedule));
    CHECK(parts.startup_s == Approx(1e-3));
    options.requests = 3;
    const Schedule three = lower(net.model, net.graph, net.plan, options);
    CHECK(count(three, TaskKind::planning) == 1);
    const Timeline t = estimate(three);
    for (std::size_t i = 1; i < three.tasks.size(); ++i) CHECK(t.start_ps[i] >= 1'000'000'000);
    LowerOptions later = options;
    later.first = false;
    CHECK(t.makespan_ps ==
          estimate(lower(net.model, net.graph, net.plan, later)).makespan_ps + 1'000'000'000);
  }
}
