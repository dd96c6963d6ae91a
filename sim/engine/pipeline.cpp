#include "sim/engine/pipeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace partita {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kHeadroom = 1.25;     // schedutil: map_util_freq, Linux
constexpr double kHalfLife_s = 0.032;  // PELT: y^32 = 0.5 over periods of 1024 us
constexpr double kTick_s = 0.004;      // CONFIG_HZ 250: when schedutil is asked
constexpr double kPoll_s = 0.050;      // devfreq polling_ms of most GPUs
constexpr double kUpThreshold = 0.90, kDownDifferential = 0.05;  // devfreq simple_ondemand

/// An accelerator's clock, of its top one.
class AcceleratorClock {
 public:
  explicit AcceleratorClock(double lowest) : lowest_(lowest) {}
  double pace() const { return pace_; }
  double next_s() const { return lowest_ > 0 ? kPoll_s - window_s_ : kNever; }
  void advance(double seconds, bool busy) {
    if (lowest_ <= 0) return;
    window_s_ += seconds;
    if (busy) busy_s_ += seconds;
    if (window_s_ < kPoll_s * (1 - 1e-9)) return;
    const double share = busy_s_ / window_s_;
    if (share > kUpThreshold)
      pace_ = 1;
    else if (share <= kUpThreshold - kDownDifferential)
      pace_ = std::clamp(share * pace_ / (kUpThreshold - kDownDifferential / 2), lowest_, 1.0);
    window_s_ = busy_s_ = 0;
  }

 private:
  double lowest_, pace_ = 1, window_s_ = 0, busy_s_ = 0;
};

/// A chunk's worker and its unit.
struct Worker {
  PipelineChunk chunk;
  const PipelineUnit* unit = nullptr;
  AcceleratorClock clock{0};
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
      Worker w;
      w.chunk = chunk;
      w.unit = &unit;
      w.clock = AcceleratorClock(unit.lowest_clock);
      workers_.push_back(w);
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
    return std::min(1.0, own + kHeadroom * others / std::max(1.0, most));
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
    if (w.unit->lowest_clock > 0) {
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
    const double at_top = kernel / alone < kUpThreshold ? kernel * w.unit->lowest_clock : kernel;
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
      dt = std::min(dt, w.clock.next_s());
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
    const double keep = std::exp2(-dt / kHalfLife_s);
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
