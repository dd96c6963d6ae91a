// A phone and a remote device over a network: are plans priced as by hand, and do simulation and
// closed form agree?
#include <catch2/catch.hpp>

#include <map>

#include "cases/remote_pair.h"
#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "sim/engine/engine.h"

using namespace partita;
using namespace partita::remote_pair;

namespace {

/// A device of one CPU unit whose operators take what the table says.
Soc one_unit(const std::string& name) {
  Soc soc = synthetic::make_soc({.units = 1});
  soc.name = name;
  soc.units[0].name = "cpu";
  soc.memory.energy_per_byte_j = 1e-9;
  return soc;
}

class TableCosts : public CostModel {
 public:
  TableCosts(const Soc& soc, std::map<std::string, double> ms, double bytes)
      : soc_(soc), ms_(std::move(ms)), bytes_(bytes) {}
  const Soc& soc() const override { return soc_; }
  std::optional<Cost> operator_cost(const Graph& graph, OpId op, const Slice&, const Mode&,
                                    Precision) const override {
    Cost cost;
    cost.latency_s = ms_.at(graph.op(op).name) * 1e-3;
    cost.bytes = bytes_;
    cost.power_w = 2;
    cost.own_error = 0.1;
    return cost;
  }
  Cost input_cost(const Graph&, OpId, const Mode&) const override {
    Cost cost;
    cost.latency_s = 0.25e-3;
    return cost;
  }
  std::vector<TransferStep> transfer(const Graph&, TensorId, double, OpId, const Mode&,
                                     const Mode&) const override {
    return {};
  }
  double dvfs_delay_s(DomainId, int, int) const override { return 0; }
  double base_power_w() const override { return 0.5; }

 private:
  const Soc& soc_;
  std::map<std::string, double> ms_;
  double bytes_;
};

Plan random_plan(const RandomPair& pair, std::mt19937_64& random) {
  const Graph& graph = pair.anchored.graph;
  std::vector<Mode> modes(graph.size(), pair.modes.front());
  for (const OpId op : graph.order()) {
    if (!is_placed(graph.op(op))) continue;
    do {
      modes[index(op)] = pair.modes[random() % pair.modes.size()];
    } while (
        !pair.model->operator_cost(graph, op, {}, modes[index(op)],
                                   pair.joined.soc.unit(modes[index(op)].unit).default_precision));
  }
  return plan_from_modes(pair.joined.soc, graph, modes);
}

}  // namespace

