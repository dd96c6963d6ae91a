#include "sim/graph/graph.h"

namespace partita {

std::span<const OpId> Graph::predecessors(OpId id) const {
  const std::size_t i = index(id);
  return std::span(preds_).subspan(pred_begin_[i], pred_begin_[i + 1] - pred_begin_[i]);
}

std::span<const OpId> Graph::successors(OpId id) const {
  const std::size_t i = index(id);
  return std::span(succs_).subspan(succ_begin_[i], succ_begin_[i + 1] - succ_begin_[i]);
}

bool Graph::is_chain() const {
  for (std::size_t i = 0; i < size(); ++i) {
    const OpId id = make_id<OpId>(i);
    if (predecessors(id).size() > 1 || successors(id).size() > 1) return false;
  }
  return true;
}

std::int64_t Graph::total_macs() const {
  std::int64_t total = 0;
  for (const Operator& op : operators_) total += op.macs;
  return total;
}

std::int64_t Graph::total_weight_elements() const {
  std::int64_t total = 0;
  for (const Operator& op : operators_) total += op.weight_elements;
  return total;
}

}  // namespace partita
