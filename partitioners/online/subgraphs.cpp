// What the online schedulers share: Band's sub-graphs and its shortest path (mrsnu/band,
// ModelAnalyzer and Engine::GetShortestLatencyWithUnitSubgraph).
#include <algorithm>
#include <map>

#include "partitioners/online/online.h"
#include "partitioners/regions.h"

namespace partita {

std::vector<std::vector<OpId>> unit_subgraphs(const CostModel& model, const Graph& graph,
                                              const std::vector<Mode>& workers,
                                              std::size_t minimum) {
  const CostTable costs(model, graph, workers);
  const SearchSpace space(costs);
  std::vector<std::vector<int>> runs;
  for (std::size_t w = 0; w < workers.size(); ++w) {
    runs.push_back(support(space, w));
    if (space.unit(w).kind == UnitKind::cpu) continue;
    for (const Region& region : epochs(space, runs.back()))
      if (region.type == 1 && region.positions.size() < minimum)
        for (std::size_t p : region.positions) runs.back()[p] = 0;
  }
  for (std::size_t p = 0; p < space.size(); ++p) {
    const bool any = std::any_of(runs.begin(), runs.end(), [&](const auto& r) { return r[p] > 0; });
    for (std::size_t w = 0; w < workers.size() && !any; ++w) runs[w][p] = space.supported(p, w);
  }
  std::map<std::vector<int>, int> types;
  std::vector<int> type(space.size());
  for (std::size_t p = 0; p < space.size(); ++p) {
    std::vector<int> mask;
    for (const auto& r : runs) mask.push_back(r[p]);
    type[p] = types.emplace(std::move(mask), static_cast<int>(types.size())).first->second;
  }
  std::vector<std::vector<OpId>> pieces;
  for (const Region& region : epochs(space, type)) {
    auto& ops = pieces.emplace_back();
    for (std::size_t p : region.positions) ops.push_back(space.op(p));
  }
  return pieces;
}

std::vector<double> free_times(const LiveView& view) {
  std::vector<double> out;
  for (const WorkerState& worker : view.workers)
    out.push_back(worker.online ? worker.free_in_s : kInfinity);
  return out;
}

/// Pieces run one after another and their times add up, so each goes where it ends earliest.
Shortest shortest(const LiveView& view, const Waiting& request, std::span<const double> waiting_s) {
  Shortest out;
  const Program& program = *view.streams[static_cast<std::size_t>(request.stream)].program;
  for (std::size_t piece = request.piece; piece < program.pieces(); ++piece) {
    double best = kInfinity;
    int worker = -1;
    for (std::size_t w = 0; w < view.workers.size(); ++w) {
      const double end =
          std::max(out.end_s, waiting_s[w]) + view.expected(request.stream, piece, w);
      if (end < best) best = end, worker = static_cast<int>(w);
    }
    if (piece == request.piece) {
      out.worker = worker;
      if (worker < 0) return out;
      out.first_s = view.expected(request.stream, piece, static_cast<std::size_t>(worker));
    }
    out.end_s = best;
    if (worker < 0) return out;  // A later piece has nowhere to go at present.
  }
  return out;
}

std::vector<bool> idle_workers(const LiveView& view) {
  std::vector<bool> idle;
  for (const WorkerState& worker : view.workers) idle.push_back(worker.online && worker.held == 0);
  return idle;
}

const Waiting* take_longest(const LiveView& view, std::vector<const Waiting*>& left,
                            std::span<const double> waiting_s, Shortest& path) {
  auto chosen = left.end();
  for (auto it = left.begin(); it != left.end(); ++it) {
    const Shortest one = shortest(view, **it, waiting_s);
    if (one.worker >= 0 && (chosen == left.end() || one.end_s > path.end_s))
      chosen = it, path = one;
  }
  if (chosen == left.end()) return nullptr;
  const Waiting* request = *chosen;
  left.erase(chosen);
  return request;
}

}  // namespace partita
