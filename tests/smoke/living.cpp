// Does every SoC live: a network under its stock governors and heat, with each scheduler?
#include <catch2/catch.hpp>

#include <filesystem>

#include "partitioners/online/online.h"
#include "sim/base/catalog.h"
#include "sim/cost/profile.h"
#include "sim/engine/live.h"

using namespace partita;

TEST_CASE("every SoC lives under every scheduler") {
  const Catalog catalog(PARTITA_ROOT);
  const Graph graph = load_graph(catalog.model("squeezenet"));
  for (const std::string& name : catalog.socs()) {
    INFO(name);
    const Soc soc = load_soc(catalog.soc(name));
    const auto model = make_roofline_model(soc);
    LiveSetup setup;
    setup.soc = &soc;
    setup.base_power_w = model->base_power_w();
    setup.conditions = calm(soc);
    setup.conditions.governors = parse_governors(soc, "stock", "test");
    setup.duration_s = 0.3;
    std::uint64_t taken = 0;
    for (std::size_t u = 0; u < soc.units.size(); ++u) {
      if ((soc.units[u].resources & taken) != 0) continue;
      taken |= soc.units[u].resources;
      setup.workers.push_back(top_mode(soc, make_id<UnitId>(u)));
    }
    const Program pieces(*model, graph, unit_subgraphs(*model, graph, setup.workers),
                         setup.workers);
    LiveStream stream;
    stream.stream.arrivals.kind = ArrivalKind::periodic;
    stream.stream.arrivals.period_s = 0.05;
    stream.program = &pieces;
    setup.streams = {stream};
    for (const OnlineInfo& info : online_schedulers()) {
      if (!info.pieces) continue;
      INFO(info.name);
      const auto scheduler = make_online(info, {});
      setup.scheduler = scheduler.get();
      const LiveResult result = live(setup);
      CHECK(result.requests.size() == 7);
      for (const RequestRecord& request : result.requests) CHECK(request.end == RequestEnd::done);
      CHECK(result.energy_j > setup.base_power_w * result.elapsed_s);
      for (double celsius : result.peak_temperature_c) {
        CHECK(celsius >= soc.thermal->ambient_c - 1e-6);
        CHECK(celsius < 150);
      }
    }
  }
}
