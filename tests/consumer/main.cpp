// Loads a SoC and a network, lets HEFT plan, estimates and simulates: consumer SOC NETWORK
#include <cstdio>
#include <string>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "sim/cost/profile.h"
#include "sim/engine/engine.h"
#include "sim/plan/plan.h"

int main(int argc, char** argv) {
  using namespace partita;
  if (argc != 3) return 2;
  try {
    const std::string data = DATA;
    const Soc soc = load_soc(data + "/socs/" + argv[1] + ".yaml");
    const Graph network = load_graph(data + "/models/" + argv[2] + ".yaml");
    const auto costs = make_roofline_model(soc);
    PartitionProblem problem{*costs, network, Objective::latency, {}};
    for (std::size_t u = 0; u < soc.units.size(); ++u)
      problem.modes.push_back(top_mode(soc, make_id<UnitId>(u)));
    const PartitionResult result = partition("heft", problem);
    const Schedule schedule = lower(*costs, network, result.plan);
    std::printf("%s %.12g %.12g\n", mapping_string(soc, network, result.plan).c_str(),
                to_seconds(estimate(schedule).makespan_ps),
                to_seconds(simulate(schedule).timeline.makespan_ps));
  } catch (const InputError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
