#include <algorithm>
#include <cmath>

#include "sim/engine/live.h"

namespace partita {
namespace {

/// Nearest rank; `sorted` ascends.
double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void count(const RequestRecord& record, StreamMetrics& m) {
  ++m.arrived;
  m.missed += record.missed;
  switch (record.end) {
    case RequestEnd::done:
      ++m.done;
      return;
    case RequestEnd::dropped:
      ++m.dropped;
      return;
    case RequestEnd::failed:
      ++m.failed;
      return;
    case RequestEnd::unfinished:
      ++m.unfinished;
      return;
  }
}

}  // namespace

LiveMetrics live_metrics(const LiveSetup& setup, const LiveResult& result) {
  LiveMetrics out;
  out.streams.resize(setup.streams.size());
  std::vector<std::vector<double>> latency_s(setup.streams.size());
  std::size_t done = 0;
  for (const RequestRecord& record : result.requests) {
    const auto s = static_cast<std::size_t>(record.stream);
    count(record, out.streams[s]);
    if (record.end == RequestEnd::done)
      latency_s[s].push_back(static_cast<double>(record.ended_ps - record.arrived_ps) * 1e-12);
  }
  double sum = 0, squares = 0;
  std::size_t streams = 0;
  for (std::size_t s = 0; s < out.streams.size(); ++s) {
    StreamMetrics& m = out.streams[s];
    auto& times = latency_s[s];
    done += m.done;
    if (times.empty()) continue;
    for (double t : times) m.mean_s += t / static_cast<double>(times.size());
    std::sort(times.begin(), times.end());
    m.p50_s = percentile(times, 0.50);
    m.p95_s = percentile(times, 0.95);
    m.p99_s = percentile(times, 0.99);
    m.most_s = times.back();
    m.throughput_per_s = result.elapsed_s > 0 ? static_cast<double>(m.done) / result.elapsed_s : 0;
    m.energy_j = result.stream_energy_j[s] / static_cast<double>(m.done);
    const double alone_s = setup.streams[s].program->alone_s();
    if (alone_s <= 0) continue;
    m.slowdown = m.mean_s / alone_s;
    sum += 1 / m.slowdown;
    squares += 1 / (m.slowdown * m.slowdown);
    ++streams;
  }
  if (streams > 0) out.fairness = sum * sum / (static_cast<double>(streams) * squares);
  if (done > 0) out.energy_per_inference_j = result.energy_j / static_cast<double>(done);
  return out;
}

}  // namespace partita
