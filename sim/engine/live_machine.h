// The living phone as SystemC modules: the units and the memory bus of machine.h, and one module
// that lets requests arrive, gives them to units, moves clocks and counts energy. One kernel event
// for everything that has a time of its own. Elaborated per run.
#pragma once

#include <queue>

#include "sim/engine/live.h"
#include "sim/engine/machine.h"
#include "sim/engine/thermal.h"
#include "sim/engine/throttle.h"

namespace partita::engine {

/// A request under way. Slots are reused.
struct LiveJob {
  int stream = 0;
  std::uint32_t record = 0;
  const Program* program = nullptr;
  const Fragment* fragment = nullptr;
  std::vector<std::uint8_t> chosen;    ///< Workers of the pieces so far.
  std::vector<std::uint16_t> missing;  ///< By task of the present piece.
  std::uint32_t left = 0;              ///< Tasks of it that have not ended.
  std::uint64_t turn = 0;              ///< Earlier pieces go first.
  std::int64_t piece_begun_ps = -1;
  int repeats_left = 0;
  bool failed = false;
  bool active = false;
};

/// What has a time of its own.
struct Due {
  enum class Kind : std::uint8_t {
    arrival,
    governor,
    clock,
    condition,
    sample,
    follow,
    heat,
    wake,
    end
  };
  std::int64_t at_ps = 0;
  std::uint64_t number = 0;  ///< Ties: in the order they were made.
  Kind kind{};
  std::uint32_t index = 0;
  std::int32_t extra = 0;
  bool operator>(const Due& o) const {
    return at_ps != o.at_ps ? at_ps > o.at_ps : number > o.number;
  }
};

SC_MODULE(LiveMachine), public Completion {
  LiveMachine(sc_core::sc_module_name name, const LiveSetup& setup, const LiveOptions& options,
              LiveResult& result);
  void finished(std::uint32_t unit, double energy_wps) override;
  /// After the kernel has run out of events.
  void conclude();

 private:
  struct Clock {
    Governor governor;
    int wanted = 0;
    int cap = 0;       ///< Of the conditions.
    int cool = 0;      ///< Of the thermal zones.
    int pending = -1;  ///< OPP it is changing to; -1: none.
    bool ticking = false;
    double busy = 0;
    double busy_s = 0;  ///< Busy time since the thermal zones were last polled.
    int limit() const { return std::min(cap, cool); }
    std::vector<std::uint32_t> units;   ///< Whose pace or cores it drives.
    std::vector<std::size_t> hardware;  ///< Clusters and accelerators on it.
  };
  struct Running {
    bool active = false;
    std::uint32_t job = 0, task = 0;
    double power_w = 0, host_share = 0;
    double bytes = 0;       ///< Of memory traffic, with the cache to itself.
    double expected_s = 0;  ///< At the highest clocks, alone.
    std::int64_t begun_ps = 0;
  };
  struct Ready {
    int priority;
    std::uint64_t turn;
    std::uint32_t task, job;
    bool operator<(const Ready& o) const {  // The top of a heap goes first.
      if (priority != o.priority) return priority < o.priority;
      return turn != o.turn ? turn > o.turn : task > o.task;
    }
  };

  // Before the run: live.cpp.
  void set_up_units();
  Clock set_up_clock(std::size_t domain);
  void set_up_streams();

  void on_timer();
  void handle(const Due& due);
  void at(double seconds, Due::Kind kind, std::uint32_t index, std::int32_t extra = 0);
  void arm();
  std::int64_t now_ps() const {
    return kernel_now_ps() - origin_ps_;
  }
  double now_s() const {
    return static_cast<double>(now_ps()) * 1e-12;
  }

  // Requests: live_requests.cpp.
  void next_arrival(std::size_t stream);
  void arrive(int stream, int repeats_left);
  void begin_piece(std::uint32_t job);
  void piece_ended(std::uint32_t job);
  void request_ended(std::uint32_t job, RequestEnd end);
  void follow(int stream);
  bool unit_fails(std::size_t unit, OpId op, const Graph& graph) const;
  void ask_scheduler();
  void fill_view();

  // Tasks: live_machine.cpp.
  void dispatch();
  double wake_s(std::uint32_t unit) const;
  void start(std::uint32_t unit, const Ready& ready);
  void begin(std::uint32_t unit, const Ready& ready);
  std::pair<std::int64_t, double> pace_of(const Task& task, const Schedule& schedule) const;
  void repace(std::uint32_t unit);
  void share_cache();

  // Heat: live_heat.cpp.
  struct Heat {
    Heat(const Soc& soc, double ambient_c, std::vector<std::vector<double>> powers_w)
        : network(*soc.thermal),
          state(network, ambient_c, ambient_c),
          throttle(soc, std::move(powers_w)),
          domain_w(soc.domains.size(), 0) {}
    ThermalNetwork network;
    ThermalState state;
    Throttle throttle;
    std::vector<double> domain_w, node_w;
    double polled_s = 0;
    std::int64_t due_ps = -1;  ///< Of the poll that is in the queue; -1: none.
  };
  void begin_heat();
  void advance_heat(double seconds, double memory_w);
  void plan_poll();
  void poll_heat();
  double hardware_power_w(std::size_t hardware, int opp) const;

  // Clocks, power, conditions: live_clocks.cpp.
  void account();
  void load_changed(std::uint32_t unit);
  void refresh_busy(std::size_t domain);
  void governor_tick(std::size_t domain);
  void decide_clock(std::size_t domain);
  void ask_clock(std::size_t domain);
  void set_clock(std::size_t domain, int opp);
  void keep_ticking(std::size_t domain);
  void refresh_conditions();
  void refresh_memory();
  void sample();
  bool over() const;
  void end_if_over();

  const LiveSetup& setup_;
  const LiveOptions& options_;
  const Soc& soc_;
  LiveResult& result_;
  std::int64_t origin_ps_ = 0, accounted_ps_ = 0, armed_ps_ = 0;
  bool ended_ = false;
  std::uint64_t wakes_ = 0, due_number_ = 0, turns_ = 0;
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<UnitModule>> units_;
  std::unique_ptr<MemoryBus> bus_;
  sc_core::sc_event timer_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> dues_;

  std::vector<LiveJob> jobs_;
  std::vector<std::uint32_t> free_jobs_;
  std::vector<std::uint32_t> waiting_jobs_;  ///< Without a worker, by arrival.
  std::size_t active_ = 0;
  std::size_t arrivals_open_ = 0;  ///< Streams that may still produce requests by the clock.
  std::vector<ArrivalSource> sources_;
  std::vector<std::mt19937_64> chances_;  ///< By stream: of following.
  std::vector<int> stream_waiting_;       ///< Arrived and not started.
  std::vector<const Program*> programs_;  ///< By stream, now.

  std::vector<std::vector<Ready>> ready_;    ///< By unit: heaps.
  double others_bytes_per_s_ = 0;            ///< Memory bandwidth of the conditions.
  double traffic_bytes_per_s_ = 0;           ///< Since the last event.
  std::vector<Running> running_;             ///< By unit.
  std::vector<Ready> waking_;                ///< By unit: what starts when its cores are awake.
  std::vector<std::int64_t> idle_since_ps_;  ///< By cluster.
  std::uint64_t busy_resources_ = 0;
  std::vector<double> speed_;  ///< By unit: what background load and missing cores leave.
  std::vector<bool> offline_;  ///< By unit.
  std::vector<Clock> clocks_;  ///< By domain.
  std::vector<std::int16_t> opps_;
  std::vector<double> load_;      ///< By hardware: background.
  std::vector<double> others_w_;  ///< By hardware: power of what others run.
  std::vector<double> unit_slowdown_;
  std::unique_ptr<Heat> heat_;

  // The scheduler's view, memory reused.
  LiveView view_;
  std::vector<Waiting> view_waiting_;
  std::vector<Held> view_held_;
  std::vector<WorkerState> view_workers_;
  std::vector<StreamState> view_streams_;
  std::vector<std::vector<double>> profile_s_, offered_s_;
  std::vector<Assignment> assignments_;
  std::vector<double> view_slowdown_;
  std::vector<double> worker_held_s_;  ///< Expected seconds of pieces assigned and not begun.
  std::vector<std::size_t> worker_held_;

  std::vector<double> clock_sum_hz_s_, busy_since_s_;
  double energy_since_j_ = 0, sampled_s_ = 0;
};

}  // namespace partita::engine
