// Is what lower() makes legal and tight, and do the two models agree on it?
#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

#include "sim/engine/engine.h"
#include "sim/plan/evaluate.h"
#include "tests/cases/synthetic.h"

using namespace partita;

namespace {

Graph random_graph(std::mt19937_64& random, int operators, bool chain) {
  GraphBuilder builder("random");
  auto add = [&](const std::string& name, OpKind kind, std::vector<std::string> inputs) {
    GraphBuilder::Pending p;
    p.op.name = name;
    p.op.kind = kind;
    p.input_names = std::move(inputs);
    p.output_names = {name};
    if (kind == OpKind::input) p.output_shapes = {{1, 8, 24, 24}};
    if (kind == OpKind::conv) {
      p.out_channels = 8;
      p.op.window.kernel_h = p.op.window.kernel_w = 3;
      p.op.window.pad_top = p.op.window.pad_bottom = p.op.window.pad_left = p.op.window.pad_right =
          1;
    }
    if (kind == OpKind::elementwise) p.op.function = "add";
    builder.add(std::move(p));
  };
  add("op0", OpKind::input, {});
  for (int i = 1; i <= operators; ++i) {
    auto earlier = [&](int least) {
      return "op" + std::to_string(least + static_cast<int>(random() % (i - least)));
    };
    const bool joins = !chain && i > 2 && random() % 3 == 0;
    if (joins)
      add("op" + std::to_string(i), OpKind::elementwise, {earlier(1), earlier(1)});
    else
      add("op" + std::to_string(i), OpKind::conv,
          {chain ? "op" + std::to_string(i - 1) : earlier(0)});
  }
  return builder.build();
}

/// A random legal plan: any unit that supports the operator, any OPP, now and then slices.
Plan random_plan(std::mt19937_64& random, const CostModel& model, const Graph& graph, bool slices) {
  const Soc& soc = model.soc();
  const auto modes = synthetic::every_mode(soc);
  Plan plan;
  plan.shares.resize(graph.size());
  auto share = [&](OpId op, const Slice& slice) {
    for (;;) {
      const Mode mode = modes[random() % modes.size()];
      const Precision precision = soc.unit(mode.unit).default_precision;
      if (model.operator_cost(graph, op, slice, mode, precision))
        return Share{mode, slice, precision};
    }
  };
  for (OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    const auto axes = cut_axes(graph, op);
    if (!slices || axes.empty() || random() % 2) {
      plan.shares[index(op)] = {share(op, {})};
      continue;
    }
    const Axis axis = axes[random() % axes.size()];
    const std::int64_t extent = cut_extent(graph, op, axis);
    const std::int64_t cut =
        extent < 2 ? extent : 1 + static_cast<std::int64_t>(random() % (extent - 1));
    plan.shares[index(op)] = {share(op, {axis, 0, cut})};
    if (cut < extent) plan.shares[index(op)].push_back(share(op, {axis, cut, extent}));
  }
  return plan;
}

/// Halos on slices of height, homes, barriers and other precisions, at random.
void embellish(std::mt19937_64& random, const CostModel& model, const Graph& graph, Plan& plan) {
  for (OpId op : graph.order())
    for (Share& share : plan.shares[index(op)]) {
      if (random() % 4 == 0) share.precision = static_cast<Precision>(random() % kPrecisions);
      if (share.slice.axis != Axis::height || random() % 2) continue;
      const auto below = [&](std::int64_t rows) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rows + 1));
      };
      share.halo = {below(share.slice.begin),
                    below(cut_extent(graph, op, Axis::height) - share.slice.end)};
    }
  if (random() % 2) {
    plan.home.resize(graph.size());
    for (OpId op : graph.order())
      if (is_placed(graph.op(op)) && random() % 3 == 0)
        plan.home[index(op)] = make_id<UnitId>(random() % model.soc().units.size());
  }
  if (random() % 2) {
    plan.stage.assign(graph.size(), 0);
    int stage = 0;
    for (OpId op : graph.order()) {
      plan.stage[index(op)] = stage;
      if (random() % 3 == 0) ++stage;
    }
  }
}

