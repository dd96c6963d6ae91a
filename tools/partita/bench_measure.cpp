#include "tools/partita/bench_measure.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <numeric>
#include <random>
#include <vector>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "sim/cost/profile.h"
#include "sim/engine/engine.h"
#include "sim/graph/merge.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRepetitions = 7;
constexpr int kUnits = 4;
constexpr std::size_t kTasks = 10'000;
constexpr int kMemoryRuns = 100'000;
constexpr double kBusCapacity = 10e9;

template <class Work>
double seconds(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Work>
double median_seconds(const Work& work, int repetitions = kRepetitions) {
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(seconds(work));
  return median(std::move(times));
}

/// Tasks of 20 to 200 us on units in turn, each after its unit's last task and sometimes after one
/// of another unit. Each asks up to `most_demand` of the bus: with 0.3 four together ask about half
/// of it, with 0.9 more than there is, so that nearly every change of tasks moves every rate.
Schedule synthetic_schedule(std::size_t tasks, std::uint64_t seed, double most_demand = 0.3) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double least, double most) {
    // By hand: the standard's distributions differ between libraries, and the workload must not.
    return least + (most - least) * static_cast<double>(random() >> 11) * 0x1.0p-53;
  };
  Schedule schedule;
  schedule.base_power_w = 1;
  schedule.energy_per_byte_j = 50e-12;
  schedule.shared_bandwidth_bytes_per_s = kBusCapacity;
  schedule.unit_bandwidth_bytes_per_s.assign(kUnits, 0.8 * kBusCapacity);
  for (std::size_t i = 0; i < tasks; ++i) {
    Task task;
    task.unit = static_cast<std::uint8_t>(i % kUnits);
    task.resources = std::uint64_t{1} << task.unit;
    task.duration_ps = to_picoseconds(uniform(20e-6, 200e-6));
    task.kind = TaskKind::compute;
    task.power_w = uniform(0.5, 3);
    task.bytes = uniform(0, most_demand) * kBusCapacity * to_seconds(task.duration_ps);
    task.first_dependency = static_cast<std::uint32_t>(schedule.dependencies.size());
    if (i >= kUnits) schedule.dependencies.push_back(make_id<TaskId>(i - kUnits));
    if (i > kUnits && random() % 4 == 0) schedule.dependencies.push_back(make_id<TaskId>(i - 1));
    task.dependencies =
        static_cast<std::uint16_t>(schedule.dependencies.size() - task.first_dependency);
    schedule.tasks.push_back(task);
  }
  return schedule;
}

double bus_asked(const Schedule& schedule, const Timeline& timeline) {
  double bytes = 0;
  for (const Task& task : schedule.tasks) bytes += task.bytes;
  return bytes / to_seconds(timeline.makespan_ps) / schedule.shared_bandwidth_bytes_per_s;
}

