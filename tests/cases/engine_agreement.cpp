// Does the event-driven simulation agree with the closed form where it must, and with the bus
// equations where the bus decides?
#include <catch2/catch.hpp>

#include <cmath>

#include "sim/engine/engine.h"
#include "tests/cases/random_schedule.h"

using namespace partita;
using partita::test::random_schedule;

TEST_CASE(
    "estimate equals simulate to the picosecond without contention, 10,000 random schedules") {
  std::mt19937_64 random(20261121);
  Simulation simulated;
  for (int i = 0; i < 10'000; ++i) {
    test::ScheduleShape shape;
    shape.tasks = 1 + static_cast<int>(random() % 60);
    shape.units = 1 + static_cast<int>(random() % 8);
    const Schedule schedule = random_schedule(random, shape);
    const Timeline estimated = estimate(schedule);
    simulate(schedule, {.contention = false}, simulated);
    REQUIRE(simulated.timeline.start_ps == estimated.start_ps);
    REQUIRE(simulated.timeline.finish_ps == estimated.finish_ps);
    REQUIRE(simulated.timeline.request_finish_ps == estimated.request_finish_ps);
    REQUIRE(simulated.timeline.makespan_ps == estimated.makespan_ps);
    REQUIRE(simulated.timeline.energy_j == Approx(estimated.energy_j).epsilon(1e-12));
  }
}

TEST_CASE("and with clocks that change while tasks run, 3,000 random schedules") {
  std::mt19937_64 random(99);
  for (int i = 0; i < 3'000; ++i) {
    const Schedule schedule =
        random_schedule(random, {.tasks = 1 + static_cast<int>(random() % 40),
                                 .units = 1 + static_cast<int>(random() % 5),
                                 .clocks = 1 + static_cast<int>(random() % 3)});
    const Timeline estimated = estimate(schedule);
    const Timeline simulated = simulate(schedule, {.contention = false}).timeline;
    REQUIRE(simulated.finish_ps == estimated.finish_ps);
    REQUIRE(simulated.energy_j == Approx(estimated.energy_j).epsilon(1e-9));
  }
}

TEST_CASE("and when clocks change in the very instant in which tasks end, 3,000 random schedules") {
  std::mt19937_64 random(101);
  for (int i = 0; i < 3'000; ++i) {
    test::ScheduleShape shape;
    shape.tasks = 1 + static_cast<int>(random() % 40);
    shape.units = 1 + static_cast<int>(random() % 5);
    shape.zero_durations = 0;
    shape.grid_s = 1e-3;
    shape.clocks = 1 + static_cast<int>(random() % 3);
    const Schedule schedule = random_schedule(random, shape);
    REQUIRE(simulate(schedule, {.contention = false}).timeline.finish_ps ==
            estimate(schedule).finish_ps);
  }
}

TEST_CASE("a clock change halfway through a task, by hand") {
  // 10 ms at OPP 0, 4 ms at OPP 1; the change ends at 5 ms, half the work is left: 5 + 2 = 7 ms.
  // Energy: 5 ms x 2 W + 2 ms x 6 W = 22 mJ.
  Schedule schedule;
  schedule.initial_opp = {0};
  schedule.paces = {{make_id<DomainId>(0), DomainId{-1}, 0, 1}};
  schedule.pace_duration_ps = {10'000'000'000, 4'000'000'000};
  schedule.pace_power_w = {2, 6};
  Task change;
  change.kind = TaskKind::dvfs;
  change.domain = make_id<DomainId>(0);
  change.resources = clock_resource(change.domain);
  change.duration_ps = 5'000'000'000;
  change.opp = 1;
  Task work;
  work.kind = TaskKind::compute;
  work.resources = 1;
  work.duration_ps = 4'000'000'000;
  work.pace = 0;
  schedule.tasks = {change, work};
  for (const Timeline& t : {estimate(schedule), simulate(schedule).timeline}) {
    CHECK(t.finish_ps[1] == 7'000'000'000);
    CHECK(t.makespan_ps == 7'000'000'000);
    CHECK(t.energy_j == Approx(0.022).epsilon(1e-12));
  }
}

TEST_CASE("a bus that nobody saturates changes nothing, to the picosecond") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    Schedule schedule = random_schedule(random, {.tasks = 40, .units = 5});
    for (Task& task : schedule.tasks)  // At most 5 flows of at most 1 GB/s.
      task.bytes = std::min(task.bytes, 1e9 * to_seconds(task.duration_ps));
    schedule.shared_bandwidth_bytes_per_s = 5.1e9;
    REQUIRE(simulate(schedule).timeline.finish_ps == estimate(schedule).finish_ps);
  }
}

TEST_CASE("contention delays, conserves energy and bytes, and two runs are the same") {
  std::mt19937_64 random(11);
  for (int i = 0; i < 500; ++i) {
    Schedule schedule = random_schedule(random, {.tasks = 40, .units = 5});
    schedule.shared_bandwidth_bytes_per_s = 1e9;
    const Timeline alone = estimate(schedule);
    const Simulation shared = simulate(schedule, {.contention = true, .record = true});
    REQUIRE(shared.timeline.makespan_ps >= alone.makespan_ps);
    double energy = schedule.base_power_w * to_seconds(shared.timeline.makespan_ps), bytes = 0;
    for (std::size_t t = 0; t < schedule.tasks.size(); ++t) {
      const auto ran = shared.timeline.finish_ps[t] - shared.timeline.start_ps[t];
      REQUIRE(ran >= schedule.tasks[t].duration_ps);
      energy += schedule.tasks[t].power_w * to_seconds(ran);
      bytes += schedule.tasks[t].bytes;
    }
    REQUIRE(shared.timeline.bytes == Approx(bytes).epsilon(1e-12));
    REQUIRE(shared.timeline.energy_j ==
            Approx(energy + bytes * schedule.energy_per_byte_j).epsilon(1e-9));
    double carried = 0;  // The recorded bandwidth integrates to the bytes moved.
    for (std::size_t s = 0; s + 1 < shared.samples.size(); ++s)
      carried += shared.samples[s].bandwidth_bytes_per_s *
                 to_seconds(shared.samples[s + 1].at_ps - shared.samples[s].at_ps);
    REQUIRE(carried == Approx(bytes).epsilon(1e-6));
    REQUIRE(simulate(schedule).timeline.finish_ps == shared.timeline.finish_ps);
  }
}