TEST_CASE("a chain of three over a link, by hand") {
  const Soc phone = one_unit("phone"), remote = one_unit("server");
  const Graph network = synthetic::make_chain(3);
  const AnchoredGraph anchored = anchor(network);
  const NetworkLink link = test_link();
  const Joined joined = join(phone, remote, link);
  const auto model = make_remote_model(
      joined, anchored, network,
      std::make_unique<TableCosts>(
          phone, std::map<std::string, double>{{"op0", 10}, {"op1", 20}, {"op2", 30}}, 1000),
      std::make_unique<TableCosts>(
          remote, std::map<std::string, double>{{"op0", 1}, {"op1", 2}, {"op2", 3}}, 5e9));
  const UnitId here = joined.soc.unit_by_name("cpu", "test"),
               there = joined.soc.unit_by_name("edge.cpu", "test");
  const Graph& graph = anchored.graph;
  const auto run = [&](const std::vector<UnitId>& units) {
    return estimate(lower(*model, graph, placed(joined.soc, graph, units)));
  };
  // In order: input@phone, op0, op1, op2, op2@phone.
  REQUIRE(graph.order().size() == 6);

  // 0.25 ms to load the input, 10 + 20 + 30 ms.
  const Timeline local = run({here, here, here, here, here});
  CHECK(local.makespan_ps == 60'250'000'000);
  CHECK(local.bytes == 3000);
  // 0.25 + 10, up 2 + 1, remote 2 + 3, down 2 + 0.5.
  const Timeline cut = run({here, here, there, there, here});
  CHECK(cut.makespan_ps == 20'750'000'000);
  // 0.25, up 3, remote 1 + 2 + 3, down 2.5.
  const Timeline offloaded = run({here, there, there, there, here});
  CHECK(offloaded.makespan_ps == 11'750'000'000);

  // The remote device's 5 GB an operator are not on the phone's bus, its 2 W not on its battery:
  // 0.5 W x 20.75 ms + 2 W x 10 ms + 1.1192 W x 3 ms + 1.0192 W x 2.5 ms + 1000 B x 1 nJ.
  CHECK(cut.bytes == 1000);
  CHECK(cut.energy_j == Approx(10.375e-3 + 20e-3 + 3.3576e-3 + 2.548e-3 + 1e-6).epsilon(1e-12));
  const Schedule schedule =
      lower(*model, graph, placed(joined.soc, graph, {here, here, there, there, here}));
  CHECK(simulate(schedule).timeline.makespan_ps == cut.makespan_ps);

  // 10 % of each operator, 20 % of each crossing, independent.
  const double sd = std::sqrt(std::pow(1e-3, 2) + std::pow(0.2e-3, 2) + std::pow(0.3e-3, 2) +
                              std::pow(0.6e-3, 2) + std::pow(0.5e-3, 2));
  CHECK(uncertainty(*model, graph, placed(joined.soc, graph, {here, here, there, there, here}))
            .sd_s == Approx(sd).epsilon(1e-9));

  // A remote unit may send the result itself: the same time and energy.
  const Timeline sent = run({here, here, there, there, there});
  CHECK(sent.makespan_ps == cut.makespan_ps);
  CHECK(sent.energy_j == Approx(cut.energy_j).epsilon(1e-12));
  // The input cannot leave the phone, and the network runs nothing.
  const Plan away = placed(joined.soc, graph, {there, there, there, there, there});
  CHECK(check_plan(*model, graph, away).size() == 1);
  CHECK_FALSE(model->operator_cost(graph, graph.order()[2], {}, top_mode(joined.soc, joined.up),
                                   Precision::fp32));
}

TEST_CASE("two requests share the network, not a processor") {
  const Soc phone = one_unit("phone"), remote = one_unit("server");
  const Graph network = synthetic::make_chain(1);
  const AnchoredGraph anchored = anchor(network);
  for (const bool full : {false, true}) {
    NetworkLink link = test_link();
    link.full_duplex = full;
    const Joined joined = join(phone, remote, link);
    const auto model = make_remote_model(
        joined, anchored, network,
        std::make_unique<TableCosts>(phone, std::map<std::string, double>{{"op0", 10}}, 0),
        std::make_unique<TableCosts>(remote, std::map<std::string, double>{{"op0", 1}}, 0));
    const UnitId here{0}, there{1};
    LowerOptions options;
    options.requests = 2;
    const Schedule schedule = lower(
        *model, anchored.graph, placed(joined.soc, anchored.graph, {here, there, here}), options);
    const Timeline timeline = estimate(schedule);
    CHECK(check_timeline(joined.soc, schedule, timeline).empty());
    // Up 0.25 to 3.25 and 3.25 to 6.25; remote 3.25 to 4.25 and 6.25 to 7.25. Full duplex: down
    // from 4.25 and from 7.25, 2.5 each. Half duplex: the first request, being the older, takes
    // the air when it is free, at 6.25, then the second at 8.75.
    CHECK(timeline.makespan_ps == (full ? 9'750'000'000 : 11'250'000'000));
  }
}

TEST_CASE("a plan that stays on the phone costs what it costs without a remote device") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto pair = random_pair(seed, 8, 1 + static_cast<int>(seed % 4), test_link(), false);
    const synthetic::CostOptions options{.transfer_s = 1e-4, .arrival_s = 5e-5, .spread_s = 2e-5};
    const synthetic::RandomCosts alone(pair->phone, seed, options);
    const Mode cpu = top_mode(pair->phone, UnitId{0});
    const Timeline here = estimate(
        lower(alone, pair->network,
              plan_from_modes(pair->phone, pair->network, std::vector(pair->network.size(), cpu))));
    const Timeline joined =
        estimate(lower(*pair->model, pair->anchored.graph,
                       plan_from_modes(pair->joined.soc, pair->anchored.graph,
                                       std::vector(pair->anchored.graph.size(), cpu))));
    CHECK(joined.makespan_ps == here.makespan_ps);
    CHECK(joined.energy_j == Approx(here.energy_j).epsilon(1e-12));
    CHECK(joined.bytes == Approx(here.bytes).epsilon(1e-12));
  }
}

TEST_CASE("random plans over a network: simulation and closed form agree, nothing overlaps") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    NetworkLink link = test_link();
    link.full_duplex = seed % 2 == 0;
    const auto pair = random_pair(seed, 12, 1 + static_cast<int>(seed % 4), link, false);
    std::mt19937_64 random(seed);
    const Plan plan = random_plan(*pair, random);
    for (const int requests : {1, 4}) {
      LowerOptions options;
      options.requests = requests;
      const Schedule schedule = lower(*pair->model, pair->anchored.graph, plan, options);
      const Timeline closed = estimate(schedule);
      CHECK(check_timeline(pair->joined.soc, schedule, closed).empty());
      CHECK(simulate(schedule, {.contention = false}).timeline.makespan_ps == closed.makespan_ps);
      for (const Task& task : schedule.tasks) {
        const bool remote = pair->joined.is_remote(make_id<UnitId>(task.unit));
        if (remote || pair->joined.soc.units[task.unit].kind == UnitKind::network)
          CHECK(task.bytes == 0);
        // Of what a remote unit does, the phone pays for sending the result alone.
        if (remote && !pair->anchored.is_anchor[index(task.op)]) CHECK(task.power_w == 0);
      }
    }
  }
}

