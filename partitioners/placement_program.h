// Placing and ordering operators as a mixed-integer linear program. Clocks stand still.
//
// Binary x says which mode runs an operator, y (continuous, integral with x) the modes of both ends
// of an edge: y sums to x at each end, so that a chain is a shortest path and needs no search. A
// binary per pair of operators that no path orders and that may share a unit says which comes
// first. An operator's block on its unit is: loads and fetches, waking, work, and the steps of
// handing its outputs over that its own unit does.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "partitioners/integer_program.h"
#include "partitioners/search.h"

namespace partita {

class PlacementProgram {
 public:
  struct Options {
    Objective objective = Objective::latency;  ///< Or energy.
    bool queues = true;     ///< Units serve one operator after another; false: just the sum.
    bool any_order = true;  ///< false: in the graph's order.
    double worst_s = 0;     ///< No plan that is looked for takes longer.
    double worst_value = 0;
    double allowed_slowdown =
        kInfinity;  ///< Units this much slower than an operator's best drop out.
  };
  struct Answer {
    bool found = false, optimal = false, infeasible = false;
    std::vector<std::size_t> mode_of;   ///< By position.
    std::vector<std::size_t> sequence;  ///< Positions in order.
    double objective = 0, bound = 0;
  };

  PlacementProgram(SearchSpace& space, const Options& options);
  /// `mode_of`, `sequence`: a plan to start from; empty: none.
  Answer solve(const std::string& who, const std::vector<std::size_t>& mode_of,
               const std::vector<std::size_t>& sequence, double most_nodes);
  /// This answer is worth `value` in truth; no plan is worth less than `bound`.
  void correct(const Answer& answer, double value, double bound);
  std::size_t binaries() const { return bits_.size() + space_.size() * space_.modes(); }

 private:
  /// A tensor on its way to others than its maker; of a network input the maker is who loads it.
  struct Flow {
    TensorId tensor{};
    std::size_t host = 0;
    bool input = false;
    std::vector<std::size_t> readers;
    /// By reader, [host mode * modes + reader mode].
    std::vector<std::vector<HandOver>> price;
    std::vector<std::vector<double>> eager_s;
  };
  struct Bit {
    std::size_t first = 0, second = 0;  ///< Positions; 1: in this order.
    int variable = -1;
    bool siblings = false;  ///< Their order matters wherever they run.
  };

  void place();
  void find_flows();
  void price(Flow& flow);
  void find_order();
  Linear joint(std::size_t p, std::size_t q, std::size_t a, std::size_t b);
  void add_joint(std::size_t p, std::size_t q);
  void add_fetches();
  void add_fetch(std::size_t f, std::size_t a, UnitId unit);
  void add_extras();
  void add_spread();
  void add_cut_offs();
  void add_times();
  void add_waits(std::size_t q);
  Linear queued_sends(std::size_t f, std::size_t q);
  void add_queues();
  void add_queue(std::size_t p, std::size_t q, const Linear& p_first);
  void add_ranks();
  void add_loads();
  void add_stretches();
  void add_objective();
  void order(Answer& answer, const std::vector<double>& values) const;
  /// Does it matter which of the two comes first, with these modes?
  bool matters(const Bit& bit, const std::vector<std::size_t>& mode_of) const;
  double objective_scale() const;

  Linear on(std::size_t p, std::uint64_t resources) const;  ///< Does p run on any of them?
  Linear on_unit(std::size_t p, UnitId unit) const;
  Linear first(std::size_t p, std::size_t q) const;  ///< 1: p comes before q.
  Linear end(std::size_t p) const;
  UnitId unit(std::size_t mode) const { return space_.costs().modes()[mode].unit; }
  double load_s(std::size_t p, std::size_t m) const {
    return space_.costs().input_latency_s(space_.op(p), m);
  }

  SearchSpace& space_;
  Options options_;
  double scale_;  ///< From seconds to the program's unit.
  IntegerProgram program_;
  std::vector<std::vector<int>> x_;  ///< [position][mode]; -1: not there.
  std::map<std::pair<std::size_t, std::size_t>, std::vector<int>> y_;
  std::vector<Flow> flows_;
  std::vector<std::vector<std::size_t>> in_flows_, out_flows_, host_flows_;  ///< By position.
  std::vector<std::vector<bool>> reaches_;  ///< Has to come before.
  std::vector<std::vector<bool>> feeds_;    ///< Along edges: has to end before.
  std::vector<Bit> bits_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> bit_of_;
  std::vector<int> rank_;           ///< By position: place in the order, where siblings need one.
  std::vector<int> start_, begin_;  ///< Of the work, of the block; by position.
  std::vector<Linear> work_, load_, wake_, send_, send_input_;   ///< By position, scaled.
  std::map<std::pair<std::size_t, std::size_t>, Linear> fetch_;  ///< By (flow, reader), scaled.
  /// By (flow, reader) of flows with several readers: does it fetch what the maker's unit has to
  /// send, and how long that takes, scaled.
  std::map<std::pair<std::size_t, std::size_t>, Linear> fetches_, sends_;
  /// Does the reader's unit have steps of its own to do?
  std::map<std::pair<std::size_t, std::size_t>, Linear> own_steps_;
  Linear energy_;
  std::vector<Linear> on_resource_;  ///< Time by resource bit, scaled.
  int makespan_ = -1;
  std::optional<int> spread_;
  Linear objective_;
};

/// Throws UnsupportedError where operators x modes are more than `most`: a program of that size
/// does not end in time.
void check_choices(std::string_view partitioner, const CostTable& costs, double most);

}  // namespace partita
