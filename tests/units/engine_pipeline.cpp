// Pipelines across units: hand-worked periods.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "sim/engine/pipeline.h"

using namespace partita;

namespace {

constexpr double kMs = 1e-3;

PipelineUnit unit(int cores, std::vector<StageTime> stages, std::vector<double> clocks_hz = {}) {
  for (StageTime& s : stages) s = {s.alone_s * kMs, s.all_busy_s * kMs};
  PipelineUnit u{cores > 0 ? "cpu" : "gpu", cores, std::move(stages), Domain()};
  for (const double hz : clocks_hz) u.clock.opps.emplace_back().frequency_hz = hz;
  return u;
}

double period_ms(const PipelineDevice& device, const std::vector<PipelineChunk>& chunks,
                 PipelineOptions options = {}) {
  return run_pipeline(device, chunks, options).period_s / kMs;
}

}  // namespace

TEST_CASE("a pipeline runs at the pace of its longest chunk") {
  const PipelineDevice device{{unit(4, {{2, 2}, {3, 3}}), unit(2, {{1, 1}, {4, 4}})}, 0};
  CHECK(period_ms(device, {{0, 0, 2}}) == Approx(5));             // 2 + 3
  CHECK(period_ms(device, {{0, 0, 1}, {1, 1, 1}}) == Approx(4));  // 2 beside 4
  CHECK(period_ms(device, {{1, 0, 1}, {0, 1, 1}}) == Approx(3));  // 1 beside 3
  const PipelineRun run =
      run_pipeline(device, std::vector<PipelineChunk>{{0, 0, 1}, {1, 1, 1}}, {});
  CHECK(run.chunk_s[0] == Approx(2 * kMs));
  CHECK(run.chunk_s[1] == Approx(4 * kMs));
  // A chunk without stages only passes tasks on.
  CHECK(period_ms(device, {{0, 0, 0}, {1, 0, 2}}) == Approx(5));
}

TEST_CASE("units wait for each other only beyond what they share") {
  // Alike, half as slow again all at once: together they get two thirds of what three ask for, so
  // two of them ask for just what there is.
  const std::vector<StageTime> stages{{1, 1.5}, {1, 1.5}, {1, 1.5}};
  const PipelineDevice device{{unit(2, stages), unit(2, stages), unit(2, stages)}, 0};
  CHECK(period_ms(device, {{0, 0, 1}, {1, 1, 2}}) == Approx(2));
  CHECK(period_ms(device, {{0, 0, 1}, {1, 1, 1}, {2, 2, 1}}, {2000, 15}) ==
        Approx(1.5).epsilon(2e-3));
}

TEST_CASE("a worker that yields takes half a core of the only team") {
  const PipelineUnit cpu = unit(6, {{10, 10}, {10, 10}});
  const PipelineUnit gpu = unit(0, {{0.001, 0.001}, {0.001, 0.001}});
  const PipelineDevice alone{{cpu, gpu}, 1 * kMs};
  // Five threads are done after 10 ms and asleep 1 ms later; the sixth has half its work left.
  CHECK(period_ms(alone, {{0, 0, 1}, {1, 1, 1}}) == Approx(16).epsilon(1e-3));
  // The GPU ahead: its worker ends when it has passed on all 100 tasks, 31 of them waiting then.
  CHECK(period_ms(alone, {{1, 0, 1}, {0, 1, 1}}, {100, 31}) ==
        Approx((68 * 16. + 31 * 10.) / 99).epsilon(1e-3));
  // Threads that never sleep leave no core: both share to the end.
  const PipelineDevice spinning{{cpu, gpu}, 200 * kMs};
  CHECK(period_ms(spinning, {{0, 0, 1}, {1, 1, 1}}) == Approx(20).epsilon(1e-3));
  // Another cluster without work takes the waiting thread.
  const PipelineDevice spare{{cpu, gpu, unit(2, {{30, 30}, {30, 30}})}, 1 * kMs};
  CHECK(period_ms(spare, {{0, 0, 1}, {1, 1, 1}}) == Approx(10));
}

TEST_CASE("waiting workers keep the clocks of the shared path up") {
  // Twice as fast with all five units busy. Alone: its own utilisation, half of that clock.
  const std::vector<StageTime> cpu{{0.1, 0.1}, {0.1, 0.1}};
  PipelineDevice device{{unit(0, {{10, 5}, {10, 5}})}, 0};
  for (int i = 0; i < 4; ++i) device.units.push_back(unit(2, cpu));
  CHECK(period_ms(device, {{0, 0, 2}}) == Approx(20));
  // One of four others: 0.5 + 1.25 / 4 of the clock.
  CHECK(period_ms(device, {{0, 0, 1}, {1, 1, 1}}) == Approx(5 / 0.8125));
  // Two of them: more than all of it.
  CHECK(period_ms(device, {{0, 0, 1}, {1, 1, 1}, {2, 2, 0}}) == Approx(5));
}

TEST_CASE("an accelerator's own clock follows its busy share") {
  // Launch gap 1 ms. A stage of 4 ms is busy for 3 of them, less than 90 %: it was measured at the
  // lowest clock and takes 1.5 ms at the top one. A stage of 20 ms ran at the top clock.
  const PipelineDevice device{{unit(0, {{1, 1}, {4, 4}, {20, 20}}, {300e6, 450e6, 600e6}),
                               unit(4, {{25, 25}, {25, 25}, {25, 25}})},
                              0};
  CHECK(period_ms(device, {{0, 0, 2}}) == Approx(1 + 1.5));
  CHECK(period_ms(device, {{0, 0, 3}}) == Approx(1 + 1.5 + 19));
  // Waiting for 25 of 27 ms it clocks down: 1 + 3 ms.
  const PipelineDevice idle{{device.units[0], device.units[1], unit(2, {{9, 9}, {9, 9}, {9, 9}})},
                            0};
  const PipelineRun run =
      run_pipeline(idle, std::vector<PipelineChunk>{{0, 0, 2}, {1, 2, 1}}, {1000, 15});
  CHECK(run.lowest_pace[0] == 0.5);
  CHECK(run.chunk_s[0] == Approx(4 * kMs).epsilon(0.02));
  CHECK(run.period_s == Approx(25 * kMs));
}

TEST_CASE("a pipeline of nothing is refused") {
  const PipelineDevice device{{unit(2, {{1, 1}})}, 0};
  CHECK_THROWS_AS(run_pipeline(device, {}, {}), std::logic_error);
  CHECK_THROWS_AS(period_ms(device, {{1, 0, 1}}), std::logic_error);
  CHECK_THROWS_AS(period_ms(device, {{0, 0, 2}}), std::logic_error);
  CHECK_THROWS_AS(period_ms(device, {{0, 0, 1}}, {1, 15}), std::logic_error);
}
