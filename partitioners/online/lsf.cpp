// Band's least slack first: by deadline less what the request still takes; what cannot make its
// deadline any more is given up.
#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class LeastSlack : public OnlineScheduler {
 public:
  explicit LeastSlack(const OptionValues& options)
      : window_(static_cast<std::size_t>(options.at("window"))), drop_(options.at("drop") > 0) {}

  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<double> waiting_s = free_times(view);
    std::vector<bool> idle = idle_workers(view);
    struct Slack {
      const Waiting* request;
      double slack_s;
    };
    std::vector<Slack> order;
    for (const Waiting& request : view.waiting.first(std::min(window_, view.waiting.size()))) {
      const Shortest path = shortest(view, request, waiting_s);
      if (path.worker < 0) continue;
      order.push_back({&request, request.deadline_s - view.now_s - path.end_s});
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Slack& a, const Slack& b) { return a.slack_s < b.slack_s; });
    for (const Slack& next : order) {
      const Shortest path = shortest(view, *next.request, waiting_s);
      if (drop_ && view.now_s + path.end_s > next.request->deadline_s) {
        out.push_back({next.request->request, kDrop});
        continue;
      }
      const auto worker = static_cast<std::size_t>(path.worker);
      if (idle[worker]) out.push_back({next.request->request, path.worker});
      idle[worker] = false;
      waiting_s[worker] += path.first_s;
    }
  }

 private:
  std::size_t window_;
  bool drop_;
};

}  // namespace

OnlineInfo online_lsf() {
  return {
      "lsf",
      "Band: least slack to the deadline first, to idle workers; drops what cannot make it",
      true,
      {{"window", "", "requests looked at", 1, 1e6, 10},
       {"drop", "", "1: a request that cannot make its deadline is dropped", 0, 1, 1}},
      "Jeong et al., Band, MobiSys 2022; mrsnu/band, LeastSlackFirstScheduler",
      [](const OnlineRequest& request) { return std::make_unique<LeastSlack>(request.options); }};
}

}  // namespace partita
