// Load, caps, clocks, caches and faults against worked equations, and those who decide under them.
#include <catch2/catch.hpp>

#include <cmath>
#include <map>

#include "partitioners/online/online.h"
#include "tests/cases/live_phone.h"

using namespace partita;
using partita::test::every;
using partita::test::latency_s;
using partita::test::on_first;
using partita::test::Phone;

TEST_CASE("background load takes its share, and only of its unit") {
  Phone phone({.units = 3});
  const Graph graph = synthetic::make_chain(4);
  std::vector<Mode> modes(graph.size(), top_mode(phone.soc, make_id<UnitId>(2)));
  Phone whole({.units = 3}, 1, {.unsupported = 0});
  const Program on_gpu(whole.costs, graph, plan_from_modes(whole.soc, graph, modes), "gpu");
  whole.add(on_gpu, {});
  whole.setup.conditions.load[hardware_index(whole.soc, make_id<UnitId>(2))] = Course(0.75);
  CHECK(latency_s(live(whole.setup).requests[0]) == Approx(4 * on_gpu.alone_s()).epsilon(1e-6));
  whole.setup.conditions.load[hardware_index(whole.soc, make_id<UnitId>(2))] = Course(0);
  whole.setup.conditions.load[0] = Course(0.75);
  CHECK(latency_s(live(whole.setup).requests[0]) == Approx(on_gpu.alone_s()).epsilon(1e-9));
}

TEST_CASE("a load that ends halfway: the rest goes at full speed") {
  Phone phone({.units = 3}, 1, {.unsupported = 0});
  const Graph graph = synthetic::make_chain(1);
  const std::vector<Mode> modes(graph.size(), top_mode(phone.soc, make_id<UnitId>(2)));
  const Program program(phone.costs, graph, plan_from_modes(phone.soc, graph, modes), "gpu");
  phone.add(program, {});
  const double alone = program.alone_s();
  // Half speed until 0.8 of the time alone: 0.4 of the work; the rest takes 0.6.
  phone.setup.conditions.load[hardware_index(phone.soc, make_id<UnitId>(2))] =
      Course(0.5, {{0.8 * alone, 0}});
  CHECK(latency_s(live(phone.setup).requests[0]) == Approx(1.4 * alone).epsilon(1e-6));
}

TEST_CASE("a capped clock: time goes with 1/f until the cap is lifted") {
  Phone phone({.units = 1, .opps = 2});
  const Graph graph = synthetic::make_chain(1);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  phone.add(program, {});
  const double alone = program.alone_s();
  phone.setup.conditions.cap_hz[0] = Course(0.5e9);
  const LiveResult capped = live(phone.setup);
  // Loading the input does not depend on the clock here; the operator takes twice as long.
  const double load =
      to_seconds(lower(phone.costs, graph, on_first(phone.soc, graph)).tasks.front().duration_ps);
  CHECK(latency_s(capped.requests[0]) == Approx(load + 2 * (alone - load)).epsilon(1e-6));
  CHECK(capped.mean_clock_hz[0] == Approx(0.5e9));
  CHECK(capped.capped_s[0] == Approx(capped.elapsed_s).epsilon(1e-6));
}

TEST_CASE("schedutil climbs while it works and a busy phone has higher clocks than an idle one") {
  Phone phone({.units = 1, .opps = 5});
  const Graph graph = synthetic::make_chain(4);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  phone.setup.conditions.governors.others.kind = GovernorKind::schedutil;
  phone.setup.duration_s = 10;  // The climb at the beginning is a small part of it.
  phone.add(program, every(20 * program.alone_s()));
  const LiveResult idle = live(phone.setup);
  phone.setup.streams[0].stream.arrivals = every(1.05 * program.alone_s());
  const LiveResult busy = live(phone.setup);
  CHECK(idle.mean_clock_hz[0] < 0.6e9);
  CHECK(busy.mean_clock_hz[0] > 0.9e9);
  // The governor, not a constant: the same request is faster on the busy phone once it has climbed.
  const auto last = [](const LiveResult& r) {
    return to_seconds(r.requests.back().ended_ps - r.requests.back().started_ps);
  };
  CHECK(last(busy) < 0.7 * last(idle));
}

