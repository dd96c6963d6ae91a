// Does the living phone agree with the fixed schedule where it must, with queueing theory, and with
// worked equations for clocks, load and faults?
#include <catch2/catch.hpp>

#include <cmath>
#include <map>

#include "partitioners/online/online.h"
#include "sim/engine/engine.h"
#include "sim/engine/live.h"
#include "tests/cases/synthetic.h"

using namespace partita;

namespace {

Plan random_plan(const CostModel& costs, const Graph& graph, std::mt19937_64& random) {
  std::vector<Mode> modes(graph.size());
  const Soc& soc = costs.soc();
  for (OpId op : graph.order())
    for (;;) {
      const Mode mode = top_mode(soc, make_id<UnitId>(random() % soc.units.size()));
      modes[index(op)] = mode;
      if (!is_placed(graph.op(op)) ||
          costs.operator_cost(graph, op, Slice{}, mode, soc.unit(mode.unit).default_precision))
        break;
    }
  return plan_from_modes(soc, graph, modes);
}

/// One phone, one stream.
struct Phone {
  explicit Phone(const synthetic::SocOptions& options, std::uint64_t seed = 1,
                 synthetic::CostOptions cost_options = {})
      : soc(synthetic::make_soc(options)), costs(soc, seed, cost_options) {
    setup.soc = &soc;
    setup.base_power_w = costs.base_power_w();
    setup.conditions = calm(soc);
    setup.duration_s = 1;
  }
  void add(const Program& program, const Arrivals& arrivals) {
    LiveStream stream;
    stream.stream.name = "s" + std::to_string(setup.streams.size());
    stream.stream.arrivals = arrivals;
    stream.program = &program;
    setup.streams.push_back(stream);
  }
  Soc soc;
  synthetic::RandomCosts costs;
  LiveSetup setup;
};

Arrivals every(double seconds, double offset = 0) {
  Arrivals a;
  a.kind = ArrivalKind::periodic;
  a.period_s = seconds;
  a.offset_s = offset;
  return a;
}

double latency_s(const RequestRecord& r) {
  return to_seconds(r.ended_ps - r.arrived_ps);
}

/// All on the first unit.
Plan on_first(const Soc& soc, const Graph& graph) {
  return plan_from_modes(soc, graph,
                         std::vector<Mode>(graph.size(), top_mode(soc, make_id<UnitId>(0))));
}

}  // namespace

TEST_CASE("one request at the highest clocks equals simulate to the picosecond, 500 random plans") {
  std::mt19937_64 random(41);
  for (int i = 0; i < 500; ++i) {
    Phone phone(
        {.units = 2 + static_cast<int>(random() % 3), .opps = 1 + static_cast<int>(random() % 3)},
        random());
    phone.soc.memory.shared_bytes_per_s = i % 2 == 0 ? 1e12 : 1.5e9;
    const int size = 2 + static_cast<int>(random() % 20);
    std::vector<int> order;
    for (int o = 0; o < size; ++o) order.push_back(o);
    const Graph graph = synthetic::make_graph(synthetic::random_reads(size, random), order);
    const Plan plan = random_plan(phone.costs, graph, random);
    const Program program(phone.costs, graph, plan, "random");
    phone.add(program, {});
    const Schedule schedule = lower(phone.costs, graph, plan);
    const Timeline fixed = simulate(schedule).timeline;
    const LiveResult live_result = live(phone.setup);
    REQUIRE(live_result.requests.size() == 1);
    REQUIRE(live_result.requests[0].ended_ps == fixed.makespan_ps);
    REQUIRE(live_result.tasks == schedule.tasks.size());
    // It idles until its second is over.
    REQUIRE(live_result.energy_j == Approx(fixed.energy_j + phone.costs.base_power_w() *
                                                                (1 - to_seconds(fixed.makespan_ps)))
                                        .epsilon(1e-9));
  }
}

TEST_CASE("a queue of one server follows D/D/1, by hand") {
  Phone phone({.units = 1});
  const Graph graph = synthetic::make_chain(5);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  const double service = program.alone_s();
  phone.add(program, every(service / 2));
  phone.setup.duration_s = service * 4.9;  // 10 requests, at 0, 0.5, ... service times.
  const LiveResult r = live(phone.setup);
  REQUIRE(r.requests.size() == 10);
  for (std::size_t k = 0; k < 10; ++k)  // Ends at (k + 1) s, came at k s / 2: waits k s / 2.
    CHECK(latency_s(r.requests[k]) ==
          Approx(service * (1 + 0.5 * static_cast<double>(k))).epsilon(1e-6));
  CHECK(r.unit_busy_s[0] == Approx(10 * service).epsilon(1e-9));
}

TEST_CASE("a Poisson stream waits as Pollaczek and Khinchine say") {
  Phone phone({.units = 1});
  const Graph graph = synthetic::make_chain(3);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  const double service = program.alone_s(), load = 0.7;
  Arrivals arrivals;
  arrivals.kind = ArrivalKind::poisson;
  arrivals.rate_per_s = load / service;
  phone.add(program, arrivals);
  phone.setup.duration_s = service * 200'000 / load;
  const LiveMetrics m = live_metrics(phone.setup, live(phone.setup));
  // M/D/1: waiting = load x service / (2 (1 - load)). 5 %: some standard errors over 200,000
  // correlated requests.
  CHECK(m.streams[0].mean_s == Approx(service * (1 + load / (2 * (1 - load)))).epsilon(0.05));
  CHECK(m.streams[0].unfinished == 0);
}