TEST_CASE("an accelerator hands over through its CPU; without a link it cannot") {
  NetworkLink link = test_link();
  const auto pair = random_pair(3, 3, 3, link, true);
  const Soc& soc = pair->joined.soc;
  const UnitId gpu = soc.unit_by_name("gpu", "test"), cpu = soc.unit_by_name("big", "test"),
               there = soc.unit_by_name("edge.big", "test");
  const auto route = pair->joined.route(gpu, there);
  REQUIRE(route);
  CHECK(route->leaves == cpu);  // Its host's clock is big's.
  CHECK(route->wire == pair->joined.up);
  CHECK(route->arrives == there);
  CHECK(pair->joined.route(there, gpu)->wire == pair->joined.down);
  CHECK_FALSE(pair->joined.route(gpu, cpu));
  CHECK_FALSE(pair->joined.route(pair->joined.up, there));
  const Link* described = soc.link(gpu, there);
  REQUIRE(described != nullptr);
  CHECK(described->terms.back().on == pair->joined.up);
  CHECK(described->terms.back().fixed_s == Approx(2e-3));

  Soc phone = pair->phone;
  phone.links.clear();
  const Joined apart = join(phone, pair->remote, link);
  CHECK_FALSE(apart.route(gpu, there));
  const synthetic::CostOptions options;
  const auto model =
      make_remote_model(apart, pair->anchored, pair->network,
                        std::make_unique<synthetic::RandomCosts>(phone, 1, options),
                        std::make_unique<synthetic::RandomCosts>(pair->remote, 2, options));
  const TensorId tensor = pair->anchored.graph.op(pair->anchored.graph.order()[1]).outputs[0];
  CHECK_THROWS_AS(
      model->transfer(pair->anchored.graph, tensor, 100, pair->anchored.graph.order()[2],
                      top_mode(apart.soc, gpu), top_mode(apart.soc, there)),
      UnsupportedError);
}

TEST_CASE("of other networks each device answers for itself") {
  const auto pair = random_pair(7, 3, 2, test_link(), true);
  const Soc& soc = pair->joined.soc;
  const Graph other = synthetic::make_chain(9);
  const OpId op = other.order()[4];
  for (const bool remote : {false, true}) {
    const Soc& own = remote ? pair->remote : pair->phone;
    const synthetic::RandomCosts costs(own, remote ? 1007 : 7,
                                       {.transfer_s = 1e-4, .arrival_s = 5e-5, .spread_s = 2e-5});
    const Mode mode = top_mode(soc, soc.unit_by_name(remote ? "edge.big" : "big", "test"));
    const Mode mine = top_mode(own, own.unit_by_name("big", "test"));
    const auto cost = pair->model->operator_cost(other, op, {}, mode, Precision::fp32);
    const auto expected = costs.operator_cost(other, op, {}, mine, Precision::fp32);
    REQUIRE(cost);
    CHECK(cost->latency_s == expected->latency_s);
    CHECK(cost->bytes == (remote ? 0 : expected->bytes));
    CHECK(pair->model->input_cost(other, op, mode).latency_s ==
          costs.input_cost(other, op, mine).latency_s);
  }
}

TEST_CASE("an input gets no smaller by waiting on a unit of less precision") {
  const auto pair = random_pair(5, 3, 3, test_link(), true);
  const Graph& graph = pair->anchored.graph;
  const Soc& soc = pair->joined.soc;
  const UnitId cpu = soc.unit_by_name("big", "test"), gpu = soc.unit_by_name("gpu", "test");
  REQUIRE(soc.unit(gpu).default_precision == Precision::fp16);
  const Mode there = top_mode(soc, soc.unit_by_name("edge.big", "test"));
  const auto on_the_wire = [&](std::size_t producer, UnitId unit) {
    const TensorId tensor = graph.op(graph.order()[producer]).outputs[0];
    const double bytes = static_cast<double>(elements(graph.tensor(tensor).shape)) *
                         element_bytes(soc.unit(unit).default_precision);
    for (const TransferStep& step : pair->model->transfer(
             graph, tensor, bytes, graph.order()[producer + 1], top_mode(soc, unit), there))
      if (step.on == pair->joined.up) return step.latency_s;
    return 0.0;
  };
  // 2048 elements: 8192 B at 8.192 MB/s and half of 4 ms; an activation in fp16 is half of that.
  CHECK(on_the_wire(1, cpu) == Approx(3e-3));
  CHECK(on_the_wire(1, gpu) == Approx(3e-3));
  CHECK(on_the_wire(2, cpu) == Approx(3e-3));
  CHECK(on_the_wire(2, gpu) == Approx(2.5e-3));
}