TEST_CASE("failures and missing units: a fixed plan fails, a scheduler goes elsewhere") {
  Phone phone({.units = 3}, 1, {.unsupported = 0});
  const Graph graph = synthetic::make_chain(6);
  const std::vector<Mode> on_gpu(graph.size(), top_mode(phone.soc, make_id<UnitId>(2)));
  const Program fixed(phone.costs, graph, plan_from_modes(phone.soc, graph, on_gpu), "gpu");
  phone.setup.conditions.failures = {{make_id<UnitId>(2), "activation", 0.5, 0.7}};
  phone.add(fixed, every(0.1));
  const LiveResult r = live(phone.setup);
  int failed = 0;
  for (const RequestRecord& record : r.requests) failed += record.end == RequestEnd::failed;
  CHECK(failed == 2);  // At 0.5 and 0.6 s.

  phone.setup.workers = {top_mode(phone.soc, make_id<UnitId>(0)),
                         top_mode(phone.soc, make_id<UnitId>(2))};
  const Program pieces(phone.costs, graph, unit_subgraphs(phone.costs, graph, phone.setup.workers),
                       phone.setup.workers);
  phone.setup.streams[0].program = &pieces;
  for (const OnlineInfo& info : online_schedulers()) {
    if (!info.pieces) continue;
    const auto scheduler = make_online(info, {});
    phone.setup.scheduler = scheduler.get();
    INFO(info.name);
    for (const RequestRecord& record : live(phone.setup).requests)
      CHECK(record.end == RequestEnd::done);
  }
}