/// No task of a stage starts before one of an earlier stage of its request has ended. Eager steps
/// belong to the operator that made the tensor, the others to whoever waits for them.
void check_barriers(const Schedule& schedule, const Timeline& timeline, const Plan& plan) {
  if (plan.stage.empty()) return;
  for (std::size_t i = 0; i < schedule.tasks.size(); ++i)
    for (std::size_t j = 0; j < schedule.tasks.size(); ++j) {
      const Task &a = schedule.tasks[i], &b = schedule.tasks[j];
      if (a.kind == TaskKind::compute && b.kind == TaskKind::compute && a.request == b.request &&
          plan.stage[index(a.op)] < plan.stage[index(b.op)])
        REQUIRE(timeline.finish_ps[i] <= timeline.start_ps[j]);
    }
}

}  // namespace

TEST_CASE("random plans at fixed clocks: legal, and both models agree to the picosecond") {
  std::mt19937_64 random(42);
  for (int i = 0; i < 2'000; ++i) {
    synthetic::SocOptions machine;
    machine.units = 1 + static_cast<int>(random() % 4);
    machine.shared = random() % 2;
    const Soc soc = synthetic::make_soc(machine);
    const synthetic::RandomCosts model(
        soc, random(),
        {.arrival_s = 1e-4, .spread_s = 1e-4, .detours = true, .fused = 0.3, .narrow = 0.5});
    const Graph graph =
        random_graph(random, 1 + static_cast<int>(random() % 12), random() % 3 == 0);
    Plan plan = random_plan(random, model, graph, true);
    if (random() % 2) embellish(random, model, graph, plan);
    REQUIRE(check_plan(model, graph, plan).empty());
    LowerOptions options;
    options.requests = 1 + static_cast<int>(random() % 4);
    options.overlap = random() % 2;
    options.first = random() % 2;
    options.planning_s = 1e-4;
    const Schedule schedule = lower(model, graph, plan, options);
    const Timeline estimated = estimate(schedule);
    const Timeline simulated = simulate(schedule, {.contention = false}).timeline;
    REQUIRE(check_timeline(soc, schedule, estimated).empty());
    check_barriers(schedule, estimated, plan);
    REQUIRE(simulated.start_ps == estimated.start_ps);
    REQUIRE(simulated.finish_ps == estimated.finish_ps);
    REQUIRE(simulated.energy_j == Approx(estimated.energy_j).epsilon(1e-12));
    const Breakdown parts = breakdown(schedule, estimated);
    const double sum = parts.compute_s + parts.input_s + parts.transfer_s + parts.sync_s +
                       parts.startup_s + parts.dvfs_s + parts.contention_s + parts.waiting_s;
    double mean = 0;
    for (std::int64_t finish : estimated.request_finish_ps)
      mean += to_seconds(finish) / options.requests;
    REQUIRE(sum == Approx(mean).epsilon(1e-9));
  }
}

TEST_CASE("random plans with an OPP per operator: legal, and both models agree") {
  std::mt19937_64 random(43);
  for (int i = 0; i < 2'000; ++i) {
    synthetic::SocOptions machine;
    machine.units = 1 + static_cast<int>(random() % 4);
    machine.opps = 3;
    const Soc soc = synthetic::make_soc(machine);
    const synthetic::RandomCosts model(soc, random(),
                                       {.dvfs_s = 2e-3,
                                        .arrival_s = 1e-4,
                                        .spread_s = 1e-4,
                                        .parks = random() % 2 == 0,
                                        .fused = 0.3,
                                        .narrow = 0.5});
    const Graph graph =
        random_graph(random, 1 + static_cast<int>(random() % 10), random() % 2 == 0);
    Plan plan = random_plan(random, model, graph, random() % 2);
    if (random() % 2) embellish(random, model, graph, plan);
    LowerOptions options;
    options.requests = 1 + static_cast<int>(random() % 3);
    options.overlap = random() % 2;
    const Schedule schedule = lower(model, graph, plan, options);
    const Timeline estimated = estimate(schedule);
    REQUIRE(check_timeline(soc, schedule, estimated).empty());
    const Timeline simulated = simulate(schedule, {.contention = false}).timeline;
    REQUIRE(simulated.finish_ps == estimated.finish_ps);
    REQUIRE(simulated.energy_j == Approx(estimated.energy_j).epsilon(1e-9));
  }
}

