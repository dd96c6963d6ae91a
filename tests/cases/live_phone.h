// A phone of random costs with streams of requests, for tests of the living engine.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/live.h"
#include "tests/cases/synthetic.h"

namespace partita::test {

/// One phone, one stream.
struct Phone {
  explicit Phone(const synthetic::SocOptions& options, std::uint64_t seed = 1,
                 synthetic::CostOptions cost_options = {})
      : soc(synthetic::make_soc(options)), costs(soc, seed, cost_options) {
    setup.soc = &soc;
    setup.base_power_w = costs.base_power_w();
    setup.conditions = calm(soc);
    setup.duration_s = 1;
  }
  void add(const Program& program, const Arrivals& arrivals) {
    LiveStream stream;
    stream.stream.name = "s" + std::to_string(setup.streams.size());
    stream.stream.arrivals = arrivals;
    stream.program = &program;
    setup.streams.push_back(stream);
  }
  Soc soc;
  synthetic::RandomCosts costs;
  LiveSetup setup;
};

inline Arrivals every(double seconds, double offset = 0) {
  Arrivals a;
  a.kind = ArrivalKind::periodic;
  a.period_s = seconds;
  a.offset_s = offset;
  return a;
}

inline double latency_s(const RequestRecord& r) {
  return to_seconds(r.ended_ps - r.arrived_ps);
}

/// All on the first unit.
inline Plan on_first(const Soc& soc, const Graph& graph) {
  return plan_from_modes(soc, graph,
                         std::vector<Mode>(graph.size(), top_mode(soc, make_id<UnitId>(0))));
}

}  // namespace partita::test
