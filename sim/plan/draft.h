// Emits the tasks of one request. Internal to sim/plan: draft.cpp computes, crossings.cpp moves.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "sim/plan/lowering.h"

namespace partita::lowering {

/// One piece of a tensor on its way to a unit, or to another precision on its own. Its leading
/// steps run on the unit that made it, right after it is made; the others when the reader's turn
/// comes.
struct Crossing {
  TensorId tensor{};
  std::size_t source = 0;  ///< Of its maker.
  OpId reader{};
  Slice read;  ///< By the reader: what of the piece comes along.
  Mode from, to;
  Precision from_precision{}, to_precision{};
  double elements = 0;
  bool gathers = false;  ///< To the maker's home, under no reader's clock.
  std::vector<HandOverStep> steps;
  std::size_t eager = 0;  ///< Steps on the maker's unit before any other.
  std::size_t emitted = 0;
  std::optional<std::uint32_t> last_task;  ///< Of the steps emitted so far.
};

class RequestLowering {
 public:
  RequestLowering(const CostModel& model, const Graph& graph, const Plan& plan,
                  const LowerOptions& options);
  std::vector<Draft> run();

 private:
  std::vector<Draft> run_part();
  void place_inputs();
  void start_up();
  void once(std::uint32_t id);
  void begin_stage();
  void emit(const std::vector<OpId>& group);
  void compute(const std::vector<Part>& parts);
  std::optional<OpId> before_in_network(OpId op);
  void arrive(OpId op, const Share& share, std::vector<std::uint32_t>& after);
  void emit_input(OpId input, OpId reader);
  std::uint32_t add(TaskKind kind, OpId op, const Mode& mode, double latency_s, double bytes,
                    double power_w, std::vector<std::uint32_t> after);

  void plan_crossings(OpId op);
  void cross(TensorId tensor, OpId producer, std::size_t j, OpId op, const Share& to);
  void keep_steps(Crossing& crossing) const;
  Crossing* find_crossing(TensorId tensor, OpId producer, std::size_t j, OpId op, const Share& to);
  void start_crossings(OpId producer);
  void emit_step(OpId producer, Crossing& crossing, std::vector<std::uint32_t> made);
  void gather(OpId op);
  void collect(TensorId tensor, OpId op, const Share& share, std::vector<std::uint32_t>& after);
  double taken(TensorId tensor, OpId producer, std::size_t j, OpId op, const Share& share);
  std::vector<std::uint32_t> made_by(OpId producer, std::size_t j) const;

  const CostModel& model_;
  const Soc& soc_;
  const Graph& graph_;
  const Plan& plan_;
  const LowerOptions& options_;
  std::vector<OpId> order_;
  bool spread_ = false;         ///< Over several units.
  std::optional<OpId> before_;  ///< Emitted before the present one.
  std::vector<OpId> emitted_;
  std::vector<std::size_t> network_;                  ///< By OpId; filled when asked for.
  std::vector<std::vector<Source>> sources_;          ///< By OpId, network inputs too.
  std::vector<std::vector<OpId>> input_readers_;      ///< By OpId: the network inputs it loads.
  std::vector<std::vector<std::uint32_t>> computed_;  ///< By OpId, by share.
  /// By OpId: the task of each source; of a gathered operator all that its one source waits for.
  std::vector<std::vector<std::uint32_t>> made_;
  std::vector<std::vector<Crossing>> outgoing_;      ///< By producer.
  std::optional<std::uint32_t> root_;                ///< Planning: before everything.
  std::vector<std::optional<std::uint32_t>> built_;  ///< By unit: its graph.
  std::uint32_t stage_begin_ = 0;                    ///< First draft of the present stage.
  std::vector<std::uint32_t> barrier_;               ///< What the present stage waits for.
  std::vector<Draft> drafts_;
  /// taken_elements() that asked for boxes, in the order asked: crossings and waits ask alike.
  struct Taken {
    TensorId tensor{};
    std::size_t source = 0;
    UnitId unit{};
    Slice read;
    double elements = 0;
  };
  std::vector<std::vector<Taken>> taken_;  ///< By reader.
};

}  // namespace partita::lowering