TEST_CASE("every scheduler serves every request, deterministically; EDF beats FIFO on deadlines") {
  std::mt19937_64 random(3);
  Phone phone({.units = 4}, 9, {.unsupported = 0.2});
  const Graph graph = synthetic::make_graph(synthetic::random_reads(12, random),
                                            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  for (std::size_t u = 0; u < 4; ++u)
    phone.setup.workers.push_back(top_mode(phone.soc, make_id<UnitId>(u)));
  const Program program(phone.costs, graph,
                        unit_subgraphs(phone.costs, graph, phone.setup.workers, 2),
                        phone.setup.workers);
  REQUIRE(program.pieces() > 1);
  phone.add(program, every(0.7 * program.alone_s()));
  phone.add(program, every(1.1 * program.alone_s()));
  phone.setup.streams[1].stream.deadline_s = 1.5 * program.alone_s();
  phone.setup.duration_s = 0.5;
  std::map<std::string, std::size_t> missed;
  for (const OnlineInfo& info : online_schedulers()) {
    if (!info.pieces) continue;
    INFO(info.name);
    std::vector<std::vector<std::int64_t>> ends;
    for (int run = 0; run < 2; ++run) {
      const auto scheduler = make_online(info, {});
      phone.setup.scheduler = scheduler.get();
      const LiveResult r = live(phone.setup);
      auto& row = ends.emplace_back();
      for (const RequestRecord& record : r.requests) {
        CHECK((record.end == RequestEnd::done || info.name == "lsf"));
        row.push_back(record.ended_ps);
      }
      missed[info.name] = live_metrics(phone.setup, r).streams[1].missed;
    }
    CHECK(ends[0] == ends[1]);
  }
  CHECK(missed["edf"] <= missed["fixed-worker"]);
}

TEST_CASE("a re-planner leaves a unit that has become slow; the fixed plan stays") {
  Phone phone({.units = 2}, 4, {.unsupported = 0});
  const Graph graph = synthetic::make_chain(8);
  PartitionProblem problem{phone.costs, graph, Objective::latency, {}, 0};
  for (std::size_t u = 0; u < 2; ++u)
    problem.modes.push_back(top_mode(phone.soc, make_id<UnitId>(u)));
  const PartitionerInfo& planner = partitioner("chain-dp");
  const Program program(phone.costs, graph, partition(planner, problem).plan, "chain-dp");
  phone.add(program, every(1.2 * program.alone_s()));
  phone.setup.duration_s = 200 * program.alone_s();
  // From the 20th request on somebody else takes nine tenths of the first unit's cores.
  Cluster cluster;
  cluster.name = "big";
  cluster.cores = 4;
  phone.soc.clusters = {cluster};
  phone.soc.units[0].cores = {{0, 4}};
  phone.setup.conditions = calm(phone.soc);
  phone.setup.conditions.load[0] = Course(0, {{20 * program.alone_s(), 0.9}});
  const double fixed = live_metrics(phone.setup, live(phone.setup)).streams[0].p50_s;
  OnlineRequest request;
  request.planner = &planner;
  request.modes = problem.modes;
  request.options["period_ms"] = 1;
  const auto replanner = make_online(online_scheduler("replan"), request);
  phone.setup.scheduler = replanner.get();
  const double replanned = live_metrics(phone.setup, live(phone.setup)).streams[0].p50_s;
  CHECK(replanned < 0.7 * fixed);
}

TEST_CASE("two clusters at work on one last-level cache ask for sqrt(2) of the memory each") {
  Phone phone({.units = 2}, 4, {.unsupported = 0});
  Cluster cluster;
  cluster.cores = 4;
  cluster.caches = {{"l3", 4 << 20, 8}};
  phone.soc.clusters = {cluster, cluster};
  for (int u = 0; u < 2; ++u) {
    phone.soc.clusters[static_cast<std::size_t>(u)].domain = make_id<DomainId>(u);
    phone.soc.units[static_cast<std::size_t>(u)].cores = {{u, 4}};
  }
  phone.setup.conditions = calm(phone.soc);
  const Graph graph = synthetic::make_chain(1);
  const Program first(phone.costs, graph, on_first(phone.soc, graph), "first");
  const Program second(
      phone.costs, graph,
      plan_from_modes(phone.soc, graph,
                      std::vector<Mode>(graph.size(), top_mode(phone.soc, make_id<UnitId>(1)))),
      "second");
  phone.add(first, {});
  phone.add(second, {});
  // The operators alone (loading the input is another task before them).
  const auto op = [](const Program& program) { return program.fragment({}).schedule.tasks.back(); };
  const Task a = op(first), b = op(second);
  const double overlap_end = std::min(first.alone_s(), second.alone_s());
  phone.soc.memory.shared_bytes_per_s = 1e12;  // Nobody waits: traffic alone grows.
  phone.soc.memory.energy_per_byte_j = 1e-9;
  const LiveResult shared = live(phone.setup), alone = live(phone.setup, {.cache = false});
  CHECK(shared.elapsed_s == alone.elapsed_s);
  // Both operators run side by side until the shorter ends; inputs take a few microseconds more.
  const auto rate = [](const Task& t) { return t.bytes / to_seconds(t.duration_ps); };
  const double begin = std::max(first.alone_s() - to_seconds(a.duration_ps),
                                second.alone_s() - to_seconds(b.duration_ps));
  const double extra_bytes = (std::sqrt(2.0) - 1) * (rate(a) + rate(b)) * (overlap_end - begin);
  const double extra_j = shared.energy_j - alone.energy_j;
  CHECK(extra_j > extra_bytes * 1e-9 * 0.999);
  // While inputs load, the other's traffic grows too: at most both rates over that time.
  CHECK(extra_j < (extra_bytes + (std::sqrt(2.0) - 1) * (rate(a) + rate(b)) * begin + 2e4) * 1e-9);
}
