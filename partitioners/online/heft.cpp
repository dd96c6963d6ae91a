// Band's HEFT: as SEL over the first requests of one queue, but a worker only gets work when it is
// idle; what would have to wait for its worker counts against it for the next in line.
#include <algorithm>

#include "partitioners/online/online.h"
#include "partitioners/search.h"

namespace partita {
namespace {

class HeftOnline : public OnlineScheduler {
 public:
  explicit HeftOnline(const OptionValues& options)
      : window_(static_cast<std::size_t>(options.at("window"))),
        reserve_(options.at("reserve") > 0) {}

  void decide(const LiveView& view, std::vector<Assignment>& out) override {
    std::vector<double> waiting_s = free_times(view);
    std::vector<bool> idle = idle_workers(view);
    if (reserve_) reserve(view, waiting_s);
    std::vector<const Waiting*> left;
    for (const Waiting& request : view.waiting.first(std::min(window_, view.waiting.size())))
      left.push_back(&request);
    Shortest path;
    while (const Waiting* request = take_longest(view, left, waiting_s, path)) {
      const auto worker = static_cast<std::size_t>(path.worker);
      if (idle[worker]) out.push_back({request->request, path.worker});
      idle[worker] = false;
      waiting_s[worker] += path.first_s;
    }
  }

 private:
  /// The next piece of every request under way has its worker's time already.
  static void reserve(const LiveView& view, std::vector<double>& waiting_s) {
    for (const Held& held : view.held) {
      const Program& program = *view.streams[static_cast<std::size_t>(held.stream)].program;
      if (held.piece + 1 >= program.pieces()) continue;
      const Waiting next{0, held.stream, held.piece + 1, 0, kInfinity, held.worker};
      const Shortest path = shortest(view, next, waiting_s);
      if (path.worker >= 0) waiting_s[static_cast<std::size_t>(path.worker)] += path.first_s;
    }
  }

  std::size_t window_;
  bool reserve_;
};

}  // namespace

OnlineInfo online_heft() {
  return {
      "heft",
      "Band: as sel over a window of one queue, to idle workers only",
      true,
      {{"window", "", "requests looked at", 1, 1e6, 10},
       {"reserve", "", "1: next pieces of running requests hold their workers", 0, 1, 0}},
      "Jeong et al., Band, MobiSys 2022; mrsnu/band, HEFTScheduler",
      [](const OnlineRequest& request) { return std::make_unique<HeftOnline>(request.options); }};
}

}  // namespace partita