/// Reads what an estimate must read, and does nothing with it but a sum.
std::int64_t scan(const Schedule& schedule) {
  std::int64_t sum = 0;
  for (const Task& task : schedule.tasks) {
    sum += task.duration_ps + static_cast<std::int64_t>(task.resources);
    for (const TaskId d : schedule.dependencies_of(task))
      sum += static_cast<std::int64_t>(index(d));
  }
  return sum;
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void measure_simulation(BenchResult& result, const std::function<void(double)>& progress) {
  const Schedule schedule = synthetic_schedule(kTasks, 1);
  const SimulateOptions options;
  Simulation simulation;
  simulate(schedule, options, simulation);  // Warm: elaboration and memory.
  result.bus_asked = bus_asked(schedule, estimate(schedule));
  std::vector<double> run, raw;
  for (int i = 0; i < kRepetitions; ++i) {
    // In turn, so that a change of the machine's clock meets both.
    run.push_back(seconds([&] { simulate(schedule, options, simulation); }));
    raw.push_back(raw_kernel_events_per_s(kUnits + 1, 1'000'000));
    progress(0.2 * i / kRepetitions);
  }
  const double events = static_cast<double>(simulation.events);
  result.systemc_events_per_s = median(raw);
  result.simulate_tasks_per_s = kTasks / median(run);
  result.simulate_events_per_task = events / kTasks;
  result.simulate_events_per_s = events / median(run);
  result.simulate_of_raw = result.simulate_events_per_s / result.systemc_events_per_s;

  const Schedule crowded = synthetic_schedule(kTasks, 1, 0.9);
  const double crowded_s = median_seconds([&] { simulate(crowded, options, simulation); });
  result.full_bus_asked = bus_asked(crowded, estimate(crowded));
  result.full_bus_tasks_per_s = kTasks / crowded_s;
  result.full_bus_events_per_task = static_cast<double>(simulation.events) / kTasks;

  Timeline timeline;
  const double estimate_s = median_seconds([&] {
    for (int i = 0; i < 20; ++i) estimate(schedule, timeline);
  });
  volatile std::int64_t keep = 0;
  const double scan_s = median_seconds([&] {
    for (int i = 0; i < 20; ++i) keep = keep + scan(schedule);
  });
  result.estimate_tasks_per_s = 20 * kTasks / estimate_s;
  result.scan_tasks_per_s = 20 * kTasks / scan_s;
  result.estimate_of_raw = result.estimate_tasks_per_s / result.scan_tasks_per_s;
}

void measure_runs(BenchResult& result, const std::function<void(double)>& progress) {
  const Schedule one = synthetic_schedule(1, 2), small = synthetic_schedule(20, 3);
  Simulation simulation;
  constexpr int kRuns = 2000;
  const auto microseconds_a_run = [&](const Schedule& schedule) {
    return 1e6 / kRuns * median_seconds([&] {
             for (int i = 0; i < kRuns; ++i) simulate(schedule, {}, simulation);
           });
  };
  result.simulate_run_fixed_us = microseconds_a_run(one);
  result.simulate_run_small_us = microseconds_a_run(small);
  const double before = resident_bytes();
  for (int i = 0; i < kMemoryRuns; ++i) {
    simulate(small, {}, simulation);
    if (i % 1000 == 0) progress(0.3 + 0.3 * i / kMemoryRuns);
  }
  result.memory_runs = kMemoryRuns;
  result.memory_growth_bytes = resident_bytes() - before;
}

constexpr int kOperators = 200;

/// A chain of convolutions, every third depthwise, whose work varies as that of real networks
/// does: early ones large and thin, late ones small and deep.
Graph chain_of(int operators) {
  GraphBuilder builder(fmt::format("chain-{}", operators));
  builder.set_source("partita bench");
  GraphBuilder::Pending input;
  input.op.name = "input";
  input.op.kind = OpKind::input;
  input.output_names = {"t0"};
  input.output_shapes = {{1, 16, 112, 112}};
  builder.add(input);
  std::int64_t channels = 16;
  for (int i = 1; i <= operators; ++i) {
    GraphBuilder::Pending conv;
    conv.op.name = fmt::format("conv{}", i);
    conv.op.kind = OpKind::conv;
    const bool halve = i % 66 == 0;
    conv.op.window = {
        .kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
    if (halve) conv.op.window.stride_h = conv.op.window.stride_w = 2;
    if (i % 3 == 1) {
      conv.op.kind = OpKind::depthwise_conv;
      conv.op.groups = channels;
    } else {
      channels = (16 + 8 * (i % 5)) * (1 + i / 66);
    }
    conv.out_channels = channels;
    conv.input_names = {fmt::format("t{}", i - 1)};
    conv.output_names = {fmt::format("t{}", i)};
    builder.add(conv);
  }
  return builder.build();
}

void measure_partitioners(std::span<const PartitionerInfo> infos, BenchResult& result,
                          const std::function<void(double)>& progress) {
  const Soc soc = load_soc(open_catalog().soc("rk3399pro"));
  const Graph graph = chain_of(kOperators);
  const auto model = make_roofline_model(soc);
  std::vector<Mode> modes;
  for (std::size_t u = 0; u < soc.units.size() && modes.size() < kUnits; ++u)
    modes.push_back(top_mode(soc, make_id<UnitId>(u)));
  result.cost_table_ms = 1e3 * median_seconds([&] { CostTable table(*model, graph, modes); });
  // One set of bounds serves every algorithm of a comparison.
  const ProblemBounds bounds = problem_bounds(CostTable(*model, graph, modes));
  double done = 0.6;
  const Graph half = chain_of(kOperators / 2);
  const Graph two = merge_graphs(std::vector{half, half});
  for (const PartitionerInfo& info : infos) {
    // Latency where the algorithm knows it: the objectives cost alike.
    const auto& known = info.objectives;
    const bool latency = std::find(known.begin(), known.end(), Objective::latency) != known.end();
    auto& ms = result.partition_ms[info.name];
    for (const Graph* network : {&graph, &two}) {  // two for those that want several
      PartitionProblem problem{*model, *network, latency ? Objective::latency : known.front(),
                               modes};
      if (network == &graph) problem.bounds = &bounds;
      try {
        const double first = seconds([&] { partition(info, problem); });
        ms = 1e3 * (first > 0.5 ? first : median_seconds([&] { partition(info, problem); }));
        break;
      } catch (const UnsupportedError&) {
        ms = std::nullopt;
      }
    }
    progress(done += 0.4 / static_cast<double>(infos.size()));
  }
}

}  // namespace

BenchResult measure(std::span<const PartitionerInfo> infos,
                    const std::function<void(double)>& progress) {
  const auto report = [&](double done) {
    if (progress) progress(done);
  };
  BenchResult result;
  result.repetitions = kRepetitions;
  measure_simulation(result, report);
  measure_runs(result, report);
  measure_live(result);
  measure_partitioners(infos, result, report);
  return result;
}

}  // namespace partita
