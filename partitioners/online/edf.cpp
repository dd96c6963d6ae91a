// Earliest deadline first, each to the worker on which it would end first; workers are not queued
// on, so that a later request with an earlier deadline can still go before.
#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class Edf : public OnlineScheduler {
 public:
  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<const Waiting*> order;
    for (const Waiting& request : view.waiting) order.push_back(&request);
    std::stable_sort(order.begin(), order.end(), [](const Waiting* a, const Waiting* b) {
      return a->deadline_s < b->deadline_s;
    });
    std::vector<double> waiting_s = free_times(view);
    std::vector<bool> idle = idle_workers(view);
    for (const Waiting* request : order) {
      const Shortest path = shortest(view, *request, waiting_s);
      if (path.worker < 0) continue;
      const auto worker = static_cast<std::size_t>(path.worker);
      if (idle[worker]) out.push_back({request->request, path.worker});
      idle[worker] = false;
      waiting_s[worker] += path.first_s;
    }
  }
};

}  // namespace

OnlineInfo online_edf() {
  return {"edf",
          "earliest deadline first, to the worker on which it ends first, when that is idle",
          true,
          {},
          "Liu and Layland, J. ACM 20 (1973); the choice of worker is ours",
          [](const OnlineRequest&) { return std::make_unique<Edf>(); }};
}

}  // namespace partita
