#include <catch2/catch.hpp>

#include "sim/base/catalog.h"
#include "sim/cost/profile.h"

using namespace partita;

TEST_CASE("a hand-over step on a third unit is priced at that unit's own highest clock") {
  const Catalog catalog(PARTITA_ROOT);
  const Soc soc = load_soc(catalog.soc("snapdragon-855"));
  const Graph graph = load_graph(catalog.model("squeezenet"));
  const auto model = make_roofline_model(soc);
  const UnitId dsp = soc.unit_by_name("dsp", ""), gpu = soc.unit_by_name("gpu", "");
  const OpId op = graph.order()[2];
  const TensorId tensor = graph.op(op).inputs.front();
  int third = 0;
  for (const TransferStep& step :
       model->transfer(graph, tensor, 1e5, op, top_mode(soc, dsp), top_mode(soc, gpu))) {
    if (step.on == dsp || step.on == gpu) continue;
    ++third;
    CHECK(step.power_w == busy_power_w(soc, step.on, soc.top_opp(soc.unit(step.on).domain)));
  }
  CHECK(third > 0);
}
