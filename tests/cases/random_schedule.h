// Seeded random schedules: tasks in queue order with dependencies on earlier ones.
#pragma once

#include <random>
#include <set>
#include <vector>

#include "sim/plan/schedule.h"

namespace partita::test {

struct ScheduleShape {
  int tasks = 20;
  int units = 4;
  bool shared_resources = true;  ///< The last unit holds the first two units' resources too.
  double zero_durations = 0.1;   ///< Fraction.
  double bytes = 0.7;            ///< Fraction of tasks with memory traffic.
  double grid_s =
      0;           ///< Durations are multiples of it, so that many things happen at once; 0: any.
  int clocks = 0;  ///< Domains whose OPP changes on the way; every task then has a pace.
};

inline Schedule random_schedule(std::mt19937_64& random, const ScheduleShape& shape) {
  auto uniform = [&](double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random);
  };
  auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  auto duration_ps = [&] {
    const double s = uniform(1e-7, 5e-3);
    return to_picoseconds(shape.grid_s > 0 ? shape.grid_s * (1 + below(4)) : s);
  };
  Schedule schedule;
  std::vector<std::set<int>> users(static_cast<std::size_t>(shape.clocks)), change_after = users;
  schedule.base_power_w = uniform(0, 3);
  schedule.energy_per_byte_j = uniform(0, 1e-10);
  schedule.unit_bandwidth_bytes_per_s.assign(shape.units, 1e12);
  schedule.requests = 1 + below(3);
  for (int i = 0; i < shape.tasks; ++i) {
    Task task;
    const int unit = below(shape.units);
    task.unit = static_cast<std::uint8_t>(unit);
    task.resources = std::uint64_t{1} << unit;
    if (shape.shared_resources && shape.units > 2 && unit == shape.units - 1) task.resources |= 3;
    task.duration_ps = uniform(0, 1) < shape.zero_durations ? 0 : duration_ps();
    if (uniform(0, 1) < shape.bytes && task.duration_ps > 0) task.bytes = uniform(1, 5e6);
    task.power_w = uniform(0, 5);
    task.kind = static_cast<TaskKind>(below(static_cast<int>(TaskKind::dvfs)));
    task.op = make_id<OpId>(static_cast<std::size_t>(i));
    task.request = below(schedule.requests);
    const int wanted = i == 0 ? 0 : below(4);
    std::set<int> after;
    for (int d = 0; d < wanted; ++d) after.insert(below(i));
    if (shape.clocks > 0) {
      task.domain = make_id<DomainId>(static_cast<std::size_t>(below(shape.clocks)));
      if (below(4) == 0) {
        task.kind = TaskKind::dvfs;
        task.resources = clock_resource(task.domain);
        task.opp = static_cast<std::int16_t>(below(3));
        task.bytes = 0;
      } else {
        Pace pace;
        pace.own = task.domain;
        if (shape.clocks > 1 && below(2)) {
          pace.host =
              make_id<DomainId>((index(pace.own) + 1) % static_cast<std::size_t>(shape.clocks));
          pace.host_opps = 3;
        }
        pace.first = static_cast<std::uint32_t>(schedule.pace_duration_ps.size());
        for (int cell = 0; cell < 3 * pace.host_opps; ++cell) {
          schedule.pace_duration_ps.push_back(duration_ps());
          schedule.pace_power_w.push_back(uniform(0, 5));
        }
        task.pace = static_cast<std::int32_t>(schedule.paces.size());
        schedule.paces.push_back(pace);
      }
    }
    if (shape.clocks > 0) {  // The contract of Schedule on changes of clocks.
      if (task.kind == TaskKind::dvfs) {
        after.insert(users[index(task.domain)].begin(), users[index(task.domain)].end());
        change_after[index(task.domain)] = after;
      } else {
        for (DomainId domain : {schedule.paces.back().own, schedule.paces.back().host}) {
          if (index(domain) >= users.size()) continue;
          users[index(domain)].insert(i);
          after.insert(change_after[index(domain)].begin(), change_after[index(domain)].end());
        }
      }
    }
    task.first_dependency = static_cast<std::uint32_t>(schedule.dependencies.size());
    for (int d : after)
      schedule.dependencies.push_back(make_id<TaskId>(static_cast<std::size_t>(d)));
    task.dependencies = static_cast<std::uint16_t>(after.size());
    schedule.tasks.push_back(task);
  }
  schedule.initial_opp.assign(static_cast<std::size_t>(shape.clocks), 1);
  return schedule;
}

}  // namespace partita::test
