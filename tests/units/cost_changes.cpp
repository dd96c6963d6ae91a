// Does a change of a device do to costs what the equations say, and nothing else?
#include <catch2/catch.hpp>

#include <cmath>
#include <random>

#include "models/zoo.h"
#include "sim/base/catalog.h"
#include "sim/cost/changed_device.h"
#include "sim/cost/profile.h"
#include "sim/plan/evaluate.h"
#include "units/soc_sample.h"

using namespace partita;

namespace {

const Soc kSample = parse_soc(kSampleSoc, "sample");

/// One fully connected layer, 1000 to 1000: 1e6 multiply-accumulates.
Graph layer() {
  return parse_graph_yaml(R"(network: layer
source: test
operators:
  - {name: data, kind: input, shape: 1x1000}
  - {name: fc, kind: fully_connected, in: [data], shape: 1x1000, channels: 1000}
)",
                          "layer");
}

/// The roofline, but the operators cost what is said here.
class Given : public WrappedCosts {
 public:
  Given() : WrappedCosts(*roofline()), spread(0) {}
  std::optional<Cost> operator_cost(const Graph&, OpId, const Slice&, const Mode&,
                                    Precision) const override {
    return cost;
  }
  std::optional<TransferStep> arrival(const Graph&, OpId, const Mode& mode) const override {
    return TransferStep{LinkTermKind::sync, mode.unit, 1e-3, 0, 1, 0.1};
  }
  double spread_s(const Graph&, OpId, const Slice&, const Mode&, Precision) const override {
    return spread;
  }
  Cost cost;
  double spread;

 private:
  static const CostModel* roofline() {
    static const auto model = make_roofline_model(kSample);
    return model.get();
  }
};

struct Bench {
  Graph graph = layer();
  Given given;
  Soc soc = kSample;
  OpId fc = graph.order()[1];
  Mode big = top_mode(kSample, kSample.unit_by_name("big", ""));
  Mode gpu = top_mode(kSample, kSample.unit_by_name("gpu", ""));

  ChangedDevice device(const std::vector<std::string>& changes) {
    soc = kSample;
    return ChangedDevice(given, soc, read_changes(kSample, changes, "--change"));
  }
  Cost on(const Mode& mode, const std::vector<std::string>& changes) {
    return *device(changes).operator_cost(graph, fc, {}, mode,
                                          kSample.unit(mode.unit).default_precision);
  }
  double us(const std::vector<std::string>& changes) { return 1e6 * on(big, changes).latency_s; }
};

bool same(const Cost& a, const Cost& b) {
  return a.latency_s == b.latency_s && a.bytes == b.bytes && a.power_w == b.power_w &&
         a.source == b.source && a.own_error == b.own_error && a.shared_error == b.shared_error &&
         a.dispatch_s == b.dispatch_s && a.occupancy == b.occupancy;
}

}  // namespace

TEST_CASE("an operator that computes: t = 0.1 ms launch + 1 ms, 3 MB at 6 GB/s take 0.5 ms") {
  Bench bench;
  bench.given.cost = {1.1e-3, 3e6, 2, CostSource::measured, 0.1, 0.05, 1e-4};
  const auto is = [](double us) { return Approx(us).epsilon(1e-12); };
  CHECK(bench.us({"big.speed=2x"}) == is(600));      // 100 + 1000 / 2
  CHECK(bench.us({"cpu.speed=4x"}) == is(600));      // 100 + max(250, 500)
  CHECK(bench.us({"big.speed=0.5x"}) == is(2100));   // 100 + 1000 / 0.5
  CHECK(bench.us({"big.dispatch=3x"}) == is(1300));  // 300 + 1000
  CHECK(bench.us({"big.dispatch=0x"}) == is(1000));
  CHECK(bench.us({"big.bandwidth=0.25x"}) == is(2100));  // 100 + 3e6 / 1.5e9
  CHECK(bench.us({"big.bandwidth=1.5 GB/s"}) == is(2100));
  CHECK(bench.us({"big.bandwidth=100x"}) == is(1100));      // Computing limits it.
  CHECK(bench.us({"memory.bandwidth=0.75x"}) == is(1100));  // 6 of 8 GB/s: all that big draws.
  CHECK(bench.us({"memory.bandwidth=1.5 GB/s"}) == is(2100));
  CHECK(bench.us({"big.speed=4x", "memory.bandwidth=3 GB/s"}) == is(1100));  // 100 + max(250, 1000)
  CHECK(bench.us({"gpu.speed=4x", "gpu.bandwidth=0.1x"}) == is(1100));

  const Cost twice = bench.on(bench.big, {"big.speed=2x", "big.power=1.5x"});
  CHECK(twice.power_w == 3);
  CHECK(twice.bytes == 3e6);
  CHECK(twice.source == CostSource::fitted);  // Nobody measured it.
  CHECK(twice.own_error == 0.1);
  // The change of 500 us is known to half of it: 500 / sqrt(12) of 600 us.
  CHECK(twice.shared_error == Approx(std::hypot(0.05, 500 / std::sqrt(12.0) / 600)));
  CHECK(bench.on(bench.big, {"big.power=1.5x"}).source == CostSource::measured);
}

