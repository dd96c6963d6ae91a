// Several networks on exclusive units that share the memory bus: the schedule of given layer groups
// with the least makespan. The model of HaX-CoNN (Dagli, Belviranli, PPoPP 2024).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace partita {

/// A layer group, or a step of a hand-over, on a unit.
struct CoRunTask {
  double duration_s = 0;        ///< Alone on the machine.
  double bytes = 0;             ///< Memory traffic.
  std::uint64_t resources = 0;  ///< Held while it runs.
  bool sticky = false;          ///< Nothing comes between it and the task before it.
};

/// What a sequence of tasks takes at least.
struct CoRunLoad {
  double chain_s = 0;
  std::vector<std::pair<std::uint64_t, double>> held_s;  ///< By resources.
};
CoRunLoad load_of(const std::vector<CoRunTask>& tasks);
/// Of any order: the longest network and the busiest resource, without contention.
double least_s(const std::vector<const CoRunLoad*>& networks);

struct CoRunResult {
  double makespan_s = 0;
  std::vector<std::vector<double>> start_s;  ///< By network and task.
};

/// Finds the order in which networks (each a sequence of tasks) take the units they share. A free
/// unit does not wait while a task is ready for it. Tasks that overlap share `bus_bytes_per_s`
/// max-min fairly. Branch and bound.
class CoRun {
 public:
  explicit CoRun(double bus_bytes_per_s) : bus_(bus_bytes_per_s) {}

  /// Keeps the schedule if it is shorter than the best so far. Looks at `budget` events at most,
  /// but always at one schedule, and takes them off it.
  bool improve(const std::vector<std::vector<CoRunTask>>& networks, std::int64_t& budget);
  const CoRunResult& best() const { return best_; }
  bool found() const { return found_; }

 private:
  struct Running {
    std::size_t next = 0;  ///< Task that runs, or that comes next.
    bool runs = false;
    double left_s = 0;  ///< Alone.
  };
  struct State {
    double now_s = 0;
    std::uint64_t busy = 0;
    std::vector<Running> networks;
    std::vector<double> chain_s;  ///< Alone time left, by network.
    std::vector<double> load_s;   ///< By resource bit.
  };
  void descend(State state);
  bool starts(const State& state, std::size_t network) const;
  void start(State& state, std::size_t network);
  bool advance(State& state);
  double bound_s(const State& state) const;

  double bus_;
  const std::vector<std::vector<CoRunTask>>* tasks_ = nullptr;
  std::int64_t* budget_ = nullptr;
  bool found_ = false, improved_ = false;
  CoRunResult best_, path_;
  std::vector<double> demands_, rates_;
};

}  // namespace partita
