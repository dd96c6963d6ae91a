// How fast the living phone is simulated: a camera workload of three networks, with everything that
// moves switched off and on.
#include <chrono>

#include "partitioners/partitioner.h"
#include "sim/engine/live.h"
#include "tools/partita/bench_measure.h"
#include "tools/partita/prepare.h"

namespace partita {
namespace {

/// Simulated seconds: some hundred thousand tasks.
constexpr double kDuration_s = 60;

struct BenchStream {
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<Program> program;
};

BenchStream stream_of(const char* model, const char* partitioner_name) {
  JobRequest request;
  request.soc = "snapdragon-8-elite";  // It has a thermal section.
  request.model = model;
  request.runtime = "roofline";
  BenchStream out{prepare(request), nullptr};
  PartitionProblem problem{*out.prepared->model, out.prepared->graph, Objective::latency,
                           out.prepared->modes, 0};
  out.program =
      std::make_unique<Program>(*out.prepared->model, out.prepared->graph,
                                partition(partitioner_name, problem).plan, partitioner_name);
  return out;
}

double tasks_per_s(const LiveSetup& setup, const LiveOptions& options, double& events_per_task) {
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const LiveResult result = live(setup, options);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(result.tasks) / seconds);
    events_per_task = static_cast<double>(result.events) / static_cast<double>(result.tasks);
  }
  return best;
}

}  // namespace

void measure_live(BenchResult& result) {
  std::vector<BenchStream> streams;
  streams.push_back(stream_of("yolov4-tiny", "heft"));
  streams.push_back(stream_of("mobilenetv2_w1", "single"));
  streams.push_back(stream_of("blazeface", "single"));
  LiveSetup setup;
  const Prepared& first = *streams.front().prepared;
  setup.soc = &first.soc;
  setup.base_power_w = first.model->base_power_w();
  setup.conditions = calm(first.soc);
  setup.duration_s = kDuration_s;
  for (const BenchStream& stream : streams) {
    LiveStream live_stream;
    live_stream.stream.arrivals.kind = ArrivalKind::periodic;
    live_stream.stream.arrivals.period_s = 1.0 / 30;
    live_stream.program = stream.program.get();
    setup.streams.push_back(live_stream);
  }
  LiveOptions still;
  still.governors = still.thermal = still.idle = still.memory_clock = still.conditions = false;
  result.live_still_tasks_per_s = tasks_per_s(setup, still, result.live_still_events_per_task);
  setup.conditions.governors = parse_governors(first.soc, "stock", "bench");
  result.live_tasks_per_s = tasks_per_s(setup, {}, result.live_events_per_task);
}

}  // namespace partita
