// Every network has its worker, as applications set their delegate once; what that one cannot run
// goes to the fastest that can.
#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class FixedWorker : public OnlineScheduler {
 public:
  explicit FixedWorker(const OptionValues& options)
      : worker_(static_cast<int>(options.at("worker"))) {}

  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    for (const Waiting& request : view.waiting) {
      const auto count = static_cast<int>(view.workers.size());
      const int own = worker_ >= 0 ? worker_ % count : request.stream % count;
      int chosen = own;
      if (view.expected(request.stream, request.piece, static_cast<std::size_t>(own)) ==
          kInfinity) {
        chosen = -1;
        double best = kInfinity;
        for (int w = 0; w < count; ++w) {
          const double s =
              view.expected(request.stream, request.piece, static_cast<std::size_t>(w));
          if (s < best) best = s, chosen = w;
        }
      }
      if (chosen >= 0) out.push_back({request.request, chosen});
    }
  }

 private:
  int worker_;
};

}  // namespace

OnlineInfo online_fixed_worker() {
  return {
      "fixed-worker",
      "every network on a worker of its own, what that one lacks on the fastest that can",
      true,
      {{"worker", "", "for all streams, counted from 0; -1: stream i has worker i", -1, 63, -1}},
      "mrsnu/band, FixedWorkerScheduler",
      [](const OnlineRequest& request) { return std::make_unique<FixedWorker>(request.options); }};
}

}  // namespace partita
