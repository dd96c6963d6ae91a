// Requests of the living phone: how they come, which worker takes a piece, how they end.
#include <algorithm>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "sim/base/error.h"
#include "sim/engine/live_machine.h"

namespace partita::engine {
namespace {

/// Their records take some hundred MB.
constexpr std::size_t kMostRequests = 5'000'000;

}  // namespace

void LiveMachine::next_arrival(std::size_t stream) {
  const double seconds = sources_[stream].next_s();
  if (seconds > setup_.duration_s + 1e-12) return;  // To the picosecond.
  ++arrivals_open_;
  at(seconds, Due::Kind::arrival, static_cast<std::uint32_t>(stream));
}

void LiveMachine::arrive(int stream, int repeats_left) {
  const auto s = static_cast<std::size_t>(stream);
  const Stream& spec = setup_.streams[s].stream;
  if (result_.requests.size() >= kMostRequests)
    throw UnsupportedError(
        fmt::format("{}: more than {} requests in one run; a longer period or a shorter duration "
                    "asks for fewer",
                    spec.name, kMostRequests));
  const auto record = static_cast<std::uint32_t>(result_.requests.size());
  result_.requests.push_back({stream, now_ps()});
  if (stream_waiting_[s] >= spec.most_waiting) {
    result_.requests.back().end = RequestEnd::dropped;
    result_.requests.back().missed = spec.deadline_s < std::numeric_limits<double>::infinity();
    return;
  }
  if (free_jobs_.empty()) {
    free_jobs_.push_back(static_cast<std::uint32_t>(jobs_.size()));
    jobs_.emplace_back();
  }
  const std::uint32_t id = free_jobs_.back();
  free_jobs_.pop_back();
  ++active_;
  ++stream_waiting_[s];
  if (setup_.scheduler != nullptr && programs_[s]->fixed()) {
    fill_view();
    if (const Replan replan = setup_.scheduler->replan(view_, stream); replan.program != nullptr)
      programs_[s] = replan.program;
  }
  LiveJob& job = jobs_[id];
  job.stream = stream;
  job.record = record;
  job.program = programs_[s];
  job.chosen.clear();
  job.repeats_left = repeats_left;
  job.left = 0;
  job.failed = false;
  job.active = true;
  if (job.program->fixed())
    begin_piece(id);
  else
    waiting_jobs_.push_back(id);
}

bool LiveMachine::unit_fails(std::size_t unit, OpId op, const Graph& graph) const {
  const double now = now_s();
  for (const Failure& failure : setup_.conditions.failures)
    if (index(failure.unit) == unit && now >= failure.at_s && now < failure.until_s &&
        (failure.operator_kind.empty() || failure.operator_kind == to_string(graph.op(op).kind)))
      return true;
  return false;
}

void LiveMachine::begin_piece(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  job.fragment = &job.program->fragment(job.chosen);
  const Fragment& fragment = *job.fragment;
  const auto& tasks = fragment.schedule.tasks;
  job.missing = fragment.waits_for;
  job.left = static_cast<std::uint32_t>(tasks.size());
  job.turn = turns_++;
  job.piece_begun_ps = -1;
  if (options_.conditions && !setup_.conditions.failures.empty())
    for (const Task& task : tasks)
      if (task.kind == TaskKind::compute && unit_fails(task.unit, task.op, job.program->graph())) {
        request_ended(id, RequestEnd::failed);
        return;
      }
  if (tasks.empty()) {
    piece_ended(id);
    return;
  }
  const int priority = setup_.streams[static_cast<std::size_t>(job.stream)].stream.priority;
  for (std::uint32_t t = 0; t < tasks.size(); ++t)
    if (job.missing[t] == 0) {
      ready_[tasks[t].unit].push_back({priority, job.turn, t, id});
      std::push_heap(ready_[tasks[t].unit].begin(), ready_[tasks[t].unit].end());
    }
}

void LiveMachine::piece_ended(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  if (!job.program->fixed()) {
    const std::size_t piece = job.chosen.size() - 1;
    const std::size_t worker = job.chosen.back();
    auto& expected = profile_s_[static_cast<std::size_t>(job.stream)];
    double& known = expected[piece * setup_.workers.size() + worker];
    --worker_held_[worker];
    worker_held_s_[worker] -= job.program->seconds(piece, worker);
    if (worker_held_[worker] == 0) worker_held_s_[worker] = 0;
    if (job.piece_begun_ps >= 0) known += 0.1 * (to_seconds(now_ps() - job.piece_begun_ps) - known);
    if (job.chosen.size() < job.program->pieces()) {
      // Requests keep the order in which they came.
      const auto later =
          std::find_if(waiting_jobs_.begin(), waiting_jobs_.end(),
                       [&](std::uint32_t w) { return jobs_[w].record > job.record; });
      waiting_jobs_.insert(later, id);
      return;
    }
  }
  request_ended(id, RequestEnd::done);
}

void LiveMachine::request_ended(std::uint32_t id, RequestEnd end) {
  LiveJob& job = jobs_[id];
  RequestRecord& record = result_.requests[job.record];
  const auto s = static_cast<std::size_t>(job.stream);
  const Stream& spec = setup_.streams[s].stream;
  if (record.started_ps < 0) --stream_waiting_[s];
  record.end = end;
  record.ended_ps = now_ps();
  const double latency_s = to_seconds(record.ended_ps - record.arrived_ps);
  record.missed =
      (end != RequestEnd::done && spec.deadline_s < 1e300) || latency_s > spec.deadline_s;
  job.active = false;
  free_jobs_.push_back(id);
  --active_;
  const int repeats = job.repeats_left;
  if (now_s() > setup_.duration_s) return;
  if (spec.arrivals.kind == ArrivalKind::closed) {
    const double next = now_s() + spec.arrivals.think_s;
    // A request that fails at once must not be asked again in the same instant for ever.
    if (next <= setup_.duration_s && (end == RequestEnd::done || spec.arrivals.think_s > 0)) {
      ++arrivals_open_;
      at(next, Due::Kind::follow, static_cast<std::uint32_t>(s));
    }
  }
  if (repeats > 0 && end == RequestEnd::done) {
    ++arrivals_open_;
    at(now_s(), Due::Kind::follow, static_cast<std::uint32_t>(s), repeats - 1);
  }
  // A session's answer is whole when its last part is.
  if (end == RequestEnd::done && repeats == 0) follow(static_cast<int>(s));
}

void LiveMachine::follow(int stream) {
  for (std::size_t s = 0; s < setup_.streams.size(); ++s) {
    const Arrivals& arrivals = setup_.streams[s].stream.arrivals;
    if (arrivals.kind != ArrivalKind::follows || arrivals.after != stream) continue;
    const double chance = static_cast<double>(chances_[s]() >> 11) * 0x1p-53;
    if (chance >= arrivals.probability) continue;
    ++arrivals_open_;
    at(now_s() + arrivals.offset_s, Due::Kind::follow, static_cast<std::uint32_t>(s),
       arrivals.repeat - 1);
  }
}

void LiveMachine::fill_view() {
  const double now = now_s();
  view_.now_s = now;
  view_waiting_.clear();
  for (const std::uint32_t id : waiting_jobs_) {
    const LiveJob& job = jobs_[id];
    const RequestRecord& record = result_.requests[job.record];
    const Stream& spec = setup_.streams[static_cast<std::size_t>(job.stream)].stream;
    const double arrived = to_seconds(record.arrived_ps);
    view_waiting_.push_back({id, job.stream, job.chosen.size(), arrived, arrived + spec.deadline_s,
                             job.chosen.empty() ? -1 : static_cast<int>(job.chosen.back())});
  }
  view_held_.clear();
  for (const LiveJob& job : jobs_)
    if (job.active && job.left > 0 && !job.chosen.empty())
      view_held_.push_back({job.stream, job.chosen.size() - 1, job.chosen.back()});
  view_workers_.clear();
  for (std::size_t w = 0; w < setup_.workers.size(); ++w) {
    const Mode& mode = setup_.workers[w];
    const auto unit = index(mode.unit);
    const Clock& clock = clocks_[index(soc_.units[unit].domain)];
    WorkerState state;
    state.mode = mode;
    state.held = worker_held_[w];
    state.free_in_s = worker_held_s_[w];
    if (running_[unit].active)
      state.free_in_s =
          std::max(0.0, state.free_in_s - to_seconds(now_ps() - running_[unit].begun_ps));
    const auto& opps = soc_.domain(soc_.units[unit].domain).opps;
    state.clock = opps[static_cast<std::size_t>(clock.governor.opp())].frequency_hz /
                  opps.back().frequency_hz;
    state.slowdown = unit_slowdown_[unit];
    state.throttled = clock.limit() < clock.wanted;
    if (heat_) {
      const int node = soc_.thermal->node_of_domain[index(soc_.units[unit].domain)];
      if (node >= 0) state.temperature_c = heat_->state.temperature(node);
    }
    state.online = !offline_[unit];
    view_workers_.push_back(state);
  }
  view_streams_.clear();
  for (std::size_t s = 0; s < setup_.streams.size(); ++s)
    view_streams_.push_back({&setup_.streams[s].stream, programs_[s]});
  offered_s_ = profile_s_;
  constexpr double kNever = std::numeric_limits<double>::infinity();
  for (std::size_t s = 0; s < setup_.streams.size(); ++s) {
    auto& row = offered_s_[s];
    for (std::size_t w = 0; w < setup_.workers.size(); ++w) {
      const std::size_t unit = index(setup_.workers[w].unit);
      for (std::size_t i = w; i < row.size(); i += setup_.workers.size()) {
        if (offline_[unit]) row[i] = kNever;
        if (!options_.conditions || setup_.conditions.failures.empty() || row[i] == kNever)
          continue;
        for (OpId op : programs_[s]->ops(i / setup_.workers.size()))
          if (unit_fails(unit, op, programs_[s]->graph())) row[i] = kNever;
      }
    }
  }
  view_.waiting = view_waiting_;
  view_.held = view_held_;
  view_.workers = view_workers_;
  view_.streams = view_streams_;
  view_.expected_s = offered_s_;
  view_slowdown_ = unit_slowdown_;
  for (std::size_t u = 0; u < offline_.size(); ++u)
    if (offline_[u]) view_slowdown_[u] = kNever;
  view_.unit_slowdown = view_slowdown_;
}

void LiveMachine::ask_scheduler() {
  if (waiting_jobs_.empty()) return;
  fill_view();
  assignments_.clear();
  setup_.scheduler->decide(view_, assignments_);
  for (const Assignment& assignment : assignments_) {
    const auto found = std::find(waiting_jobs_.begin(), waiting_jobs_.end(), assignment.request);
    if (found == waiting_jobs_.end())
      throw std::logic_error("live: the scheduler assigned a request that does not wait");
    if (assignment.worker == kDrop) {
      waiting_jobs_.erase(found);
      request_ended(assignment.request, RequestEnd::dropped);
      continue;
    }
    const auto worker = static_cast<std::size_t>(assignment.worker);
    LiveJob& job = jobs_[assignment.request];
    if (worker >= setup_.workers.size() || !job.program->runs(job.chosen.size(), worker))
      throw std::logic_error("live: the scheduler chose a worker that does not run the piece");
    waiting_jobs_.erase(found);
    ++worker_held_[worker];
    worker_held_s_[worker] += job.program->seconds(job.chosen.size(), worker);
    job.chosen.push_back(static_cast<std::uint8_t>(worker));
    begin_piece(assignment.request);
  }
  // A piece that no worker runs at present fails its request.
  for (std::size_t i = 0; i < waiting_jobs_.size();) {
    const std::uint32_t id = waiting_jobs_[i];
    const LiveJob& job = jobs_[id];
    bool hopeless = true;
    for (std::size_t w = 0; w < setup_.workers.size(); ++w)
      hopeless &= view_.expected(job.stream, job.chosen.size(), w) ==
                  std::numeric_limits<double>::infinity();
    if (!hopeless) {
      ++i;
      continue;
    }
    waiting_jobs_.erase(waiting_jobs_.begin() + static_cast<std::ptrdiff_t>(i));
    request_ended(id, RequestEnd::failed);
  }
}

}  // namespace partita::engine