TEST_CASE("an operator that waits for the memory is faster until computing limits it") {
  Bench bench;
  // 3 MB at 6 GB/s: 0.5 ms. Computing: 1e6 MACs on 2 cores x 4 MACs x 2 GHz x 50 %: 0.125 ms.
  bench.given.cost = {0.5e-3, 3e6, 2, CostSource::fitted, 0.1, 0.05, 0};
  const auto is = [](double us) { return Approx(us).epsilon(1e-12); };
  CHECK(bench.us({"big.speed=2x"}) == is(500));
  CHECK(bench.us({"big.bandwidth=10x"}) == is(375));  // The memory gives one unit 8 GB/s.
  CHECK(bench.us({"memory.bandwidth=4x"}) == is(500));
  CHECK(bench.us({"big.bandwidth=2x", "memory.bandwidth=4x"}) == is(250));
  CHECK(bench.us({"big.bandwidth=10x", "memory.bandwidth=4x"}) == is(125));
  CHECK(bench.us({"big.bandwidth=10x", "memory.bandwidth=4x", "cpu.speed=0.5x"}) == is(250));
  CHECK(bench.us({"big.speed=0.2x"}) == is(625));
}

TEST_CASE("hand-overs, arrivals, spreading and powers scale by their keys") {
  Bench bench;
  const TensorId tensor = bench.graph.op(bench.fc).inputs.front();
  const auto hand_over = [&](const std::vector<std::string>& changes) {
    std::vector<double> us;
    for (const TransferStep& step :
         bench.device(changes).transfer(bench.graph, tensor, 1e5, bench.fc, bench.big, bench.gpu))
      us.push_back(1e6 * step.latency_s);
    return us;
  };
  // transform: 0.2 ms + 1 ns/B on big, moving 2e5 B (33 us at 6 GB/s); map: 0.1 ms on the GPU.
  const auto are = [](const std::vector<double>& us, double a, double b) {
    return us.size() == 2 && std::abs(us[0] - a) < 1e-9 && std::abs(us[1] - b) < 1e-9;
  };
  CHECK(are(hand_over({}), 300, 100));
  CHECK(are(hand_over({"links=0.5x"}), 150, 50));
  CHECK(are(hand_over({"links=0.5x", "links.map=0x"}), 150, 0));
  CHECK(are(hand_over({"links.transform=2x"}), 600, 100));
  CHECK(are(hand_over({"big.bandwidth=0.1x"}), 2e5 / 0.6e9 * 1e6, 100));
  CHECK(are(hand_over({"big.speed=9x", "big.bandwidth=3x"}), 300, 100));
  CHECK(bench.device({"links.sync=3x"}).arrival(bench.graph, bench.fc, bench.big)->latency_s ==
        Approx(3e-3));

  bench.given.cost = {1e-3, 0, 2, CostSource::measured, 0, 0, 0};
  bench.given.spread = 2e-4;
  CHECK(bench.device({"cpu.speed=4x"})
            .spread_s(bench.graph, bench.fc, {}, bench.big, Precision::fp32) == Approx(5e-5));
  CHECK(bench.device({"base-power=2x"}).base_power_w() == 3);
  CHECK(bench.device({"base-power=0.25 W"}).base_power_w() == 0.25);
  // A launch of 10 us and 6e5 B at 6 GB/s, 100 us: a cast of 1e5 elements from 4 bytes to 2.
  const auto cast = [&](const std::vector<std::string>& changes) {
    return 1e6 *
           bench.device(changes).recast(1e5, bench.big, Precision::fp32, Precision::fp16).latency_s;
  };
  CHECK(cast({}) == Approx(110));
  CHECK(cast({"big.bandwidth=0.5x"}) == Approx(210));
  CHECK(cast({"big.dispatch=2x"}) == Approx(120));
  CHECK(cast({"links.cast=2x"}) == Approx(220));
}