TEST_CASE(
    "energy, bytes and busy time are conserved, nothing overlaps, runs repeat, 60 workloads") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 60; ++i) {
    Phone phone({.units = 4, .opps = 3, .shared = i % 3 == 0}, random());
    phone.soc.memory.shared_bytes_per_s = 2e9;
    for (Domain& domain : phone.soc.domains) domain.transition_s = 1e-4;
    if (i % 2 == 0) phone.setup.conditions.governors.others.kind = GovernorKind::ondemand;
    phone.setup.conditions.load[2] = Course(0, {{0, 0.5}, {0.004, 0}}, 0.01);
    const Graph graph =
        synthetic::make_graph(synthetic::random_reads(9, random), {0, 1, 2, 3, 4, 5, 6, 7, 8});
    const Program a(phone.costs, graph, random_plan(phone.costs, graph, random), "a");
    const Program b(phone.costs, graph, random_plan(phone.costs, graph, random), "b");
    phone.add(a, every(0.011));
    phone.add(b, every(0.017, 0.002));
    phone.setup.duration_s = 0.3;
    const LiveResult r = live(phone.setup, {.spans = true});
    std::vector<double> busy(phone.soc.units.size(), 0);
    std::map<std::uint64_t, std::vector<std::pair<std::int64_t, std::int64_t>>> by_bit;
    for (const LiveSpan& span : r.spans) {
      busy[span.unit] += to_seconds(span.end_ps - span.start_ps);
      for (std::uint64_t bit = 1; bit < 16; bit <<= 1)
        if (phone.soc.units[span.unit].resources & bit)
          by_bit[bit].push_back({span.start_ps, span.end_ps});
      REQUIRE(span.start_ps >= r.requests[span.request].arrived_ps);
      REQUIRE(span.end_ps <= r.requests[span.request].ended_ps);
    }
    for (std::size_t u = 0; u < busy.size(); ++u)
      REQUIRE(r.unit_busy_s[u] == Approx(busy[u]).epsilon(1e-9).margin(1e-12));
    for (auto& [bit, spans] : by_bit) {
      std::sort(spans.begin(), spans.end());
      for (std::size_t k = 1; k < spans.size(); ++k) REQUIRE(spans[k].first >= spans[k - 1].second);
    }
    double units = 0, streams = 0;
    for (double e : r.unit_energy_j) units += e;
    for (double e : r.stream_energy_j) streams += e;
    REQUIRE(units == Approx(streams).epsilon(1e-9));
    REQUIRE(r.energy_j == Approx(units + phone.costs.base_power_w() * r.elapsed_s +
                                 r.bytes * phone.soc.memory.energy_per_byte_j)
                              .epsilon(1e-6));
    const LiveResult again = live(phone.setup, {.spans = true});
    REQUIRE(again.energy_j == r.energy_j);
    REQUIRE(again.requests.size() == r.requests.size());
    for (std::size_t k = 0; k < r.requests.size(); ++k)
      REQUIRE(again.requests[k].ended_ps == r.requests[k].ended_ps);
  }
}

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

TEST_CASE("priorities go first, but what runs runs to its end") {
  Phone phone({.units = 1});
  const Graph graph = synthetic::make_chain(1);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  Arrivals together;
  phone.add(program, together);
  phone.add(program, together);
  phone.setup.streams[0].stream.batch = 3;
  phone.setup.streams[1].stream.priority = 1;
  const LiveResult r = live(phone.setup);
  // The loading of the first request's input has begun when the fourth arrives in the same instant.
  std::int64_t urgent = 0, slowest = 0;
  for (const RequestRecord& record : r.requests)
    (record.stream == 1 ? urgent : slowest) =
        std::max(record.stream == 1 ? urgent : slowest, record.ended_ps);
  CHECK(urgent < slowest);
  CHECK(to_seconds(slowest) == Approx(4 * program.alone_s()).epsilon(1e-9));
}

TEST_CASE("cascades, sessions and dropped frames are counted as they come") {
  Phone phone({.units = 1});
  const Graph graph = synthetic::make_chain(2);
  const Program program(phone.costs, graph, on_first(phone.soc, graph), "p");
  phone.add(program, every(0.1));
  Arrivals tokens;
  tokens.kind = ArrivalKind::follows;
  tokens.after = 0;
  tokens.repeat = 5;
  phone.add(program, tokens);
  phone.setup.duration_s = 0.95;
  const LiveMetrics m = live_metrics(phone.setup, live(phone.setup));
  CHECK(m.streams[0].done == 10);
  CHECK(m.streams[1].done == 50);

  Phone full({.units = 1});
  const Program again(full.costs, graph, on_first(full.soc, graph), "p");
  full.add(again, {});
  full.setup.streams[0].stream.batch = 10;
  full.setup.streams[0].stream.most_waiting = 3;
  const LiveMetrics dropped = live_metrics(full.setup, live(full.setup));
  CHECK(dropped.streams[0].done == 3);
  CHECK(dropped.streams[0].dropped == 7);
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