TEST_CASE("requests one by one take as long as one alone, times their number") {
  std::mt19937_64 random(44);
  for (int i = 0; i < 100; ++i) {
    const Soc soc = synthetic::make_soc({});
    const synthetic::RandomCosts model(soc, random(), {});
    const Graph graph = random_graph(random, 6, false);
    const Plan plan = random_plan(random, model, graph, false);
    const auto alone = estimate(lower(model, graph, plan)).makespan_ps;
    LowerOptions options;
    options.requests = 5;
    options.overlap = false;
    CHECK(estimate(lower(model, graph, plan, options)).makespan_ps == 5 * alone);
    options.overlap = true;
    CHECK(estimate(lower(model, graph, plan, options)).makespan_ps <= 5 * alone);
  }
}

TEST_CASE("a switch turns its overhead off and nothing else") {
  std::mt19937_64 random(45);
  for (int i = 0; i < 200; ++i) {
    const Soc soc = synthetic::make_soc({});
    const synthetic::RandomCosts model(soc, random(), {.unsupported = 0, .arrival_s = 1e-4});
    const Graph graph = random_graph(random, 8, true);
    const Plan plan = random_plan(random, model, graph, false);
    const Schedule all = lower(model, graph, plan);
    for (std::size_t k = 0; k < kLinkTermKinds; ++k) {
      LowerOptions options;
      options.overheads.set(overhead_of(static_cast<LinkTermKind>(k)), false);
      const Schedule less = lower(model, graph, plan, options);
      const std::string off(to_string(static_cast<LinkTermKind>(k)));
      std::int64_t expected = 0, left = 0;
      for (const Task& task : all.tasks)
        if (to_string(task.kind) != off) expected += task.duration_ps;
      for (const Task& task : less.tasks) {
        CHECK(to_string(task.kind) != off);
        left += task.duration_ps;
      }
      CHECK(left == expected);
    }
  }
}

TEST_CASE("illegal plans are refused with the reason") {
  const Soc soc = synthetic::make_soc({});
  const synthetic::RandomCosts model(soc, 1, {.unsupported = 0});
  std::mt19937_64 random(46);
  const Graph graph = random_graph(random, 3, true);
  const Plan good = random_plan(random, model, graph, false);
  auto reason = [&](auto change) {
    Plan bad = good;
    change(bad);
    const auto violations = check_plan(model, graph, bad);
    REQUIRE_FALSE(violations.empty());
    CHECK_THROWS_AS(lower(model, graph, bad), InputError);
    return violations.front();
  };
  CHECK(reason([](Plan& p) { p.shares[2].clear(); }) == "op2: on no unit");
  CHECK(reason([](Plan& p) { p.shares[2][0].mode.opp = 7; }).find("has no OPP 7") !=
        std::string::npos);
  CHECK(reason([](Plan& p) { p.shares[2][0].mode.unit = make_id<UnitId>(9); }) == "op2: no unit 9");
  CHECK(reason([](Plan& p) {
          p.shares[2][0].slice = {Axis::height, 0, 10};
        }) == "op2: slices end at 10 of 24");
  CHECK(reason([](Plan& p) {
          p.shares[2][0].slice = {Axis::height, 4, 24};
        }) == "op2: slices do not tile the output");
  CHECK(reason([](Plan& p) { p.shares.pop_back(); }) == "shares: not one entry per operator");
  CHECK(reason([](Plan& p) {
          p.order = {OpId{1}, OpId{3}, OpId{2}};
        }) == "order: op3 comes before op2, which it reads");
  CHECK(reason([](Plan& p) { p.order = {OpId{1}, OpId{2}}; }) == "order: lacks op3");
}
