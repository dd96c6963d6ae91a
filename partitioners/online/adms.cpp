// ADMS-like: sub-graphs go where they end first given the state of the processors: how much slower
// than their profile they run at present, and whether heat or a cap holds their clock down. Only
// the abstract of arXiv 2503.21109 was at hand; the form is ours.
#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class StateAware : public OnlineScheduler {
 public:
  explicit StateAware(const OptionValues& options) : throttle_(options.at("throttle_penalty")) {}

  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<double> waiting_s = free_times(view);
    for (const Waiting& request : view.waiting) {
      double best = kInfinity, takes = 0;
      int chosen = -1;
      for (std::size_t w = 0; w < view.workers.size(); ++w) {
        const double alone = view.expected(request.stream, request.piece, w);
        if (alone == kInfinity || waiting_s[w] == kInfinity) continue;
        const WorkerState& worker = view.workers[w];
        double factor = std::max(1.0, worker.slowdown);
        if (worker.throttled) factor = std::max(factor, 1 / worker.clock) * throttle_;
        const double end = waiting_s[w] + alone * factor;
        if (end < best) best = end, takes = alone * factor, chosen = static_cast<int>(w);
      }
      if (chosen < 0) continue;
      out.push_back({request.request, chosen});
      waiting_s[static_cast<std::size_t>(chosen)] += takes;
    }
  }

 private:
  double throttle_;
};

}  // namespace

OnlineInfo online_adms() {
  return {
      "adms-like",
      "the worker on which a sub-graph ends first, given how slow and how throttled each is",
      true,
      {{"throttle_penalty", "", "a throttled worker's times count this much more", 1, 100, 1.2}},
      "after arXiv 2503.21109 (abstract only); the form is ours",
      [](const OnlineRequest& request) { return std::make_unique<StateAware>(request.options); }};
}

}  // namespace partita
