// Plans that cut operators over units, worked by hand: halos, homes, precisions, memory.
#include <catch2/catch.hpp>

#include "sim/engine/engine.h"
#include "tests/schedules/plain_costs.h"

using namespace partita;
using namespace partita::test;

namespace {

/// Two 3x3 convolutions of one channel, 8 x 8, rows 0..4 on big, 4..8 on little. A row of 8 takes
/// 8 us. The second one's rows 0..4 read rows 0..5 of the first, its rows 4..8 rows 3..8.
struct TwoConvs {
  Soc soc = synthetic::make_soc({.units = 2});
  Graph graph = SmallNet().conv("a", "in", 3, 1).conv("b", "a", 3, 1).build();
  PlainCosts model{soc};
  OpId in = op_named(graph, "in"), a = op_named(graph, "a"), b = op_named(graph, "b");
  Plan plan = on_big(soc, graph);
  TwoConvs() {
    model.us = {{"a", 64}, {"b", 64}};
    for (OpId op : {a, b})
      plan.shares[index(op)] = {share_on(soc, kBig, {Axis::height, 0, 4}),
                                share_on(soc, kLittle, {Axis::height, 4, 8})};
  }
  void add_halo() {
    plan.shares[index(a)][0].halo = {0, 1};
    plan.shares[index(a)][1].halo = {1, 0};
  }
};

}  // namespace

TEST_CASE("without a halo neighbouring rows cross between the units, by hand") {
  TwoConvs net;
  const Schedule schedule = lower(net.model, net.graph, net.plan);
  // The input (rows 3..8 for little's rows 4..8 of a: 5 x 8 floats), row 4 to big, row 3 to little.
  CHECK(count(schedule, TaskKind::compute) == 4);
  CHECK(count(schedule, TaskKind::sync) == 3);
  CHECK(count(schedule, TaskKind::copy) == 3);
  CHECK(schedule.tasks[find_task(schedule, TaskKind::copy, net.in)].bytes == 160);
  CHECK(schedule.tasks[find_task(schedule, TaskKind::copy, net.a, 0)].bytes == 32);
  CHECK(schedule.tasks[find_task(schedule, TaskKind::copy, net.a, 1)].bytes == 32);
  CHECK(total_us(schedule, TaskKind::compute) == Approx(4 * 32));
  CHECK(chains(net.graph, net.plan).empty());
}

TEST_CASE("a halo makes a chain: nothing crosses between the convolutions, by hand") {
  TwoConvs net;
  net.add_halo();
  const Schedule schedule = lower(net.model, net.graph, net.plan);
  // Rows 0..5 and 3..8 of a: 40 us each; little's reads rows 2..8 of the input: 6 x 8 floats.
  REQUIRE(schedule.tasks.size() == 6);
  CHECK(schedule.tasks[find_task(schedule, TaskKind::copy, net.in)].bytes == 192);
  const Timeline t = estimate(schedule);
  const auto finish = [&](OpId op, int n) {
    return us_of(t.finish_ps[find_task(schedule, TaskKind::compute, op, n)]);
  };
  // big: sync to 5, a to 45, b to 77. little: copy to 5.192, a to 45.192, b to 77.192.
  CHECK(finish(net.a, 0) == Approx(45));
  CHECK(finish(net.b, 0) == Approx(77));
  CHECK(finish(net.a, 1) == Approx(45.192));
  CHECK(finish(net.b, 1) == Approx(77.192));
  // Each b waits for its own unit's a alone.
  for (int n : {0, 1}) {
    const Task& task = schedule.tasks[find_task(schedule, TaskKind::compute, net.b, n)];
    REQUIRE(task.dependencies == 1);
    CHECK(schedule.dependencies_of(task)[0] ==
          make_id<TaskId>(find_task(schedule, TaskKind::compute, net.a, n)));
  }
  const auto found = chains(net.graph, net.plan);
  REQUIRE(found.size() == 1);
  CHECK(found[0].ops == std::vector<OpId>{net.a, net.b});
  CHECK(found[0].axis == Axis::height);
  CHECK(simulate(schedule, {.contention = false}).timeline.finish_ps == t.finish_ps);

  LowerOptions free;
  free.overheads.set(Overhead::halo, false);
  const Schedule less = lower(net.model, net.graph, net.plan, free);
  CHECK(less.tasks.size() == 6);
  CHECK(total_us(less, TaskKind::compute) == Approx(4 * 32));  // 144 less two rows of 8 us.
  CHECK(total_us(schedule, TaskKind::compute) == Approx(144));
}

