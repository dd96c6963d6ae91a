#include "sim/engine/pipeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "sim/engine/governor.h"

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kTick_s = 0.004;  // CONFIG_HZ 250: when schedutil is asked

/// An accelerator's clock, if it has one of its own here.
class AcceleratorClock {
 public:
  explicit AcceleratorClock(const Domain& domain) : domain_(&domain) {
    if (domain.opps.empty()) return;
    GovernorSettings settings;
    settings.kind = GovernorKind::simple_ondemand;
    governor_.emplace(settings, domain, static_cast<int>(domain.opps.size()) - 1);
  }
  /// Of the top one.
  double pace() const { return governor_ ? of_top(governor_->opp()) : 1; }
  double lowest() const { return of_top(0); }
  /// Busy share above which the governor takes the top clock.
  double threshold() const { return governor_->settings().threshold(); }
  double next_s(bool busy) const { return governor_ ? governor_->next_decision_s(busy) : kNever; }
  void advance(double seconds, bool busy) {
    if (!governor_) return;
    governor_->advance(seconds, busy);
    if (governor_->due()) governor_->set_opp(governor_->decide(busy));
  }

 private:
  double of_top(int opp) const {
    return domain_->opps[static_cast<std::size_t>(opp)].frequency_hz /
           domain_->opps.back().frequency_hz;
  }
  const Domain* domain_;
  std::optional<Governor> governor_;
};

/// A chunk's worker and its unit.
struct Worker {
  Worker(const PipelineChunk& c, const PipelineUnit& u) : chunk(c), unit(&u), clock(u.clock) {}
  PipelineChunk chunk;
  const PipelineUnit* unit;
  AcceleratorClock clock;
  int waiting = 0, done = 0;    // tasks
  int stage = -1;               // within the chunk; -1: no task
  double left = 0;              // of the stage, 0 to 1
  double last_end_s = -kNever;  // of a task
  double busy_s = 0;
  double awake_util = 1, work_util = 1;  // PELT of being awake, of having a task
  double lowest_pace = 1;

  bool cpu() const { return unit->cores > 0; }
  bool running() const { return stage >= 0; }
  const StageTime& time() const {
    return unit->stages[chunk.first + static_cast<std::size_t>(stage)];
  }
};

class Machine {
 public:
  Machine(const PipelineDevice& device, std::span<const PipelineChunk> chunks,
          const PipelineOptions& options)
      : device_(device), options_(options) {
    std::vector<bool> taken(device.units.size());
    for (const PipelineChunk& chunk : chunks) {
      if (chunk.unit >= device.units.size()) throw std::logic_error("pipeline: no such unit");
      const PipelineUnit& unit = device.units[chunk.unit];
      if (chunk.first + chunk.stages > unit.stages.size())
        throw std::logic_error("pipeline: no such stage");
      taken[chunk.unit] = true;
      workers_.emplace_back(chunk, unit);
    }
    for (std::size_t u = 0; u < device.units.size(); ++u) {
      if (device.units[u].stages.size() != device.units.front().stages.size())
        throw std::logic_error("pipeline: units with unlike numbers of stages");
      cores_ += device.units[u].cores;
      if (device.units[u].cores > 0 && !taken[u]) spare_cores_ = true;
    }
    if (workers_.empty() || options.tasks < 2 || options.queue < 1)
      throw std::logic_error("pipeline: nothing to run");
    workers_.front().waiting = options.queue;
  }

  PipelineRun run() {
    while (workers_.back().done < options_.tasks) {
      for (std::size_t i = 0; i < workers_.size(); ++i) begin(i);
      step();
    }
    PipelineRun result;
    result.period_s = (last_result_s_ - first_result_s_) / (options_.tasks - 1);
    for (const Worker& w : workers_) {
      result.chunk_s.push_back(w.busy_s / options_.tasks);
      result.lowest_pace.push_back(w.lowest_pace);
    }
    return result;
  }

 private:
  bool alive(const Worker& w) const { return w.done < options_.tasks; }
  bool team_spins(const Worker& w) const {
    return w.cpu() && now_s_ < w.last_end_s + device_.team_spin_s;
  }
  bool awake(const Worker& w) const { return alive(w) || team_spins(w); }

  /// Takes tasks as long as they cost nothing.
  void begin(std::size_t i) {
    Worker& w = workers_[i];
    while (!w.running() && alive(w) && w.waiting > 0) {
      --w.waiting;
      w.stage = 0;
      w.left = 1;
      if (w.chunk.stages == 0) finish(i);
    }
  }

  void finish(std::size_t i) {
    Worker& w = workers_[i];
    w.stage = -1;
    w.last_end_s = now_s_;
    ++w.done;
    ++workers_[(i + 1) % workers_.size()].waiting;
    if (i + 1 != workers_.size()) return;
    if (w.done == 1) first_result_s_ = now_s_;
    last_result_s_ = now_s_;
  }

  /// A unit's demand at a stage with nobody in its way, stages per second.
  static double demand(const PipelineUnit& unit, std::size_t stage) {
    return 1 / std::min(unit.stages[stage].alone_s, unit.stages[stage].all_busy_s);
  }

