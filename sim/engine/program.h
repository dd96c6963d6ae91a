// A network as the live machine runs it: pieces one after another, each on the worker that is
// chosen when its turn comes; or whole, by a fixed plan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/plan/schedule.h"

namespace partita {

/// The tasks of one piece, ready to be instantiated many times. Tasks that share a resource run in
/// schedule order within a request.
struct Fragment {
  explicit Fragment(Schedule tasks);
  Schedule schedule;
  std::vector<std::uint16_t> waits_for;              ///< By task: how many others.
  std::vector<std::uint32_t> reader_begin, readers;  ///< Who waits for a task (CSR).
  std::vector<double> unit_s;  ///< By unit index: busy time alone at the highest clocks.
};

class Program {
 public:
  /// By a fixed plan: one piece, no choice. `label` names the plan.
  Program(const CostModel& model, const Graph& graph, Plan plan, std::string label,
          double planning_s = 0);
  /// Pieces of operators, one after another in a topological order, each to go to one of `workers`
  /// (modes; a worker's clocks are not its own: the domain's governor sets them). What no worker of
  /// a piece runs throws UnsupportedError.
  Program(const CostModel& model, const Graph& graph, std::vector<std::vector<OpId>> pieces,
          std::vector<Mode> workers);

  const CostModel& model() const { return *model_; }
  const Graph& graph() const { return *graph_; }
  const std::string& label() const { return label_; }
  bool fixed() const { return workers_.empty(); }
  std::size_t pieces() const { return pieces_.size(); }
  std::span<const Mode> workers() const { return workers_; }
  bool runs(std::size_t piece, std::size_t worker) const { return seconds(piece, worker) >= 0; }
  /// Of the piece's operators alone at the highest clocks, without hand-overs; negative: the worker
  /// does not run them.
  double seconds(std::size_t piece, std::size_t worker) const {
    return seconds_[piece * workers_.size() + worker];
  }
  /// Operator kinds of a piece, for units that fail one.
  std::span<const OpId> ops(std::size_t piece) const { return pieces_[piece]; }
  /// Tasks of piece `chosen.size() - 1` when these workers ran or run the pieces up to it; of a
  /// fixed plan, `chosen` is empty.
  const Fragment& fragment(std::span<const std::uint8_t> chosen) const;
  /// Bytes of weights (each unit's copy) and most activations at once.
  double memory_bytes() const { return memory_bytes_; }
  /// One request alone at the highest clocks: of a fixed plan its own; of pieces the best worker's.
  double alone_s() const { return alone_s_; }

 private:
  Plan plan_for(std::span<const std::uint8_t> chosen) const;
  const CostModel* model_;
  const Graph* graph_;
  std::string label_;
  std::vector<std::vector<OpId>> pieces_;
  std::vector<Mode> workers_;
  std::vector<double> seconds_;           ///< [piece][worker]
  std::vector<std::uint8_t> any_worker_;  ///< By piece: one that runs it.
  std::unique_ptr<Fragment> whole_;       ///< Of a fixed plan.
  mutable std::map<std::string, std::unique_ptr<Fragment>> cache_;
  double memory_bytes_ = 0;
  double alone_s_ = 0;
};

}  // namespace partita