TEST_CASE("half a halo: only the rows that are missing cross") {
  TwoConvs net;
  net.plan.shares[index(net.a)][0].halo = {0, 1};
  const Schedule schedule = lower(net.model, net.graph, net.plan);
  CHECK(count(schedule, TaskKind::copy) == 2);  // The input; row 3 to little.
  const Task& copy = schedule.tasks[find_task(schedule, TaskKind::copy, net.a)];
  CHECK(copy.bytes == 32);
  CHECK(copy.unit == 1);
}

TEST_CASE("a home gathers the pieces, and every reader reads there, by hand") {
  // 1x1 convolutions of 4 channels, 64 pixels: channel 0 of a on big, 1..4 on little, home big.
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet().conv("a", "in", 1, 4).relu("b", "a").relu("c", "a").build();
  PlainCosts model(soc);
  model.us = {{"a", 40}, {"b", 4}, {"c", 4}};
  const OpId a = op_named(graph, "a"), b = op_named(graph, "b"), c = op_named(graph, "c");
  Plan plan = on_big(soc, graph);
  plan.shares[index(a)] = {share_on(soc, kBig, {Axis::channel, 0, 1}),
                           share_on(soc, kLittle, {Axis::channel, 1, 4})};
  plan.shares[index(c)] = {share_on(soc, kLittle)};
  plan.home.resize(graph.size());
  plan.home[index(a)] = kBig;
  const Schedule schedule = lower(model, graph, plan);
  const Timeline t = estimate(schedule);
  // Three channels of 64 floats to big; all four back to little, which made three of them.
  const std::size_t gathered = find_task(schedule, TaskKind::copy, a, 0),
                    back = find_task(schedule, TaskKind::copy, a, 1);
  CHECK(schedule.tasks[gathered].bytes == 768);
  CHECK(schedule.tasks[gathered].unit == 0);
  CHECK(schedule.tasks[back].bytes == 1024);
  CHECK(schedule.tasks[back].unit == 1);
  // Input: sync on big to 5, copy of 64 floats on little to 5.256. a: big to 15, little to 35.256,
  // its sync to 40.256, the copy on big to 41.024; then big's sync for c to 46.024, b on big to
  // 50.024, the copy on little to 47.048, c to 51.048.
  CHECK(us_of(t.finish_ps[gathered]) == Approx(41.024));
  CHECK(us_of(t.finish_ps[find_task(schedule, TaskKind::compute, b)]) == Approx(50.024));
  CHECK(us_of(t.finish_ps[back]) == Approx(47.048));
  CHECK(us_of(t.makespan_ps) == Approx(51.048));
  CHECK(chains(graph, plan).empty());

  // Without the home c fetches big's channel alone and b little's three.
  plan.home.clear();
  const Schedule apart = lower(model, graph, plan);
  CHECK(apart.tasks[find_task(apart, TaskKind::copy, a, 0)].bytes +
            apart.tasks[find_task(apart, TaskKind::copy, a, 1)].bytes ==
        1024);
}

TEST_CASE("an operator wholly elsewhere goes home too") {
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet().relu("a", "in").relu("b", "a").build();
  PlainCosts model(soc);
  model.us = {{"a", 10}, {"b", 10}};
  const OpId b = op_named(graph, "b");
  Plan plan = on_big(soc, graph);
  plan.shares[index(b)] = {share_on(soc, kLittle)};
  plan.home.resize(graph.size());
  plan.home[index(b)] = kBig;  // The network's output: nobody reads it, and it goes all the same.
  const Schedule schedule = lower(model, graph, plan);
  const std::size_t copy = find_task(schedule, TaskKind::copy, b);
  CHECK(schedule.tasks[copy].bytes == 256);
  CHECK(estimate(schedule).makespan_ps == estimate(schedule).finish_ps[copy]);
}

