// Does the living phone agree with the fixed schedule where it must, and with queueing theory? Are
// energy, bytes and requests all accounted for?
#include <catch2/catch.hpp>

#include <cmath>
#include <map>

#include "sim/engine/engine.h"
#include "tests/cases/live_phone.h"

using namespace partita;
using partita::test::every;
using partita::test::latency_s;
using partita::test::on_first;
using partita::test::Phone;

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
