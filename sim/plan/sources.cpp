// Where the pieces of a tensor are, what each reader lacks, and what follows from it without any
// cost: chains.
#include <algorithm>

#include "sim/plan/lowering.h"

namespace partita {
namespace lowering {
namespace {

/// The parts of the slices that `taken`, along the same axis, leaves over.
std::vector<Slice> without(const std::vector<Slice>& slices, const Slice& taken) {
  std::vector<Slice> left;
  if (taken.axis == Axis::none) return left;
  for (const Slice& s : slices) {
    if (taken.begin > s.begin) left.push_back({s.axis, s.begin, std::min(s.end, taken.begin)});
    if (taken.end < s.end) left.push_back({s.axis, std::max(s.begin, taken.end), s.end});
  }
  return left;
}

double read_elements(const Graph& graph, TensorId tensor, const Slice& made, OpId reader,
                     const Slice& read) {
  if (made.axis == Axis::none && read.axis == Axis::none)
    return static_cast<double>(elements(graph.tensor(tensor).shape));
  return overlap_elements(graph, tensor, made, reader, read);
}

}  // namespace

std::optional<UnitId> gathered_at(const Plan& plan, OpId op) {
  if (plan.home.empty() || !plan.home[index(op)]) return std::nullopt;
  const UnitId home = *plan.home[index(op)];
  for (const Share& share : plan.shares[index(op)])
    if (share.mode.unit != home) return home;
  return std::nullopt;
}

std::vector<Source> sources_of(const Soc& soc, const Plan& plan, OpId op) {
  const auto& shares = plan.shares[index(op)];
  std::vector<Source> sources;
  if (const auto home = gathered_at(plan, op)) {
    Source& source = sources.emplace_back();
    source.mode = top_mode(soc, *home);
    source.precision = soc.unit(*home).default_precision;
    for (const Share& share : shares)
      if (share.mode.unit == *home) {
        source.mode = share.mode;
        source.precision = share.precision;
        break;
      }
    return sources;
  }
  for (const Share& share : shares)
    sources.push_back({share.mode, share.precision, share.slice, share.computed()});
  return sources;
}

double taken_elements(const Graph& graph, TensorId tensor, const std::vector<Source>& sources,
                      std::size_t j, OpId reader, const Share& share) {
  const Source& from = sources[j];
  const Slice read = share.computed();
  if (from.mode.unit == share.mode.unit)
    return read_elements(graph, tensor, from.computed, reader, read);
  if (from.owned.axis == Axis::none) return read_elements(graph, tensor, from.owned, reader, read);
  std::vector<Slice> lacks{from.owned};
  for (const Source& own : sources)
    if (own.mode.unit == share.mode.unit) lacks = without(lacks, own.computed);
  double sum = 0;
  for (const Slice& slice : lacks) sum += read_elements(graph, tensor, slice, reader, read);
  return sum;
}

double slice_elements(const Graph& graph, TensorId tensor, const Slice& slice) {
  const auto all = static_cast<double>(elements(graph.tensor(tensor).shape));
  if (slice.axis == Axis::none) return all;
  const OpId maker = graph.tensor(tensor).producer;
  return all * static_cast<double>(slice.end - slice.begin) /
         static_cast<double>(cut_extent(graph, maker, slice.axis));
}

}  // namespace lowering

namespace {

/// Does nothing that `op` reads of `before` come from another unit?
bool keeps_to_itself(const Graph& graph, const Plan& plan,
                     const std::vector<lowering::Source>& sources, OpId before, OpId op) {
  for (const TensorId tensor : graph.op(op).inputs) {
    if (graph.tensor(tensor).producer != before) continue;
    for (const Share& share : plan.shares[index(op)])
      for (std::size_t j = 0; j < sources.size(); ++j)
        if (sources[j].mode.unit != share.mode.unit &&
            lowering::taken_elements(graph, tensor, sources, j, op, share) > 0)
          return false;
  }
  return true;
}

Axis split_axis(const Plan& plan, OpId op) {
  const auto& shares = plan.shares[index(op)];
  return shares.size() > 1 ? shares.front().slice.axis : Axis::none;
}

/// The pieces as sources: chains need no SoC, a gathered operator ends them.
std::vector<lowering::Source> pieces_of(const Plan& plan, OpId op) {
  std::vector<lowering::Source> sources;
  for (const Share& share : plan.shares[index(op)])
    sources.push_back({share.mode, share.precision, share.slice, share.computed()});
  return sources;
}

}  // namespace

std::vector<PlanChain> chains(const Graph& graph, const Plan& plan) {
  std::vector<PlanChain> found;
  std::vector<std::size_t> chain_of(graph.size(), graph.size());
  std::vector<OpId> order = plan.order;
  if (order.empty()) order.assign(graph.order().begin(), graph.order().end());
  for (const OpId op : order) {
    const Axis axis = split_axis(plan, op);
    if (axis == Axis::none) continue;
    // The chain of an operator it reads, if that one is the chain's last and they need no exchange;
    // what it reads of the chain's others must be there too.
    std::size_t joins = graph.size();
    for (const OpId before : graph.predecessors(op))
      if (const std::size_t c = chain_of[index(before)];
          c != graph.size() && found[c].ops.back() == before && found[c].axis == axis)
        joins = c;
    for (const OpId before : graph.predecessors(op))
      if (joins != graph.size() && chain_of[index(before)] == joins &&
          (lowering::gathered_at(plan, before) ||
           !keeps_to_itself(graph, plan, pieces_of(plan, before), before, op)))
        joins = graph.size();
    if (joins == graph.size()) {
      joins = found.size();
      found.push_back({{}, axis});
    }
    found[joins].ops.push_back(op);
    chain_of[index(op)] = joins;
  }
  std::erase_if(found, [](const PlanChain& chain) { return chain.ops.size() < 2; });
  return found;
}

}  // namespace partita