  /// How much slower for those at work now. With all units at this stage what they share (memory,
  /// power, a core for the launching thread) serves 1 / ratio of their demand: that is its
  /// capacity, and below it nobody waits.
  double slow_down(const Worker& victim, double ratio) const {
    const std::size_t stage = victim.chunk.first + static_cast<std::size_t>(victim.stage);
    double all = 0, now = demand(*victim.unit, stage);
    for (const PipelineUnit& u : device_.units) all += demand(u, stage);
    for (const Worker& w : workers_) {
      if (&w == &victim) continue;
      // A spinning team leaves the accelerator's launching thread no core.
      const bool in_the_way = !victim.cpu() && !spare_cores_ && alive(w) && team_spins(w);
      if (w.running() || in_the_way) now += demand(*w.unit, stage);
    }
    return std::max(1.0, ratio * now / all);
  }

  /// Clock of the path that units share, of the clock with all busy.
  double path_clock(const Worker& w, double ratio) const {
    double others = 0;
    for (const Worker& o : workers_)
      if (&o != &w) others += o.awake_util;
    const auto most = static_cast<double>(device_.units.size() - 1);
    // What the unit does alone keeps the clock at `ratio`.
    const double own = ratio * (w.cpu() ? 1 : w.work_util);
    return std::min(1.0, own + schedutil_.headroom * others / std::max(1.0, most));
  }

  /// A team with one of its cores halved: its others are done after t, and when they sleep the
  /// other half of that core's work moves to one of theirs.
  double with_a_yielding_thread(const Worker& w, double t) const {
    if (spare_cores_) return t;
    for (const Worker& o : workers_) {
      if (o.cpu() || !alive(o) || o.running()) continue;
      const double hit = std::min(1.5 * t + device_.team_spin_s, 2 * t);
      t += (hit - t) * w.unit->cores / cores_;
    }
    return t;
  }

  double stage_s(Worker& w) const {
    const StageTime& time = w.time();
    const double ratio = time.all_busy_s / time.alone_s;
    double pace = 1, t = 0;
    if (!w.unit->clock.opps.empty()) {
      pace = w.clock.pace();
      t = accelerator_s(w, pace) * slow_down(w, ratio);
    } else if (ratio < 1) {
      pace = path_clock(w, ratio);
      t = time.all_busy_s / pace;
    } else {
      t = time.alone_s * slow_down(w, ratio);
    }
    w.lowest_pace = std::min(w.lowest_pace, pace);
    return w.cpu() ? with_a_yielding_thread(w, t) : t;
  }

  /// Launch gap: the shortest stage. Alone, a stage with gaps enough to keep the busy share below
  /// the governor's threshold ran at the lowest clock.
  double accelerator_s(const Worker& w, double pace) const {
    double gap = kNever;
    for (const StageTime& s : w.unit->stages) gap = std::min(gap, s.alone_s);
    const double alone = w.time().alone_s, kernel = alone - gap;
    const double at_top = kernel / alone < w.clock.threshold() ? kernel * w.clock.lowest() : kernel;
    return (w.stage == 0 ? gap : 0) + at_top / pace;
  }

  void step() {
    std::vector<double> stage_s_now(workers_.size(), 0);
    double dt = kNever;
    bool moving = false;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& w = workers_[i];
      if (w.running()) {
        stage_s_now[i] = stage_s(w);
        dt = std::min(dt, w.left * stage_s_now[i]);
      }
      if (team_spins(w)) dt = std::min(dt, w.last_end_s + device_.team_spin_s - now_s_);
      dt = std::min(dt, w.clock.next_s(w.running()));
      moving |= std::abs(w.awake_util - (awake(w) ? 1 : 0)) > 1e-3 ||
                (!w.cpu() && std::abs(w.work_util - (w.running() ? 1 : 0)) > 1e-3);
    }
    if (moving) dt = std::min(dt, kTick_s);
    if (!std::isfinite(dt)) throw std::logic_error("pipeline: nobody has a task");
    for (std::size_t i = 0; i < workers_.size(); ++i) advance(i, dt, stage_s_now[i]);
    now_s_ += dt;
    for (std::size_t i = 0; i < workers_.size(); ++i) next_stage(i);
  }

  void advance(std::size_t i, double dt, double stage_s_now) {
    Worker& w = workers_[i];
    w.clock.advance(dt, w.running());
    const double keep = std::exp2(-dt / schedutil_.half_life_s);
    w.awake_util = (awake(w) ? 1 : 0) * (1 - keep) + w.awake_util * keep;
    w.work_util = (w.running() ? 1 : 0) * (1 - keep) + w.work_util * keep;
    if (!w.running()) return;
    w.busy_s += dt;
    w.left = stage_s_now > 0 ? w.left - dt / stage_s_now : 0;
  }

  void next_stage(std::size_t i) {
    Worker& w = workers_[i];
    if (!w.running() || w.left > 1e-12) return;
    w.left = 1;
    if (static_cast<std::size_t>(++w.stage) == w.chunk.stages) finish(i);
  }

  const PipelineDevice& device_;
  PipelineOptions options_;
  GovernorSettings schedutil_;  // its headroom and half-life
  std::vector<Worker> workers_;
  int cores_ = 0;
  bool spare_cores_ = false;  // a CPU unit has no chunk
  double now_s_ = 0, first_result_s_ = 0, last_result_s_ = 0;
};

}  // namespace

PipelineRun run_pipeline(const PipelineDevice& device, std::span<const PipelineChunk> chunks,
                         const PipelineOptions& options) {
  return Machine(device, chunks, options).run();
}

}  // namespace partita
