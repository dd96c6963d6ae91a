// Small random changes of a plan, for searches that walk from plan to plan.
#pragma once

#include <optional>
#include <random>

#include "partitioners/partitioner.h"

namespace partita {

class PlanMoves {
 public:
  PlanMoves(const PartitionProblem& problem, const CostTable& costs);
  /// `plan` with one change, which lower() may still refuse; nothing: the change drawn does not
  /// fit.
  std::optional<Plan> draw(const Plan& plan, std::mt19937_64& random) const;

 private:
  using Random = std::mt19937_64;
  bool place(Plan& plan, Random& random) const;          ///< An operator on another mode.
  bool place_run(Plan& plan, Random& random) const;      ///< Operators in a row on one mode.
  bool move_in_order(Plan& plan, Random& random) const;  ///< Earlier or later.
  bool split(Plan& plan, Random& random) const;          ///< One operator over two units.
  bool shift_cut(Plan& plan, Random& random) const;      ///< Between two shares.
  bool extend_chain(Plan& plan, Random& random) const;   ///< A reader cut like what it reads.
  bool change_halo(Plan& plan, Random& random) const;

  std::vector<OpId> order_of(const Plan& plan) const;
  std::optional<std::size_t> mode_for(OpId op, Random& random) const;
  OpId any(Random& random) const;
  std::optional<OpId> any_split(const Plan& plan, Random& random) const;
  void put(Plan& plan, OpId op, const Mode& mode) const;
  bool cut(Plan& plan, OpId op, Axis axis, double fraction, const Mode& first,
           const Mode& second) const;

  const Graph& graph_;
  const Soc& soc_;
  const CostTable& costs_;
};

}  // namespace partita