namespace {

/// Two independent tasks on two units that start at 0.
Schedule two_flows(double duration_a_s, double bytes_a, double duration_b_s, double bytes_b,
                   double capacity) {
  Schedule schedule;
  schedule.shared_bandwidth_bytes_per_s = capacity;
  schedule.unit_bandwidth_bytes_per_s = {1e12, 1e12};
  for (int u = 0; u < 2; ++u) {
    Task task;
    task.unit = static_cast<std::uint8_t>(u);
    task.resources = std::uint64_t{1} << u;
    task.duration_ps = to_picoseconds(u == 0 ? duration_a_s : duration_b_s);
    task.bytes = u == 0 ? bytes_a : bytes_b;
    schedule.tasks.push_back(task);
  }
  return schedule;
}

}  // namespace

TEST_CASE("two flows on one bus follow the max-min equations, 1,000 random pairs to 1e-9") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> duration(0.01, 1), demand(1e8, 9e9), capacity(1e9, 1.2e10);
  for (int i = 0; i < 1000; ++i) {
    const double ta = duration(random), tb = duration(random), da = demand(random),
                 db = demand(random);
    const double c = capacity(random);
    // Worked by hand: while both run the smaller demand gets min(itself, c/2), the other
    // min(itself, the rest); when one ends, the other runs at its demand if the bus allows.
    const double ra = da + db <= c ? da
                      : da <= db   ? std::min(da, c / 2)
                                   : std::min(da, c - std::min(db, c / 2));
    const double rb = da + db <= c ? db : std::min(db, c - ra);
    const double work_a = da * ta, work_b = db * tb;
    double end_a = work_a / ra, end_b = work_b / rb;
    if (end_a < end_b)
      end_b = end_a + (work_b - rb * end_a) / std::min(db, c);
    else
      end_a = end_b + (work_a - ra * end_b) / std::min(da, c);
    const Timeline t = simulate(two_flows(ta, work_a, tb, work_b, c)).timeline;
    REQUIRE(to_seconds(t.finish_ps[0]) == Approx(end_a).epsilon(1e-9));
    REQUIRE(to_seconds(t.finish_ps[1]) == Approx(end_b).epsilon(1e-9));
  }
}

TEST_CASE("max-min rates by hand") {
  std::vector<double> rates;
  max_min_rates({1, 4, 10}, 20, rates);
  CHECK(rates == std::vector<double>{1, 4, 10});
  max_min_rates({1, 4, 10}, 9, rates);  // 1; then 8 for two: 4 and 4.
  CHECK(rates == std::vector<double>{1, 4, 4});
  max_min_rates({5, 5, 5}, 6, rates);
  CHECK(rates == std::vector<double>{2, 2, 2});
  max_min_rates({10, 2, 3}, 9, rates);  // 2; 7 for two: 3; 4 left.
  CHECK(rates == std::vector<double>{4, 2, 3});
}

TEST_CASE("a unit's own cap binds even when the bus is free") {
  Schedule schedule = two_flows(1, 4e9, 1, 1e9, 1e11);
  schedule.unit_bandwidth_bytes_per_s = {2e9, 2e9};
  const Timeline t = simulate(schedule).timeline;
  CHECK(to_seconds(t.finish_ps[0]) == Approx(2).epsilon(1e-9));  // 4 GB at 2 GB/s.
  CHECK(to_seconds(t.finish_ps[1]) == 1);
}

TEST_CASE("the kernel context trick holds: raw rate and simulation alternate") {
  std::mt19937_64 random(5);
  const Schedule schedule = random_schedule(random, {.tasks = 30, .units = 4});
  const auto before = simulate(schedule).timeline.finish_ps;
  CHECK(raw_kernel_events_per_s(4, 4000) > 0);
  CHECK(simulate(schedule).timeline.finish_ps == before);
}

TEST_CASE("the machine is renewed before its clock runs out") {
  Schedule schedule = two_flows(1, 0, 1, 0, 1e9);
  for (Task& task : schedule.tasks) task.duration_ps = std::int64_t{1} << 58;
  for (int i = 0; i < 40; ++i)
    REQUIRE(simulate(schedule).timeline.makespan_ps == std::int64_t{1} << 58);
}

TEST_CASE("legal at t, illegal at t - 1 ps") {
  std::mt19937_64 random(13);
  Soc soc;
  soc.units.resize(5);
  soc.domains.push_back({"clock", {{1e9, {}}}, 0});
  for (int i = 0; i < 300; ++i) {
    const Schedule schedule =
        random_schedule(random, {.tasks = 25, .units = 5, .zero_durations = 0});
    Timeline timeline = estimate(schedule);
    REQUIRE(check_timeline(soc, schedule, timeline).empty());
    // Every start is tight: a picosecond earlier breaks a dependency, a resource, or time zero.
    const std::size_t t = random() % schedule.tasks.size();
    --timeline.start_ps[t];
    --timeline.finish_ps[t];
    CHECK_FALSE(check_timeline(soc, schedule, timeline).empty());
  }
}
