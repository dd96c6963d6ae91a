// Does slicing within limits find what trying every slicing finds?
#include <catch2/catch.hpp>

#include "partitioners/partitioner.h"
#include "sim/base/error.h"
#include "synthetic.h"

using namespace partita;
using namespace synthetic;
using Catch::Matchers::Contains;

namespace {

/// input, then fully connected layers that have weights: n inputs, n outputs and biases.
Graph make_layers(int count) {
  GraphBuilder builder("layers");
  GraphBuilder::Pending input;
  input.op.name = "input";
  input.op.kind = OpKind::input;
  input.output_names = {"input"};
  input.output_shapes = {{1, 10}};
  builder.add(std::move(input));
  for (int i = 0; i < count; ++i) {
    GraphBuilder::Pending layer;
    layer.op.name = "op" + std::to_string(i);
    layer.op.kind = OpKind::fully_connected;
    layer.out_channels = 10 * (1 + (i * 7) % 4);
    layer.input_names = {i == 0 ? "input" : "op" + std::to_string(i - 1)};
    layer.output_names = {layer.op.name};
    builder.add(std::move(layer));
  }
  return builder.build();
}

struct Limits {
  double unit_bytes = 1e15, switches = 1e6, total_bytes = 1e15;
};

/// A chain's tensors live from their maker to their only reader; on another unit or at another
/// precision the reader has a copy.
bool keeps(const Soc& soc, const Graph& graph, const std::vector<Mode>& mode_of,
           const Limits& limits) {
  std::vector<double> weights(soc.units.size(), 0);
  const auto bytes = [&](std::size_t op) {
    return element_bytes(soc.unit(mode_of[op].unit).default_precision);
  };
  double switches = 0, peak = 0;
  for (std::size_t op = 1; op < graph.size(); ++op) {
    const Operator& o = graph.operators()[op];
    const std::size_t before = op == 1 ? op : op - 1;  // The input is loaded where it is read.
    weights[index(mode_of[op].unit)] += static_cast<double>(o.weight_elements) * bytes(op);
    const bool other = mode_of[op].unit != mode_of[before].unit;
    switches += other;
    const auto in = static_cast<double>(o.input_elements),
               out = static_cast<double>(o.output_elements);
    peak = std::max(peak, in * bytes(before) + (other ? in * bytes(op) : 0) + out * bytes(op));
  }
  double total = peak;
  for (double w : weights) {
    if (w > limits.unit_bytes) return false;
    total += w;
  }
  return switches <= limits.switches && total <= limits.total_bytes;
}

double brute_force(const RandomCosts& costs, const Graph& graph, const std::vector<Mode>& modes,
                   Objective objective, const Limits& limits) {
  double best = 1e9;
  std::size_t codes = 1;
  for (std::size_t op = 1; op < graph.size(); ++op) codes *= modes.size();
  for (std::size_t code = 0; code < codes; ++code) {
    std::vector<Mode> mode_of(graph.size(), modes[0]);
    std::size_t rest = code;
    for (std::size_t op = 1; op < graph.size(); ++op, rest /= modes.size())
      mode_of[op] = modes[rest % modes.size()];
    const Plan plan = plan_from_modes(costs.soc(), graph, mode_of);
    if (!keeps(costs.soc(), graph, mode_of, limits) || !check_plan(costs, graph, plan).empty())
      continue;
    best = std::min(best, plan_value(costs, graph, plan, objective));
  }
  return best;
}

}  // namespace

TEST_CASE("mosaic equals trying every slicing within the limits") {
  std::mt19937_64 random(31);
  int limited = 0, impossible = 0;
  for (int i = 0; i < 120; ++i) {
    const Soc soc = make_soc({3, 1});
    CostOptions options;
    options.transfer_s = i % 2 ? 2e-4 : 5e-5;
    const RandomCosts costs(soc, random(), options);
    const Graph graph = make_layers(3 + i % 4);
    const auto modes = every_mode(soc);
    const Objective objective = i % 5 == 4 ? Objective::energy : Objective::latency;
    Limits limits;
    const auto below = [&](double most) {
      return most * static_cast<double>(random() % 1000) / 1000;
    };
    if (i % 3 == 0) limits.unit_bytes = 500 + below(6000);
    if (i % 3 == 1) limits.switches = static_cast<double>(random() % 3);
    if (i % 4 == 2) limits.total_bytes = 1000 + below(9000);
    PartitionProblem problem{costs, graph, objective, modes};
    problem.options = {{"max_switches", limits.switches},
                       {"unit_memory_mb", limits.unit_bytes / 1e6}};
    if (limits.unit_bytes > 1e12) problem.options.erase("unit_memory_mb");
    problem.memory_budget_bytes = limits.total_bytes;
    CAPTURE(i, to_string(objective));
    const double best = brute_force(costs, graph, modes, objective, limits);
    if (best == 1e9) {
      CHECK_THROWS_AS(partition("mosaic", problem), UnsupportedError);
      CHECK_THROWS_WITH(partition("mosaic", problem), Contains("limits of memory"));
      ++impossible;
      continue;
    }
    const PartitionResult result = partition("mosaic", problem);
    const MemoryUse use = memory_use(soc, graph, result.plan);
    CHECK(use.total_bytes() <= limits.total_bytes);
    for (double bytes : use.weights_bytes) CHECK(bytes <= limits.unit_bytes);
    CHECK(result.status == PartitionStatus::optimal);
    CHECK(result.value == Approx(best).epsilon(1e-9).margin(0));
    limited += best > brute_force(costs, graph, modes, objective, {}) * (1 + 1e-9);
  }
  CHECK(limited > 15);
  CHECK(impossible > 2);
}