TEST_CASE("the description of a changed SoC") {
  Bench bench;
  bench.device({"memory.bandwidth=0.5x", "memory.energy=60 pJ/B", "cpu.speed=2x", "cpu.power=3x",
                "gpu.bandwidth=0.1x", "gpu.power=0.5x", "links.transform=4x"});
  const Soc& soc = bench.soc;
  CHECK(soc.memory.shared_bytes_per_s == 4e9);
  CHECK(soc.memory.peak_bytes_per_s == 5e9);
  CHECK(soc.memory.energy_per_byte_j == Approx(60e-12));
  CHECK(soc.units[0].memory_bandwidth_bytes_per_s == 4e9);  // Not the 6 it could draw.
  CHECK(soc.units[2].memory_bandwidth_bytes_per_s == Approx(0.8e9));
  CHECK(soc.clusters[0].per_core[0].macs_per_cycle == 8);  // Every unit on it is twice as fast.
  CHECK(peak_ops_per_s(soc, UnitId{0}, Precision::fp32, 1) ==
        2 * peak_ops_per_s(kSample, UnitId{0}, Precision::fp32, 1));
  CHECK(busy_power_w(soc, UnitId{1}, 1) == Approx(3 * busy_power_w(kSample, UnitId{1}, 1)));
  CHECK(busy_power_w(soc, UnitId{2}, 0) == 0.5);
  CHECK(soc.links[0].terms[0].fixed_s == Approx(0.8e-3));
  CHECK(soc.links[0].terms[1].fixed_s == Approx(0.1e-3));

  // One of two units that share cores: only its own power, by a table.
  bench.device({"big.power=3x", "big.speed=2x"});
  CHECK(bench.soc.clusters[0].per_core[0].macs_per_cycle == 4);
  for (int opp = 0; opp < 2; ++opp) {
    CHECK(busy_power_w(bench.soc, UnitId{0}, opp) ==
          Approx(3 * busy_power_w(kSample, UnitId{0}, opp)));
    CHECK(busy_power_w(bench.soc, UnitId{1}, opp) == busy_power_w(kSample, UnitId{1}, opp));
  }
}