TEST_CASE("precisions that differ on one unit cost a cast, by hand") {
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet(4).relu("a", "in").relu("b", "a").build();
  PlainCosts model(soc);
  model.us = {{"a", 10}, {"b", 10}};
  const OpId a = op_named(graph, "a"), b = op_named(graph, "b");
  Plan plan = on_big(soc, graph);
  plan.shares[index(b)][0].precision = Precision::fp16;
  const Schedule schedule = lower(model, graph, plan);
  // 256 elements, read as 4 bytes and written as 2, at 10 GB/s.
  const Task& cast = schedule.tasks[find_task(schedule, TaskKind::cast, a)];
  CHECK(cast.bytes == 1536);
  CHECK(us_of(cast.duration_ps) == Approx(0.1536).epsilon(1e-5));
  CHECK(us_of(estimate(schedule).makespan_ps) == Approx(20.1536).epsilon(1e-6));
  LowerOptions off;
  off.overheads.set(Overhead::cast, false);
  CHECK(lower(model, graph, plan, off).tasks.size() == 2);

  // Across units a link without a cast step leaves it to the unit that reads.
  plan.shares[index(b)][0].mode = top_mode(soc, kLittle);
  const Schedule across = lower(model, graph, plan);
  const Task& there = across.tasks[find_task(across, TaskKind::cast, a)];
  CHECK(there.unit == 1);
  CHECK(there.bytes == 1536);
}

TEST_CASE("memory of a split, by hand: slices of height duplicate the weights") {
  const Soc soc = synthetic::make_soc({.units = 2});
  const Graph graph = SmallNet().conv("a", "in", 3, 4).relu("b", "a").build();
  const OpId a = op_named(graph, "a");
  Plan plan = on_big(soc, graph);
  // 9 x 4 weights and 4 biases of 4 bytes. Input 64 floats, a and b 256 each: a and b live at once.
  MemoryUse use = memory_use(soc, graph, plan);
  CHECK(use.weights_bytes == std::vector<double>{160, 0});
  CHECK(use.duplicated_bytes == 0);
  CHECK(use.activations_bytes == 2048);
  CHECK(use.total_bytes() == 2208);

  plan.shares[index(a)] = {share_on(soc, kBig, {Axis::height, 0, 4}),
                           share_on(soc, kLittle, {Axis::height, 4, 8})};
  use = memory_use(soc, graph, plan);
  CHECK(use.weights_bytes == std::vector<double>{160, 160});
  CHECK(use.duplicated_bytes == 160);
  // While b runs: both halves of a (2 x 512), little's half received by big (512), b (1024).
  CHECK(use.activations_bytes == 2560);

  plan.shares[index(a)] = {share_on(soc, kBig, {Axis::channel, 0, 1}),
                           share_on(soc, kLittle, {Axis::channel, 1, 4})};
  use = memory_use(soc, graph, plan);
  CHECK(use.weights_bytes == std::vector<double>{40, 120});
  CHECK(use.duplicated_bytes == 0);
  // Half precision: half the bytes of its weights.
  plan.shares[index(a)][1].precision = Precision::fp16;
  CHECK(memory_use(soc, graph, plan).weights_bytes == std::vector<double>{40, 60});
}

TEST_CASE("illegal halos and homes are refused with the reason") {
  TwoConvs net;
  const auto reason = [&](auto change) {
    Plan bad = net.plan;
    change(bad);
    const auto violations = check_plan(net.model, net.graph, bad);
    REQUIRE_FALSE(violations.empty());
    CHECK_THROWS_AS(lower(net.model, net.graph, bad), InputError);
    return violations.front();
  };
  auto& a = net.a;
  CHECK(reason([&](Plan& p) {
          p.shares[index(a)][0].halo = {1, 0};
        }) == "a: a halo beyond the output's 8 rows");
  CHECK(reason([&](Plan& p) {
          p.shares[index(a)][1].halo = {0, 1};
        }) == "a: a halo beyond the output's 8 rows");
  CHECK(reason([&](Plan& p) {
          p.shares[index(a)][1].halo = {-1, 0};
        }) == "a: a halo of less than no rows");
  CHECK(reason([&](Plan& p) {
          p.shares[index(a)] = {share_on(net.soc, kBig, {}, {0, 1})};
        }) == "a: a halo without a slice of height");
  CHECK(reason([&](Plan& p) { p.home.resize(1); }) == "home: not one entry per operator");
  CHECK(reason([&](Plan& p) {
          p.home.resize(net.graph.size());
          p.home[index(a)] = UnitId{5};
        }) == "a: no unit 5 for a home");
  CHECK(reason([&](Plan& p) {
          p.home.resize(net.graph.size());
          p.home[index(net.in)] = kBig;
        }) == "in: input has no home");
}
