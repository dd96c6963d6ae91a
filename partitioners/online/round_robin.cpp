// Every idle worker in turn takes the oldest request whose next piece it runs.
#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class RoundRobin : public OnlineScheduler {
 public:
  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<bool> taken(view.waiting.size(), false);
    const std::size_t workers = view.workers.size();
    const std::size_t first = next_;
    for (std::size_t i = 0; i < workers; ++i) {
      const std::size_t w = (first + i) % workers;
      if (!view.workers[w].online || view.workers[w].held > 0) continue;
      for (std::size_t r = 0; r < view.waiting.size(); ++r) {
        const Waiting& request = view.waiting[r];
        if (taken[r] || view.expected(request.stream, request.piece, w) == kInfinity) continue;
        taken[r] = true;
        out.push_back({request.request, static_cast<int>(w)});
        next_ = (w + 1) % workers;
        break;
      }
    }
  }

 private:
  std::size_t next_ = 0;
};

}  // namespace

OnlineInfo online_round_robin() {
  return {"round-robin",
          "every idle worker in turn takes the oldest request that it can run",
          true,
          {},
          "mrsnu/band, RoundRobinScheduler",
          [](const OnlineRequest&) { return std::make_unique<RoundRobin>(); }};
}

}  // namespace partita