TEST_CASE("wrong changes are told what there is") {
  const auto message = [](const std::string& argument) {
    try {
      read_changes(kSample, {argument}, "--change");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(message("gpu.spede=2x")
            .find("unknown change \"gpu.spede\" (did you mean \"gpu.speed\"?); "
                  "known: memory.bandwidth") != std::string::npos);
  CHECK(message("npu.speed=2x").find("sample: unknown change") != std::string::npos);
  CHECK(message("gpu.speed=0x") == "--change gpu.speed: must be greater than zero");
  CHECK(message("links=-1x") == "--change links: must be zero or more");
  CHECK(message("links=0x") == "accepted");
  CHECK(message("links.sync=5 us").find("is not a factor") != std::string::npos);
  CHECK(message("memory.bandwidth=infx").find("is not finite") != std::string::npos);
  CHECK(message("memory.bandwidth=20").find("or a factor such as `2x`") != std::string::npos);
  CHECK(message("gpu.speed") == "--change: \"gpu.speed\" is not KEY=VALUE");
  CHECK_THROWS_WITH(read_changes(kSample, {"links=1x", "links=2x"}, "--change"),
                    "--change: \"links\" is given twice");
}

namespace {

/// Random factors from a quarter to four times, on everything; `up`: at least 1.
DeviceChanges random_changes(std::mt19937_64& random, const Soc& soc, bool up) {
  const auto factor = [&] {
    const double exponent = std::uniform_real_distribution<double>(up ? 0 : -2, 2)(random);
    return random() % 3 == 0 ? 1.0 : std::exp2(exponent);
  };
  DeviceChanges changes(soc);
  changes.memory_bandwidth = factor();
  for (auto& unit : changes.units) {
    unit.speed = factor();
    unit.bandwidth = factor();
    unit.dispatch = 1 / factor();
  }
  for (double& link : changes.links) link = 1 / factor();
  return changes;
}

Plan random_plan(std::mt19937_64& random, const CostModel& model, const Graph& graph) {
  std::vector<Mode> modes(graph.size());
  for (OpId op : graph.order()) {
    do {
      const auto units = model.soc().units.size();
      modes[index(op)] = top_mode(model.soc(), make_id<UnitId>(random() % units));
    } while (is_placed(graph.op(op)) &&
             !model.operator_cost(graph, op, {}, modes[index(op)],
                                  model.soc().unit(modes[index(op)].unit).default_precision));
  }
  return plan_from_modes(model.soc(), graph, modes);
}

}  // namespace

TEST_CASE("on the roofline, costs of a changed device are the roofline of the changed device") {
  const Soc soc = load_soc(Catalog(PARTITA_ROOT).soc("snapdragon-855"));
  const Graph graph = find_network("squeezenet_v1_1")->make();
  const auto model = make_roofline_model(soc);
  std::mt19937_64 random(3);
  int cases = 0;
  for (int trial = 0; trial < 40; ++trial) {
    Soc changed = soc;
    // CPU units share cores: one factor for all of them can be written into the description.
    DeviceChanges changes = random_changes(random, soc, false);
    const double cpu = changes.units[0].speed;
    for (std::size_t u = 0; u < soc.units.size(); ++u)
      if (soc.units[u].kind == UnitKind::cpu) changes.units[u].speed = cpu;
    const ChangedDevice device(*model, changed, changes);
    const auto direct = make_roofline_model(changed);
    for (OpId op : graph.order())
      for (std::size_t u = 0; u < soc.units.size(); ++u) {
        const Mode mode = top_mode(soc, make_id<UnitId>(u));
        const Precision precision = soc.units[u].default_precision;
        const auto a = device.operator_cost(graph, op, {}, mode, precision),
                   b = direct->operator_cost(graph, op, {}, mode, precision);
        REQUIRE(a.has_value() == b.has_value());
        if (!a) continue;
        ++cases;
        REQUIRE(a->latency_s == Approx(b->latency_s).epsilon(1e-9));
        REQUIRE(a->bytes == b->bytes);
        REQUIRE(a->dispatch_s == Approx(b->dispatch_s));
        REQUIRE(a->power_w == Approx(b->power_w));
        // Lanes grow with a faster GPU in the description, too.
        REQUIRE(a->occupancy == Approx(b->occupancy).epsilon(1e-9));
      }
  }
  CHECK(cases > 5000);
}

TEST_CASE("no change, no difference in any bit; a better device never slows a plan down") {
  const Catalog catalog(PARTITA_ROOT);
  std::mt19937_64 random(5);
  const auto hold = [&](const CostModel& model, const Graph& graph, int plans) {
    const Soc& soc = model.soc();
    Soc changed = soc;
    ChangedDevice device(model, changed, DeviceChanges(soc));
    for (int trial = 0; trial < plans; ++trial) {
      const Plan plan = random_plan(random, model, graph);
      device.change(DeviceChanges(soc));
      for (OpId op : graph.order())
        for (std::size_t u = 0; u < soc.units.size(); ++u) {
          const Mode mode = top_mode(soc, make_id<UnitId>(u));
          const auto a = model.operator_cost(graph, op, {}, mode, soc.units[u].default_precision),
                     b = device.operator_cost(graph, op, {}, mode, soc.units[u].default_precision);
          REQUIRE(a.has_value() == b.has_value());
          if (a) REQUIRE(same(*a, *b));
        }
      const auto us = [&](const CostModel& of) {
        return estimate(lower(of, graph, plan)).makespan_ps;
      };
      const auto before = us(model);
      REQUIRE(us(device) == before);
      device.change(random_changes(random, soc, true));
      // Every task is rounded to a picosecond.
      const auto tasks = static_cast<std::int64_t>(lower(model, graph, plan).tasks.size());
      REQUIRE(us(device) <= before + tasks);
      // And better again from there, one resource at a time.
      DeviceChanges changes = random_changes(random, soc, false);
      device.change(changes);
      const auto some = us(device);
      auto& unit = changes.units[random() % soc.units.size()];
      switch (random() % 4) {
        case 0:
          changes.memory_bandwidth *= 1.5;
          break;
        case 1:
          unit.speed *= 1.5;
          break;
        case 2:
          unit.bandwidth *= 1.5;
          break;
        default:
          unit.dispatch *= 0.5;
      }
      device.change(changes);
      REQUIRE(us(device) <= some + tasks);
    }
  };
  const Soc phone = load_soc(catalog.soc("snapdragon-855"));
  hold(*make_roofline_model(phone), find_network("squeezenet_v1_1")->make(), 60);
  const Soc board = load_soc(catalog.soc("rk3399pro"));
  const auto profile = load_profile(
      board, std::filesystem::path(PARTITA_ROOT) / "traces" / "rk3399pro" / "armcl-lwga-fp32");
  hold(*make_cost_model(board, profile), load_graph(catalog.model("googlenet-armcl")), 60);
}
