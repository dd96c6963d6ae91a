// Band's shortest expected latency: of the requests that wait, the one whose shortest latency is
// longest goes first, to the queue of the worker on its shortest path.
#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class Sel : public OnlineScheduler {
 public:
  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<double> waiting_s = free_times(view);
    std::vector<const Waiting*> left;
    for (const Waiting& request : view.waiting) left.push_back(&request);
    Shortest path;
    while (const Waiting* request = take_longest(view, left, waiting_s, path)) {
      out.push_back({request->request, path.worker});
      waiting_s[static_cast<std::size_t>(path.worker)] += path.first_s;
    }
  }
};

}  // namespace

OnlineInfo online_sel() {
  return {"sel",
          "Band: the request with the longest shortest latency first, to its worker's queue",
          true,
          {},
          "Jeong et al., Band, MobiSys 2022; mrsnu/band, ShortestExpectedLatencyScheduler",
          [](const OnlineRequest&) { return std::make_unique<Sel>(); }};
}

}  // namespace partita
